//! Every fault in process: what the caller sees, and whether it had its effect.

use std::time::Duration;

use billing_testkit::stripe::{Card, Fault, Injection};
use billing_transport::{Delivery, Limits, Request, SendErrorKind};

use crate::support::{Answer, CREATE, Clinic, GOOD, LIMITS, keyed, post};

const RETRIEVE: &str = "GET /v1/payment_intents/{id}";

fn intents(clinic: &Clinic) -> usize {
    clinic.fake.ledger(clinic.account.id()).entries.len()
}

async fn create_fails(clinic: &Clinic) -> (SendErrorKind, Delivery) {
    let request = keyed(post("/v1/payment_intents", GOOD), "key-1");
    let error = clinic.try_call(request, &clinic.key()).await.err().unwrap();
    (error.kind, error.delivery)
}

async fn create_meets(fault: impl Into<Injection>) -> (Clinic, Answer) {
    let clinic = Clinic::new();
    clinic.fake.faults().next(CREATE, fault);
    let answer = clinic.create_with("key-1").await;
    (clinic, answer)
}

#[tokio::test]
async fn a_refused_connection_is_not_sent_and_not_logged() {
    let clinic = Clinic::new();
    clinic.fake.faults().next(CREATE, Fault::RefuseConnection);
    assert_eq!(create_fails(&clinic).await, (SendErrorKind::Connect, Delivery::NotSent));
    assert_eq!((intents(&clinic), clinic.fake.count("*")), (0, 0));
}

#[tokio::test]
async fn a_drop_before_the_effect_looks_like_a_drop_after_it() {
    for (fault, effects) in [(Fault::DropBeforeEffect, 0), (Fault::DropAfterEffect, 1)] {
        let clinic = Clinic::new();
        clinic.fake.faults().next(CREATE, fault);
        assert_eq!(create_fails(&clinic).await, (SendErrorKind::Interrupted, Delivery::MaybeSent));
        assert_eq!((intents(&clinic), clinic.fake.count(CREATE)), (effects, 1));
        assert_eq!(clinic.fake.requests()[0].status, None);
        assert_eq!(clinic.create_with("key-1").await.is_replay(), effects == 1);
        assert_eq!(intents(&clinic), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_stripe_acts_even_after_the_caller_gave_up() {
    for (fault, effects_at_timeout) in [
        (Fault::DelayBeforeEffect(Duration::from_secs(40)), 0),
        (Fault::DelayAfterEffect(Duration::from_secs(40)), 1),
    ] {
        let clinic = Clinic::new();
        clinic.fake.faults().next(CREATE, fault);
        assert_eq!(create_fails(&clinic).await, (SendErrorKind::Timeout, Delivery::MaybeSent));
        assert_eq!(intents(&clinic), effects_at_timeout);
        tokio::time::sleep(Duration::from_secs(11)).await;
        assert_eq!(intents(&clinic), 1);
        assert!(clinic.create_with("key-1").await.is_replay());
    }
}

#[tokio::test]
async fn rate_limits_say_why_and_locks_do_not() {
    let (clinic, limited) = create_meets(Fault::RateLimited("endpoint-rate")).await;
    assert_eq!((limited.status, limited.code()), (429, "rate_limit"));
    assert_eq!(limited.header("stripe-rate-limited-reason"), "endpoint-rate");
    assert_eq!(intents(&clinic), 0);
    let (clinic, locked) = create_meets(Fault::LockTimeout).await;
    assert_eq!((locked.status, locked.code()), (429, "lock_timeout"));
    assert_eq!(locked.header("stripe-rate-limited-reason"), "");
    assert_eq!(intents(&clinic), 0);
}

#[tokio::test]
async fn conflicts_and_failures_before_the_effect_leave_nothing() {
    let (clinic, conflict) = create_meets(Fault::Conflict).await;
    assert_eq!((conflict.status, conflict.code()), (409, "idempotency_key_in_use"));
    assert_eq!(intents(&clinic), 0);
    let (clinic, down) = create_meets(Fault::FailBeforeEffect(503)).await;
    assert_eq!((down.status, down.error_type()), (503, "api_error"));
    assert_eq!(intents(&clinic), 0);
}

#[tokio::test]
async fn a_500_from_inside_is_kept_whether_or_not_it_acted() {
    for (fault, effects) in [(Fault::FailAfterEffect, 1), (Fault::FailStored, 0)] {
        let (clinic, failed) = create_meets(fault).await;
        assert_eq!((failed.status, failed.is_replay()), (500, false));
        assert_eq!(intents(&clinic), effects);
        let again = clinic.create_with("key-1").await;
        assert_eq!((again.status, again.is_replay()), (500, true));
        assert_eq!(intents(&clinic), effects);
    }
}

#[tokio::test]
async fn a_proxys_page_is_not_json() {
    for (fault, effects) in [(Fault::HtmlBeforeEffect, 0), (Fault::HtmlAfterEffect, 1)] {
        let (clinic, page) = create_meets(fault).await;
        assert_eq!((page.status, page.header("content-type")), (502, "text/html"));
        assert!(page.body.is_null());
        assert_eq!(intents(&clinic), effects);
    }
}

#[tokio::test]
async fn a_truncated_body_is_no_answer_but_had_its_effect() {
    let clinic = Clinic::new();
    clinic.fake.faults().next(CREATE, Fault::TruncatedBody);
    assert_eq!(create_fails(&clinic).await, (SendErrorKind::Body, Delivery::MaybeSent));
    assert_eq!(intents(&clinic), 1);
}

#[tokio::test]
async fn an_oversized_body_breaks_the_callers_limit() {
    let clinic = Clinic::new();
    clinic.fake.faults().next(CREATE, Fault::OversizedBody(LIMITS.body_bytes + 1));
    assert_eq!(create_fails(&clinic).await, (SendErrorKind::TooLarge, Delivery::MaybeSent));
    assert_eq!(intents(&clinic), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_arrives_or_runs_into_the_callers_deadline() {
    let clinic = Clinic::new();
    clinic.fake.faults().next(CREATE, Fault::SlowBody(Duration::from_secs(1)));
    let before = tokio::time::Instant::now();
    assert_eq!(clinic.create().await.status, 200);
    assert!(before.elapsed() >= Duration::from_secs(5));

    clinic.fake.faults().next(CREATE, Fault::SlowBody(Duration::from_secs(1)));
    let hurried = Limits { total: Duration::from_secs(2), ..LIMITS };
    let request = Request { limits: hurried, ..post("/v1/payment_intents", GOOD) };
    let error = clinic.try_call(request, &clinic.key()).await.err().unwrap();
    assert_eq!((error.kind, error.delivery), (SendErrorKind::Timeout, Delivery::MaybeSent));
    assert_eq!(intents(&clinic), 2);
}

#[tokio::test]
async fn stripe_can_say_whether_to_retry() {
    let (_, failed) = create_meets(Fault::FailBeforeEffect(500).with_should_retry(false)).await;
    assert_eq!((failed.status, failed.header("stripe-should-retry")), (500, "false"));
    let (_, fine) = create_meets(Injection::should_retry(true)).await;
    assert_eq!((fine.status, fine.header("stripe-should-retry")), (200, "true"));
}

#[tokio::test]
async fn an_answer_can_lie_while_the_truth_stays() {
    let clinic = Clinic::new();
    let (id, cardholder) = clinic.intent().await;
    cardholder.pay(Card::VISA).await.unwrap();
    let path = format!("/v1/payment_intents/{id}");
    let truth = clinic.get(&path).await.body;
    for (fault, field) in [
        (Fault::wrong_amount(), "amount"),
        (Fault::wrong_currency(), "currency"),
        (Fault::wrong_id(), "id"),
        (Fault::wrong_metadata(), "metadata"),
        (Fault::wrong_mode(), "livemode"),
        (Fault::unknown_status(), "status"),
        (Fault::Overwrite("/amount_received", 1.into()), "amount_received"),
    ] {
        clinic.fake.faults().next(RETRIEVE, fault);
        let lie = clinic.get(&path).await.body;
        assert_ne!(lie[field], truth[field], "{field}");
        assert_eq!(clinic.get(&path).await.body, truth);
    }
}

#[tokio::test]
async fn faults_wait_for_their_request_and_are_met_in_order() {
    let clinic = Clinic::new();
    let faults = clinic.fake.faults();
    faults.next(CREATE, Fault::FailBeforeEffect(500));
    faults.next(CREATE, Fault::FailBeforeEffect(503));
    assert_eq!(clinic.get("/v1/balance").await.status, 200);
    assert_eq!(faults.armed(), 2);
    assert_eq!(clinic.create().await.status, 500);
    assert_eq!(clinic.create().await.status, 503);
    assert_eq!(clinic.create().await.status, 200);
    assert_eq!(faults.armed(), 0);
}

#[tokio::test]
async fn a_fault_can_recur_until_it_is_cleared() {
    let clinic = Clinic::new();
    clinic.fake.faults().every(3, "*", Fault::FailBeforeEffect(503));
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(clinic.get("/v1/balance").await.status);
    }
    assert_eq!(seen, [200, 200, 503, 200, 200, 503]);
    clinic.fake.faults().every(1, "*", Fault::LockTimeout);
    assert_eq!(clinic.get("/v1/balance").await.status, 429);
    clinic.fake.faults().clear();
    assert_eq!(clinic.get("/v1/balance").await.status, 200);
}

#[tokio::test]
async fn a_browsers_request_meets_faults_too() {
    let clinic = Clinic::new();
    let (id, cardholder) = clinic.intent().await;
    clinic.fake.faults().next("POST /v1/payment_intents/{id}/confirm", Fault::DropAfterEffect);
    assert!(cardholder.pay(Card::VISA).await.is_err());
    assert_eq!(clinic.fake.ledger(clinic.account.id()).entry(&id).unwrap().successful_charges, 1);
}
