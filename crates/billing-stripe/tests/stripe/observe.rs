//! What an intent is taken for: every status, every field that must be ours, every shape Stripe may send.

use billing_domain::{
    Advice, Begun, ChargeFact, DeclineCategory, Difference, Money, ProcessorErrorKind, Proof, Why,
};
use billing_testkit::stripe::{Authentication, Card, Fault, Mode};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::canned::{intent, port, refused, said};
use crate::harness::{RETRIEVE, Stripe};

/// What is made of an intent in `status`, changed by `change`.
async fn observed(status: &str, change: impl FnOnce(&mut Value)) -> ChargeFact {
    let mut body = intent(&Stripe::in_process().order(1), status);
    change(&mut body);
    let (port, mut order) = port(vec![said(200, &body)]);
    order.reference = Some(billing_domain::payment::Reference("pi_3PgafyB7WZ01zgkWcanned".to_owned()));
    port.observe(&order).await.unwrap()
}

#[tokio::test]
async fn each_status_is_one_fact() {
    let live = ChargeFact::Live { last: None };
    let nothing = ChargeFact::NoEvidence(Why::Unrecognised);
    for (status, fact) in [
        ("requires_payment_method", live.clone()),
        ("requires_confirmation", live.clone()),
        ("requires_action", live),
        ("processing", ChargeFact::Processing),
        ("canceled", ChargeFact::Dead(Proof::Canceled)),
        ("requires_capture", nothing.clone()),
        ("failed", nothing.clone()),
        ("", nothing.clone()),
        ("SUCCEEDED", nothing),
    ] {
        assert_eq!(observed(status, |_| {}).await, fact, "{status}");
    }
    assert!(matches!(observed("succeeded", |_| {}).await, ChargeFact::Succeeded(_)));
}

#[tokio::test]
async fn money_is_believed_only_if_every_field_is_ours() {
    let table: [(Difference, &str, Value); 10] = [
        (Difference::Amount, "amount", json!(1_051)),
        (Difference::Amount, "amount_received", json!(1_049)),
        (Difference::Amount, "amount_received", Value::Null),
        (Difference::Currency, "currency", json!("usd")),
        (Difference::Currency, "currency", Value::Null),
        (Difference::Mode, "livemode", json!(false)),
        (Difference::Reference, "id", json!("pi_3Other")),
        (Difference::PaymentId, "metadata", json!({ "invoice_id": "inv-0001" })),
        (Difference::InvoiceId, "metadata", json!({ "payment_id": "x", "invoice_id": "inv-0002" })),
        (Difference::PaymentId, "metadata", Value::Null),
    ];
    for (difference, field, value) in table {
        let fact = observed("succeeded", |body| body[field] = value.clone()).await;
        let ChargeFact::Mismatch(seen) = fact else { panic!("{field} {value}: {fact:?}") };
        assert!(seen.differs.contains(&difference), "{field} {value}: {seen:?}");
    }
}

#[tokio::test]
async fn a_mismatch_keeps_the_money_that_was_taken() {
    let fact = observed("succeeded", |body| {
        body["amount"] = json!(2_000);
        body["amount_received"] = json!(2_000);
        body["currency"] = json!("usd");
    });
    let ChargeFact::Mismatch(seen) = fact.await else { panic!("two fields differ") };
    assert_eq!(seen.differs, [Difference::Amount, Difference::Currency]);
    let captured = seen.captured.unwrap();
    assert_eq!(captured.amount, Money::new(2_000, "USD".parse().unwrap()));
    assert_eq!(captured.charge.as_deref(), Some("ch_3PgafyB7WZ01zgkWcanned"));

    let fact = observed("requires_payment_method", |body| body["amount"] = json!(2_000)).await;
    let ChargeFact::Mismatch(seen) = fact else { panic!("the amount differs") };
    assert_eq!(seen.captured, None);
}

#[tokio::test]
async fn the_currency_is_compared_whatever_its_case() {
    let fact = observed("succeeded", |body| body["currency"] = json!("CAD")).await;
    assert!(matches!(fact, ChargeFact::Succeeded(_)));
}

#[tokio::test]
async fn a_charge_is_read_as_an_id_and_as_an_object() {
    let ChargeFact::Succeeded(capture) = observed("succeeded", |_| {}).await else { panic!() };
    assert_eq!(capture.charge.as_deref(), Some("ch_3PgafyB7WZ01zgkWcanned"));
    let whole =
        json!({ "id": "ch_9", "object": "charge", "payment_method_details": { "type": "card_present" } });
    let fact = observed("succeeded", |body| body["latest_charge"] = whole).await;
    let ChargeFact::Succeeded(capture) = fact else { panic!("{fact:?}") };
    assert_eq!((capture.charge.as_deref(), capture.brand), (Some("ch_9"), None));
}

#[tokio::test]
async fn a_success_keeps_what_a_receipt_needs() {
    let stripe = Stripe::in_process();
    let order = stripe.tried(1, Card::VISA).await;
    let fact = stripe.port().observe(&order).await.unwrap();
    let ChargeFact::Succeeded(capture) = fact else { panic!("{fact:?}") };
    assert_eq!(capture.amount, order.amount);
    assert_eq!((capture.brand.as_deref(), capture.last4.as_deref()), (Some("visa"), Some("4242")));
    assert!(capture.auth_code.is_some());
    assert!(capture.charge.unwrap().starts_with("ch_"));
    assert_eq!(capture.captured_at, Some(stripe.fake.now()));
    assert_eq!(stripe.fake.requests_to(RETRIEVE).last().unwrap().query, "expand[]=latest_charge");
}

#[tokio::test]
async fn a_refused_card_is_a_try_on_a_live_intent_and_tells_the_patient_nothing() {
    let stripe = Stripe::in_process();
    let order = stripe.tried(1, Card::LOST).await;
    let fact = stripe.port().observe(&order).await.unwrap();
    let ChargeFact::Live { last: Some(last) } = fact else { panic!("{fact:?}") };
    assert!(last.charge.as_deref().unwrap().starts_with("ch_"));
    assert_eq!(last.decline.category, DeclineCategory::Suspected);
    assert_eq!(last.decline.code.as_ref().unwrap().as_str(), "lost_card");
    let patient = last.decline.patient_view();
    assert_eq!((patient.category, patient.advice), (DeclineCategory::IssuerDeclined, Advice::ContactBank));
    assert_eq!(patient.code, None);
}

#[tokio::test]
async fn a_challenge_leaves_the_intent_live_until_it_is_answered() {
    let stripe = Stripe::in_process();
    let (order, handover) = stripe.handed_over(1).await;
    let browser = stripe.browser(&handover);
    browser.pay(Card::AUTHENTICATE).await.unwrap();
    assert_eq!(stripe.port().observe(&order).await.unwrap(), ChargeFact::Live { last: None });
    browser.authenticate(Authentication::Fails).await.unwrap();
    let fact = stripe.port().observe(&order).await.unwrap();
    let ChargeFact::Live { last: Some(last) } = fact else { panic!("{fact:?}") };
    assert_eq!(last.decline.category, DeclineCategory::AuthenticationFailed);
    browser.pay(Card::AUTHENTICATE).await.unwrap();
    browser.authenticate(Authentication::Passes).await.unwrap();
    assert!(matches!(stripe.port().observe(&order).await, Ok(ChargeFact::Succeeded(_))));
}

#[tokio::test]
async fn an_intent_that_is_processing_is_processing() {
    let stripe = Stripe::in_process();
    let order = stripe.tried(1, Card::PROCESSING).await;
    assert_eq!(stripe.port().observe(&order).await.unwrap(), ChargeFact::Processing);
    let resumed = stripe.port().resume(&order).await.unwrap();
    assert!(matches!(resumed, Begun::Known(ChargeFact::Processing)));
}

#[tokio::test]
async fn an_intent_is_found_by_its_id_and_never_by_searching() {
    let stripe = Stripe::in_process();
    let order = stripe.tried(1, Card::VISA).await;
    stripe.port().observe(&order).await.unwrap();
    stripe.port().resume(&order).await.unwrap();
    let id = order.reference.unwrap().0;
    for request in stripe.ours().iter().skip(1) {
        assert_eq!(request.path, format!("/v1/payment_intents/{id}"));
    }
}

#[tokio::test]
async fn an_intent_of_another_account_is_not_found_and_proves_nothing() {
    let stripe = Stripe::in_process();
    let order = stripe.tried(1, Card::VISA).await;
    let other = stripe.fake.account(billing_testkit::stripe::AccountSpec::new("acct_1OtherOtherOther"));
    let port = stripe.port_with(&other.secret_key(Mode::Live));
    assert_eq!(port.observe(&order).await.unwrap(), ChargeFact::NoEvidence(Why::NotFound));
}

#[tokio::test]
async fn an_id_that_is_no_id_stays_inside_its_segment_of_the_address() {
    let stripe = Stripe::in_process();
    let mut order = stripe.order(1);
    order.reference = Some(billing_domain::payment::Reference("../account?x=1#".to_owned()));
    let observed = stripe.port().observe(&order).await;
    assert!(!matches!(observed, Ok(ChargeFact::Succeeded(_) | ChargeFact::Dead(_))), "{observed:?}");
    let request = stripe.fake.requests().pop().unwrap();
    assert_eq!(request.path, "/v1/payment_intents/..%2Faccount%3Fx%3D1%23");
}

#[tokio::test]
async fn a_rolled_key_is_reported_as_rejected_and_the_new_one_finds_the_intent() {
    let stripe = Stripe::in_process();
    let order = stripe.tried(1, Card::VISA).await;
    let old = stripe.port();
    stripe.account.roll_secret(Mode::Live, true);
    let error = old.observe(&order).await.unwrap_err();
    assert_eq!(error.cause.kind, ProcessorErrorKind::CredentialsRejected);
    assert!(error.cause.request_id.is_some());
    assert!(matches!(stripe.port().observe(&order).await, Ok(ChargeFact::Succeeded(_))));
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_says_so_and_nothing_about_the_charge() {
    let stripe = Stripe::in_process();
    let order = stripe.tried(1, Card::VISA).await;
    stripe.fake.faults().every(1, RETRIEVE, Fault::HtmlBeforeEffect);
    let error = stripe.port().observe(&order).await.unwrap_err();
    assert!(error.sent);
    assert_eq!(error.cause.kind, ProcessorErrorKind::Unavailable);
}

#[tokio::test]
async fn a_missing_permission_is_named_under_either_status() {
    for status in [401, 403] {
        let body = json!({ "error": { "type": "invalid_request_error", "message":
            "The provided key 'rk_live_*********abcd' lacks it. Having the 'rak_payment_intent_read' permission would \
             allow this request to continue." } });
        let (port, mut order) = port(vec![said(status, &body)]);
        order.reference = Some(billing_domain::payment::Reference("pi_1".to_owned()));
        let error = port.observe(&order).await.unwrap_err();
        let named = ProcessorErrorKind::PermissionMissing(Some("rak_payment_intent_read".to_owned()));
        assert_eq!(error.cause.kind, named);
        assert!(!format!("{error} {error:?}").contains("abcd"));
    }
    let (port, mut order) = port(vec![refused(404, "invalid_request_error", None)]);
    order.reference = Some(billing_domain::payment::Reference("pi_1".to_owned()));
    assert!(
        port.observe(&order).await.is_err(),
        "an address that does not exist is not an intent that does not"
    );
}

#[tokio::test]
async fn the_five_fields_stripe_promises_are_enough_to_read_an_answer() {
    let least = json!({ "id": "pi_3PgafyB7WZ01zgkWcanned", "object": "payment_intent", "status": "succeeded",
        "livemode": true, "created": 1 });
    let fact = observed("succeeded", |body| *body = least).await;
    let ChargeFact::Mismatch(seen) = fact else { panic!("{fact:?}") };
    assert_eq!(seen.captured, None);
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({ "id": "x" })),
    ]
}

proptest! {
    #[test]
    fn no_changed_field_turns_into_a_success_and_no_answer_panics(
        field in prop::sample::select(vec![
            "id", "object", "status", "livemode", "amount", "amount_received", "currency", "metadata",
        ]),
        value in any_value(),
    ) {
        let mut body = intent(&Stripe::in_process().order(1), "succeeded");
        prop_assume!(body[field] != value);
        prop_assume!(!(field == "currency" && value.as_str().is_some_and(|code| code.eq_ignore_ascii_case("cad"))));
        body[field] = value;
        let (port, mut order) = port(vec![said(200, &body)]);
        order.reference = Some(billing_domain::payment::Reference("pi_3PgafyB7WZ01zgkWcanned".to_owned()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let observed = runtime.block_on(port.observe(&order));
        prop_assert!(!matches!(observed, Ok(ChargeFact::Succeeded(_))), "{:?}", observed);
    }
}
