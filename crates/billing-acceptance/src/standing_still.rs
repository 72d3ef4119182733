//! A clock that stands still while something real is waited for.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::mpsc;

/// Waits for a disk or a server. The paused clock of a story jumps ahead as soon as nobody has anything to do, and whoever waits for
/// something real looks like that: with this it stays where it is, so that no deadline passes meanwhile.
pub(crate) async fn standing_still<T>(real: impl Future<Output = T>) -> T {
    let mut real = pin!(real);
    let mut still = None;
    poll_fn(|context| {
        let polled = real.as_mut().poll(context);
        if polled.is_pending() && still.is_none() {
            still = Some(hold());
        }
        polled
    })
    .await
}

/// Tokio's clock does not jump while a blocking task runs (`tokio::time::pause`): this one runs until what is returned is dropped.
fn hold() -> mpsc::Sender<()> {
    let (held, until_dropped) = mpsc::channel();
    tokio::task::spawn_blocking(move || until_dropped.recv());
    held
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::time::Instant;

    use super::*;

    /// Something real: it takes as long as the operating system likes.
    async fn real() {
        let (done, waits) = oneshot::channel();
        thread::spawn(move || {
            thread::yield_now();
            done.send(())
        });
        waits.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn no_deadline_passes_while_something_real_is_waited_for() {
        let before = Instant::now();
        for _ in 0..100 {
            tokio::time::timeout(Duration::from_millis(1), standing_still(real())).await.unwrap();
        }
        assert_eq!(before.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn the_clock_goes_on_afterwards() {
        standing_still(real()).await;
        tokio::time::sleep(Duration::from_hours(1)).await;
    }
}
