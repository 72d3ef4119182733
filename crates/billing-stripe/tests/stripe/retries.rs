//! How often, when and with what a request is sent again. Time is paused: the waits cost nothing.

use billing_domain::{Begun, Certainty, ProcessorErrorKind, QueryError};
use billing_testkit::stripe::{Fault, Injection};
use tokio::time::{Duration, Instant};

use crate::canned::{Said, intent, port, refused, said};
use crate::harness::{CREATE, RETRIEVE, Stripe};

#[tokio::test(start_paused = true)]
async fn server_errors_conflicts_and_lost_answers_are_repeated_with_the_same_key_and_bytes() {
    for fault in [
        Fault::Conflict,
        Fault::DropAfterEffect,
        Fault::DropBeforeEffect,
        Fault::FailBeforeEffect(500),
        Fault::FailBeforeEffect(503),
        Fault::HtmlAfterEffect,
        Fault::HtmlBeforeEffect,
        Fault::TruncatedBody,
    ] {
        let stripe = Stripe::in_process();
        stripe.fake.faults().next(CREATE, fault.clone());
        stripe.fake.faults().next(CREATE, fault.clone());
        let begun = stripe.port().begin(&stripe.order(1)).await;
        assert!(matches!(begun, Ok(Begun::HandOver { .. })), "{fault:?}: {begun:?}");
        let sends = stripe.fake.requests_to(CREATE);
        assert_eq!(sends.len(), 3, "{fault:?}");
        assert!(
            sends
                .iter()
                .all(|send| send.body == sends[0].body && send.idempotency_key == sends[0].idempotency_key)
        );
        assert_eq!(stripe.fake.ledger(stripe.account.id()).entries.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_is_sent_three_times_at_most() {
    let stripe = Stripe::in_process();
    stripe.fake.faults().every(1, "*", Fault::FailBeforeEffect(500));
    let error = stripe.port().begin(&stripe.order(1)).await.unwrap_err();
    assert_eq!((error.certainty, &error.cause.kind), (Certainty::Unknown, &ProcessorErrorKind::Unavailable));
    assert_eq!(stripe.fake.count(CREATE), 3);
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_are_not_answered_with_more() {
    for fault in [Fault::RateLimited("global-rate"), Fault::LockTimeout] {
        let stripe = Stripe::in_process();
        stripe.fake.faults().every(1, "*", fault);
        let error = stripe.port().begin(&stripe.order(1)).await.unwrap_err();
        assert_eq!(
            (error.certainty, &error.cause.kind),
            (Certainty::Refused, &ProcessorErrorKind::RateLimited)
        );
        assert_eq!(stripe.fake.count(CREATE), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn stripes_own_word_on_retrying_decides() {
    let stripe = Stripe::in_process();
    stripe.fake.faults().next(CREATE, Fault::LockTimeout.with_should_retry(true));
    assert!(stripe.port().begin(&stripe.order(1)).await.is_ok());
    assert_eq!(stripe.fake.count(CREATE), 2);

    stripe.fake.faults().next(CREATE, Fault::FailBeforeEffect(500).with_should_retry(false));
    let error = stripe.port().begin(&stripe.order(2)).await.unwrap_err();
    assert_eq!(error.certainty, Certainty::Unknown);
    assert_eq!(stripe.fake.count(CREATE), 3);

    stripe.fake.faults().next(CREATE, Injection::should_retry(true));
    assert!(stripe.port().begin(&stripe.order(3)).await.is_ok());
    assert_eq!(stripe.fake.count(CREATE), 4, "a success is never repeated");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_too_many_requests_was_repeated_stays_in_doubt() {
    let stripe = Stripe::in_process();
    stripe.fake.faults().next(CREATE, Fault::DropAfterEffect);
    stripe.fake.faults().next(CREATE, Fault::LockTimeout);
    let error = stripe.port().begin(&stripe.order(1)).await.unwrap_err();
    assert_eq!(error.certainty, Certainty::Unknown);
    assert_eq!(stripe.fake.ledger(stripe.account.id()).entries.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stored_500_is_repeated_once_and_then_believed() {
    let stripe = Stripe::in_process();
    stripe.fake.faults().next(CREATE, Fault::FailStored);
    let error = stripe.port().begin(&stripe.order(1)).await.unwrap_err();
    assert_eq!((error.certainty, error.stored), (Certainty::Unknown, true));
    let keys: Vec<_> = stripe.ours().into_iter().map(|request| request.idempotency_key).collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1], "never under a new key");
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_honoured_up_to_five_seconds() {
    for (header, waits) in [("3", Duration::from_secs(3)), ("600", Duration::from_secs(5))] {
        let body = intent(&Stripe::in_process().order(1), "requires_payment_method");
        let busy = refused(503, "api_error", None).with("retry-after", header);
        let (port, order) = port(vec![busy, said(200, &body)]);
        let started = Instant::now();
        assert!(port.begin(&order).await.is_ok());
        assert_eq!(started.elapsed().as_secs(), waits.as_secs());
    }
    let (port, order) = port(vec![refused(429, "invalid_request_error", None).with("retry-after", "7")]);
    let error = port.begin(&order).await.unwrap_err();
    assert_eq!(error.cause.retry_after, Some(Duration::from_secs(7)));
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_stripe_was_not_sent_anything_however_often_it_was_tried() {
    let (first, order) = port(vec![Said::NotSent]);
    let error = first.begin(&order).await.unwrap_err();
    assert_eq!((error.certainty, &error.cause.kind), (Certainty::NotSent, &ProcessorErrorKind::Unavailable));

    let (second, order) = port(vec![Said::Lost, Said::NotSent]);
    assert_eq!(second.begin(&order).await.unwrap_err().certainty, Certainty::Unknown);
}

#[tokio::test(start_paused = true)]
async fn an_answer_larger_than_the_limit_is_not_read() {
    let stripe = Stripe::in_process();
    let (order, _) = stripe.handed_over(1).await;
    stripe.fake.faults().next(RETRIEVE, Fault::OversizedBody(3 << 20));
    let error = stripe.port().observe(&order).await.unwrap_err();
    assert!(
        matches!(error, QueryError { sent: true, ref cause } if cause.kind == ProcessorErrorKind::Malformed)
    );
}

#[tokio::test(start_paused = true)]
async fn reads_are_repeated_without_a_key() {
    let stripe = Stripe::in_process();
    let (order, _) = stripe.handed_over(1).await;
    stripe.fake.faults().next(RETRIEVE, Fault::FailBeforeEffect(502));
    assert!(stripe.port().observe(&order).await.is_ok());
    let reads = stripe.fake.requests_to(RETRIEVE);
    assert_eq!(reads.len(), 2);
    assert!(reads.iter().all(|read| read.idempotency_key.is_none() && read.body.is_empty()));
}
