//! What a refund is taken for: every status, every field that must be ours, every shape Stripe may send.

use billing_domain::payment::Reference;
use billing_domain::refund::RefundFailure;
use billing_domain::{Difference, RefundFact, Why};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::canned::{refund, refund_port, said};
use crate::harness::Stripe;

/// What is made of a refund in `status`, changed by `change`, that was asked for by its id.
async fn observed(status: &str, change: impl FnOnce(&mut Value)) -> RefundFact {
    let like = Stripe::in_process().refund_of(1, billing_testkit::stripe::Card::VISA).await;
    let mut body = refund(&like, status);
    change(&mut body);
    let (port, mut order) = refund_port(vec![said(200, &body)]).await;
    assert_eq!(
        (&order.capture, order.refund),
        (&like.capture, like.refund),
        "the fake's ids are the same each time"
    );
    order.reference = Some(id());
    port.observe_refund(&order).await.unwrap()
}

fn id() -> Reference {
    Reference("re_3PgafyB7WZ01zgkWcanned".to_owned())
}

#[tokio::test]
async fn each_status_of_a_refund_is_one_fact() {
    let nothing = RefundFact::NoEvidence(Why::Unrecognised);
    let failed = |reason| RefundFact::Failed { reference: Some(id()), reason };
    for (status, fact) in [
        ("canceled", failed(RefundFailure::Canceled)),
        ("failed", failed(RefundFailure::Unspecified)),
        ("pending", RefundFact::Pending(id())),
        ("requires_action", RefundFact::Pending(id())),
        ("succeeded", RefundFact::Succeeded(id())),
        ("reversed", nothing.clone()),
        ("", nothing.clone()),
        ("SUCCEEDED", nothing.clone()),
    ] {
        assert_eq!(observed(status, |_| {}).await, fact, "{status}");
    }
    assert_eq!(observed("", |body| body["status"] = Value::Null).await, nothing);
}

#[tokio::test]
async fn each_reason_of_a_failure_is_one_of_ours_and_a_new_one_is_unspecified() {
    for (word, reason) in [
        ("charge_for_pending_refund_disputed", RefundFailure::Disputed),
        ("declined", RefundFailure::Declined),
        ("expired_or_canceled_card", RefundFailure::CardUnusable),
        ("insufficient_funds", RefundFailure::InsufficientFunds),
        ("lost_or_stolen_card", RefundFailure::CardUnusable),
        ("merchant_request", RefundFailure::Canceled),
        ("unknown", RefundFailure::Unspecified),
        ("the_moon_was_full", RefundFailure::Unspecified),
    ] {
        let fact = observed("failed", |body| body["failure_reason"] = word.into()).await;
        assert_eq!(fact, RefundFact::Failed { reference: Some(id()), reason }, "{word}");
        assert!(reason.is_told(), "the processor says it of a refund it had taken on");
    }
}

#[tokio::test]
async fn a_refund_is_believed_only_if_every_field_is_ours() {
    let table: [(Difference, &str, Value); 12] = [
        (Difference::Amount, "amount", json!(401)),
        (Difference::Amount, "amount", Value::Null),
        (Difference::Currency, "currency", json!("usd")),
        (Difference::Currency, "currency", Value::Null),
        (Difference::Reference, "id", json!("re_3Other")),
        (Difference::Reference, "payment_intent", json!("pi_3Other")),
        (Difference::Reference, "payment_intent", Value::Null),
        (Difference::Reference, "charge", json!("ch_3Other")),
        (Difference::RefundId, "metadata", json!({ "refund_id": "somebody else's" })),
        (Difference::RefundId, "metadata", json!({})),
        (Difference::RefundId, "metadata", Value::Null),
        (Difference::Reference, "payment_intent", json!({ "id": "pi_3Other", "object": "payment_intent" })),
    ];
    for (difference, field, value) in table {
        for status in ["succeeded", "pending", "failed", "canceled", "new"] {
            let fact = observed(status, |body| body[field] = value.clone()).await;
            let RefundFact::Mismatch(differs) = fact else { panic!("{field} {value} {status}: {fact:?}") };
            assert_eq!(differs, [difference], "{field} {value} {status}");
        }
    }
}

#[tokio::test]
async fn what_a_refund_does_not_need_to_say_may_be_missing_or_whole() {
    let fact = observed("succeeded", |body| {
        body["charge"] = Value::Null;
        body["currency"] = "CAD".into();
        let intent = body["payment_intent"].take();
        body["payment_intent"] = json!({ "id": intent, "object": "payment_intent", "amount": 1_050 });
    })
    .await;
    assert_eq!(fact, RefundFact::Succeeded(id()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_changed_field_of_a_refund_turns_into_a_success_and_no_answer_panics(
        field in prop::sample::select(vec!["amount", "currency", "id", "metadata", "payment_intent", "status"]),
        value in prop_oneof![
            Just(Value::Null), any::<i64>().prop_map(Value::from), any::<bool>().prop_map(Value::from),
            "[a-z_]{0,12}".prop_map(Value::from), Just(json!([])), Just(json!({ "refund_id": 1 })),
        ],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let like = Stripe::in_process().refund_of(1, billing_testkit::stripe::Card::VISA).await;
            let mut body = refund(&like, "succeeded");
            let is_changed = body[field] != value;
            body[field] = value;
            let (port, mut order) = refund_port(vec![said(200, &body)]).await;
            order.reference = Some(id());
            let told = port.observe_refund(&order).await;
            if is_changed {
                assert!(!matches!(told, Ok(RefundFact::Succeeded(_))), "{field}: {told:?}");
            }
        });
    }
}
