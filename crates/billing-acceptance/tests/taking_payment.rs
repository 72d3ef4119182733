//! Stories 19-32: taking a card payment with Stripe.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use billing_acceptance::{Clinic, colleague, front_desk, handover_of, money, owner, request};
use billing_app::{BillingError, PayableSource, Sent, WindowField};
use billing_domain::payment::{AttemptState, PaymentState, Review};
use billing_domain::{Alarming, Currency, Difference, Language, PayableStatus, ProcessorId, Proof};
use billing_stripe::StripeElements;
use billing_testkit::stripe::{AccountSpec, Authentication, Card, Fault, Mode};
use serde_json::json;

const CREATE: &str = "POST /v1/payment_intents";
const READ: &str = "GET /v1/payment_intents/{id}";
const CANCEL: &str = "POST /v1/payment_intents/{id}/cancel";

#[tokio::test]
async fn story_19_the_window_lists_its_fields_in_order_carries_the_publishable_key_and_calls_nobody() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("123.45").await;
    let calls = clinic.stripe.requests().len();

    let window = clinic.window(invoice).await.unwrap();

    let order = [
        WindowField::Total,
        WindowField::BillingName,
        WindowField::CardNumber,
        WindowField::Expiry,
        WindowField::Cvc,
        WindowField::PostalCodeIfApplicable,
    ];
    assert_eq!(window.fields, order);
    assert_eq!(window.total, money("123.45", Currency::CAD));
    assert_eq!(window.billing_name.as_str(), "Zoé O’Brien");
    let key = clinic.account.publishable_key(Mode::Live);
    assert_eq!(window.public.field("publishable_key"), Some(key.as_str()));
    assert_eq!(clinic.stripe.requests().len(), calls);
    assert_eq!(clinic.billing.payments(&owner(clinic.dispensary), None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn story_19_send_request_refuses_a_window_of_an_account_no_longer_in_use() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("123.45").await;
    let window = clinic.window(invoice).await.unwrap();
    let other = clinic.stripe.account(AccountSpec::new("acct_1QzOtherB7WZ01zg99"));
    clinic.save_stripe_keys(&other.publishable_key(Mode::Live), &other.secret_key(Mode::Live)).await.unwrap();

    let refused = clinic.press_send(&window, invoice).await.unwrap_err();

    assert!(matches!(refused, BillingError::AccountChanged), "{refused:?}");
    assert_eq!(clinic.stripe.count(CREATE), 0);
}

#[tokio::test]
async fn story_20_neither_the_brand_nor_a_postal_code_is_asked_for() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("10.00").await;
    let window = clinic.window(invoice).await.unwrap();
    assert!(!format!("{:?}", window.fields).to_lowercase().contains("brand"));

    let (payment, browser) = clinic.hand_over(invoice).await;
    browser.pay(Card::MASTERCARD).await.unwrap();

    let paid = clinic.settle(payment).await;
    let AttemptState::Succeeded(capture) = &paid.payment.newest().unwrap().state else { panic!("{paid:?}") };
    assert_eq!(capture.brand.as_deref(), Some("mastercard"), "Stripe tells the brand");
    assert_eq!(capture.last4.as_deref(), Some("4444"));
}

#[tokio::test]
async fn story_21_the_intent_carries_the_two_ids_and_nothing_else_of_patient_or_invoice() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("123.45").await;

    let (payment, _) = clinic.hand_over(invoice).await;

    let creations = clinic.stripe.requests_to(CREATE);
    assert_eq!(creations.len(), 1);
    assert_eq!(
        creations[0].params,
        json!({
            "amount": "12345",
            "currency": "cad",
            "allowed_payment_method_types": ["card"],
            "capture_method": "automatic",
            "metadata": { "payment_id": payment.to_string(), "invoice_id": invoice.to_string() },
        })
    );
    assert_eq!(creations[0].stripe_version.as_deref(), Some("2026-10-28.endive"));
}

#[tokio::test]
async fn story_22_the_intents_id_is_stored_before_the_hand_over_and_the_browser_gets_two_things_only() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("123.45").await;

    let (payment, sent) = clinic.send(invoice).await.unwrap();
    let handover = handover_of(sent);

    let stored = clinic.payment(payment).await.payment;
    let attempt = stored.newest().unwrap();
    assert_eq!(attempt.state, AttemptState::AwaitingCardholder);
    let intent = &clinic.stripe.ledger(clinic.account.id()).entries[0];
    assert_eq!(attempt.reference.as_ref().unwrap().0, intent.id);
    assert_eq!(handover.public.0.keys().collect::<Vec<_>>(), ["publishable_key"]);
    let StripeElements { publishable_key, client_secret: _, .. } =
        StripeElements::try_from(&handover).unwrap();
    assert_eq!(publishable_key, clinic.account.publishable_key(Mode::Live));
    assert!(!format!("{handover:?}").contains("_secret_"));
}

#[tokio::test]
async fn story_23_from_the_metadata_at_stripe_exactly_one_payment_and_one_invoice_are_found() {
    let clinic = Clinic::with_stripe().await;
    for total in ["10.00", "20.00"] {
        let invoice = clinic.invoice(total).await;
        clinic.hand_over(invoice).await;
    }
    for intent in clinic.stripe.ledger(clinic.account.id()).entries {
        let payment = clinic.payment(intent.metadata["payment_id"].parse().unwrap()).await.payment;
        assert_eq!(payment.payable.as_str(), intent.metadata["invoice_id"]);
        assert_eq!(payment.amount.minor(), intent.amount);
        let invoice = intent.metadata["invoice_id"].parse().unwrap();
        clinic.billing.invoice(&front_desk(clinic.dispensary), invoice).await.unwrap();
    }
}

#[tokio::test]
async fn story_24_no_card_reaches_tables_or_our_requests_and_nothing_asks_stripe_to_keep_one() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("10.00").await;
    let (payment, browser) = clinic.hand_over(invoice).await;
    browser.pay(Card::VISA).await.unwrap();
    clinic.settle(payment).await;

    for request in clinic.stripe.requests().iter().filter(|request| !request.is_from_browser()) {
        let sent = request.outside_authorization();
        assert!(!sent.contains(Card::VISA.number), "{request:?}");
        for keeping in ["setup_future_usage", "customer", "payment_method_data", "cvc"] {
            assert!(!sent.contains(keeping), "{keeping} in {request:?}");
        }
    }
    assert!(clinic.billing.shutdown(Duration::from_secs(1)).await);
    for entry in std::fs::read_dir(clinic.database().parent().unwrap()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let number = Card::VISA.number.as_bytes();
        assert!(!bytes.windows(number.len()).any(|window| window == number));
    }
}

#[tokio::test]
async fn story_25_two_send_requests_at_once_make_one_intent_and_both_get_it() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let window = clinic.window(invoice).await.unwrap();

    let (one, two) = tokio::join!(clinic.press_send(&window, invoice), clinic.press_send(&window, invoice));

    let (one, two) = (handover_of(one.unwrap()), handover_of(two.unwrap()));
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).entries.len(), 1);
    clinic.browser(&one).pay(Card::VISA).await.unwrap();
    let again = clinic.browser(&two).pay(Card::VISA).await.unwrap();
    assert_ne!(again.status, 200, "one intent is paid once");
    assert_eq!(clinic.settle(window.payment).await.state, PaymentState::Succeeded);
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).total_captured(), 7_500);
}

#[tokio::test]
async fn story_26_a_colleague_is_told_that_a_payment_is_in_progress() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let other = colleague(clinic.dispensary);
    let source = PayableSource::Invoice(invoice);
    let theirs = clinic.billing.open_window(&other, source.clone()).await.unwrap();
    let (ours, _) = clinic.hand_over(invoice).await;

    let refused = clinic.billing.send_request(&other, request(&theirs, invoice)).await.unwrap_err();
    let BillingError::PaymentInProgress { payment, by, .. } = refused else { panic!("{refused:?}") };
    assert_eq!((payment, by.as_str()), (ours, "front-desk"));
    let refused = clinic.billing.open_window(&other, source).await.unwrap_err();
    assert!(matches!(refused, BillingError::PaymentInProgress { .. }), "{refused:?}");
    assert_eq!(clinic.stripe.count(CREATE), 1);
}

#[tokio::test]
async fn story_27_an_edited_invoice_changes_the_amount_and_an_open_payment_locks_it() {
    let clinic = Clinic::with_stripe().await;
    let (desk, owner) = (front_desk(clinic.dispensary), owner(clinic.dispensary));
    let invoice = clinic.invoice("75.00").await;
    let window = clinic.window(invoice).await.unwrap();

    let mut reopened = clinic.billing.reopen_invoice(&owner, invoice).await.unwrap();
    let replaces = Some(reopened.version());
    let more = clinic.draft(invoice, clinic.dispensary, "5.00", Currency::CAD).lines()[0].clone();
    reopened.add_line(more).unwrap();
    clinic.billing.save_draft(&desk, reopened, replaces).await.unwrap();
    clinic.billing.finalise_invoice(&desk, invoice, jiff::civil::date(2026, 11, 22)).await.unwrap();

    let refused = clinic.press_send(&window, invoice).await.unwrap_err();
    let BillingError::AmountChanged { outstanding } = refused else { panic!("{refused:?}") };
    assert_eq!(outstanding, money("80.00", Currency::CAD));

    let (payment, _) = clinic.hand_over(invoice).await;
    let refused = clinic.billing.reopen_invoice(&owner, invoice).await.unwrap_err();
    let BillingError::InvoiceLocked { payment: by } = refused else { panic!("{refused:?}") };
    assert_eq!(by, Some(payment));
    let refused = clinic.billing.void_invoice(&owner, invoice, "typo".parse().unwrap()).await.unwrap_err();
    assert!(matches!(refused, BillingError::InvoiceLocked { .. }), "{refused:?}");
}

#[tokio::test]
async fn story_28_a_browser_closed_after_paying_is_found_by_the_sweep_once() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let (payment, browser) = clinic.hand_over(invoice).await;
    browser.pay(Card::VISA).await.unwrap();

    clinic.advance(Duration::from_mins(2));
    clinic.sweep().await;

    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
    assert_eq!(clinic.payment(payment).await.state, PaymentState::Succeeded);
    let changes = clinic.billing.changes(clinic.dispensary, 0, 1_000).await.unwrap();
    clinic.advance(Duration::from_hours(48));
    clinic.sweep().await;
    assert_eq!(clinic.billing.changes(clinic.dispensary, 0, 1_000).await.unwrap(), changes);
}

#[tokio::test]
async fn story_29_a_decline_then_another_card_is_one_intent_one_success_and_a_logged_try() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let (payment, browser) = clinic.hand_over(invoice).await;

    browser.pay(Card::STOLEN).await.unwrap();
    let declined = clinic.settle(payment).await;
    assert_eq!(declined.state, PaymentState::Open);
    let shown = declined.decline.unwrap();
    let generic = billing_domain::Decline::new(billing_domain::DeclineCategory::IssuerDeclined);
    for language in [Language::English, Language::French] {
        assert_eq!(shown.patient_text(language), generic.patient_text(language));
    }

    browser.pay(Card::VISA).await.unwrap();
    let paid = clinic.settle(payment).await;
    assert_eq!(paid.state, PaymentState::Succeeded);
    assert_eq!(paid.payment.attempts.len(), 1);
    assert_eq!(paid.payment.newest().unwrap().tries.len(), 1);
    assert_eq!(clinic.stripe.count(CREATE), 1);
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
}

#[tokio::test]
async fn story_29_reopening_the_window_resumes_the_same_intent_also_after_a_day() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let (payment, _) = clinic.hand_over(invoice).await;

    for wait in [Duration::from_mins(5), Duration::from_hours(25)] {
        clinic.advance(wait);
        let window = clinic.window(invoice).await.unwrap();
        assert!(window.resumes);
        assert_eq!(window.payment, payment);
        let handover = handover_of(clinic.press_send(&window, invoice).await.unwrap());
        assert!(handover.secret.is_some());
    }
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).entries.len(), 1);
    let window = clinic.window(invoice).await.unwrap();
    let browser = clinic.browser(&handover_of(clinic.press_send(&window, invoice).await.unwrap()));
    browser.pay(Card::VISA).await.unwrap();
    assert_eq!(clinic.settle(payment).await.state, PaymentState::Succeeded);
}

#[tokio::test]
async fn story_30_three_d_secure_keeps_the_payment_open_until_it_is_settled() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let (payment, browser) = clinic.hand_over(invoice).await;

    browser.pay(Card::AUTHENTICATE).await.unwrap();
    assert_eq!(clinic.settle(payment).await.state, PaymentState::Open);
    browser.authenticate(Authentication::Fails).await.unwrap();
    assert_eq!(clinic.settle(payment).await.state, PaymentState::Open);
    browser.pay(Card::AUTHENTICATE).await.unwrap();
    browser.authenticate(Authentication::Passes).await.unwrap();

    assert_eq!(clinic.settle(payment).await.state, PaymentState::Succeeded);
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).total_captured(), 7_500);
}

#[tokio::test]
async fn story_31_an_answer_that_is_not_ours_is_not_paid_needs_review_and_raises_an_alarm() {
    for (fault, difference) in [
        (Fault::wrong_amount(), Difference::Amount),
        (Fault::wrong_currency(), Difference::Currency),
        (Fault::wrong_mode(), Difference::Mode),
        (Fault::wrong_metadata(), Difference::PaymentId),
        (Fault::wrong_id(), Difference::Reference),
    ] {
        let clinic = Clinic::with_stripe().await;
        let invoice = clinic.invoice("75.00").await;
        let (payment, browser) = clinic.hand_over(invoice).await;
        browser.pay(Card::VISA).await.unwrap();
        clinic.stripe.faults().next(READ, fault);

        let settled = clinic.settle(payment).await;

        assert_eq!(settled.state, PaymentState::Unknown, "{difference:?}");
        let attempt = settled.payment.newest().unwrap();
        let AttemptState::NeedsReview(Review::Mismatch(observed)) = &attempt.state else {
            panic!("{attempt:?}")
        };
        assert!(observed.differs.contains(&difference), "{observed:?}");
        assert_ne!(clinic.status(invoice).await, PayableStatus::Paid);
        let alarms = clinic.alarms.raised();
        assert!(
            alarms
                .iter()
                .any(|alarm| matches!(alarm, Alarming::Mismatch { payment: p, .. } if *p == payment)),
            "{alarms:?}"
        );
    }
}

#[tokio::test]
async fn story_32_an_abandoned_window_leaves_nothing_and_an_abandoned_hand_over_is_cancelled_at_stripe() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    clinic.window(invoice).await.unwrap();
    assert_eq!(clinic.stripe.count(CREATE), 0);

    let (payment, _) = clinic.hand_over(invoice).await;
    clinic.advance(Duration::from_hours(23));
    clinic.sweep().await;
    assert_eq!(clinic.payment(payment).await.state, PaymentState::Open);
    clinic.advance(Duration::from_hours(2));
    clinic.sweep().await;

    assert_eq!(clinic.payment(payment).await.state, PaymentState::Cancelled);
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).entries[0].status, "canceled");
    let cancels = clinic.stripe.requests_to(CANCEL);
    assert_eq!(cancels[0].params["cancellation_reason"], "abandoned");
    clinic.window(invoice).await.unwrap();
}

#[tokio::test]
async fn story_32_an_abandoned_payment_that_was_paid_at_the_last_moment_is_recorded_as_paid() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let (payment, browser) = clinic.hand_over(invoice).await;
    clinic.settle(payment).await;
    browser.pay(Card::VISA).await.unwrap();

    let cancelled = clinic.billing.cancel_payment(&front_desk(clinic.dispensary), payment).await.unwrap();

    assert_eq!(cancelled.state, PaymentState::Succeeded);
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
}

#[tokio::test]
async fn a_cancelled_payment_frees_the_invoice_and_a_new_attempt_has_a_new_key() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let window = clinic.window(invoice).await.unwrap();
    clinic.press_send(&window, invoice).await.unwrap();
    let cancelled =
        clinic.billing.cancel_payment(&front_desk(clinic.dispensary), window.payment).await.unwrap();
    assert_eq!(cancelled.payment.newest().unwrap().state, AttemptState::Dead(Proof::Canceled));

    let sent = clinic.press_send(&window, invoice).await.unwrap();

    assert!(matches!(sent, Sent::HandOver(_)));
    let keys: Vec<_> = clinic
        .stripe
        .requests_to(CREATE)
        .into_iter()
        .map(|request| request.idempotency_key.unwrap())
        .collect();
    assert_eq!(keys, [format!("{}-1", window.payment), format!("{}-2", window.payment)]);
    assert_eq!(clinic.stripe.ledger(clinic.account.id()).entries.len(), 2);
}

#[tokio::test]
async fn removing_stripe_while_a_payment_is_open_drains_it() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let (payment, browser) = clinic.hand_over(invoice).await;

    clinic.stripe.faults().every(1, READ, Fault::FailBeforeEffect(503));
    let removed =
        clinic.billing.remove_account(&owner(clinic.dispensary), ProcessorId::STRIPE).await.unwrap();
    clinic.stripe.faults().clear();
    assert_eq!(removed.open, [payment]);
    let sealed = async || clinic.store.accounts(clinic.dispensary).await.unwrap()[0].sealed.is_some();
    assert!(sealed().await);
    let other = clinic.invoice("10.00").await;
    assert!(matches!(clinic.window(other).await, Err(BillingError::NoProcessorConfigured(_))));

    browser.pay(Card::VISA).await.unwrap();
    clinic.advance(Duration::from_mins(2));
    clinic.sweep().await;

    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
    assert!(!sealed().await, "the sealed copy is erased in the commit that closes the last open payment");
}
