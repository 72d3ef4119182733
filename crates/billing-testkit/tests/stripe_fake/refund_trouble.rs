//! Refunds when things go wrong: the same key twice, faults, restarts. Whether money went back once.

use std::fs;

use billing_testkit::stripe::{Card, Fault};
use billing_transport::{Delivery, SendErrorKind};
use serde_json::json;

use crate::support::{Answer, Clinic, keyed, open, post};

const PATH: &str = "/v1/refunds";
const REFUND: &str = "POST /v1/refunds";

async fn refund_with(clinic: &Clinic, intent: &str, rest: &str, key: &str) -> Answer {
    clinic.post_with(PATH, &format!("payment_intent={intent}{rest}"), key).await
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_refunds_once() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::REFUND_FAILS).await;
    let first = refund_with(&clinic, &id, "&amount=100", "refund-1").await;
    let again = refund_with(&clinic, &id, "&amount=100", "refund-1").await;
    assert!(!first.is_replay() && again.is_replay());
    assert_eq!(first.raw.body, again.raw.body);
    assert_eq!(again.body["status"], "succeeded", "a repeat shows the past");
    assert_eq!(clinic.ledger().entry(&id).unwrap().refunds.len(), 1);
}

#[tokio::test]
async fn a_key_used_for_something_else_is_refused() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::VISA).await;
    clinic.create_with("pay-1").await;
    refund_with(&clinic, &id, "&amount=100", "refund-1").await;
    for (rest, key) in [("&amount=101", "refund-1"), ("", "refund-1"), ("&amount=100", "pay-1")] {
        let mixed_up = refund_with(&clinic, &id, rest, key).await;
        assert_eq!((mixed_up.status, mixed_up.error_type()), (400, "idempotency_error"), "{rest} {key}");
    }
    assert_eq!(clinic.ledger().total_refunded(), 100);
}

#[tokio::test]
async fn a_refusal_while_executing_is_kept_and_a_refused_parameter_is_not() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::PROCESSING).await;
    assert_eq!(refund_with(&clinic, &id, "", "refund-1").await.status, 400);
    assert_eq!(refund_with(&clinic, &id, "&reason=bored", "refund-2").await.status, 400);
    clinic.fake.finish_processing(&id, true);
    let kept = refund_with(&clinic, &id, "", "refund-1").await;
    assert_eq!((kept.status, kept.is_replay()), (400, true));
    let fresh = refund_with(&clinic, &id, "", "refund-2").await;
    assert_eq!((fresh.status, fresh.is_replay()), (200, false));
}

#[tokio::test]
async fn a_lost_answer_is_found_under_the_same_key() {
    for (fault, effects) in [(Fault::DropBeforeEffect, 0), (Fault::DropAfterEffect, 4525)] {
        let clinic = Clinic::new();
        let id = clinic.paid(Card::VISA).await;
        clinic.fake.faults().next(REFUND, fault);
        let request = keyed(post(PATH, &format!("payment_intent={id}")), "refund-1");
        let error = clinic.try_call(request, &clinic.key()).await.err().unwrap();
        assert_eq!((error.kind, error.delivery), (SendErrorKind::Interrupted, Delivery::MaybeSent));
        assert_eq!(clinic.ledger().total_refunded(), effects);
        assert_eq!(refund_with(&clinic, &id, "", "refund-1").await.is_replay(), effects > 0);
        assert_eq!(clinic.ledger().total_refunded(), 4525);
    }
}

#[tokio::test]
async fn a_500_from_inside_hides_a_refund_that_the_list_shows() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::VISA).await;
    clinic.fake.faults().next(REFUND, Fault::FailAfterEffect);
    let failed = refund_with(&clinic, &id, "&metadata[refund_id]=r-1", "refund-1").await;
    assert_eq!((failed.status, failed.error_type()), (500, "api_error"));
    assert!(refund_with(&clinic, &id, "&metadata[refund_id]=r-1", "refund-1").await.is_replay());
    let list = clinic.get(&format!("{PATH}?payment_intent={id}")).await;
    assert_eq!(list.body["data"][0]["metadata"]["refund_id"], "r-1");
    assert_eq!(clinic.ledger().total_refunded(), 4525);
}

#[tokio::test]
async fn an_answer_can_lie_about_a_refund() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::VISA).await;
    for (fault, field) in [
        (Fault::wrong_amount(), "amount"),
        (Fault::wrong_currency(), "currency"),
        (Fault::wrong_id(), "id"),
        (Fault::wrong_payment_intent(), "payment_intent"),
        (Fault::wrong_refund_metadata(), "metadata"),
        (Fault::unknown_status(), "status"),
    ] {
        clinic.fake.faults().next(REFUND, fault);
        let lie = clinic.refund(&id, "amount=100&metadata[refund_id]=r-1").await;
        let list = clinic.get(&format!("{PATH}?limit=1")).await;
        assert_eq!(lie.status, 200);
        assert_ne!(lie.body[field], list.body["data"][0][field], "{field}");
    }
    assert_eq!(clinic.ledger().total_refunded(), 600);
}

#[tokio::test]
async fn refunds_outlive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stripe.json");
    let before = open(&path);
    let id = before.paid(Card::REFUND_FAILS).await;
    before.fake.dispute(&before.paid(Card::VISA).await);
    let failed = before.refund(&id, "amount=100").await.id();
    before.fake.run_short_of_balance(true);
    let pending = refund_with(&before, &id, "&amount=200", "refund-1").await.id();

    let after = open(&path);
    assert_eq!(after.look_at_refund(&failed).await, before.look_at_refund(&failed).await);
    assert_eq!(after.look_at_refund(&pending).await["pending_reason"], "insufficient_funds");
    assert!(refund_with(&after, &id, "&amount=200", "refund-1").await.is_replay());
    assert_eq!(after.refund(&id, "amount=1").await.body["status"], "pending", "still short");
    let list = after.get("/v1/payment_intents?expand[]=data.latest_charge").await;
    assert_eq!(list.body["data"][0]["latest_charge"]["disputed"], true);
}

#[tokio::test]
async fn a_file_from_before_refunds_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stripe.json");
    let id = open(&path).paid(Card::VISA).await;
    let mut kept: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    kept["format"] = json!(1);
    kept["state"].as_object_mut().unwrap().remove("balance_short").unwrap();
    kept["state"]["intents"][0].as_object_mut().unwrap().remove("refunds").unwrap();
    kept["state"]["intents"][0]["charges"][0].as_object_mut().unwrap().remove("dispute").unwrap();
    fs::write(&path, kept.to_string()).unwrap();

    let after = open(&path);
    assert_eq!(after.ledger().total_captured(), 4525);
    assert_eq!(after.refund(&id, "").await.body["status"], "succeeded");
    assert_eq!(open(&path).ledger().total_refunded(), 4525);
}
