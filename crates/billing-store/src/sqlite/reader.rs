//! The threads that read, each with its own connection and all with one queue. It knows no row and no table.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use billing_domain::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::connection;
use super::options::SqliteOptions;
use super::threads::Threads;
use crate::OpenError;

type Look = Box<dyn FnOnce(&Connection) + Send>;

/// The way to the threads that read. Dropping it closes their connections and ends them.
pub(super) struct Readers {
    // Dropped in this order: the threads end once their queue is closed.
    queue: SyncSender<Look>,
    threads: Threads,
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, thiserror::Error)]
enum Lost {
    #[error("too many reads are waiting")]
    Full,
    #[error("the reading thread gave up on the read")]
    GivenUp,
    #[error("the reading threads have ended")]
    Ended,
}

impl Readers {
    /// Opens the connections and starts the threads.
    pub(super) fn start(path: &Path, options: &SqliteOptions) -> Result<Self, OpenError> {
        let (queue, waiting) = sync_channel(options.queue);
        let waiting = Arc::new(Mutex::new(waiting));
        let mut readers = Self { queue, threads: Threads::default() };
        for _ in 0..options.readers {
            let connection = connection::for_reading(path, options)?;
            let waiting = Arc::clone(&waiting);
            readers.threads.start("billing-store-reader", move || work(&waiting, &connection))?;
        }
        Ok(readers)
    }

    /// Takes one look at the database, on whichever thread is free.
    pub(super) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Look = Box::new(move |connection| {
            // Nobody listens any more: no need to look.
            if !reply.is_closed() {
                let _ = reply.send(look(connection));
            }
        });
        self.queue.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => StoreError::Unavailable(Lost::Full.into()),
            TrySendError::Disconnected(_) => StoreError::Unavailable(Lost::Ended.into()),
        })?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Unavailable(Lost::GivenUp.into())))
    }
}

fn work(waiting: &Mutex<Receiver<Look>>, connection: &Connection) {
    // One thread waits in `recv`, the others for the lock: each look wakes one of them.
    while let Ok(look) = next(waiting) {
        if catch_unwind(AssertUnwindSafe(|| look(connection))).is_err() {
            tracing::error!("a panic ended a read");
        }
    }
}

fn next(waiting: &Mutex<Receiver<Look>>) -> Result<Look, std::sync::mpsc::RecvError> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).recv()
}
