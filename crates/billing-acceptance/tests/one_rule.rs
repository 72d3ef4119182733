//! Stories 13-18: Stripe keys saved → Stripe, always; otherwise Moneris.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use billing_acceptance::{Clinic, PaperMoneris, owner};
use billing_app::{BillingConfig, BillingError, PaneState, SaveKeys, Saved, Warning};
use billing_credentials::{Submitted, fields};
use billing_domain::ProcessorId;
use billing_testkit::stripe::{Card, Fault, Mode};

async fn clinic_with_both() -> (Clinic, PaperMoneris) {
    let moneris = PaperMoneris::default();
    let clinic = Clinic::with(BillingConfig::default(), vec![Arc::new(moneris.clone())]).await;
    clinic.unlock_stripe().await;
    (clinic, moneris)
}

async fn save_moneris(clinic: &Clinic) -> Saved {
    let pasted =
        Submitted::from_iter([(fields::STORE_ID, "gwca001234"), (fields::API_TOKEN, "Ab12Cd34Ef56")]);
    let keys = SaveKeys::checked(ProcessorId::MONERIS, pasted);
    clinic.billing.save_keys(&owner(clinic.dispensary), keys).await.unwrap()
}

/// Opens a window on a new invoice and says which processor it is for.
async fn next_window(clinic: &Clinic) -> ProcessorId {
    let invoice = clinic.invoice("25.00").await;
    clinic.window(invoice).await.unwrap().processor
}

#[tokio::test]
async fn story_13_with_stripe_keys_saved_a_card_payment_goes_to_stripe_and_moneris_gets_no_call() {
    let (clinic, moneris) = clinic_with_both().await;
    save_moneris(&clinic).await;
    clinic.save_stripe().await.unwrap();
    let invoice = clinic.invoice("25.00").await;

    let (payment, browser) = clinic.hand_over(invoice).await;
    browser.pay(Card::VISA).await.unwrap();
    clinic.settle(payment).await;

    assert_eq!(clinic.stripe.ledger(clinic.account.id()).total_captured(), 2_500);
    assert!(moneris.asked().is_empty());
}

#[tokio::test]
async fn story_14_stripe_saved_after_moneris_takes_the_next_payment_and_moneris_stays_saved() {
    let (clinic, _) = clinic_with_both().await;
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
    let (clinic, moneris) = clinic_with_both().await;
    save_moneris(&clinic).await;
    clinic.save_stripe().await.unwrap();

    clinic.billing.remove_account(&owner(clinic.dispensary), ProcessorId::STRIPE).await.unwrap();

    let calls = clinic.stripe.requests().len();
    let invoice = clinic.invoice("25.00").await;
    clinic.send(invoice).await.unwrap();
    assert_eq!(moneris.asked().len(), 1);
    assert_eq!(clinic.stripe.requests().len(), calls);
}

#[tokio::test]
async fn story_16_moneris_saved_under_stripe_is_kept_and_said_to_be_not_active() {
    let (clinic, _) = clinic_with_both().await;
    clinic.save_stripe().await.unwrap();

    let saved = save_moneris(&clinic).await;

    assert_eq!(saved.pane.state, PaneState::ConfiguredInactive);
    assert!(saved.warnings.contains(&Warning::NotActiveWhile(ProcessorId::STRIPE)), "{:?}", saved.warnings);
    assert_eq!(next_window(&clinic).await, ProcessorId::STRIPE);
}

#[tokio::test]
async fn story_17_an_outage_at_stripe_is_told_and_moneris_is_not_tried() {
    let (clinic, moneris) = clinic_with_both().await;
    save_moneris(&clinic).await;
    clinic.save_stripe().await.unwrap();
    let invoice = clinic.invoice("25.00").await;
    clinic.stripe.faults().every(1, "POST /v1/payment_intents", Fault::FailBeforeEffect(500));

    let refused = clinic.send(invoice).await.unwrap_err();

    assert!(matches!(refused, BillingError::Processor { .. }), "{refused:?}");
    assert!(refused.to_string().contains("stripe"), "{refused}");
    assert!(moneris.asked().is_empty());
    assert_eq!(next_window(&clinic).await, ProcessorId::STRIPE);
}

#[tokio::test]
async fn story_17_rejected_keys_are_told_shown_on_the_pane_and_moneris_is_not_tried() {
    let (clinic, moneris) = clinic_with_both().await;
    save_moneris(&clinic).await;
    clinic.save_stripe().await.unwrap();
    clinic.account.roll_secret(Mode::Live, true);
    let invoice = clinic.invoice("25.00").await;

    let refused = clinic.send(invoice).await.unwrap_err();

    assert!(refused.to_string().contains("rejected the account's keys"), "{refused}");
    assert!(moneris.asked().is_empty());
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
