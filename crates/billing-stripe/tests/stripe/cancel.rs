//! Giving an intent up: what is asked, under which key, and what an intent that cannot be cancelled says.

use billing_domain::{Certainty, ChargeFact, ProcessorErrorKind, Proof};
use billing_testkit::stripe::{Card, Fault};

use crate::harness::{CANCEL, RETRIEVE, Stripe};

#[tokio::test]
async fn the_request_says_abandoned_and_has_a_key_per_try() {
    let stripe = Stripe::in_process();
    let (order, _) = stripe.handed_over(1).await;
    assert_eq!(stripe.port().cancel(&order, 1).await.unwrap(), ChargeFact::Dead(Proof::Canceled));
    stripe.port().cancel(&order, 2).await.unwrap();
    let requests = stripe.fake.requests_to(CANCEL);
    assert_eq!(&requests[0].body[..], b"cancellation_reason=abandoned&expand[]=latest_charge");
    let keys: Vec<_> = requests.iter().filter_map(|request| request.idempotency_key.clone()).collect();
    assert_eq!(keys, [format!("{}-cancel-1", order.key.0), format!("{}-cancel-2", order.key.0)]);
}

#[tokio::test]
async fn story_64_a_cancel_refused_while_processing_works_later_under_a_fresh_key() {
    let stripe = Stripe::in_process();
    let order = stripe.tried(1, Card::PROCESSING).await;
    assert_eq!(stripe.port().cancel(&order, 1).await.unwrap(), ChargeFact::Processing);

    let id = order.reference.clone().unwrap().0;
    assert!(stripe.fake.finish_processing(&id, false));
    assert_eq!(stripe.port().cancel(&order, 2).await.unwrap(), ChargeFact::Dead(Proof::Canceled));
}

#[tokio::test]
async fn story_64_an_intent_that_has_succeeded_meanwhile_is_a_success() {
    let stripe = Stripe::in_process();
    let order = stripe.tried(1, Card::PROCESSING).await;
    assert!(stripe.fake.finish_processing(&order.reference.clone().unwrap().0, true));
    let fact = stripe.port().cancel(&order, 1).await.unwrap();
    let ChargeFact::Succeeded(capture) = fact else { panic!("{fact:?}") };
    assert_eq!(capture.last4.as_deref(), Some("0226"));
}

#[tokio::test(start_paused = true)]
async fn if_the_intent_cannot_be_read_after_a_refused_cancel_the_refusal_stands() {
    let stripe = Stripe::in_process();
    let order = stripe.tried(1, Card::VISA).await;
    stripe.fake.faults().every(1, RETRIEVE, Fault::FailBeforeEffect(500));
    let error = stripe.port().cancel(&order, 1).await.unwrap_err();
    assert_eq!((error.certainty, &error.cause.kind), (Certainty::Refused, &ProcessorErrorKind::Unavailable));
}

#[tokio::test]
async fn without_a_reference_there_is_nothing_to_cancel() {
    let stripe = Stripe::in_process();
    let error = stripe.port().cancel(&stripe.order(1), 1).await.unwrap_err();
    assert_eq!((error.certainty, &error.cause.kind), (Certainty::NotSent, &ProcessorErrorKind::Unsupported));
    assert_eq!(stripe.fake.requests().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_asked_for_again_under_the_same_key() {
    let stripe = Stripe::in_process();
    let (order, _) = stripe.handed_over(1).await;
    stripe.fake.faults().next(CANCEL, Fault::DropAfterEffect);
    assert_eq!(stripe.port().cancel(&order, 1).await.unwrap(), ChargeFact::Dead(Proof::Canceled));
    let requests = stripe.fake.requests_to(CANCEL);
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].idempotency_key, requests[1].idempotency_key);
}
