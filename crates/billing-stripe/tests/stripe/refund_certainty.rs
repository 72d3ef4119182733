//! What an error of a refund says about money: the same table as for a create, and what a repetition's answer is worth.

use billing_domain::{Certainty, ProcessorErrorKind, RefundFact, SubmitError};
use billing_testkit::stripe::{Card, Fault};

use crate::canned::{Said, refund_port, refused, said};
use crate::harness::{REFUND, Stripe};

async fn failure(says: Vec<Said>) -> SubmitError {
    let (port, order) = refund_port(says).await;
    port.refund(&order).await.unwrap_err()
}

#[tokio::test]
async fn a_clear_no_to_the_only_refund_is_refused() {
    let invalid = "invalid_request_error";
    let named = |code: &str| ProcessorErrorKind::Rejected(Some(code.to_owned()));
    let table = [
        (refused(400, invalid, None), ProcessorErrorKind::Rejected(None)),
        (refused(400, invalid, Some("charge_already_refunded")), named("charge_already_refunded")),
        (refused(400, invalid, Some("charge_disputed")), named("charge_disputed")),
        (refused(401, invalid, Some("api_key_expired")), ProcessorErrorKind::CredentialsRejected),
        (refused(402, "card_error", Some("card_declined")), named("card_declined")),
        (refused(403, invalid, None), ProcessorErrorKind::PermissionMissing(None)),
        (refused(404, invalid, Some("resource_missing")), named("resource_missing")),
        (refused(429, invalid, Some("lock_timeout")), ProcessorErrorKind::RateLimited),
    ];
    for (answer, kind) in table {
        let error = failure(vec![answer]).await;
        assert_eq!((error.certainty, error.stored, &error.cause.kind), (Certainty::Refused, false, &kind));
        assert_eq!(error.cause.request_id.as_deref(), Some("req_canned1"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_clear_no_leaves_a_refund_unknown() {
    let invalid = "invalid_request_error";
    let page = |status| Said::Answer { status, headers: vec![], body: "<html>no</html>".to_owned() };
    for answer in [
        refused(400, "idempotency_error", None),
        refused(409, invalid, Some("idempotency_key_in_use")),
        refused(424, "api_error", None),
        refused(500, "api_error", None),
        page(200),
        page(400),
        page(404),
        page(502),
        said(200, &serde_json::json!({ "id": "pi_1", "object": "payment_intent" })),
        said(200, &serde_json::json!({ "id": "re_1", "object": "refund", "charge": 7 })),
        Said::Lost,
    ] {
        let error = failure(vec![answer.clone()]).await;
        assert_eq!(error.certainty, Certainty::Unknown, "{answer:?}");
    }
    assert_eq!(failure(vec![Said::NotSent]).await.certainty, Certainty::NotSent);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_a_repetition_proves_nothing_unless_it_is_the_first_sends_own() {
    let no = |code| refused(400, "invalid_request_error", Some(code));
    for late in [no("charge_already_refunded"), refused(401, "invalid_request_error", None)] {
        let error = failure(vec![Said::Lost, late.clone()]).await;
        assert_eq!((error.certainty, error.stored), (Certainty::Unknown, false));
        let error = failure(vec![Said::Lost, late.with("idempotent-replayed", "true")]).await;
        assert_eq!((error.certainty, error.stored), (Certainty::Refused, true));
    }
    let broken = refused(500, "api_error", None).with("idempotent-replayed", "true");
    let error = failure(vec![broken]).await;
    assert_eq!((error.certainty, error.stored), (Certainty::Unknown, true), "a stored failure is no refusal");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_callers_own_repetition_is_not_taken_for_the_first_sends_outcome() {
    let (fake, order) = {
        let stripe = Stripe::in_process();
        let order = stripe.refund_of(1, Card::VISA).await;
        (stripe, order)
    };
    fake.fake.faults().every(1, REFUND, Fault::DropAfterEffect);
    let first = fake.port().refund(&order).await.unwrap_err();
    assert_eq!(first.certainty, Certainty::Unknown);
    fake.fake.faults().clear();
    fake.fake.faults().next(REFUND, Fault::RateLimited("endpoint-rate"));
    let limited = fake.port().refund(&order).await.unwrap_err();
    let other_key = fake.port_with("sk_live_51PgafTB7WZ01zgkWthisKeyWasNeverIssued");
    let rejected = other_key.refund(&order).await.unwrap_err();
    for error in [limited, rejected] {
        assert!(!error.stored, "{error:?}");
        assert_eq!(first.certainty.and(error.certainty), Certainty::Unknown, "doubt stays: {error:?}");
    }
    let told = fake.port().refund(&order).await.unwrap();
    assert!(matches!(told, RefundFact::Succeeded(_)), "{told:?}");
    assert_eq!(fake.fake.ledger(fake.account.id()).total_refunded(), 400);
}

#[tokio::test]
async fn no_sentence_of_stripes_and_no_key_is_in_a_refunds_error() {
    let error = failure(vec![refused(400, "invalid_request_error", Some("charge_disputed"))]).await;
    let cause = std::error::Error::source(&error.cause).map(ToString::to_string).unwrap();
    assert_eq!(cause, "Stripe answered 400 charge_disputed");
    let shown = format!("{error} {error:?} {cause}");
    assert!(!shown.contains("Do not show") && !shown.contains("_secret_"), "{shown}");
}
