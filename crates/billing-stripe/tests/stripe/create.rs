//! What a create sends, what it hands over, and what its errors say about money.

use billing_domain::{
    AmountBound, Begun, Certainty, ChargeFact, Currency, Money, ProcessorErrorKind, SubmitError, Why,
};
use billing_stripe::{API_VERSION, StripeElements};
use billing_testkit::conformance::processor::Harness;
use billing_testkit::stripe::{Fault, Mode};
use serde_json::{Value, json};

use crate::canned::{self, Said, intent, port, refused, said};
use crate::harness::{CREATE, Stripe, exposed};

async fn failure(says: Vec<Said>) -> SubmitError {
    let (port, order) = port(says);
    port.begin(&order).await.unwrap_err()
}

#[tokio::test]
async fn the_request_is_these_bytes_and_no_others() {
    let stripe = Stripe::in_process();
    let (order, _) = stripe.handed_over(1).await;

    let requests = stripe.ours();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    let expected = format!(
        "amount=1050&currency=cad&allowed_payment_method_types[]=card&capture_method=automatic\
         &metadata[payment_id]={}&metadata[invoice_id]=inv-0001",
        order.payment
    );
    assert_eq!(std::str::from_utf8(&request.body).unwrap(), expected);
    assert_eq!(request.query, "");
    assert_eq!(request.idempotency_key.as_deref(), Some(order.key.0.as_str()));
    assert_eq!(request.stripe_version.as_deref(), Some(API_VERSION));
    let mut names: Vec<_> = request.headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["content-type", "idempotency-key", "stripe-version", "user-agent"]);
    assert!(request.headers["user-agent"].to_str().unwrap().starts_with("billing-stripe/"));
}

#[tokio::test]
async fn no_method_list_that_endive_refuses_and_none_beside_the_allowed_one() {
    let stripe = Stripe::in_process();
    stripe.handed_over(1).await;
    let params = &stripe.fake.requests_to(CREATE)[0].params;
    for absent in ["payment_method_types", "automatic_payment_methods", "confirm", "setup_future_usage"] {
        assert_eq!(params.get(absent), None, "{absent}");
    }
    assert_eq!(params["allowed_payment_method_types"], json!(["card"]));
}

#[tokio::test]
async fn neither_description_nor_receipt_address_nor_anything_of_the_patient_is_sent() {
    let stripe = Stripe::in_process();
    stripe.handed_over(1).await;
    let params = &stripe.fake.requests_to(CREATE)[0].params;
    let mut names: Vec<_> = params.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    let ours = ["allowed_payment_method_types", "amount", "capture_method", "currency", "metadata"];
    assert_eq!(names, ours);
    let metadata: Vec<_> = params["metadata"].as_object().unwrap().keys().collect();
    assert_eq!(metadata, ["invoice_id", "payment_id"]);
}

#[tokio::test]
async fn an_attempt_has_one_key_for_life_and_a_replay_is_the_same_bytes() {
    let stripe = Stripe::in_process();
    stripe.handed_over(1).await;
    stripe.handed_over(1).await;
    stripe.handed_over(2).await;
    let requests = stripe.fake.requests_to(CREATE);
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(requests[0].idempotency_key, requests[1].idempotency_key);
    assert_ne!(requests[0].idempotency_key, requests[2].idempotency_key);
}

#[tokio::test]
async fn the_hand_over_is_the_publishable_key_and_the_client_secret() {
    let stripe = Stripe::in_process();
    let (order, handover) = stripe.handed_over(1).await;
    let elements = StripeElements::try_from(&handover).unwrap();
    assert_eq!(elements.publishable_key, stripe.account.publishable_key(Mode::Live));
    let reference = order.reference.unwrap().0;
    assert!(exposed(&elements.client_secret).starts_with(&format!("{reference}_secret_")));
    assert_eq!(handover.public, stripe.public());
    let shown = format!("{handover:?} {elements:?}");
    assert!(!shown.contains("_secret_"), "{shown}");
}

#[tokio::test]
async fn a_created_intent_is_no_payment() {
    let (port, order) =
        port(vec![said(200, &intent(&Stripe::in_process().order(1), "requires_payment_method"))]);
    let begun = port.begin(&order).await.unwrap();
    assert!(matches!(begun, Begun::HandOver { .. }), "a 200 hands over and settles nothing");
}

#[tokio::test]
async fn an_amount_stripe_never_takes_is_refused_before_anything_is_sent() {
    let stripe = Stripe::in_process();
    for (amount, bound) in [
        (Money::new(0, Currency::CAD), AmountBound::TooSmall),
        (Money::new(100_000_000, Currency::CAD), AmountBound::TooLarge),
        (Money::new(1_234, "KWD".parse().unwrap()), AmountBound::OffGrid),
    ] {
        let kind = ProcessorErrorKind::AmountRefused { amount, bound };
        assert_eq!(stripe.port().accepts(amount), Err(kind.clone()));
        let mut order = stripe.order(1);
        order.amount = amount;
        let error = stripe.port().begin(&order).await.unwrap_err();
        assert_eq!((error.certainty, error.cause.kind), (Certainty::NotSent, kind));
    }
    assert_eq!(stripe.fake.requests().len(), 0);
}

#[tokio::test]
async fn an_amount_below_stripes_own_minimum_is_named_and_refused() {
    let stripe = Stripe::in_process();
    let mut order = stripe.order(1);
    order.amount = Money::new(49, Currency::CAD);
    assert_eq!(stripe.port().accepts(order.amount), Ok(()));
    let error = stripe.port().begin(&order).await.unwrap_err();
    assert_eq!(error.certainty, Certainty::Refused);
    let kind = ProcessorErrorKind::AmountRefused { amount: order.amount, bound: AmountBound::TooSmall };
    assert_eq!(error.cause.kind, kind);
}

#[tokio::test]
async fn a_currency_that_stripe_counts_otherwise_is_sent_as_stripe_counts_it() {
    let stripe = Stripe::in_process();
    let mut order = stripe.order(1);
    order.amount = Money::new(900, "ISK".parse().unwrap());
    assert!(matches!(stripe.port().begin(&order).await, Ok(Begun::HandOver { .. })));
    assert_eq!(stripe.fake.requests_to(CREATE)[0].params["amount"], json!("90000"));
    assert_eq!(stripe.fake.requests_to(CREATE)[0].params["currency"], json!("isk"));
}

#[tokio::test]
async fn a_clear_no_to_the_only_send_is_refused() {
    let invalid = "invalid_request_error";
    let table = [
        (
            refused(400, invalid, Some("parameter_unknown")),
            ProcessorErrorKind::Rejected(Some("parameter_unknown".into())),
        ),
        (refused(400, invalid, Some("rate_limit")), ProcessorErrorKind::RateLimited),
        (refused(401, invalid, None), ProcessorErrorKind::CredentialsRejected),
        (refused(401, invalid, Some("api_key_expired")), ProcessorErrorKind::CredentialsRejected),
        (
            refused(402, "card_error", Some("card_declined")),
            ProcessorErrorKind::Rejected(Some("card_declined".into())),
        ),
        (refused(403, invalid, None), ProcessorErrorKind::PermissionMissing(None)),
        (
            refused(404, invalid, Some("resource_missing")),
            ProcessorErrorKind::Rejected(Some("resource_missing".into())),
        ),
        (refused(429, invalid, Some("lock_timeout")), ProcessorErrorKind::RateLimited),
    ];
    for (answer, kind) in table {
        let error = failure(vec![answer]).await;
        assert_eq!((error.certainty, error.stored, &error.cause.kind), (Certainty::Refused, false, &kind));
        assert_eq!(error.cause.request_id.as_deref(), Some("req_canned1"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_error_a_conflict_and_an_idempotency_error_leave_it_unknown() {
    let invalid = "invalid_request_error";
    for answer in [
        refused(400, "idempotency_error", None),
        refused(409, invalid, Some("idempotency_key_in_use")),
        refused(424, "api_error", None),
        refused(500, "api_error", None),
        refused(503, "api_error", None),
    ] {
        let error = failure(vec![answer.clone()]).await;
        assert_eq!(error.certainty, Certainty::Unknown, "{answer:?}");
        assert_eq!(error.cause.request_id.as_deref(), Some("req_canned1"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_something_else_than_stripe_answers_leaves_it_unknown() {
    let page = |status| Said::Answer { status, headers: vec![], body: "<html>no</html>".to_owned() };
    for status in [200, 204, 302, 400, 401, 403, 404, 429, 502] {
        assert_eq!(failure(vec![page(status)]).await.certainty, Certainty::Unknown, "{status}");
    }
}

#[tokio::test]
async fn a_stored_refusal_counts_even_after_a_send_in_doubt() {
    let stored =
        refused(400, "invalid_request_error", Some("amount_too_small")).with("idempotent-replayed", "true");
    let error = failure(vec![stored.clone()]).await;
    assert_eq!((error.certainty, error.stored), (Certainty::Refused, true));

    tokio::time::pause();
    let error = failure(vec![Said::Lost, stored]).await;
    assert_eq!((error.certainty, error.stored), (Certainty::Refused, true));

    let fresh = refused(400, "invalid_request_error", Some("amount_too_small"));
    let error = failure(vec![Said::Lost, fresh]).await;
    assert_eq!((error.certainty, error.stored), (Certainty::Unknown, false));
}

#[tokio::test]
async fn a_stored_server_error_never_becomes_a_refusal() {
    let stored = refused(500, "api_error", None).with("idempotent-replayed", "true");
    let error = failure(vec![stored]).await;
    assert_eq!((error.certainty, error.stored), (Certainty::Unknown, true));
}

#[tokio::test]
async fn a_success_that_cannot_be_used_leaves_it_unknown() {
    let order = Stripe::in_process().order(1);
    let mut without_secret = intent(&order, "requires_payment_method");
    without_secret["client_secret"] = Value::Null;
    let mut of_two_intents = intent(&order, "requires_payment_method");
    of_two_intents["client_secret"] = "pi_3AnotherIntentAltogether_secret_x".into();
    let other_object = json!({ "id": "x", "object": "list", "status": "open", "livemode": true });
    for body in [without_secret, of_two_intents, other_object, json!([1]), json!({ "id": 7 })] {
        let error = failure(vec![said(200, &body)]).await;
        assert_eq!(
            (error.certainty, &error.cause.kind),
            (Certainty::Unknown, &ProcessorErrorKind::Malformed)
        );
    }
}

#[tokio::test]
async fn a_created_intent_that_is_not_ours_is_a_mismatch_and_not_handed_over() {
    let stripe = Stripe::in_process();
    for fault in
        [Fault::wrong_amount(), Fault::wrong_currency(), Fault::wrong_mode(), Fault::wrong_metadata()]
    {
        stripe.fake.faults().next(CREATE, fault);
        let begun = stripe.port().begin(&stripe.order(1)).await;
        assert!(matches!(begun, Ok(Begun::Known(ChargeFact::Mismatch(_)))), "{begun:?}");
    }
}

#[tokio::test]
async fn a_status_nobody_knows_is_handed_to_nobody() {
    let body = intent(&Stripe::in_process().order(1), "requires_a_miracle");
    let (port, order) = port(vec![said(200, &body)]);
    let begun = port.begin(&order).await.unwrap();
    assert!(matches!(begun, Begun::Known(ChargeFact::NoEvidence(Why::Unrecognised))));
}

#[tokio::test]
async fn an_order_of_another_account_is_not_sent() {
    let stripe = Stripe::in_process();
    let mut order = stripe.order(1);
    order.account.account = billing_domain::AccountId::new(uuid::Uuid::from_u128(99));
    let error = stripe.port().begin(&order).await.unwrap_err();
    assert_eq!((error.certainty, error.cause.kind), (Certainty::NotSent, ProcessorErrorKind::Unsupported));
    assert_eq!(stripe.fake.requests().len(), 0);
}

#[tokio::test]
async fn a_saved_key_that_cannot_be_read_is_reported_and_nothing_is_sent() {
    let stripe = Stripe::in_process();
    for key in ["", "sk_live_\nbroken", "pk_live_51PgafTB7WZ01zgkWabcdefgh"] {
        let error = stripe.port_with(key).begin(&stripe.order(1)).await.unwrap_err();
        assert_eq!(error.certainty, Certainty::NotSent);
        assert_eq!(error.cause.kind, ProcessorErrorKind::CredentialsRejected);
    }
    assert_eq!(stripe.fake.requests().len(), 0);
}

#[tokio::test]
async fn no_sentence_of_stripes_is_passed_on() {
    let error = failure(vec![refused(400, "invalid_request_error", Some("parameter_unknown"))]).await;
    let cause = error.cause.source.as_ref().map(ToString::to_string).unwrap();
    assert_eq!(cause, "Stripe answered 400 parameter_unknown");
    assert!(!format!("{error} {error:?}").contains("Do not show"));
    let odd = failure(vec![refused(400, "invalid_request_error", Some("pi_1_secret_Zz9"))]).await;
    assert!(!format!("{odd} {odd:?}").contains("Zz9"));
}

#[tokio::test]
async fn an_idempotency_key_that_no_header_can_hold_is_not_sent() {
    let (port, mut order) = canned::port(vec![Said::Lost]);
    order.key.0 = "broken\nkey".to_owned();
    assert_eq!(port.begin(&order).await.unwrap_err().certainty, Certainty::NotSent);
}

#[tokio::test]
async fn every_request_says_which_version_it_speaks() {
    let stripe = Stripe::in_process();
    let (order, _) = stripe.handed_over(1).await;
    let port = stripe.port();
    port.observe(&order).await.unwrap();
    port.resume(&order).await.unwrap();
    port.cancel(&order, 1).await.unwrap();
    let now = stripe.fake.now();
    let scan = billing_domain::Scan { from: now, until: now, after: None, limit: 1 };
    port.scan(&scan).await.unwrap();
    let requests = stripe.fake.requests();
    assert_eq!(requests.len(), 5);
    assert!(requests.iter().all(|request| request.stripe_version.as_deref() == Some("2026-10-28.endive")));
}

#[tokio::test]
async fn a_key_is_trusted_for_an_hour_less_than_stripe_keeps_it() {
    let port = Stripe::in_process().port();
    let can = port.capabilities(&port.flow());
    assert_eq!(can.replay_within, std::time::Duration::from_hours(23));
}
