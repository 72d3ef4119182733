//! What a refund sends, what it gives back, and what it never does.

use billing_domain::payment::{CaptureSource, Reference};
use billing_domain::refund::RefundFailure;
use billing_domain::{
    AmountBound, Certainty, Currency, Money, ProcessorErrorKind, RefundFact, RefundOrder, RefundPlan,
};
use billing_stripe::API_VERSION;
use billing_testkit::conformance::processor::Harness;
use billing_testkit::stripe::{Card, Fault, RefundOutcome};
use serde_json::json;

use crate::harness::{CREATE, REFUND, RETRIEVE_REFUND, Stripe};

#[tokio::test]
async fn the_request_is_these_bytes_and_no_others() {
    let stripe = Stripe::in_process();
    let order = stripe.refund_of(1, Card::VISA).await;
    stripe.port().refund(&order).await.unwrap();

    let request = &stripe.fake.requests_to(REFUND)[0];
    let expected =
        format!("amount=400&metadata[refund_id]={}&payment_intent={}", order.refund, order.capture.reference);
    assert_eq!(std::str::from_utf8(&request.body).unwrap(), expected);
    assert_eq!(request.query, "");
    assert_eq!(request.idempotency_key, Some(format!("{}-1", order.refund)));
    assert_eq!(request.stripe_version.as_deref(), Some(API_VERSION));
    let mut names: Vec<_> = request.headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["content-type", "idempotency-key", "stripe-version", "user-agent"]);
}

#[tokio::test]
async fn a_refund_never_says_why_and_above_all_never_fraud() {
    let stripe = Stripe::in_process();
    let order = stripe.refund_of(1, Card::VISA).await;
    stripe.port().refund(&order).await.unwrap();
    let params = &stripe.fake.requests_to(REFUND)[0].params;
    let mut names: Vec<_> = params.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["amount", "metadata", "payment_intent"]);
    let metadata: Vec<_> = params["metadata"].as_object().unwrap().keys().collect();
    assert_eq!(metadata, ["refund_id"]);
}

#[tokio::test]
async fn the_intent_is_refunded_whether_its_charge_is_known_or_not_so_that_a_replay_is_the_same_bytes() {
    let stripe = Stripe::in_process();
    let mut order = stripe.refund_of(1, Card::VISA).await;
    assert!(order.capture.charge.is_some());
    let first = stripe.port().refund(&order).await.unwrap();
    order.capture.charge = None;
    assert_eq!(stripe.port().refund(&order).await.unwrap(), first);
    let sends = stripe.fake.requests_to(REFUND);
    assert_eq!(sends[0].body, sends[1].body);
    assert_eq!(sends[0].idempotency_key, sends[1].idempotency_key);
    assert_eq!(stripe.fake.ledger(stripe.account.id()).refunds_of(&order.refund.to_string()), 1);
}

#[tokio::test]
async fn a_charge_that_a_person_wrote_down_is_refunded_as_a_charge() {
    let stripe = Stripe::in_process();
    let mut order = stripe.refund_of(1, Card::VISA).await;
    let charge = order.capture.charge.take().unwrap();
    order.capture.reference = Reference(charge.clone());
    order.capture.source = CaptureSource::Finding;
    let told = stripe.port().refund(&order).await.unwrap();
    assert!(matches!(told, RefundFact::Succeeded(_)), "{told:?}");
    assert_eq!(stripe.fake.requests_to(REFUND)[0].params["charge"], json!(charge));
    assert_eq!(stripe.port().observe_refund(&order).await.unwrap(), told);
}

#[tokio::test]
async fn a_currency_that_stripe_counts_otherwise_is_given_back_as_stripe_counts_it() {
    let stripe = Stripe::in_process();
    let mut order = stripe.order(1);
    order.amount = Money::new(900, "ISK".parse().unwrap());
    let begun = stripe.port().begin(&order).await.unwrap();
    let billing_domain::Begun::HandOver { reference, handover, .. } = begun else { panic!("{begun:?}") };
    order.reference = Some(reference);
    stripe.browser(&handover).pay(Card::VISA).await.unwrap();
    let billing_domain::ChargeFact::Succeeded(capture) = stripe.port().observe(&order).await.unwrap() else {
        panic!("it was paid")
    };
    let mut refund = stripe.refund_of(2, Card::VISA).await;
    refund.capture = capture;
    refund.amount = Money::new(300, "ISK".parse().unwrap());
    let told = stripe.port().refund(&refund).await.unwrap();
    assert!(matches!(told, RefundFact::Succeeded(_)), "{told:?}");
    assert_eq!(stripe.fake.requests_to(REFUND)[0].params["amount"], json!("30000"));
}

#[tokio::test]
async fn a_plan_is_a_refund_or_the_reason_against_one() {
    let stripe = Stripe::in_process();
    let (_, capture) = stripe.captured(1, Card::VISA).await;
    let (port, now) = (stripe.port(), stripe.fake.now());
    let cad = |minor| Money::new(minor, Currency::CAD);
    let plan = |amount| port.plan_refund(&capture, cad(0), amount, now);
    for minor in [1, 400, 1_050] {
        assert_eq!(plan(cad(minor)), Ok(RefundPlan::Refund));
    }
    for (amount, bound) in [
        (cad(0), AmountBound::TooSmall),
        (cad(-1), AmountBound::TooSmall),
        (cad(100_000_000), AmountBound::TooLarge),
    ] {
        assert_eq!(plan(amount), Err(ProcessorErrorKind::AmountRefused { amount, bound }));
    }
    assert_eq!(plan(Money::new(400, "USD".parse().unwrap())), Err(ProcessorErrorKind::Unsupported));
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_not_sent() {
    let stripe = Stripe::in_process();
    let order = stripe.refund_of(1, Card::VISA).await;
    let before = stripe.ours().len();
    let mut others = order.clone();
    others.account.account = billing_domain::AccountId::new(uuid::Uuid::from_u128(9));
    let reversed = RefundOrder { plan: RefundPlan::Reversal, ..order.clone() };
    let nothing = RefundOrder { amount: Money::new(0, Currency::CAD), ..order.clone() };
    for odd in [others.clone(), reversed, nothing] {
        let error = stripe.port().refund(&odd).await.unwrap_err();
        assert_eq!(error.certainty, Certainty::NotSent, "{odd:?}");
    }
    let error = stripe.port().observe_refund(&others).await.unwrap_err();
    assert!(!error.sent);
    assert_eq!(stripe.ours().len(), before);
}

#[tokio::test]
async fn what_was_only_authorised_or_never_paid_is_not_refunded() {
    let stripe = Stripe::in_process();
    let mut order = stripe.refund_of(1, Card::VISA).await;
    let (open, _) = stripe.handed_over(2).await;
    order.capture.reference = open.reference.unwrap();
    let error = stripe.port().refund(&order).await.unwrap_err();
    assert_eq!(
        (error.certainty, &error.cause.kind),
        (Certainty::Refused, &ProcessorErrorKind::Rejected(None))
    );
    assert_eq!(stripe.fake.requests_to(CREATE)[0].params["capture_method"], json!("automatic"));
    assert_eq!(stripe.truth().given_back, 0);
}

#[tokio::test]
async fn a_part_gives_back_a_part_and_too_much_gives_back_nothing() {
    let stripe = Stripe::in_process();
    let (charge, capture) = stripe.captured(1, Card::VISA).await;
    let part = |number, minor| {
        let number: u128 = number;
        billing_testkit::conformance::processor::refund_order(&stripe, &charge, &capture, number, minor)
    };
    assert!(stripe.port().refund(&part(1, 400)).await.is_ok());
    assert_eq!(stripe.truth().given_back, 400, "an intent with a refund is not refunded in full");
    let error = stripe.port().refund(&part(2, 651)).await.unwrap_err();
    assert_eq!(
        (error.certainty, &error.cause.kind),
        (Certainty::Refused, &ProcessorErrorKind::Rejected(None))
    );
    assert_eq!(
        std::error::Error::source(&error.cause).unwrap().to_string(),
        "Stripe answered 400 about amount"
    );
    assert!(stripe.port().refund(&part(3, 650)).await.is_ok());
    let error = stripe.port().refund(&part(4, 1)).await.unwrap_err();
    let code = ProcessorErrorKind::Rejected(Some("charge_already_refunded".to_owned()));
    assert_eq!((error.certainty, error.cause.kind), (Certainty::Refused, code));
    assert_eq!(stripe.truth().given_back, 1_050);
}

#[tokio::test]
async fn a_disputed_charge_is_refused_by_its_name() {
    let stripe = Stripe::in_process();
    let order = stripe.refund_of(1, Card::VISA).await;
    assert!(stripe.fake.dispute(&order.capture.reference.0));
    let error = stripe.port().refund(&order).await.unwrap_err();
    let code = ProcessorErrorKind::Rejected(Some("charge_disputed".to_owned()));
    assert_eq!((error.certainty, error.cause.kind), (Certainty::Refused, code));
}

#[tokio::test]
async fn a_refund_without_balance_is_pending_until_stripe_says_otherwise() {
    let outcomes = [
        (RefundOutcome::Succeeded, None),
        (RefundOutcome::Canceled, Some(RefundFailure::Canceled)),
        (RefundOutcome::Failed("insufficient_funds"), Some(RefundFailure::InsufficientFunds)),
        (RefundOutcome::Failed("unknown"), Some(RefundFailure::Unspecified)),
    ];
    for (outcome, failure) in outcomes {
        let stripe = Stripe::in_process();
        stripe.fake.run_short_of_balance(true);
        let mut order = stripe.refund_of(1, Card::VISA).await;
        let told = stripe.port().refund(&order).await.unwrap();
        let RefundFact::Pending(reference) = &told else { panic!("a 200 is no money back: {told:?}") };
        order.reference = Some(reference.clone());
        assert_eq!(stripe.port().observe_refund(&order).await.unwrap(), told);
        assert!(stripe.fake.finish_refund(&reference.0, outcome));
        let ended = stripe.port().observe_refund(&order).await.unwrap();
        let expected = match failure {
            None => RefundFact::Succeeded(reference.clone()),
            Some(reason) => RefundFact::Failed { reference: Some(reference.clone()), reason },
        };
        assert_eq!(ended, expected);
        assert_eq!(stripe.fake.count(RETRIEVE_REFUND), 2);
    }
}

#[tokio::test]
async fn a_refund_that_succeeded_may_have_failed_when_it_is_looked_at() {
    let stripe = Stripe::in_process();
    let mut order = stripe.refund_of(1, Card::REFUND_FAILS).await;
    let told = stripe.port().refund(&order).await.unwrap();
    let RefundFact::Succeeded(reference) = told.clone() else { panic!("{told:?}") };
    order.reference = Some(reference.clone());
    let failed = RefundFact::Failed { reference: Some(reference), reason: RefundFailure::CardUnusable };
    assert_eq!(stripe.port().observe_refund(&order).await.unwrap(), failed);
    // The stored answer goes on saying what was true when it was made: a replay is no look.
    order.reference = None;
    assert_eq!(stripe.port().refund(&order).await.unwrap(), told);
    assert_eq!(stripe.port().observe_refund(&order).await.unwrap(), failed);
}

#[tokio::test]
async fn a_pending_refund_holds_what_it_may_still_give_back() {
    let stripe = Stripe::in_process();
    let (charge, capture) = stripe.captured(1, Card::PENDING_REFUND).await;
    let refund = |number: u128| {
        billing_testkit::conformance::processor::refund_order(&stripe, &charge, &capture, number, 1_050)
    };
    let told = stripe.port().refund(&refund(1)).await.unwrap();
    let RefundFact::Pending(Reference(id)) = told else { panic!("{told:?}") };
    let error = stripe.port().refund(&refund(2)).await.unwrap_err();
    assert_eq!(error.certainty, Certainty::Refused);
    stripe.fake.finish_refund(&id, RefundOutcome::Failed("lost_or_stolen_card"));
    assert!(stripe.port().refund(&refund(3)).await.is_ok(), "what failed can be given back again");
}

#[tokio::test(start_paused = true)]
async fn lost_answers_are_repeated_with_the_same_key_and_bytes_and_give_back_once() {
    for fault in [
        Fault::Conflict,
        Fault::DropAfterEffect,
        Fault::DropBeforeEffect,
        Fault::FailBeforeEffect(500),
        Fault::HtmlAfterEffect,
        Fault::TruncatedBody,
    ] {
        let stripe = Stripe::in_process();
        let order = stripe.refund_of(1, Card::VISA).await;
        stripe.fake.faults().next(REFUND, fault.clone());
        stripe.fake.faults().next(REFUND, fault.clone());
        let told = stripe.port().refund(&order).await;
        assert!(matches!(told, Ok(RefundFact::Succeeded(_))), "{fault:?}: {told:?}");
        let sends = stripe.fake.requests_to(REFUND);
        assert_eq!(sends.len(), 3, "{fault:?}");
        let same = |send: &billing_testkit::stripe::RecordedRequest| {
            send.body == sends[0].body && send.idempotency_key == sends[0].idempotency_key
        };
        assert!(sends.iter().all(same), "{fault:?}");
        let ledger = stripe.fake.ledger(stripe.account.id());
        assert_eq!((ledger.total_refunded(), ledger.refunded_twice().len()), (400, 0), "{fault:?}");
    }
}
