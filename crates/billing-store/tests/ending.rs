//! What is there once the store is dropped: one file with everything in it. And that dropping never hangs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use billing_domain::{BillingStore, Step};
use billing_store::{SqliteOptions, SqliteStore};
use billing_testkit::store::rows;
use rusqlite::Connection;
use tempfile::TempDir;

/// Far longer than anything here takes: a test that waits for it fails.
const PATIENCE: Duration = Duration::from_secs(30);

fn fresh() -> (TempDir, PathBuf, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clinic.db");
    SqliteStore::migrate(&path).unwrap();
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    (folder, path, store)
}

fn log_of(path: &Path) -> PathBuf {
    path.with_extension("db-wal")
}

fn step(n: u128) -> Step {
    rows::step(rows::dispensary_id(1), n, vec![])
}

/// How many steps a copy of the main file alone holds.
fn steps_in_a_copy(path: &Path) -> i64 {
    let copy = path.with_extension("copy");
    std::fs::copy(path, &copy).unwrap();
    Connection::open(copy)
        .unwrap()
        .query_row("SELECT count(*) FROM billing_steps", [], |row| row.get(0))
        .unwrap()
}

#[tokio::test]
async fn the_main_file_alone_is_everything_once_the_store_is_dropped() {
    // Often enough to meet threads that end in any order.
    for readers in [1, 2, 8, 8, 8] {
        let (_folder, path, store) = fresh();
        drop(store);
        let store = SqliteStore::open(&path, SqliteOptions { readers, ..SqliteOptions::default() }).unwrap();
        for n in 1..=20 {
            store.commit(step(n)).await.unwrap();
            store.audit(rows::dispensary_id(1), 0, 100).await.unwrap();
        }
        assert!(log_of(&path).exists());
        let handle: Arc<dyn BillingStore> = Arc::new(store);
        drop(Arc::clone(&handle));
        assert!(log_of(&path).exists(), "another handle is left");
        drop(handle);
        assert!(!log_of(&path).exists(), "with {readers} readers");
        assert_eq!(steps_in_a_copy(&path), 20);
    }
}

#[test]
fn steps_and_reads_that_nobody_waits_for_any_more_do_not_outlive_the_store() {
    let (_folder, path, store) = fresh();
    for n in 1..=200 {
        poll_once(&mut store.commit(step(n)));
        poll_once(&mut store.audit(rows::dispensary_id(1), 0, 100));
    }
    drop(store);
    assert!(!log_of(&path).exists());
    assert_eq!(steps_in_a_copy(&path), 200, "what was queued is committed");
}

fn poll_once<T>(future: &mut Pin<Box<dyn Future<Output = T> + Send + '_>>) {
    let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
}

#[tokio::test]
async fn a_store_is_dropped_inside_a_task_of_a_runtime() {
    let (_folder, path, store) = fresh();
    tokio::spawn(async move { store.commit(step(1)).await.map(|_| ()) }).await.unwrap().unwrap();
    assert!(!log_of(&path).exists());
    assert_eq!(steps_in_a_copy(&path), 1);
}

#[test]
fn a_file_that_somebody_else_has_open_keeps_its_log() {
    let (_folder, path, store) = fresh();
    poll_once(&mut store.commit(step(1)));
    let other = Connection::open(&path).unwrap();
    let count =
        || other.query_row("SELECT count(*) FROM billing_steps", [], |row| row.get::<_, i64>(0)).unwrap();
    count();
    drop(store);
    assert!(log_of(&path).exists());
    assert_eq!(count(), 1);
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Drops its task, and the store with it, on the thread that wakes it.
struct DropOnWake {
    task: Mutex<Option<Task>>,
    done: Sender<()>,
}

impl Wake for DropOnWake {
    fn wake(self: Arc<Self>) {
        drop(self.task.lock().unwrap().take());
        self.done.send(()).unwrap();
    }
}

fn dropped_by_its_own_thread(task: Task) {
    let (done, is_done) = channel();
    let waking = Arc::new(DropOnWake { task: Mutex::new(Some(task)), done });
    let waker = Waker::from(Arc::clone(&waking));
    let mut task = waking.task.lock().unwrap();
    let polled = task.as_mut().unwrap().as_mut().poll(&mut Context::from_waker(&waker));
    drop(task);
    // If the answer was there already, nothing was dropped: that says nothing, and the next round will.
    if polled == Poll::Pending {
        is_done.recv_timeout(PATIENCE).unwrap();
    }
}

#[test]
fn a_store_dropped_on_one_of_its_own_threads_does_not_wait_for_that_one() {
    for _ in 0..10 {
        let (_folder, path, store) = fresh();
        dropped_by_its_own_thread(Box::pin(async move {
            store.commit(step(1)).await.unwrap();
        }));
        let store = SqliteStore::open(path, SqliteOptions::default()).unwrap();
        dropped_by_its_own_thread(Box::pin(async move {
            store.audit(rows::dispensary_id(1), 0, 100).await.unwrap();
        }));
    }
}
