//! Cancelling: from which states, with which reasons.

use billing_testkit::stripe::Card;

use crate::support::Clinic;

#[tokio::test]
async fn an_open_intent_is_canceled_and_then_takes_no_card() {
    let clinic = Clinic::new();
    let (id, cardholder) = clinic.intent().await;
    let canceled = clinic
        .post(&format!("/v1/payment_intents/{id}/cancel"), "cancellation_reason=requested_by_customer")
        .await;
    assert_eq!(canceled.body["status"], "canceled");
    assert_eq!(canceled.body["cancellation_reason"], "requested_by_customer");
    assert_eq!(canceled.body["canceled_at"], clinic.fake.now().as_second());
    let refused = cardholder.pay(Card::VISA).await.unwrap();
    assert_eq!((refused.status, refused.code()), (400, Some("payment_intent_unexpected_state")));
    assert_eq!(clinic.fake.ledger(clinic.account.id()).total_captured(), 0);
}

#[tokio::test]
async fn an_intent_that_waits_for_its_cardholder_can_be_canceled() {
    let clinic = Clinic::new();
    let (id, cardholder) = clinic.intent().await;
    cardholder.pay(Card::AUTHENTICATE).await.unwrap();
    let canceled = clinic.post(&format!("/v1/payment_intents/{id}/cancel"), "").await;
    assert_eq!(canceled.body["status"], "canceled");
    assert_eq!(canceled.body["cancellation_reason"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_finished_intent_refuses_to_be_canceled_and_shows_itself() {
    let clinic = Clinic::new();
    let (id, cardholder) = clinic.intent().await;
    cardholder.pay(Card::VISA).await.unwrap();
    let refused = clinic.post(&format!("/v1/payment_intents/{id}/cancel"), "").await;
    assert_eq!((refused.status, refused.code()), (400, "payment_intent_unexpected_state"));
    let embedded = &refused.body["error"]["payment_intent"];
    assert_eq!(embedded["status"], "succeeded");
    assert_eq!(embedded["metadata"]["payment_id"], "pay-1");
    assert!(embedded["client_secret"].is_string());

    let other = clinic.create().await.id();
    let path = format!("/v1/payment_intents/{other}/cancel");
    assert_eq!(clinic.post(&path, "").await.status, 200);
    assert_eq!(clinic.post(&path, "").await.code(), "payment_intent_unexpected_state");
}

#[tokio::test]
async fn a_processing_intent_is_canceled_only_where_allowed() {
    let clinic = Clinic::new();
    let (id, cardholder) = clinic.intent().await;
    cardholder.pay(Card::PROCESSING).await.unwrap();
    let path = format!("/v1/payment_intents/{id}/cancel");
    assert_eq!(clinic.post(&path, "").await.code(), "payment_intent_unexpected_state");
    clinic.fake.allow_cancel_while_processing(true);
    assert_eq!(clinic.post(&path, "").await.body["status"], "canceled");
    assert!(!clinic.fake.finish_processing(&id, true), "a canceled intent is not charged");
}

#[tokio::test]
async fn an_unknown_reason_is_refused() {
    let clinic = Clinic::new();
    let id = clinic.create().await.id();
    let refused = clinic.post(&format!("/v1/payment_intents/{id}/cancel"), "cancellation_reason=bored").await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["error"]["param"], "cancellation_reason");
}
