//! Finding a refund again: by its id, or among its charge's by ours. What is not found proves nothing.

use billing_domain::payment::Reference;
use billing_domain::{ProcessorErrorKind, RefundFact, Why};
use billing_testkit::stripe::{Card, Fault};
use serde_json::{Value, json};

use crate::canned::{refund, refund_port, refused, said};
use crate::harness::{LIST_REFUNDS, REFUND, RETRIEVE_REFUND, Stripe};

const NOT_FOUND: RefundFact = RefundFact::NoEvidence(Why::NotFound);

#[tokio::test]
async fn a_known_refund_is_asked_for_by_its_id() {
    let stripe = Stripe::in_process();
    let mut order = stripe.refund_of(1, Card::VISA).await;
    let told = stripe.port().refund(&order).await.unwrap();
    order.reference = told.reference().cloned();
    assert_eq!(stripe.port().observe_refund(&order).await.unwrap(), told);
    assert_eq!((stripe.fake.count(RETRIEVE_REFUND), stripe.fake.count(LIST_REFUNDS)), (1, 0));
    let read = &stripe.fake.requests_to(RETRIEVE_REFUND)[0];
    assert!(read.body.is_empty() && read.query.is_empty() && read.idempotency_key.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_unanswered_refund_is_found_among_its_charges_by_our_id() {
    let stripe = Stripe::in_process();
    let order = stripe.refund_of(1, Card::VISA).await;
    let (other_charge, other_capture) = stripe.captured(2, Card::VISA).await;
    let others = [7, 8].map(|number| {
        billing_testkit::conformance::processor::refund_order(
            &stripe,
            &other_charge,
            &other_capture,
            number,
            100,
        )
    });
    for other in &others {
        stripe.port().refund(other).await.unwrap();
    }
    stripe.fake.faults().every(1, REFUND, Fault::DropAfterEffect);
    assert!(stripe.port().refund(&order).await.is_err());
    let told = stripe.port().observe_refund(&order).await.unwrap();
    assert!(matches!(told, RefundFact::Succeeded(_)), "{told:?}");
    let list = &stripe.fake.requests_to(LIST_REFUNDS)[0];
    assert_eq!(list.query, format!("payment_intent={}&limit=100", order.capture.reference));
    assert!(list.idempotency_key.is_none());
    assert!(stripe.port().observe_refund(&others[0]).await.unwrap().reference().is_some());
}

#[tokio::test]
async fn a_refund_whose_id_stripe_does_not_know_is_found_by_ours() {
    let stripe = Stripe::in_process();
    let mut order = stripe.refund_of(1, Card::VISA).await;
    let made = stripe.port().refund(&order).await.unwrap();
    order.reference = Some(Reference("re_3NeverGiven".to_owned()));
    assert_eq!(stripe.port().observe_refund(&order).await.unwrap(), made);
    assert_ne!(made.reference(), order.reference.as_ref());
}

#[tokio::test]
async fn a_refund_that_no_list_shows_proves_nothing() {
    let stripe = Stripe::in_process();
    let mut order = stripe.refund_of(1, Card::VISA).await;
    assert_eq!(stripe.port().observe_refund(&order).await.unwrap(), NOT_FOUND);
    order.reference = Some(Reference("re_3NeverGiven".to_owned()));
    assert_eq!(stripe.port().observe_refund(&order).await.unwrap(), NOT_FOUND);
    order.reference = None;
    order.capture.reference = Reference("pi_3NeverGiven".to_owned());
    assert_eq!(stripe.port().observe_refund(&order).await.unwrap(), NOT_FOUND, "404 is no empty list");
}

#[tokio::test]
async fn a_refund_with_our_id_and_another_amount_is_a_mismatch_and_not_passed_over() {
    let (_, like) = refund_port(vec![said(200, &Value::Null)]).await;
    let mut odd = refund(&like, "succeeded");
    odd["amount"] = json!(1);
    let (port, order) = refund_port(vec![said(200, &json!({ "object": "list", "data": [odd] }))]).await;
    let told = port.observe_refund(&order).await.unwrap();
    assert_eq!(told, RefundFact::Mismatch(vec![billing_domain::Difference::Amount]));
}

#[tokio::test]
async fn every_page_is_read_until_it_is_found_and_only_so_many() {
    let (_, like) = refund_port(vec![said(200, &Value::Null)]).await;
    let page = |id: &str, has_more: bool| {
        let mut other = refund(&like, "succeeded");
        other["id"] = json!(id);
        other["metadata"] = json!({ "refund_id": "another" });
        said(200, &json!({ "object": "list", "has_more": has_more, "data": [other] }))
    };
    let found = said(200, &json!({ "object": "list", "data": [refund(&like, "pending")], "has_more": true }));
    let (port, order) = refund_port(vec![page("re_1", true), page("re_2", true), found]).await;
    assert!(matches!(port.observe_refund(&order).await, Ok(RefundFact::Pending(_))));

    let (port, order) = refund_port(vec![page("re_1", false), refused(500, "api_error", None)]).await;
    assert_eq!(port.observe_refund(&order).await.unwrap(), NOT_FOUND);

    // The last answer is given for ever: a list without an end.
    let (port, order) = refund_port(vec![page("re_1", true)]).await;
    assert_eq!(port.observe_refund(&order).await.unwrap(), NOT_FOUND);
    let empty = said(200, &json!({ "object": "list", "data": [], "has_more": true }));
    let (port, order) = refund_port(vec![empty]).await;
    assert_eq!(port.observe_refund(&order).await.unwrap(), NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn more_refunds_than_a_page_holds_are_found_at_the_fake() {
    let stripe = Stripe::in_process();
    let (charge, capture) = stripe.captured(1, Card::VISA).await;
    let order = |number: u128| {
        billing_testkit::conformance::processor::refund_order(&stripe, &charge, &capture, number, 1)
    };
    for number in 1..=101 {
        stripe.port().refund(&order(number)).await.unwrap();
    }
    let oldest = stripe.port().observe_refund(&order(1)).await.unwrap();
    assert!(matches!(oldest, RefundFact::Succeeded(_)), "{oldest:?}");
    let lists = stripe.fake.requests_to(LIST_REFUNDS);
    assert_eq!(lists.len(), 2);
    assert!(lists[1].query.contains("&starting_after=re_"), "{}", lists[1].query);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_fails_says_so_and_nothing_of_the_refund() {
    for by_id in [true, false] {
        let says = vec![refused(401, "invalid_request_error", None)];
        let (port, mut order) = refund_port(says).await;
        order.reference = by_id.then(|| Reference("re_1".to_owned()));
        let error = port.observe_refund(&order).await.unwrap_err();
        assert!(error.sent && error.cause.kind == ProcessorErrorKind::CredentialsRejected, "{error:?}");

        let (port, mut order) = refund_port(vec![refused(503, "api_error", None)]).await;
        order.reference = by_id.then(|| Reference("re_1".to_owned()));
        let error = port.observe_refund(&order).await.unwrap_err();
        assert!(error.sent && error.cause.kind == ProcessorErrorKind::Unavailable, "{error:?}");
    }
}

#[tokio::test]
async fn a_restricted_key_that_may_not_refund_is_told_which_permission_it_lacks() {
    use billing_testkit::stripe::{Mode, Permission};
    let stripe = Stripe::in_process();
    let order = stripe.refund_of(1, Card::VISA).await;
    let key = stripe.account.restricted_key(Mode::Live, &[Permission::PaymentIntentWrite]);
    let missing = |name: &str| ProcessorErrorKind::PermissionMissing(Some(name.to_owned()));
    let error = stripe.port_with(&key).refund(&order).await.unwrap_err();
    assert_eq!(error.certainty, billing_domain::Certainty::Refused);
    assert_eq!(error.cause.kind, missing("rak_refund_write"));
    let error = stripe.port_with(&key).observe_refund(&order).await.unwrap_err();
    assert_eq!(error.cause.kind, missing("rak_refund_read"));
}
