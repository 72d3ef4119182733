//! What is kept: over a restart, against SQL from outside, beside other processes, and when a row is broken.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use billing_domain::payment::{AttemptState, Capture, CaptureId};
use billing_domain::refund::RefundState;
use billing_domain::{BillingStore, StoreError, Write};
use billing_store::{SqliteOptions, SqliteStore};
use billing_testkit::store::rows;
use rusqlite::Connection;
use tempfile::TempDir;

fn fresh() -> (TempDir, PathBuf, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clinic.db");
    SqliteStore::migrate(&path).unwrap();
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    (folder, path, store)
}

/// One captured payment with a refused card, a stray charge, a refund done and one under way, and one open payment.
async fn fill(store: &SqliteStore) {
    let here = rows::dispensary_id(1);
    let account = rows::account_ref(here, 7);
    let taken = rows::payment(10, account.clone(), "i-1", 10_000);
    let mut attempt =
        rows::ended(&rows::attempt(10, 1), AttemptState::Succeeded(rows::capture("pi_10", 10_000)));
    attempt.tries = vec![rows::refused_card("ch_1")];
    let stray = rows::stray(100, rows::capture("pi_late", 10_000));
    let sent = rows::refund(200, CaptureId::Attempt(1), 4_000);
    let under_way = rows::refund(201, CaptureId::Stray(stray.id), 10_000);
    let steps = [
        rows::opening(1, 1, 7, rows::payable("i-1", 10_000)),
        rows::sending(2, &taken),
        rows::moving(3, &taken, attempt),
        rows::step(here, 4, vec![Write::StrayCharge { payment: taken.id, stray: Box::new(stray) }]),
        rows::step(here, 5, vec![Write::Payable(rows::payable("i-2", 500))]),
        rows::sending(6, &rows::payment(11, account, "i-2", 500)),
        rows::step(
            here,
            7,
            vec![Write::Invoice { invoice: Box::new(rows::invoice(here, 20)), replaces: None }],
        ),
        rows::refunding(8, &taken, &sent),
        rows::moving_refund(9, &taken, &rows::refund_in(&sent, RefundState::Succeeded)),
        rows::refunding(10, &taken, &under_way),
    ];
    for step in steps {
        store.commit(step).await.unwrap();
    }
}

#[tokio::test]
async fn committed_steps_are_there_after_a_restart() {
    let (_folder, path, store) = fresh();
    fill(&store).await;
    let here = rows::dispensary_id(1);
    let before = store.payments(here, None, 100).await.unwrap();
    let state = store.payable(here, &rows::payable_id("i-1")).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    assert_eq!(store.payments(here, None, 100).await.unwrap(), before);
    assert_eq!(store.payable(here, &rows::payable_id("i-1")).await.unwrap(), state);
    let again = store.commit(rows::opening(1, 1, 7, rows::payable("i-1", 10_000))).await.unwrap();
    assert!(again.repeated, "a step is known after a restart");
    assert_eq!(store.commit(rows::step(here, 11, vec![])).await.unwrap().seq, 11);
}

#[tokio::test]
async fn audit_outbox_and_money_refuse_to_be_rewritten_by_sql() {
    let (_folder, path, store) = fresh();
    fill(&store).await;
    let outside = Connection::open(path).unwrap();
    for sql in [
        "UPDATE billing_steps SET note = 'nothing happened'",
        "DELETE FROM billing_steps",
        "DELETE FROM billing_audit",
        "UPDATE billing_outbox SET seq = 0",
        "UPDATE billing_payments SET amount_minor = 1",
        "DELETE FROM billing_payments",
        "DELETE FROM billing_attempts",
        "UPDATE billing_tries SET decline = ''",
        "DELETE FROM billing_tries",
        "UPDATE billing_strays SET captured_minor = 0",
        "DELETE FROM billing_strays",
        "UPDATE billing_refunds SET amount_minor = 1",
        "UPDATE billing_refunds SET capture_attempt = 2 WHERE capture_attempt IS NOT NULL",
        "UPDATE billing_refunds SET submit_key = 'another'",
        "DELETE FROM billing_refunds",
    ] {
        assert!(outside.execute(sql, []).is_err(), "{sql}");
    }
    let audit: i64 = outside.query_row("SELECT count(*) FROM billing_audit", [], |row| row.get(0)).unwrap();
    let outbox: i64 = outside.query_row("SELECT count(*) FROM billing_outbox", [], |row| row.get(0)).unwrap();
    assert_eq!((audit, outbox), (10, 10), "one audit row and one outbox row per step");
}

#[tokio::test]
async fn the_schema_itself_refuses_what_must_never_be() {
    let (_folder, path, store) = fresh();
    fill(&store).await;
    let outside = Connection::open(path).unwrap();
    outside.pragma_update(None, "foreign_keys", true).unwrap();
    for (broken, sql) in [
        ("a second open attempt", "UPDATE billing_attempts SET payable = 'i-2', state = 'unknown', resolved_at = NULL,
            captured_minor = NULL WHERE payable = 'i-1'"),
        ("an end without a time", "UPDATE billing_attempts SET resolved_at = NULL WHERE payable = 'i-1'"),
        ("an unknown state", "UPDATE billing_attempts SET state = 'paid'"),
        ("a second unanswered refund of a capture", "INSERT INTO billing_refunds
            SELECT dispensary, payment, randomblob(16), payable, account, capture_attempt, capture_stray, amount_minor,
                currency, plan, submit_key, encoding, account_version, 'unknown', detail, reference, opened_by, first_sent_at,
                answer_deadline, idle_checks, due_at, resolved_at, refunded_minor, revision
            FROM billing_refunds WHERE state = 'sending'"),
        ("a refund of two captures", "INSERT INTO billing_refunds
            SELECT dispensary, payment, randomblob(16), payable, account, 1, capture_stray, amount_minor,
                currency, plan, submit_key, encoding, account_version, 'pending', detail, reference, opened_by, first_sent_at,
                answer_deadline, idle_checks, due_at, resolved_at, refunded_minor, revision
            FROM billing_refunds WHERE state = 'sending'"),
        ("a refund of money that never came", "INSERT INTO billing_refunds
            SELECT dispensary, payment, randomblob(16), payable, account, 9, NULL, amount_minor,
                currency, plan, submit_key, encoding, account_version, 'pending', detail, reference, opened_by, first_sent_at,
                answer_deadline, idle_checks, due_at, resolved_at, refunded_minor, revision
            FROM billing_refunds WHERE state = 'sending'"),
        ("a refund done without a sum", "UPDATE billing_refunds SET refunded_minor = NULL"),
        ("a sum that is not the refund's", "UPDATE billing_refunds SET refunded_minor = 1 WHERE state = 'succeeded'"),
        ("a sum of a refund under way", "UPDATE billing_refunds SET refunded_minor = amount_minor"),
        ("a refund done without a time", "UPDATE billing_refunds SET resolved_at = NULL"),
        ("a negative total", "UPDATE billing_payables SET total_minor = -1"),
        ("a currency of two letters", "UPDATE billing_payables SET currency = 'CA'"),
        ("a number that is text", "UPDATE billing_payables SET total_minor = 'much'"),
        ("erased keys that are there", "UPDATE billing_accounts SET state = 'erased', state_since = 1"),
        ("a step committed twice", "INSERT INTO billing_steps
            SELECT NULL, dispensary, 99, step, at, actor, action, subject_kind, subject_id, note FROM billing_steps"),
        ("a number given twice", "INSERT INTO billing_steps
            SELECT NULL, dispensary, seq, randomblob(16), at, actor, action, subject_kind, subject_id, note
            FROM billing_steps"),
    ] {
        assert!(outside.execute(sql, []).is_err(), "{broken}");
    }
    let second_under_way = "INSERT INTO billing_refunds
        SELECT dispensary, payment, randomblob(16), payable, account, capture_attempt, capture_stray, amount_minor,
            currency, plan, submit_key, encoding, account_version, 'pending', detail, reference, opened_by, first_sent_at,
            answer_deadline, idle_checks, due_at, resolved_at, refunded_minor, revision
        FROM billing_refunds WHERE state = 'sending'";
    assert_eq!(outside.execute(second_under_way, []).unwrap(), 1, "and refuses nothing else");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_corrupt_and_named() {
    let (_folder, path, store) = fresh();
    fill(&store).await;
    let here = rows::dispensary_id(1);
    let outside = Connection::open(path).unwrap();
    outside
        .execute_batch(
            "UPDATE billing_attempts SET certainty = 'unknown', detail = 'not json', state = 'needs_review'
                WHERE payable = 'i-2';
             UPDATE billing_accounts SET remarks = '{';
             UPDATE billing_invoices SET lines = '7';
             UPDATE billing_refunds SET reference = 're_1', idle_checks = 5000000000;
             UPDATE billing_payables SET currency = 'XXX' WHERE payable = 'i-2';",
        )
        .unwrap();
    let corrupt = |error: Option<StoreError>, expected: &str| match error {
        Some(StoreError::Corrupt(what)) => assert_eq!(what, expected),
        other => panic!("{other:?}"),
    };
    corrupt(store.payment(here, rows::payment_id(11)).await.err(), "attempt");
    corrupt(store.accounts(here).await.err(), "account");
    corrupt(store.invoice(here, rows::invoice(here, 20).id()).await.err(), "invoice");
    corrupt(store.payable(here, &rows::payable_id("i-2")).await.err(), "payable");
    corrupt(store.payment(here, rows::payment_id(10)).await.err(), "refund");
    outside.execute("UPDATE billing_refunds SET idle_checks = 0", []).unwrap();
    assert!(store.payment(here, rows::payment_id(10)).await.unwrap().is_some(), "others are read");
    outside.execute("UPDATE billing_attempts SET charge = '{}}' WHERE payable = 'i-1'", []).unwrap();
    corrupt(store.payment(here, rows::payment_id(10)).await.err(), "attempt");
}

#[tokio::test]
async fn columns_of_an_invoice_that_contradict_its_text_are_corrupt() {
    let (_folder, path, store) = fresh();
    fill(&store).await;
    let outside = Connection::open(path).unwrap();
    outside.execute("UPDATE billing_invoices SET number_prefix = '', number_sequence = 9", []).unwrap();
    let here = rows::dispensary_id(1);
    let read = store.invoice(here, rows::invoice(here, 20).id()).await;
    assert!(matches!(read, Err(StoreError::Corrupt("invoice"))), "{read:?}");
}

#[tokio::test]
async fn sums_that_overflow_are_an_error_not_a_number() {
    let (_folder, _path, store) = fresh();
    fill(&store).await;
    let here = rows::dispensary_id(1);
    for n in [200, 201] {
        let capture = Capture { amount: rows::cad(i64::MAX), ..rows::capture(&format!("pi_{n}"), 0) };
        let stray = Box::new(rows::stray(n, capture));
        let write = Write::StrayCharge { payment: rows::payment_id(10), stray };
        store.commit(rows::step(here, n, vec![write])).await.unwrap();
    }
    let read = store.payable(here, &rows::payable_id("i-1")).await;
    assert!(matches!(read, Err(StoreError::Corrupt("payable"))), "{read:?}");
}

#[tokio::test]
async fn a_lock_held_elsewhere_is_unavailable_for_now() {
    let (_folder, path, store) = fresh();
    drop(store);
    let busy_timeout = std::time::Duration::from_millis(1);
    let store = SqliteStore::open(&path, SqliteOptions { busy_timeout, ..SqliteOptions::default() }).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let step = rows::step(rows::dispensary_id(1), 1, vec![]);
    assert!(matches!(store.commit(step.clone()).await, Err(StoreError::Unavailable(_))));
    assert_eq!(
        store.audit(rows::dispensary_id(1), 0, 10).await.unwrap(),
        [],
        "readers do not wait for writers"
    );
    other.execute_batch("ROLLBACK").unwrap();
    assert!(!store.commit(step).await.unwrap().repeated);
}

#[tokio::test]
async fn a_note_is_cut_at_its_limit() {
    let (_folder, _path, store) = fresh();
    let here = rows::dispensary_id(1);
    let step = billing_domain::Step { note: "é".repeat(1_001), ..rows::step(here, 1, vec![]) };
    store.commit(step).await.unwrap();
    assert_eq!(store.audit(here, 0, 1).await.unwrap()[0].note, "é".repeat(1_000));
}

#[tokio::test]
async fn never_more_than_the_end_of_a_card_number_is_kept() {
    let (_folder, _path, store) = fresh();
    fill(&store).await;
    let here = rows::dispensary_id(1);
    let capture = Capture { last4: Some("4242424242424242".to_owned()), ..rows::capture("pi_x", 1) };
    let write =
        Write::StrayCharge { payment: rows::payment_id(10), stray: Box::new(rows::stray(300, capture)) };
    store.commit(rows::step(here, 300, vec![write])).await.unwrap();
    let payment = store.payment(here, rows::payment_id(10)).await.unwrap().unwrap();
    assert!(payment.strays.iter().all(|stray| stray.capture.last4.as_deref() == Some("4242")));
}

/// Wakes a parked thread: the smallest executor there is.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn no_runtime_is_needed() {
    let (_folder, _path, store) = fresh();
    block_on(fill(&store));
    assert_eq!(block_on(store.payments(rows::dispensary_id(1), None, 10)).unwrap().len(), 2);
}
