//! Callers at work: each does its share one after another, all of them at once. It knows no store and no floor.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::Failure;

/// The shares of `callers` callers in `jobs`, dealt out in turn.
pub(super) fn shares<J>(jobs: Vec<J>, callers: usize) -> Vec<Vec<J>> {
    let mut shares: Vec<Vec<J>> = (0..callers).map(|_| Vec::new()).collect();
    for (number, job) in jobs.into_iter().enumerate() {
        if let Some(share) = shares.get_mut(number % callers.max(1)) {
            share.push(job);
        }
    }
    shares
}

/// How long it takes until all jobs are done, on spawned tasks, as in a server.
pub(super) async fn time<J, F, W>(shares: Vec<Vec<J>>, work: F) -> Result<Duration, Failure>
where
    J: Send + 'static,
    F: Fn(J) -> W + Clone + Send + 'static,
    W: Future<Output = Result<(), Failure>> + Send,
{
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for share in shares {
        let work = work.clone();
        tasks.spawn(async move {
            for job in share {
                work(job).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(began.elapsed())
}
