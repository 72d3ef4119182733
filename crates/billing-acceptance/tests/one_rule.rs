//! Stories 13-18: Stripe keys saved → Stripe, always; otherwise Moneris.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use billing_acceptance::{Clinic, owner};
use billing_app::{BillingError, PaneState, Saved, Warning};
use billing_credentials::fields;
use billing_domain::ProcessorId;
use billing_domain::payment::PaymentState;
use billing_testkit::moneris::Card as MonerisCard;
use billing_testkit::stripe::{Card, Fault, Mode};

/// Saves Moneris's credentials, and forgets that Moneris was asked about them.
async fn save_moneris(clinic: &Clinic) -> Saved {
    let saved = clinic.save_moneris().await.unwrap();
    clinic.moneris.forget_requests();
    saved
}

/// Opens a window on a new invoice and says which processor it is for.
async fn next_window(clinic: &Clinic) -> ProcessorId {
    let invoice = clinic.invoice("25.00").await;
    clinic.window(invoice).await.unwrap().processor
}

#[tokio::test]
async fn story_13_with_stripe_keys_saved_a_card_payment_goes_to_stripe_and_moneris_gets_no_call() {
    let clinic = Clinic::unlocked().await;
    save_moneris(&clinic).await;
    clinic.save_stripe().await.unwrap();
    let invoice = clinic.invoice("25.00").await;

    let (payment, browser) = clinic.hand_over(invoice).await;
    browser.pay(Card::VISA).await.unwrap();
    clinic.settle(payment).await;

    assert_eq!(clinic.stripe.ledger(clinic.account.id()).total_captured(), 2_500);
    assert_eq!(clinic.moneris.requests().len(), 0);
}

#[tokio::test]
async fn story_14_stripe_saved_after_moneris_takes_the_next_payment_and_moneris_stays_saved() {
    let clinic = Clinic::unlocked().await;
    save_moneris(&clinic).await;
    assert_eq!(next_window(&clinic).await, ProcessorId::MONERIS);

    clinic.save_stripe().await.unwrap();

    assert_eq!(next_window(&clinic).await, ProcessorId::STRIPE);
    let settings = clinic.billing.settings(&owner(clinic.dispensary)).await.unwrap();
    assert_eq!(settings.moneris.state, PaneState::ConfiguredInactive);
    let saved = settings.moneris.saved.unwrap();
    assert_eq!(saved.public.field(fields::STORE_ID), Some("gwca001234"));
}

#[tokio::test]
async fn story_15_with_both_saved_removing_stripe_returns_the_dispensary_to_moneris() {
    let clinic = Clinic::unlocked().await;
    save_moneris(&clinic).await;
    clinic.save_stripe().await.unwrap();

    clinic.billing.remove_account(&owner(clinic.dispensary), ProcessorId::STRIPE).await.unwrap();

    let calls = clinic.stripe.requests().len();
    let invoice = clinic.invoice("25.00").await;
    let (_, paid) = clinic.pay_by_frame(invoice, MonerisCard::VISA).await;
    assert_eq!(paid.state, PaymentState::Succeeded);
    assert_eq!(clinic.moneris.ledger(clinic.till.id()).total_captured(), 2_500);
    assert_eq!(clinic.stripe.requests().len(), calls);
}

#[tokio::test]
async fn story_16_moneris_saved_under_stripe_is_kept_and_said_to_be_not_active() {
    let clinic = Clinic::unlocked().await;
    clinic.save_stripe().await.unwrap();

    let saved = save_moneris(&clinic).await;

    assert_eq!(saved.pane.state, PaneState::ConfiguredInactive);
    assert!(saved.warnings.contains(&Warning::NotActiveWhile(ProcessorId::STRIPE)), "{:?}", saved.warnings);
    assert_eq!(next_window(&clinic).await, ProcessorId::STRIPE);
}

#[tokio::test]
async fn story_17_an_outage_at_stripe_is_told_and_moneris_is_not_tried() {
    let clinic = Clinic::unlocked().await;
    save_moneris(&clinic).await;
    clinic.save_stripe().await.unwrap();
    let invoice = clinic.invoice("25.00").await;
    clinic.stripe.faults().every(1, "POST /v1/payment_intents", Fault::FailBeforeEffect(500));

    let refused = clinic.send(invoice).await.unwrap_err();

    assert!(matches!(refused, BillingError::Processor { .. }), "{refused:?}");
    assert!(refused.to_string().contains("stripe"), "{refused}");
    assert_eq!(clinic.moneris.requests().len(), 0);
    assert_eq!(next_window(&clinic).await, ProcessorId::STRIPE);
}

#[tokio::test]
async fn story_17_rejected_keys_are_told_shown_on_the_pane_and_moneris_is_not_tried() {
    let clinic = Clinic::unlocked().await;
    save_moneris(&clinic).await;
    clinic.save_stripe().await.unwrap();
    clinic.account.roll_secret(Mode::Live, true);
    let invoice = clinic.invoice("25.00").await;

    let refused = clinic.send(invoice).await.unwrap_err();

    assert!(refused.to_string().contains("rejected the account's keys"), "{refused}");
    assert_eq!(clinic.moneris.requests().len(), 0);
    let settings = clinic.billing.settings(&owner(clinic.dispensary)).await.unwrap();
    assert!(matches!(settings.stripe.state, PaneState::NeedsAttention { .. }), "{:?}", settings.stripe.state);
    assert_eq!(settings.in_use, Some(ProcessorId::STRIPE));
    assert_eq!(next_window(&clinic).await, ProcessorId::STRIPE);

    clinic.save_stripe().await.unwrap();
    clinic.hand_over(invoice).await;
}

#[tokio::test]
async fn story_18_with_neither_configured_a_card_payment_is_refused_as_such() {
    let clinic = Clinic::unlocked().await;
    let invoice = clinic.invoice("25.00").await;
    let refused = clinic.window(invoice).await.unwrap_err();
    assert!(matches!(refused, BillingError::NoProcessorConfigured(_)), "{refused:?}");
}
