//! The one thread that writes: steps that wait together are committed together. It knows no row and no table.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use billing_domain::{Committed, Step, StoreError};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::failure::BatchFailure;
use super::run::run;
use super::statements as sql;
use super::threads::Threads;
use crate::OpenError;

/// The most steps in one transaction: a bound on how long the first of them waits for the others.
const BATCH_MAX: usize = 256;

type Answer = Result<Committed, StoreError>;

/// The way to the thread that writes. Dropping it commits what waits, closes the connection and ends the thread.
#[derive(Debug)]
pub(super) struct Writer {
    // Dropped in this order: the thread ends once its queue is closed.
    queue: SyncSender<Job>,
    _threads: Threads,
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
        let mut threads = Threads::default();
        threads.start("billing-store-writer", move || work(&waiting, first, &open, &apply))?;
        Ok(Self { queue, _threads: threads })
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
    while let Ok(first) = waiting.recv() {
        let mut later = waiting.try_iter().take(BATCH_MAX - 1);
        let usable = match connection.take().map_or_else(open, Ok) {
            Ok(usable) => usable,
            Err(error) => {
                tracing::error!(?error, "the database cannot be opened again");
                let error = Arc::new(error);
                refuse(std::iter::once(first).chain(later), || {
                    StoreError::Unavailable(Arc::clone(&error).into())
                });
                continue;
            }
        };
        match catch_unwind(AssertUnwindSafe(|| commit(&usable, first, &mut later, apply))) {
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

/// Commits what waits as one batch and answers every step of it. If the batch fails, so does every step, refused ones included:
/// what they were refused for may be among what is lost.
fn commit(
    connection: &Connection,
    first: Job,
    later: &mut impl Iterator<Item = Job>,
    apply: &impl Fn(&Connection, &Step) -> Answer,
) -> Result<(), BatchFailure> {
    let mut batch = vec![first];
    match apply_all(connection, &mut batch, later, apply) {
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

/// Applies every step of the batch. It grows meanwhile: a step that arrives while others are applied still goes along.
fn apply_all(
    connection: &Connection,
    batch: &mut Vec<Job>,
    later: &mut impl Iterator<Item = Job>,
    apply: &impl Fn(&Connection, &Step) -> Answer,
) -> Result<Vec<Answer>, BatchFailure> {
    run(connection, &sql::BEGIN).map_err(|error| BatchFailure::before_commit("BEGIN", error))?;
    let mut answers = Vec::new();
    let mut wrote = false;
    while let Some(job) = batch.get(answers.len()) {
        let answer = in_savepoint(connection, || apply(connection, &job.step))
            .map_err(|error| BatchFailure::before_commit("a savepoint", error))?;
        wrote |= matches!(answer, Ok(Committed { repeated: false, .. }));
        answers.push(answer);
        batch.extend(later.next());
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

fn refuse(batch: impl IntoIterator<Item = Job>, answer: impl Fn() -> StoreError) {
    for job in batch {
        let _ = job.reply.send(Err(answer()));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::channel;

    use billing_testkit::store::rows;

    use super::*;

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
        let writer = Writer::start(memory(), open, apply, 8).unwrap();
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
        let writer = Writer::start(memory(), || Err(OpenError::ReadOnly), apply, 8).unwrap();
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
        let writer = Arc::new(Writer::start(memory(), || Ok(memory()), apply, 8).unwrap());
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
        let writer = Arc::new(Writer::start(memory(), || Ok(memory()), apply, 1).unwrap());
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
        let writer = Writer::start(memory(), || Ok(memory()), apply, 8).unwrap();
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
