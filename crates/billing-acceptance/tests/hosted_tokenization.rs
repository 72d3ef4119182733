//! Stories 33 to 37 and 39: Moneris by hosted tokenization, the real adapter over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use billing_acceptance::{Clinic, frame_of, front_desk, handover_of, owner};
use billing_app::{BillingError, PaymentView, Sent};
use billing_domain::payment::{AttemptState, Finding, PaymentState, Reference, Review};
use billing_domain::{
    Action, Alarming, CardGrant, Certainty, Clock as _, Currency, DeclineCategory, PayableStatus, PaymentId,
    Proof, Subject,
};
use billing_testkit::moneris::{Card, Fault};

const CHARGE: &str = "res_purchase_cc";
const CHECK: &str = "status_check";

fn newest(view: &PaymentView) -> AttemptState {
    view.payment.newest().unwrap().state.clone()
}

/// The charge was sent 45 seconds ago; the sweep asks what became of it.
async fn ask_in_time(clinic: &Clinic, payment: PaymentId) -> PaymentView {
    clinic.advance(Duration::from_secs(45));
    clinic.sweep().await;
    clinic.payment(payment).await
}

#[tokio::test]
async fn story_33_a_card_given_to_the_frame_is_charged_by_its_token_and_the_receipt_is_kept() {
    let clinic = Clinic::with_moneris().await;
    clinic.moneris.forget_requests();
    let invoice = clinic.invoice("10.50").await;

    let window = clinic.window(invoice).await.unwrap();
    assert!(window.public.field("frame_url").unwrap().contains(&clinic.till.profile_id()));
    let sent = clinic.press_send(&window, invoice).await.unwrap();
    let frame = frame_of(&handover_of(sent));
    assert_eq!(clinic.moneris.requests().len(), 0, "nothing is asked before there is a card");
    assert_eq!(frame.order_id, format!("{}-1", window.payment));
    assert!(frame.frame_url.starts_with(&frame.frame_origin));
    assert_eq!(frame.profile_id, clinic.till.profile_id());

    let paid = clinic.charge(window.payment, clinic.grant(&frame, Card::VISA)).await.unwrap();

    let AttemptState::Succeeded(capture) = newest(&paid) else { panic!("{paid:?}") };
    let ledger = clinic.moneris.ledger(clinic.till.id());
    let entry = ledger.entry(&frame.order_id).unwrap();
    assert_eq!(capture.amount.minor(), entry.captured);
    assert_eq!(capture.reference.0, frame.order_id);
    assert_eq!(capture.charge.as_deref(), Some(entry.trans_id.as_str()));
    assert_eq!(capture.receipt_number.as_ref().map(String::len), Some(18), "{capture:?}");
    assert!(capture.auth_code.is_some() && capture.captured_at.is_some(), "{capture:?}");
    assert_eq!((capture.brand.as_deref(), capture.last4.as_deref()), (Some("visa"), Some("4242")));
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
    assert_eq!(paid.payment.newest().unwrap().sealed, None, "the token is not kept");
}

#[tokio::test]
async fn story_33_the_charge_is_committed_with_its_sealed_token_and_time_before_it_leaves() {
    let clinic = Clinic::with_moneris().await;
    let (payment, frame) = clinic.hand_over_frame(clinic.invoice("10.50").await).await;
    clinic.moneris.faults().next(CHARGE, Fault::DropBeforeEffect);

    let unknown = clinic.charge(payment, clinic.grant(&frame, Card::VISA)).await.unwrap();

    let attempt = unknown.payment.newest().unwrap();
    assert_eq!(attempt.state, AttemptState::Unknown);
    let (charge, sealed) = (attempt.charge.unwrap(), attempt.sealed.clone().unwrap());
    assert_eq!(charge.sent_at, Some(clinic.clock.now()));
    assert!(charge.check.is_some());
    let token = clinic.moneris.requests_to(CHARGE).pop().unwrap().data_key.unwrap();
    assert!(!sealed.0.windows(token.len()).any(|bytes| bytes == token.as_bytes()));
    let audit = clinic.billing.audit(&owner(clinic.dispensary), 0, 100).await.unwrap();
    let about: Vec<_> = audit.iter().filter(|entry| entry.subject == Subject::Payment(payment)).collect();
    assert!(about.iter().any(|entry| entry.action == Action::PaymentCharging), "{about:?}");
}

#[tokio::test]
async fn story_33_a_double_click_sends_one_token() {
    let clinic = Clinic::with_moneris().await;
    let invoice = clinic.invoice("10.50").await;
    let (payment, frame) = clinic.hand_over_frame(invoice).await;
    let grant = clinic.grant(&frame, Card::VISA);

    let (first, second) =
        tokio::join!(clinic.charge(payment, grant.clone()), clinic.charge(payment, grant.clone()));
    let third = clinic.charge(payment, grant).await.unwrap();

    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    assert_eq!(third.state, PaymentState::Succeeded);
    assert_eq!(clinic.moneris.count(CHARGE), 1);
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
}

#[tokio::test]
async fn story_33_a_grant_that_is_none_is_refused_and_loses_nothing() {
    let clinic = Clinic::with_moneris().await;
    let (payment, frame) = clinic.hand_over_frame(clinic.invoice("10.50").await).await;
    let grant = clinic.grant(&frame, Card::VISA);

    for not_a_token in ["", "4242424242424242", "42424242424242424242", "ot-<amount>0.01</amount>"] {
        let bad = CardGrant { token: not_a_token.into(), ..grant.clone() };
        let refused = clinic.charge(payment, bad).await.unwrap_err();
        assert!(matches!(refused, BillingError::GrantRefused { .. }), "{not_a_token}: {refused:?}");
    }
    assert_eq!(clinic.moneris.count(CHARGE), 0);
    assert_eq!(clinic.charge(payment, grant).await.unwrap().state, PaymentState::Succeeded);
}

#[tokio::test]
async fn story_34_a_declined_card_ends_the_attempt_and_another_takes_a_new_order_id_and_a_new_token() {
    let clinic = Clinic::with_moneris().await;
    let invoice = clinic.invoice("10.50").await;
    let window = clinic.window(invoice).await.unwrap();
    let sent = clinic.press_send(&window, invoice).await.unwrap();
    let first = frame_of(&handover_of(sent));
    let grant = clinic.grant(&first, Card::LOST_OR_STOLEN);

    let declined = clinic.charge(window.payment, grant.clone()).await.unwrap();
    assert_eq!(declined.state, PaymentState::Declined);
    let decline = declined.decline.clone().unwrap();
    let generic = billing_domain::Decline::new(DeclineCategory::IssuerDeclined);
    let english = billing_domain::Language::English;
    assert_eq!(decline.patient_text(english), generic.patient_text(english), "the patient is told no more");

    let sent = clinic.press_send(&window, invoice).await.unwrap();
    let second = frame_of(&handover_of(sent));
    assert_eq!(second.order_id, format!("{}-2", window.payment));
    let outdated = clinic.charge(window.payment, grant).await.unwrap_err();
    assert!(matches!(outdated, BillingError::GrantOutdated), "{outdated:?}");

    let paid = clinic.charge(window.payment, clinic.grant(&second, Card::VISA)).await.unwrap();
    assert_eq!(paid.state, PaymentState::Succeeded);
    assert_eq!(paid.payment.attempts.len(), 2);
    let keys: Vec<_> =
        clinic.moneris.requests_to(CHARGE).into_iter().filter_map(|sent| sent.data_key).collect();
    assert!(keys.len() == 2 && keys[0] != keys[1], "{keys:?}");
}

#[tokio::test]
async fn story_35_whatever_leaves_a_charge_in_doubt_blocks_the_invoice_until_one_status_check_tells() {
    for doubt in [
        Fault::DropAfterEffect,
        Fault::EmptyAfterEffect,
        Fault::HalfDocument,
        Fault::HtmlAfterEffect,
        Fault::NULL_CODE_BUT_COMPLETE,
        Fault::OversizedBody(1 << 20),
        Fault::TimedOutAfterEffect,
        Fault::TruncatedBody,
    ] {
        let clinic = Clinic::with_moneris().await;
        let invoice = clinic.invoice("10.50").await;
        let (payment, frame) = clinic.hand_over_frame(invoice).await;
        clinic.moneris.faults().next(CHARGE, doubt);

        let unknown = clinic.charge(payment, clinic.grant(&frame, Card::VISA)).await.unwrap();
        assert_eq!(unknown.state, PaymentState::Unknown, "{doubt:?}");
        let other = billing_acceptance::colleague(clinic.dispensary);
        let source = billing_app::PayableSource::Invoice(invoice);
        let blocked = clinic.billing.open_window(&other, source).await.unwrap_err();
        assert!(matches!(blocked, BillingError::PaymentInProgress { .. }), "{doubt:?}: {blocked:?}");

        clinic.advance(Duration::from_secs(20));
        clinic.settle(payment).await;
        assert_eq!(clinic.moneris.count(CHECK), 0, "{doubt:?}: too early to ask");

        let told = ask_in_time(&clinic, payment).await;
        assert_eq!(told.state, PaymentState::Succeeded, "{doubt:?}");
        assert_eq!(clinic.status(invoice).await, PayableStatus::Paid, "{doubt:?}");
        let asked = clinic.moneris.requests_to(CHECK);
        let charged = clinic.moneris.requests_to(CHARGE);
        assert_eq!((asked.len(), charged.len()), (1, 1), "{doubt:?}");
        assert_eq!(asked[0].order_id, charged[0].order_id, "{doubt:?}");
        assert_eq!((&asked[0].amount, &asked[0].data_key), (&charged[0].amount, &charged[0].data_key));
    }
}

#[tokio::test]
async fn story_35_a_check_that_finds_nothing_or_comes_too_late_needs_a_person_and_is_never_asked_twice() {
    for late in [false, true] {
        let clinic = Clinic::with_moneris().await;
        let (payment, frame) = clinic.hand_over_frame(clinic.invoice("10.50").await).await;
        clinic.moneris.faults().next(CHARGE, Fault::DropBeforeEffect);
        clinic.charge(payment, clinic.grant(&frame, Card::VISA)).await.unwrap();

        clinic.advance(Duration::from_secs(if late { 120 } else { 45 }));
        clinic.sweep().await;

        let review = AttemptState::NeedsReview(Review::CheckSpent);
        assert_eq!(newest(&clinic.payment(payment).await), review, "late: {late}");
        for _ in 0..5 {
            clinic.advance(Duration::from_hours(1));
            clinic.settle(payment).await;
            clinic.sweep().await;
        }
        assert_eq!(clinic.moneris.count(CHECK), usize::from(!late));
        assert_eq!(newest(&clinic.payment(payment).await), review);
        let called = Alarming::ReviewNeeded { dispensary: clinic.dispensary, payment };
        assert!(clinic.alarms.raised().contains(&called));

        let owner = owner(clinic.dispensary);
        let find = async |reference: &str| {
            let moved = Finding::MoneyMoved { reference: Reference(reference.to_owned()) };
            clinic.billing.record_finding(&owner, payment, moved, "in the processor's list").await
        };
        let refused = find("4242424242424242").await.unwrap_err();
        assert!(
            matches!(refused, BillingError::NoteHoldsCardNumber),
            "a card's number is no reference: {refused:?}"
        );
        find("660188950013250010").await.unwrap();
    }
}

#[tokio::test]
async fn story_35_of_two_processes_one_asks() {
    let mut clinic = Clinic::with_moneris().await;
    let (payment, frame) = clinic.hand_over_frame(clinic.invoice("10.50").await).await;
    clinic.moneris.faults().next(CHARGE, Fault::DropAfterEffect);
    clinic.charge(payment, clinic.grant(&frame, Card::VISA)).await.unwrap();
    let first = clinic.billing.clone();
    clinic.restart().await;
    clinic.advance(Duration::from_secs(45));
    clinic.moneris.faults().next(CHECK, Fault::DelayAfterEffect(Duration::from_millis(50)));

    let (one, other) = tokio::join!(first.sweep(10), clinic.billing.sweep(10));

    one.unwrap();
    other.unwrap();
    assert_eq!(clinic.moneris.count(CHECK), 1);
    assert_eq!(clinic.payment(payment).await.state, PaymentState::Succeeded);
}

#[tokio::test]
async fn story_35_a_check_that_never_left_is_asked_again_in_its_time() {
    let clinic = Clinic::with_moneris().await;
    let (payment, frame) = clinic.hand_over_frame(clinic.invoice("10.50").await).await;
    clinic.moneris.faults().next(CHARGE, Fault::DropAfterEffect);
    clinic.charge(payment, clinic.grant(&frame, Card::VISA)).await.unwrap();
    clinic.clock.advance(Duration::from_secs(45));

    let unreachable = clinic.billing_without_moneris().await;
    let failed = unreachable.sweep(10).await.unwrap();
    assert_eq!(failed.failed, 1);
    let due = failed.next_due.unwrap();
    assert!(billing_domain::elapsed(clinic.clock.now(), due) <= Duration::from_secs(5), "{due}");

    clinic.clock.advance(Duration::from_secs(10));
    clinic.sweep().await;
    assert_eq!(clinic.payment(payment).await.state, PaymentState::Succeeded);
}

#[tokio::test]
async fn story_36_a_duplicate_order_id_is_neither_a_decline_nor_a_success() {
    // Nobody charged it before: the check finds nothing, and a person must look.
    let clinic = Clinic::with_moneris().await;
    let (payment, frame) = clinic.hand_over_frame(clinic.invoice("10.50").await).await;
    clinic.moneris.faults().next(CHARGE, Fault::DuplicateOrderId);
    let unknown = clinic.charge(payment, clinic.grant(&frame, Card::VISA)).await.unwrap();
    assert_eq!(unknown.state, PaymentState::Unknown);
    let told = ask_in_time(&clinic, payment).await;
    assert_eq!(newest(&told), AttemptState::NeedsReview(Review::CheckSpent));

    // Another one's charge stands under the order id, of another amount: it is not adopted.
    let clinic = Clinic::with_moneris().await;
    let (payment, frame) = clinic.hand_over_frame(clinic.invoice("10.50").await).await;
    clinic.moneris.faults().next(CHARGE, Fault::DuplicateOrderId);
    clinic
        .moneris
        .faults()
        .next(CHECK, Fault::Overwrite(&[("ResponseCode", "027"), ("TransAmount", "99.00")]));
    clinic.charge(payment, clinic.grant(&frame, Card::VISA)).await.unwrap();
    let told = ask_in_time(&clinic, payment).await;
    assert!(matches!(newest(&told), AttemptState::NeedsReview(_)), "{told:?}");
}

#[tokio::test]
async fn story_37_codes_decide_as_documented_and_the_rest_decides_nothing() {
    let outcome = async |fault: Fault| {
        let clinic = Clinic::with_moneris().await;
        let (payment, frame) = clinic.hand_over_frame(clinic.invoice("10.50").await).await;
        clinic.moneris.faults().next(CHARGE, fault);
        clinic.charge(payment, clinic.grant(&frame, Card::VISA)).await.unwrap().state
    };
    assert_eq!(outcome(Fault::CODE_000).await, PaymentState::Succeeded);
    assert_eq!(outcome(Fault::HostSays(49)).await, PaymentState::Succeeded);
    assert_eq!(outcome(Fault::HostSays(50)).await, PaymentState::Declined);
    assert_eq!(outcome(Fault::NULL_CODE_BUT_COMPLETE).await, PaymentState::Unknown);
    assert_eq!(outcome(Fault::CODE_NOT_A_NUMBER).await, PaymentState::Unknown);
    assert_eq!(outcome(Fault::UnknownElements).await, PaymentState::Succeeded);
    // `ResSuccess` is true in every one of these, declines and duplicates included.
    assert_eq!(outcome(Fault::DuplicateOrderId).await, PaymentState::Unknown);
    // Approved, and not what was asked for.
    assert_eq!(outcome(Fault::WRONG_AMOUNT).await, PaymentState::Unknown);
    assert_eq!(outcome(Fault::WRONG_ORDER).await, PaymentState::Unknown);
}

#[tokio::test]
async fn a_refused_credential_charges_nothing_and_frees_the_invoice() {
    let clinic = Clinic::with_moneris().await;
    let invoice = clinic.invoice("10.50").await;
    let (payment, frame) = clinic.hand_over_frame(invoice).await;
    clinic.till.replace_api_token("Another0Token");

    let refused = clinic.charge(payment, clinic.grant(&frame, Card::VISA)).await.unwrap_err();

    let BillingError::Processor { certainty: Certainty::Refused, .. } = &refused else {
        panic!("{refused:?}")
    };
    assert!(refused.to_string().contains("nothing was charged"), "{refused}");
    assert_eq!(newest(&clinic.payment(payment).await), AttemptState::Dead(Proof::NeverCharged));
    let settings = clinic.billing.settings(&owner(clinic.dispensary)).await.unwrap();
    assert_eq!(settings.moneris.state.as_str(), "needs_attention");
    clinic.save_moneris().await.unwrap();
    let (_, paid) = clinic.pay_by_frame(invoice, Card::VISA).await;
    assert_eq!(paid.state, PaymentState::Succeeded);
}

#[tokio::test]
async fn a_frame_that_nobody_pays_ends_without_asking_moneris() {
    let clinic = Clinic::with_moneris().await;
    clinic.moneris.forget_requests();
    let invoice = clinic.invoice("10.50").await;
    let (payment, _) = clinic.hand_over_frame(invoice).await;
    let (desk, again) = (front_desk(clinic.dispensary), clinic.window(invoice).await.unwrap());
    assert!(again.resumes && again.payment == payment);
    let resumed = clinic.billing.resume(&desk, payment).await.unwrap();
    assert!(matches!(resumed, Sent::HandOver(_)), "{resumed:?}");

    let cancelled = clinic.billing.cancel_payment(&desk, payment).await.unwrap();
    assert_eq!(newest(&cancelled), AttemptState::Dead(Proof::NeverCharged));

    let (abandoned, frame) = clinic.hand_over_frame(invoice).await;
    let grant = clinic.grant(&frame, Card::VISA);
    clinic.advance(Duration::from_hours(25));
    clinic.sweep().await;
    let ended = clinic.charge(abandoned, grant).await.unwrap();
    assert_eq!(newest(&ended), AttemptState::Dead(Proof::NeverCharged), "its grant comes too late");
    assert_eq!(clinic.moneris.requests().len(), 0);
}

#[tokio::test]
async fn story_39_an_invoice_in_us_dollars_is_refused_before_anything_is_sent() {
    let clinic = Clinic::with_moneris().await;
    clinic.moneris.forget_requests();
    let invoice = clinic.invoice_in(clinic.dispensary, "10.50", Currency::USD).await;
    let refused = clinic.window(invoice).await.unwrap_err();
    assert!(matches!(refused, BillingError::ProcessorRefusesAmount { .. }), "{refused:?}");
    assert_eq!(clinic.moneris.requests().len(), 0);
}

#[tokio::test]
async fn story_12_without_a_profile_or_checkout_id_no_window_opens_and_the_pane_says_so() {
    let clinic = Clinic::unlocked().await;
    let saved = clinic.save_moneris_fields(&[]).await.unwrap();
    assert!(!saved.warnings.is_empty(), "staff are told");
    let refused = clinic.window(clinic.invoice("10.50").await).await.unwrap_err();
    assert!(refused.to_string().contains("complete the account"), "{refused}");
}
