//! The one thread that writes: steps that wait together are committed together. It knows no row and no table.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use billing_domain::{Committed, Step, StoreError};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::failure::BatchFailure;
use super::run::run;
use super::statements as sql;
use crate::OpenError;

/// The most steps in one transaction: a bound on how long the first of them waits for the others.
const BATCH_MAX: usize = 256;

type Answer = Result<Committed, StoreError>;

/// The way to the thread that writes. The thread ends when this is dropped and what waits is committed.
#[derive(Debug)]
pub(super) struct Writer {
    queue: SyncSender<Job>,
}

#[derive(Debug)]
struct Job {
    step: Step,
    reply: oneshot::Sender<Answer>,
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
    /// Starts the thread on an open connection. `open` makes another one when that one fails; `apply` applies a
    /// step inside its savepoint.
    pub(super) fn start(
        first: Connection,
        open: impl Fn() -> Result<Connection, OpenError> + Send + 'static,
        apply: impl Fn(&Connection, &Step) -> Answer + Send + 'static,
        queue_max: usize,
    ) -> Result<Self, OpenError> {
        let (queue, waiting) = sync_channel(queue_max);
        thread::Builder::new()
            .name("billing-store-writer".to_owned())
            .spawn(move || work(&waiting, first, &open, &apply))
            .map_err(|error| OpenError::Unavailable(error.into()))?;
        Ok(Self { queue })
    }

    /// Queues the step and waits for its answer, which comes after its batch is on the disk.
    pub(super) async fn commit(&self, step: Step) -> Answer {
        let (reply, answer) = oneshot::channel();
        self.queue.try_send(Job { step, reply }).map_err(|refused| match refused {
            TrySendError::Full(_) => StoreError::Unavailable(Lost::Full.into()),
            TrySendError::Disconnected(_) => StoreError::Unavailable(Lost::Ended.into()),
        })?;
        // A panic drops the reply, before or after COMMIT: nobody knows.
        answer.await.unwrap_or_else(|_| Err(StoreError::InDoubt(Lost::GivenUp.into())))
    }
}

fn work(
    waiting: &Receiver<Job>,
    first: Connection,
    open: &impl Fn() -> Result<Connection, OpenError>,
    apply: &impl Fn(&Connection, &Step) -> Answer,
) {
    let mut connection = Some(first);
    while let Ok(job) = waiting.recv() {
        let batch: Vec<Job> = std::iter::once(job).chain(waiting.try_iter().take(BATCH_MAX - 1)).collect();
        let usable = match connection.take().map_or_else(open, Ok) {
            Ok(usable) => usable,
            Err(error) => {
                tracing::error!(?error, "the database cannot be opened again");
                let error = Arc::new(error);
                refuse(batch, || StoreError::Unavailable(Arc::clone(&error).into()));
                continue;
            }
        };
        match catch_unwind(AssertUnwindSafe(|| commit(&usable, batch, apply))) {
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

/// Commits a batch and answers every step of it. If the batch fails, so does every step, refused ones included:
/// what they were refused for may be among what is lost.
fn commit(
    connection: &Connection,
    batch: Vec<Job>,
    apply: &impl Fn(&Connection, &Step) -> Answer,
) -> Result<(), BatchFailure> {
    match apply_all(connection, &batch, apply) {
        Ok(answers) => {
            for (job, answer) in batch.into_iter().zip(answers) {
                // Nobody listens any more: the step is committed all the same.
                let _ = job.reply.send(answer);
            }
            Ok(())
        }
        Err(failure) => {
            refuse(batch, || failure.answer());
            Err(failure)
        }
    }
}

fn apply_all(
    connection: &Connection,
    batch: &[Job],
    apply: &impl Fn(&Connection, &Step) -> Answer,
) -> Result<Vec<Answer>, BatchFailure> {
    run(connection, &sql::BEGIN).map_err(|error| BatchFailure::before_commit("BEGIN", error))?;
    let mut answers = Vec::with_capacity(batch.len());
    let mut wrote = false;
    for job in batch {
        let answer = in_savepoint(connection, || apply(connection, &job.step))
            .map_err(|error| BatchFailure::before_commit("a savepoint", error))?;
        wrote |= matches!(answer, Ok(Committed { repeated: false, .. }));
        answers.push(answer);
    }
    if wrote {
        run(connection, &sql::COMMIT).map_err(BatchFailure::at_commit)?;
    } else {
        run(connection, &sql::ROLLBACK).map_err(|error| BatchFailure::before_commit("ROLLBACK", error))?;
    }
    Ok(answers)
}

/// Keeps what a step wrote if it was committed for the first time, and undoes it otherwise. An error means that the
/// savepoint is gone: SQLite rolled back the whole transaction (a full disk, a failed read).
fn in_savepoint(connection: &Connection, apply: impl FnOnce() -> Answer) -> rusqlite::Result<Answer> {
    run(connection, &sql::SAVEPOINT)?;
    let answer = apply();
    if !matches!(answer, Ok(Committed { repeated: false, .. })) {
        run(connection, &sql::ROLLBACK_STEP)?;
    }
    run(connection, &sql::RELEASE)?;
    Ok(answer)
}

fn refuse(batch: Vec<Job>, answer: impl Fn() -> StoreError) {
    for job in batch {
        let _ = job.reply.send(Err(answer()));
    }
}
