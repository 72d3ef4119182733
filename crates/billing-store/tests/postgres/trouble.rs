//! Deadlocks, locks that are not given, connections that are lost: what is tried again, what is in doubt, and what was not written.

use std::sync::Arc;
use std::time::Duration;

use billing_domain::{AccountRecord, BillingStore, Committed, Step, StoreError, Write};
use billing_store::tokio_postgres::NoTls;
use billing_store::{PostgresOptions, PostgresStore};
use billing_testkit::TestDatabase;
use billing_testkit::store::rows;

use crate::proxy::Proxy;
use crate::support::{hold_commits, let_go, migrated, open, outsider, waiting};

const LOCK_COUNTER: &str = "BEGIN; SELECT seq FROM billing_counters FOR UPDATE";

fn step(n: u128) -> Step {
    rows::step(rows::dispensary_id(1), n, vec![])
}

fn held(n: u128) -> Step {
    Step { note: "hold".to_owned(), ..step(n) }
}

/// A store that waits long for locks: in these tests somebody else decides how a wait ends.
async fn patient(database: &TestDatabase) -> Arc<PostgresStore> {
    let patience = Duration::from_mins(1);
    let options =
        PostgresOptions { call_timeout: patience, lock_timeout: patience, ..PostgresOptions::default() };
    Arc::new(PostgresStore::open(&database.config(), NoTls, options).await.unwrap())
}

fn commit(store: &Arc<PostgresStore>, step: Step) -> tokio::task::JoinHandle<Result<Committed, StoreError>> {
    let store = Arc::clone(store);
    tokio::spawn(async move { store.commit(step).await })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_the_victim_of_a_deadlock_begins_again() {
    let database = migrated().await;
    let store = patient(&database).await;
    store.commit(rows::opening(1, 1, 7, rows::payable("i-1", 100))).await.unwrap();
    let account = rows::account_ref(rows::dispensary_id(1), 7);
    for revision in 2..=20 {
        // Somebody has the account's row and wants the counter; the step has the counter and wants the row.
        let other = outsider(&database.config()).await;
        other.batch_execute("BEGIN; SELECT 1 FROM billing_accounts FOR UPDATE").await.unwrap();
        let record = AccountRecord { revision, ..rows::account(account.clone()) };
        let write = Write::Account(Box::new(record));
        let step = commit(&store, rows::step(account.dispensary, u128::from(revision), vec![write]));
        waiting(&outsider(&database.config()).await).await;
        let went_through = other.batch_execute("SELECT seq FROM billing_counters FOR UPDATE; COMMIT").await;
        let committed = step.await.unwrap().unwrap();
        assert_eq!((committed.seq, committed.repeated), (revision, false));
        // The server chose one of the two. If it was not the step, nothing was tested yet.
        if went_through.is_ok() {
            return;
        }
    }
    panic!("the step was never the victim");
}

#[tokio::test]
async fn a_lock_that_is_not_given_in_time_is_unavailable_for_now() {
    let database = migrated().await;
    let options = PostgresOptions { lock_timeout: Duration::from_millis(10), ..PostgresOptions::default() };
    let store = PostgresStore::open(&database.config(), NoTls, options).await.unwrap();
    store.commit(step(1)).await.unwrap();
    let other = outsider(&database.config()).await;
    other.batch_execute(LOCK_COUNTER).await.unwrap();
    let answer = store.commit(step(2)).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    assert_eq!(store.audit(rows::dispensary_id(1), 0, 10).await.unwrap().len(), 1, "readers do not wait");
    other.batch_execute("ROLLBACK").await.unwrap();
    assert!(!store.commit(step(2)).await.unwrap().repeated);
}

#[tokio::test]
async fn a_call_that_takes_too_long_ends_and_leaves_the_store_usable() {
    let database = migrated().await;
    let longest = Duration::from_secs(5);
    let options =
        PostgresOptions { call_timeout: longest, lock_timeout: longest, connections: 1, plaintext: false };
    let store = PostgresStore::open(&database.config(), NoTls, options).await.unwrap();
    store.commit(step(1)).await.unwrap();
    let other = outsider(&database.config()).await;
    other.batch_execute(LOCK_COUNTER).await.unwrap();
    let answer = store.commit(step(2)).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    // And one that nobody waits for any more.
    let dropped = tokio::time::timeout(Duration::from_millis(100), store.commit(step(3))).await;
    assert!(dropped.is_err(), "{dropped:?}");
    other.batch_execute("ROLLBACK").await.unwrap();
    let answer = store.commit(step(4)).await.unwrap();
    assert!(!answer.repeated);
    let seqs = store.audit(rows::dispensary_id(1), 0, 10).await.unwrap();
    assert!(seqs.iter().map(|entry| entry.seq).eq(1..=answer.seq), "{seqs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lost_before_the_commit_means_nothing_was_written() {
    let database = migrated().await;
    let store = patient(&database).await;
    store.commit(step(1)).await.unwrap();
    let other = outsider(&database.config()).await;
    other.batch_execute(LOCK_COUNTER).await.unwrap();
    let lost = commit(&store, step(2));
    let session = waiting(&outsider(&database.config()).await).await;
    other.execute("SELECT pg_terminate_backend($1, 60000)", &[&session]).await.unwrap();
    let answer = lost.await.unwrap();
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    other.batch_execute("ROLLBACK").await.unwrap();
    let again = store.commit(step(2)).await.unwrap();
    assert_eq!((again.seq, again.repeated), (2, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_during_the_commit_leaves_the_step_in_doubt() {
    let database = migrated().await;
    let store = patient(&database).await;
    let holder = hold_commits(&database).await;
    let lost = commit(&store, held(1));
    let session = waiting(&holder).await;
    holder.execute("SELECT pg_terminate_backend($1, 60000)", &[&session]).await.unwrap();
    let answer = lost.await.unwrap();
    assert!(matches!(answer, Err(StoreError::InDoubt(_))), "{answer:?}");
    let_go(&holder).await;
    let again = store.commit(held(1)).await.unwrap();
    assert_eq!((again.seq, again.repeated), (1, false), "it was not written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_never_comes_is_in_doubt_and_was_written_once() {
    let database = migrated().await;
    let proxy = Proxy::to(&database.config()).await;
    let patience = Duration::from_mins(1);
    let options =
        PostgresOptions { call_timeout: patience, lock_timeout: patience, ..PostgresOptions::default() };
    let store = Arc::new(PostgresStore::open(&proxy.config(), NoTls, options).await.unwrap());
    let holder = hold_commits(&database).await;
    let lost = commit(&store, held(1));
    waiting(&holder).await;
    proxy.cut();
    let answer = lost.await.unwrap();
    assert!(matches!(answer, Err(StoreError::InDoubt(_))), "{answer:?}");
    // The server never learnt that nobody listens.
    let_go(&holder).await;
    let again = open(&database.config()).await.commit(held(1)).await.unwrap();
    assert_eq!((again.seq, again.repeated), (1, true), "it was written");
}
