//! The request log: complete, countable, and clean of keys outside their own field.

use billing_testkit::stripe::{Card, KeyKind, Mode};

use crate::support::{CREATE, Clinic, GOOD};

#[tokio::test]
async fn a_request_is_recorded_as_it_came() {
    let clinic = Clinic::new();
    let answer = clinic.create_with("key-1").await;
    let requests = clinic.fake.requests();
    let request = &requests[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/v1/payment_intents"));
    assert_eq!(request.params["metadata"]["payment_id"], "pay-1");
    assert_eq!(request.params["allowed_payment_method_types"][0], "card");
    assert_eq!(request.body, GOOD.as_bytes());
    assert_eq!(request.idempotency_key.as_deref(), Some("key-1"));
    assert_eq!(request.stripe_version.as_deref(), Some("2026-10-28.endive"));
    assert_eq!(request.account.as_deref(), Some(clinic.account.id()));
    assert_eq!((request.mode, request.key_kind), (Some(Mode::Live), Some(KeyKind::Secret)));
    assert_eq!(request.status, Some(200));
    assert_eq!(request.request_id, answer.header("request-id"));
}

#[tokio::test]
async fn a_key_is_found_in_its_own_field_only() {
    let clinic = Clinic::new();
    clinic.create().await;
    let request = clinic.fake.requests().remove(0);
    assert_eq!(request.authorization, Some(format!("Bearer {}", clinic.key())));
    assert!(!request.headers.contains_key("authorization"));
    assert!(!request.outside_authorization().contains(&clinic.key()));
    assert!(request.outside_authorization().contains("pay-1"));
    assert!(!format!("{request:?}").contains("sk_live"));
}

#[tokio::test]
async fn requests_are_counted_by_pattern_and_by_who_sent_them() {
    let clinic = Clinic::new();
    let (id, cardholder) = clinic.intent().await;
    cardholder.pay(Card::VISA).await.unwrap();
    clinic.get(&format!("/v1/payment_intents/{id}")).await;
    assert_eq!(clinic.fake.count(CREATE), 1);
    assert_eq!(clinic.fake.count("POST /v1/payment_intents/{id}/confirm"), 1);
    assert_eq!(clinic.fake.count("GET /v1/payment_intents/{id}"), 1);
    assert_eq!(clinic.fake.count("*"), 3);
    let from_server = clinic.fake.requests().into_iter().filter(|request| !request.is_from_browser());
    assert!(
        from_server.into_iter().all(|request| !request.outside_authorization().contains("4242424242424242"))
    );
    assert_eq!(clinic.fake.requests_to(CREATE)[0].path, "/v1/payment_intents");
    clinic.fake.forget_requests();
    assert_eq!(clinic.fake.count("*"), 0);
}
