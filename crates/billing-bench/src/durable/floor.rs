//! The floor of a durable step: one thread, prepared statements, one fsync for all that wait. No judgement and no way back.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::Failure;
use super::database::Database;

/// As many as the library puts into one transaction.
const BATCH_MAX: usize = 256;

type Waiting<J> = (J, oneshot::Sender<()>);

/// What writes a job, on statements prepared once.
pub(super) type Apply<'c, J> = Box<dyn FnMut(J) -> rusqlite::Result<()> + 'c>;

/// The way to a thread that commits jobs.
#[derive(Debug)]
pub(super) struct Floor<J> {
    queue: Sender<Waiting<J>>,
}

/// The floor's thread: joined, it says whether everything was written.
pub(super) type Thread = JoinHandle<rusqlite::Result<()>>;

impl<J> Clone for Floor<J> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

impl<J: Send + 'static> Floor<J> {
    /// Starts the thread. It ends when the last clone is dropped.
    pub(super) fn start<P>(database: &Database, prepare: P) -> Result<(Self, Thread), Failure>
    where
        P: for<'c> FnOnce(&'c Connection) -> rusqlite::Result<Apply<'c, J>> + Send + 'static,
    {
        let connection = database.connect()?;
        let (queue, waiting) = channel();
        let thread = thread::spawn(move || work(&connection, &waiting, prepare));
        Ok((Self { queue }, thread))
    }

    /// Returns once the job is on the disk.
    pub(super) async fn commit(&self, job: J) -> Result<(), Failure> {
        let (reply, done) = oneshot::channel();
        self.queue.send((job, reply)).map_err(|_| "the floor's thread has ended")?;
        Ok(done.await?)
    }
}

fn work<J, P>(connection: &Connection, waiting: &Receiver<Waiting<J>>, prepare: P) -> rusqlite::Result<()>
where
    P: for<'c> FnOnce(&'c Connection) -> rusqlite::Result<Apply<'c, J>>,
{
    let mut apply = prepare(connection)?;
    let (mut begin, mut commit) = (connection.prepare("BEGIN IMMEDIATE")?, connection.prepare("COMMIT")?);
    let mut savepoint = connection.prepare("SAVEPOINT step")?;
    let mut release = connection.prepare("RELEASE step")?;
    let mut replies = Vec::with_capacity(BATCH_MAX);
    while let Ok(first) = waiting.recv() {
        begin.execute([])?;
        for (job, reply) in std::iter::once(first).chain(waiting.try_iter().take(BATCH_MAX - 1)) {
            savepoint.execute([])?;
            apply(job)?;
            release.execute([])?;
            replies.push(reply);
        }
        commit.execute([])?;
        for reply in replies.drain(..) {
            let _ = reply.send(());
        }
    }
    Ok(())
}

/// The least a durable step can be: one row in a table with no index beside its key.
pub(super) fn one_insert(connection: &Connection) -> rusqlite::Result<Apply<'_, ()>> {
    connection
        .execute_batch("CREATE TABLE IF NOT EXISTS floor (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")?;
    let mut insert = connection.prepare("INSERT INTO floor (body) VALUES (?1)")?;
    let body = "x".repeat(100);
    Ok(Box::new(move |()| insert.execute([&body]).map(drop)))
}
