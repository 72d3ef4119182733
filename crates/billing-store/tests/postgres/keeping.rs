//! What is kept against SQL from outside, and what is said of a row that is broken or cannot be kept.

use billing_domain::payment::{AttemptState, CaptureId};
use billing_domain::refund::RefundState;
use billing_domain::{BillingStore, Dispensary, StoreError, Write};
use billing_store::PostgresStore;
use billing_testkit::store::rows;

use crate::support::{migrated, open, outsider};

/// One captured payment with a refused card, a stray charge, a refund done and one under way, one open payment, and a notice.
async fn fill(store: &PostgresStore) {
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
        rows::refunding(7, &taken, &sent),
        rows::moving_refund(8, &taken, &rows::refund_in(&sent, RefundState::Succeeded)),
        rows::refunding(9, &taken, &under_way),
        rows::noticing(10, &rows::notice(1, &taken)),
    ];
    for step in steps {
        store.commit(step).await.unwrap();
    }
}

#[tokio::test]
async fn audit_outbox_and_money_refuse_to_be_rewritten_by_sql() {
    let database = migrated().await;
    fill(&open(&database.config()).await).await;
    let outside = outsider(&database.config()).await;
    for sql in [
        "UPDATE billing_steps SET note = 'nothing happened'",
        "DELETE FROM billing_steps",
        "TRUNCATE billing_steps",
        "DELETE FROM billing_audit",
        "UPDATE billing_outbox SET seq = 0",
        "UPDATE billing_payments SET amount_minor = 1",
        "DELETE FROM billing_payments",
        "TRUNCATE billing_payments CASCADE",
        "DELETE FROM billing_attempts",
        "UPDATE billing_tries SET decline = ''",
        "DELETE FROM billing_tries",
        "TRUNCATE billing_tries",
        "UPDATE billing_strays SET captured_minor = 0",
        "DELETE FROM billing_strays",
        "UPDATE billing_refunds SET amount_minor = 1",
        "UPDATE billing_refunds SET capture_attempt = 2 WHERE capture_attempt IS NOT NULL",
        "UPDATE billing_refunds SET submit_key = 'another'",
        "DELETE FROM billing_refunds",
        "TRUNCATE billing_refunds",
    ] {
        assert!(outside.batch_execute(sql).await.is_err(), "{sql}");
    }
    let counts = "SELECT (SELECT count(*) FROM billing_audit), (SELECT count(*) FROM billing_outbox)";
    let counts = outside.query_one(counts, &[]).await.unwrap();
    assert_eq!((counts.get::<_, i64>(0), counts.get::<_, i64>(1)), (10, 10), "one row each per step");
}

#[tokio::test]
async fn the_schema_itself_refuses_what_must_never_be() {
    let database = migrated().await;
    fill(&open(&database.config()).await).await;
    let outside = outsider(&database.config()).await;
    let refund = |capture: &str, state: &str| {
        format!(
            "INSERT INTO billing_refunds
                SELECT dispensary, payment, gen_random_uuid(), payable, account, {capture}, amount_minor, currency, plan,
                    submit_key, encoding, account_version, '{state}', detail, reference, opened_by, first_sent_at,
                    answer_deadline, idle_checks, due_at, resolved_at, refunded_minor, revision
                FROM billing_refunds WHERE state = 'sending'"
        )
    };
    let second_unanswered = refund("capture_attempt, capture_stray", "unknown");
    let of_two_captures = refund("1, capture_stray", "pending");
    let of_no_money = refund("9, NULL", "pending");
    for (broken, sql) in [
        (
            "a second open attempt",
            "UPDATE billing_attempts SET payable = 'i-2', state = 'unknown', resolved_at = NULL, captured_minor = NULL
             WHERE payable = 'i-1'",
        ),
        ("an end without a time", "UPDATE billing_attempts SET resolved_at = NULL WHERE payable = 'i-1'"),
        ("an unknown state", "UPDATE billing_attempts SET state = 'paid'"),
        ("a second unanswered refund of a capture", &second_unanswered),
        ("a refund of two captures", &of_two_captures),
        ("a refund of money that never came", &of_no_money),
        ("a refund done without a sum", "UPDATE billing_refunds SET refunded_minor = NULL"),
        ("a negative total", "UPDATE billing_payables SET total_minor = -1"),
        ("a currency of two letters", "UPDATE billing_payables SET currency = 'CA'"),
        ("erased keys that are there", "UPDATE billing_accounts SET state = 'erased', state_since = 1"),
        (
            "an erased account with something to do",
            "UPDATE billing_accounts SET state = 'erased', state_since = 1, sealed = NULL, due_at = 1",
        ),
        ("an account that drains for ever", "UPDATE billing_accounts SET state = 'draining', state_since = 1"),
        ("a notice neither handled nor due", "UPDATE billing_notices SET due_at = NULL"),
        (
            "a step committed twice",
            "INSERT INTO billing_steps SELECT dispensary, 99, step, at, actor, action, subject_kind, subject_id, note FROM billing_steps",
        ),
        (
            "a number given twice",
            "INSERT INTO billing_steps SELECT dispensary, seq, gen_random_uuid(), at, actor, action, subject_kind, subject_id, note
             FROM billing_steps",
        ),
    ] {
        assert!(outside.batch_execute(sql).await.is_err(), "{broken}");
    }
    let second_under_way = refund("capture_attempt, capture_stray", "pending");
    outside.batch_execute(&second_under_way).await.expect("and refuses nothing else");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_corrupt_and_harms_only_its_own() {
    let database = migrated().await;
    let store = open(&database.config()).await;
    fill(&store).await;
    let here = rows::dispensary_id(1);
    database
        .run(
            "UPDATE billing_attempts SET detail = 'not json', state = 'needs_review' WHERE payable = 'i-2';
             UPDATE billing_accounts SET remarks = '{';",
        )
        .await;
    let broken = store.payment(here, rows::payment_id(11)).await;
    assert!(matches!(broken, Err(StoreError::Corrupt("attempt"))), "{broken:?}");
    let broken = store.accounts(here).await;
    assert!(matches!(broken, Err(StoreError::Corrupt("account"))), "{broken:?}");
    assert!(store.payment(here, rows::payment_id(10)).await.unwrap().is_some());
    // A fact about the readable payment is kept all the same.
    let late = Write::StrayCharge {
        payment: rows::payment_id(10),
        stray: Box::new(rows::stray(101, rows::capture("pi_2", 5))),
    };
    store.commit(rows::step(here, 50, vec![late])).await.unwrap();
}

#[tokio::test]
async fn a_text_that_the_database_cannot_hold_is_refused_whole() {
    let database = migrated().await;
    let store = open(&database.config()).await;
    let broken = Dispensary { name: "Clinic\0".to_owned(), ..rows::dispensary(1) };
    let answer = store.commit(rows::step(rows::dispensary_id(1), 1, vec![Write::Dispensary(broken)])).await;
    assert!(matches!(answer, Err(StoreError::Corrupt("dispensary"))), "{answer:?}");
    assert_eq!(store.audit(rows::dispensary_id(1), 0, 10).await.unwrap(), []);
    let step =
        billing_domain::Step { note: "é".repeat(1_001), ..rows::step(rows::dispensary_id(1), 1, vec![]) };
    store.commit(step).await.unwrap();
    assert_eq!(store.audit(rows::dispensary_id(1), 0, 1).await.unwrap()[0].note, "é".repeat(1_000));
}
