//! The one thread that writes: what waits together is committed together. It knows no row and no table.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use billing_domain::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::failure::BatchFailure;
use super::run::run;
use super::statements as sql;
use super::threads::Threads;
use crate::OpenError;

/// The most writes in one transaction: a bound on how long the first of them waits for the others.
const BATCH_MAX: usize = 256;

/// The way to the thread that writes. Dropping it commits what waits, closes the connection and ends the thread.
#[derive(Debug)]
pub(super) struct Writer {
    // Dropped in this order: the thread ends once its queue is closed.
    queue: SyncSender<Job>,
    _threads: Threads,
}

/// A write and whoever waits for it.
type Job = Box<dyn Work + Send>;

/// A write of any kind.
trait Work {
    /// Writes, inside a savepoint of its own; whether what it wrote is to be kept.
    fn apply(&mut self, connection: &Connection) -> bool;
    /// Tells whoever waits, after the batch is on the disk or has failed.
    fn answer(self: Box<Self>, failure: Option<StoreError>);
}

struct Waiting<T, F> {
    write: Option<F>,
    keep: fn(&T) -> bool,
    answer: Result<T, StoreError>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F: FnOnce(&Connection) -> Result<T, StoreError>> Work for Waiting<T, F> {
    fn apply(&mut self, connection: &Connection) -> bool {
        if let Some(write) = self.write.take() {
            self.answer = write(connection);
        }
        self.answer.as_ref().is_ok_and(self.keep)
    }

    fn answer(self: Box<Self>, failure: Option<StoreError>) {
        // Nobody listens any more: the write is committed all the same.
        let _ = self.reply.send(failure.map_or(self.answer, Err));
    }
}

#[derive(Clone, Copy, Debug, thiserror::Error)]
enum Lost {
    #[error("too many steps are waiting")]
    Full,
    #[error("the writing thread gave up on the step")]
    GivenUp,
    #[error("the writing thread has ended")]
    Ended,
}

impl Writer {
    /// Starts the thread on an open connection. `open` makes another one when that one fails.
    pub(super) fn start(
        first: Connection,
        open: impl Fn() -> Result<Connection, OpenError> + Send + 'static,
        queue_max: usize,
    ) -> Result<Self, OpenError> {
        let (queue, waiting) = sync_channel(queue_max);
        let mut threads = Threads::default();
        threads.start("billing-store-writer", move || work(&waiting, first, &open))?;
        Ok(Self { queue, _threads: threads })
    }

    /// Queues a write and waits for its answer, which comes after its batch is on the disk. What it wrote is undone unless `keep`
    /// says of the answer that there is something to keep.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        keep: fn(&T) -> bool,
        write: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let given_up = || StoreError::InDoubt(Lost::GivenUp.into());
        let job = Waiting { write: Some(write), keep, answer: Err(given_up()), reply };
        self.queue.try_send(Box::new(job)).map_err(|refused| match refused {
            TrySendError::Full(_) => StoreError::Unavailable(Lost::Full.into()),
            TrySendError::Disconnected(_) => StoreError::Unavailable(Lost::Ended.into()),
        })?;
        // A panic drops the reply, before or after COMMIT: nobody knows.
        answer.await.unwrap_or_else(|_| Err(given_up()))
    }
}

fn work(waiting: &Receiver<Job>, first: Connection, open: &impl Fn() -> Result<Connection, OpenError>) {
    let mut connection = Some(first);
    while let Ok(first) = waiting.recv() {
        let mut later = waiting.try_iter().take(BATCH_MAX - 1);
        let usable = match connection.take().map_or_else(open, Ok) {
            Ok(usable) => usable,
            Err(error) => {
                tracing::error!(?error, "the database cannot be opened again");
                let error = Arc::new(error);
                answer(std::iter::once(first).chain(later), || {
                    Some(StoreError::Unavailable(Arc::clone(&error).into()))
                });
                continue;
            }
        };
        match catch_unwind(AssertUnwindSafe(|| commit(&usable, first, &mut later))) {
            Ok(Ok(())) => connection = Some(usable),
            Ok(Err(failure)) => {
                tracing::error!(?failure, "a batch of steps was not committed");
                connection = Some(usable).filter(|usable| failure.is_lock() && usable.is_autocommit());
            }
            // Nothing is known of the connection after this.
            Err(_) => tracing::error!("a panic ended a batch of steps"),
        }
    }
}

/// Commits what waits as one batch and answers all of it. If the batch fails, so does every step, refused ones included:
/// what they were refused for may be among what is lost.
fn commit(
    connection: &Connection,
    first: Job,
    later: &mut impl Iterator<Item = Job>,
) -> Result<(), BatchFailure> {
    let mut batch = vec![first];
    let applied = apply_all(connection, &mut batch, later);
    answer(batch, || applied.as_ref().err().map(BatchFailure::answer));
    applied
}

/// Applies everything in the batch. It grows meanwhile: what arrives while others are applied still goes along.
fn apply_all(
    connection: &Connection,
    batch: &mut Vec<Job>,
    later: &mut impl Iterator<Item = Job>,
) -> Result<(), BatchFailure> {
    run(connection, &sql::BEGIN).map_err(|error| BatchFailure::before_commit("BEGIN", error))?;
    let mut applied = 0;
    let mut wrote = false;
    while let Some(job) = batch.get_mut(applied) {
        wrote |= in_savepoint(connection, job.as_mut())
            .map_err(|error| BatchFailure::before_commit("a savepoint", error))?;
        applied += 1;
        batch.extend(later.next());
    }
    if wrote {
        run(connection, &sql::COMMIT).map_err(BatchFailure::at_commit)
    } else {
        run(connection, &sql::ROLLBACK).map_err(|error| BatchFailure::before_commit("ROLLBACK", error))
    }
}

/// Keeps what was written if it is to be kept, and undoes it otherwise; which of the two. An error means that the savepoint is
/// gone: SQLite rolled back the whole transaction (a full disk, a failed read).
fn in_savepoint(connection: &Connection, job: &mut (dyn Work + Send)) -> rusqlite::Result<bool> {
    run(connection, &sql::SAVEPOINT)?;
    let keep = job.apply(connection);
    if !keep {
        run(connection, &sql::ROLLBACK_STEP)?;
    }
    run(connection, &sql::RELEASE)?;
    Ok(keep)
}

fn answer(batch: impl IntoIterator<Item = Job>, failure: impl Fn() -> Option<StoreError>) {
    for job in batch {
        job.answer(failure());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::channel;

    use billing_domain::{Committed, Step};
    use billing_testkit::store::rows;

    use super::*;

    type Answer = Result<Committed, StoreError>;

    type Apply = dyn Fn(&Connection, &Step) -> Answer + Send + Sync;

    /// A writer of steps that are all applied by the same function.
    struct Steps {
        writer: Writer,
        apply: Arc<Apply>,
    }

    impl Steps {
        fn start(
            first: Connection,
            open: impl Fn() -> Result<Connection, OpenError> + Send + 'static,
            apply: impl Fn(&Connection, &Step) -> Answer + Send + Sync + 'static,
            queue_max: usize,
        ) -> Result<Self, OpenError> {
            Ok(Self { writer: Writer::start(first, open, queue_max)?, apply: Arc::new(apply) })
        }

        async fn commit(&self, step: Step) -> Answer {
            let apply = Arc::clone(&self.apply);
            self.writer
                .write(|done: &Committed| !done.repeated, move |connection| apply(connection, &step))
                .await
        }
    }

    fn memory() -> Connection {
        Connection::open_in_memory().unwrap()
    }

    fn step(n: u128) -> Step {
        rows::step(rows::dispensary_id(1), n, vec![])
    }

    const FRESH: Committed = Committed { seq: 1, repeated: false };

    #[tokio::test]
    async fn a_panic_leaves_its_batch_in_doubt_and_the_next_step_gets_a_new_connection() {
        let apply = |_: &Connection, step: &Step| {
            assert_ne!(step.id, rows::step_id(1), "the bug");
            Ok(FRESH)
        };
        let opened = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&opened);
        let open = move || {
            *counted.lock().unwrap() += 1;
            Ok(memory())
        };
        let writer = Steps::start(memory(), open, apply, 8).unwrap();
        assert!(matches!(writer.commit(step(1)).await, Err(StoreError::InDoubt(_))));
        assert!(matches!(writer.commit(step(2)).await, Ok(FRESH)));
        assert_eq!(*opened.lock().unwrap(), 1);
    }

    #[tokio::test]
    async fn steps_are_refused_while_no_connection_can_be_opened() {
        let apply = |connection: &Connection, _: &Step| {
            // As SQLite itself does when the disk is full: the whole transaction is gone.
            connection.execute_batch("ROLLBACK").unwrap();
            Err(StoreError::Unavailable("disk full".into()))
        };
        let writer = Steps::start(memory(), || Err(OpenError::ReadOnly), apply, 8).unwrap();
        for n in 1..=3 {
            assert!(matches!(writer.commit(step(n)).await, Err(StoreError::Unavailable(_))));
        }
    }

    #[tokio::test]
    async fn when_the_transaction_is_lost_no_step_of_the_batch_is_told_it_was_committed() {
        let (begin, wait) = channel::<()>();
        let wait = Mutex::new(wait);
        let apply = move |connection: &Connection, step: &Step| {
            if step.id == rows::step_id(1) {
                let _ = wait.lock().unwrap().recv();
            }
            if step.id == rows::step_id(3) {
                connection.execute_batch("ROLLBACK").unwrap();
            }
            Ok(FRESH)
        };
        let writer = Arc::new(Steps::start(memory(), || Ok(memory()), apply, 8).unwrap());
        let commit = |n| {
            let writer = Arc::clone(&writer);
            tokio::spawn(async move { writer.commit(step(n)).await })
        };
        // The first holds the thread until the other two wait together.
        let tasks = [commit(1), commit(2), commit(3)];
        tokio::task::yield_now().await;
        begin.send(()).unwrap();
        let [first, second, third] = tasks;
        // The first may have taken the others along; then it shares their fate.
        let _ = first.await.unwrap();
        assert!(matches!(second.await.unwrap(), Err(StoreError::Unavailable(_))));
        assert!(matches!(third.await.unwrap(), Err(StoreError::Unavailable(_))));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_loses_nothing() {
        let (begin, wait) = channel::<()>();
        let wait = Mutex::new(wait);
        let apply = move |_: &Connection, _: &Step| {
            let _ = wait.lock().unwrap().recv();
            Ok(FRESH)
        };
        let writer = Arc::new(Steps::start(memory(), || Ok(memory()), apply, 1).unwrap());
        let tasks: Vec<_> = (1..=10)
            .map(|n| {
                let writer = Arc::clone(&writer);
                tokio::spawn(async move { writer.commit(step(n)).await })
            })
            .collect();
        tokio::task::yield_now().await;
        drop(begin); // from now on `apply` does not wait
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.unwrap());
        }
        let committed = answers.iter().filter(|answer| answer.is_ok()).count();
        assert!((1..10).contains(&committed), "{answers:?}");
        assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(StoreError::Unavailable(_)))));
    }

    #[tokio::test]
    async fn steps_already_waiting_are_committed_when_the_store_is_dropped() {
        let (tell, told) = channel();
        let apply = move |_: &Connection, step: &Step| {
            tell.send(step.id).unwrap();
            Ok(FRESH)
        };
        let writer = Steps::start(memory(), || Ok(memory()), apply, 8).unwrap();
        {
            let mut dropped = Box::pin(writer.commit(step(1)));
            // Polled once, so that the step is queued; then the caller goes away.
            let waker = std::task::Waker::noop();
            let _ = dropped.as_mut().poll(&mut std::task::Context::from_waker(waker));
        }
        drop(writer);
        assert_eq!(told.into_iter().collect::<Vec<_>>(), [rows::step_id(1)], "and then the thread ended");
    }
}
