//! A refund that was done fails days later, and no notice tells: the sweep finds it out, for some time, and asks nobody in vain.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use billing_acceptance::{Clinic, TOTAL, World, front_desk, manager, money, owner, stripe_keys};
use billing_app::{BillingConfig, RefundRequest, RefundView};
use billing_domain::payment::{CaptureId, PaymentState};
use billing_domain::refund::{RefundFailure, RefundState};
use billing_domain::{Alarming, Currency, InvoiceId, PayableStatus, PaymentId, ProcessorId, RefundId};
use billing_testkit::moneris::Card as MonerisCard;
use billing_testkit::stripe::{Card, Fault, Mode, Permission, RefundOutcome};
use uuid::Uuid;

const LOOK: &str = "GET /v1/refunds/{id}";
const A_DAY: Duration = Duration::from_hours(24);

/// A payment of 80.00 at Stripe, and all of it given back.
async fn given_back(clinic: &Clinic) -> (InvoiceId, PaymentId, RefundView) {
    let invoice = clinic.invoice("80.00").await;
    let (payment, browser) = clinic.hand_over(invoice).await;
    browser.pay(Card::VISA).await.unwrap();
    clinic.settle(payment).await;
    (invoice, payment, give_back(clinic, payment).await)
}

async fn give_back(clinic: &Clinic, payment: PaymentId) -> RefundView {
    let request = RefundRequest {
        refund: RefundId::new(Uuid::now_v7()),
        payment,
        capture: CaptureId::Attempt(1),
        amount: money("80.00", Currency::CAD),
    };
    let given = clinic.billing.refund(&manager(clinic.dispensary), request).await.unwrap();
    assert_eq!(given.refund.state, RefundState::Succeeded);
    given
}

async fn pass(clinic: &Clinic, time: Duration) {
    clinic.advance(time);
    clinic.sweep().await;
}

async fn next_look(clinic: &Clinic) -> Option<Duration> {
    let due = clinic.store.next_due().await.unwrap()?;
    Some(billing_domain::elapsed(billing_domain::Clock::now(&*clinic.clock), due))
}

async fn state(clinic: &Clinic, payment: PaymentId) -> RefundState {
    clinic.payment(payment).await.payment.refunds[0].state.clone()
}

#[tokio::test]
async fn story_50_a_refund_that_failed_days_after_it_was_done_is_found_out_by_the_sweep_alone() {
    let clinic = Clinic::with_stripe().await;
    let (invoice, payment, given) = given_back(&clinic).await;
    assert_eq!(next_look(&clinic).await, Some(A_DAY));
    pass(&clinic, A_DAY).await;
    assert_eq!(state(&clinic, payment).await, RefundState::Succeeded);
    assert_eq!(clinic.status(invoice).await, PayableStatus::Unpaid);
    clinic
        .stripe
        .finish_refund(&given.refund.reference.unwrap().0, RefundOutcome::Failed("lost_or_stolen_card"));

    // Stripe cannot be reached at the next look: it is asked again later.
    clinic.stripe.faults().every(1, LOOK, Fault::FailBeforeEffect(503));
    pass(&clinic, A_DAY * 2).await;
    assert_eq!(state(&clinic, payment).await, RefundState::Succeeded);
    clinic.stripe.faults().clear();
    pass(&clinic, A_DAY * 4).await;

    assert_eq!(state(&clinic, payment).await, RefundState::Failed(RefundFailure::CardUnusable));
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid, "the clinic owes the patient");
    let failed = |alarm: &Alarming| matches!(alarm, Alarming::RefundFailed { .. });
    assert_eq!(clinic.alarms.raised().iter().filter(|alarm| failed(alarm)).count(), 1);
    assert_eq!(next_look(&clinic).await, None);
}

#[tokio::test]
async fn a_refund_that_stays_done_is_asked_about_five_times_in_a_month_and_then_no_more() {
    let clinic = Clinic::with_stripe().await;
    let (_, payment, _) = given_back(&clinic).await;
    let mut asked_on = Vec::new();
    for day in 1..=40 {
        let before = clinic.stripe.count(LOOK);
        pass(&clinic, A_DAY).await;
        asked_on.extend((clinic.stripe.count(LOOK) > before).then_some(day));
    }
    assert_eq!(asked_on, [1, 3, 7, 15, 30]);
    assert_eq!((state(&clinic, payment).await, next_look(&clinic).await), (RefundState::Succeeded, None));
}

#[tokio::test]
async fn a_host_may_choose_not_to_ask_at_all() {
    let config = BillingConfig {
        refunds_may_fail_for: Duration::ZERO,
        sweep_calls_per_second: 1_000,
        ..BillingConfig::default()
    };
    let clinic = Clinic::with(config).await;
    clinic.unlock_stripe().await;
    clinic.save_stripe().await.unwrap();
    given_back(&clinic).await;
    assert_eq!(next_look(&clinic).await, None);
}

#[tokio::test]
async fn once_the_keys_are_erased_nobody_is_asked_and_nobody_called() {
    let clinic = Clinic::with_stripe().await;
    let (_, payment, _) = given_back(&clinic).await;
    let removed =
        clinic.billing.remove_account(&owner(clinic.dispensary), ProcessorId::STRIPE).await.unwrap();
    assert_eq!(removed.open, [], "a refund that is done keeps no keys");

    pass(&clinic, A_DAY).await;

    assert_eq!(clinic.stripe.count(LOOK), 0);
    assert_eq!(clinic.alarms.raised(), []);
    assert_eq!((state(&clinic, payment).await, next_look(&clinic).await), (RefundState::Succeeded, None));
}

#[tokio::test]
async fn where_the_processor_cannot_be_asked_the_looks_end_with_the_first() {
    let clinic = Clinic::with_moneris().await;
    let invoice = clinic.invoice("80.00").await;
    let (payment, _) = clinic.pay_by_frame(invoice, MonerisCard::VISA).await;
    give_back(&clinic, payment).await;
    let calls = clinic.moneris.requests().len();

    pass(&clinic, A_DAY).await;

    assert_eq!(clinic.moneris.requests().len(), calls);
    assert_eq!((state(&clinic, payment).await, next_look(&clinic).await), (RefundState::Succeeded, None));
}

#[tokio::test]
async fn a_last_look_that_reached_nobody_is_made_up_for() {
    let clinic = Clinic::with_stripe().await;
    let (_, payment, given) = given_back(&clinic).await;
    for days in [1, 2, 4, 8] {
        pass(&clinic, A_DAY * days).await;
    }
    clinic
        .stripe
        .finish_refund(&given.refund.reference.unwrap().0, RefundOutcome::Failed("lost_or_stolen_card"));
    clinic.stripe.faults().every(1, LOOK, Fault::FailBeforeEffect(503));
    pass(&clinic, A_DAY * 15).await;
    assert_eq!(next_look(&clinic).await, Some(A_DAY));
    clinic.stripe.faults().clear();
    pass(&clinic, A_DAY).await;
    assert_eq!(state(&clinic, payment).await, RefundState::Failed(RefundFailure::CardUnusable));
}

#[tokio::test(start_paused = true)]
async fn a_processor_that_can_never_be_asked_again_is_given_up_in_the_end() {
    let world = World::new().await;
    let billing = world.plain();
    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    billing.settle(&front_desk(world.dispensary), world.payment).await.unwrap();
    world.give_back(&billing, TOTAL).await.unwrap();
    world.stripe.faults().every(1, LOOK, Fault::FailBeforeEffect(503));
    for _ in 0..40 {
        world.advance(A_DAY);
        billing.sweep(100).await.unwrap();
    }
    assert_eq!(world.store.next_due().await.unwrap(), None);
}

#[tokio::test]
async fn a_look_at_a_refund_that_is_done_ends_no_keys_that_were_supplied() {
    let clinic = Clinic::with_stripe().await;
    given_back(&clinic).await;
    let owner = owner(clinic.dispensary);
    let account = clinic.store.accounts(clinic.dispensary).await.unwrap()[0].account.account;
    clinic.billing.remove_account(&owner, ProcessorId::STRIPE).await.unwrap();
    clinic.billing.supply_drain_keys(&owner, account, stripe_keys(&clinic.account)).await.unwrap();

    pass(&clinic, A_DAY).await;

    assert_eq!(clinic.stripe.count(LOOK), 1);
    let kept = clinic.store.accounts(clinic.dispensary).await.unwrap();
    assert!(kept[0].sealed.is_some(), "{kept:?}");
}

#[tokio::test]
async fn keys_that_may_not_read_refunds_keep_no_open_payment_from_being_asked_about() {
    let clinic = Clinic::with_stripe().await;
    let (_, refunded, _) = given_back(&clinic).await;
    let may = [Permission::AccountRead, Permission::BalanceRead, Permission::PaymentIntentWrite];
    let narrow = clinic.account.restricted_key(Mode::Live, &may);
    clinic.save_stripe_keys(&clinic.account.publishable_key(Mode::Live), &narrow).await.unwrap();
    // Due before the payment, and so asked about first.
    clinic.advance(A_DAY);
    let invoice = clinic.invoice("12.00").await;
    let (payment, browser) = clinic.hand_over(invoice).await;
    browser.pay(Card::VISA).await.unwrap();

    pass(&clinic, Duration::from_mins(5)).await;

    assert_eq!(clinic.stripe.count(LOOK), 1);
    assert_eq!(clinic.payment(payment).await.state, PaymentState::Succeeded);
    assert_eq!(state(&clinic, refunded).await, RefundState::Succeeded);
}
