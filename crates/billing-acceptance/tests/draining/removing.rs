//! Story 43: what removal finishes, what drains, and until when.

use crate::{A_MONTH, CANCEL, account, is_erased, pending_refund, remove, state, stripe_is_down, view};
use async_trait::async_trait;
use billing_acceptance::{Hook, Meanwhile, Till, World, frame_of, front_desk, handover_of, invoice, owner};
use billing_app::{BillingError, PayableSource};
use billing_domain::payment::{AttemptState, PaymentState, Reference};
use billing_domain::{Action, CardGrant, Clock, ProcessorId, Proof, later};
use billing_moneris::CheckoutTicket;
use billing_testkit::TestClock;
use billing_testkit::moneris::Card as MonerisCard;
use billing_testkit::stripe::{Card, RefundOutcome};
use billing_transport::{Request, SendError};
use secrecy::ExposeSecret as _;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn story_43_what_waits_for_a_card_is_cancelled_at_the_processor_when_its_account_is_removed() {
    let world = World::new().await;
    let billing = world.plain();
    let browser = world.browser(world.send(&billing).await.unwrap());

    let removed = remove(&world, &billing).await;

    assert_eq!(removed.open, []);
    assert_eq!(state(&world, &billing).await, AttemptState::Dead(Proof::Canceled));
    assert!(is_erased(&account(&world).await), "erased in the commit that closed the last open payment");
    let told = browser.pay(Card::VISA).await.unwrap();
    assert_eq!(told.code(), Some("payment_intent_unexpected_state"), "what the cardholder reads");
    world.judge(&billing, "removed while the cardholder was at it").await;
}

#[tokio::test(start_paused = true)]
async fn story_43_what_was_paid_and_not_told_yet_is_settled_when_its_account_is_removed() {
    let world = World::new().await;
    let billing = world.plain();
    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;

    let removed = remove(&world, &billing).await;

    assert_eq!((removed.open, world.stripe.count(CANCEL)), (vec![], 0));
    assert_eq!(view(&world, &billing).await.state, PaymentState::Succeeded);
    assert!(is_erased(&account(&world).await));
    world.judge(&billing, "removed before anybody settled").await;
}

#[tokio::test(start_paused = true)]
async fn story_43_what_is_paid_between_the_look_and_the_cancel_counts_as_paid() {
    let world = Arc::new(World::new().await);
    let billing = world.plain();
    let browser = Arc::new(world.browser(world.send(&billing).await.unwrap()));
    let hook = Meanwhile::before(Action::PaymentCancelSent, move || {
        let browser = Arc::clone(&browser);
        Box::pin(async move {
            browser.pay(Card::VISA).await.unwrap();
        })
    });

    let removed = remove(&world, &world.process(hook)).await;

    assert_eq!((removed.open, world.stripe.count(CANCEL)), (vec![], 1));
    assert_eq!(view(&world, &billing).await.state, PaymentState::Succeeded);
    world.judge(&billing, "paid between look and cancel").await;
}

#[tokio::test(start_paused = true)]
async fn story_43_what_the_processor_is_working_on_drains_on_the_sealed_copy() {
    let world = World::new().await;
    let billing = world.plain();
    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::PROCESSING).await;

    let removed = remove(&world, &billing).await;

    assert_eq!((removed.open, world.stripe.count(CANCEL)), (vec![world.payment], 0));
    assert!(account(&world).await.sealed.is_some());
    let reference = view(&world, &billing).await.payment.newest().unwrap().reference.clone().unwrap();
    world.stripe.finish_processing(&reference.0, true);
    world.advance(Duration::from_mins(2));
    billing.sweep(100).await.unwrap();
    assert!(is_erased(&account(&world).await));
    world.judge(&billing, "processing while removed").await;
}

#[tokio::test(start_paused = true)]
async fn story_43_a_frame_of_moneris_that_brought_no_card_is_never_charged_and_nobody_is_asked() {
    let world = World::with(Till::HostedTokenization).await;
    let billing = world.plain();
    let frame = frame_of(&handover_of(world.send(&billing).await.unwrap()));
    let calls = world.moneris.requests().len();

    let removed = billing.remove_account(&owner(world.dispensary), ProcessorId::MONERIS).await.unwrap();

    assert_eq!((removed.open, world.moneris.requests().len()), (vec![], calls));
    assert_eq!(state(&world, &billing).await, AttemptState::Dead(Proof::NeverCharged));
    assert!(is_erased(&account(&world).await));
    let token = world.moneris.cardholder(&frame.profile_id).tokenize(MonerisCard::VISA).unwrap();
    let grant = CardGrant { reference: Reference(frame.order_id), token: token.into() };
    drop(billing.charge_card(&front_desk(world.dispensary), world.payment, grant).await);
    assert_eq!(world.moneris.count("res_purchase_cc"), 0);
    world.judge(&billing, "a frame of a removed store").await;
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "the browser is given the ticket, as it must be")]
async fn story_43_a_ticket_of_moneris_that_cannot_be_cancelled_drains() {
    let world = World::with(Till::Checkout).await;
    let billing = world.plain();
    let ticket = CheckoutTicket::try_from(&handover_of(world.send(&billing).await.unwrap())).unwrap().ticket;

    let removed = billing.remove_account(&owner(world.dispensary), ProcessorId::MONERIS).await.unwrap();

    assert_eq!(removed.open, [world.payment]);
    assert!(account(&world).await.sealed.is_some());
    world.moneris.checkout_cardholder(ticket.expose_secret()).pay(MonerisCard::VISA).unwrap();
    world.advance(Duration::from_mins(2));
    billing.sweep(100).await.unwrap();
    assert!(is_erased(&account(&world).await));
    world.judge(&billing, "a ticket of a removed store").await;
}

#[tokio::test(start_paused = true)]
async fn story_43_a_pending_refund_is_settled_at_the_removal_or_keeps_the_keys_until_it_has_ended() {
    for ends_before in [true, false] {
        let world = World::new().await;
        let billing = world.plain();
        let reference = pending_refund(&world, &billing).await;
        let end = || assert!(world.stripe.finish_refund(&reference.0, RefundOutcome::Succeeded));
        if ends_before {
            end();
        }

        let removed = remove(&world, &billing).await;

        let open = if ends_before { vec![] } else { vec![world.payment] };
        assert_eq!((removed.open, is_erased(&account(&world).await)), (open, ends_before));
        if !ends_before {
            end();
            world.advance(Duration::from_mins(2));
            billing.sweep(100).await.unwrap();
        }
        assert!(is_erased(&account(&world).await));
        world.judge(&billing, "a refund that was pending").await;
    }
}

#[tokio::test(start_paused = true)]
async fn story_43_with_stripe_down_the_payment_stays_open_and_finishes_on_the_sealed_copy() {
    let world = World::new().await;
    let billing = world.plain();
    let browser = world.browser(world.send(&billing).await.unwrap());
    stripe_is_down(&world);

    let removed = remove(&world, &billing).await;

    assert_eq!(removed.open, [world.payment]);
    let settings = billing.settings(&owner(world.dispensary)).await.unwrap();
    assert_eq!((settings.in_use, settings.stripe.saved), (None, None));
    let [draining] = &settings.stripe.draining[..] else { panic!("{:?}", settings.stripe.draining) };
    assert_eq!((draining.until, draining.trouble), (later(world.clock.now(), A_MONTH), None));
    let refused = billing.open_window(&front_desk(world.dispensary), PayableSource::Host(invoice(7))).await;
    assert!(matches!(refused, Err(BillingError::NoProcessorConfigured(_))), "{refused:?}");

    world.stripe.faults().clear();
    browser.pay(Card::VISA).await.unwrap();
    world.advance(Duration::from_mins(2));
    billing.sweep(100).await.unwrap();

    assert!(is_erased(&account(&world).await));
    world.judge(&billing, "removed during an outage").await;
}

/// Every call takes three seconds.
#[derive(Debug)]
struct Slow(Arc<TestClock>);

#[async_trait]
impl Hook for Slow {
    async fn before_send(&self, _: &Request) -> Result<(), SendError> {
        self.0.advance(Duration::from_secs(3));
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn story_43_removal_finishes_for_some_seconds_only_and_names_what_stays_open() {
    let world = World::new().await;
    world.send_invoices(&world.plain(), 6).await;

    let removed = remove(&world, &world.process(Arc::new(Slow(world.clock.clone())))).await;

    // A look and a cancel each: two take twelve seconds.
    assert_eq!((removed.open.len(), world.stripe.count(CANCEL)), (4, 2));
    world.advance(Duration::from_hours(25));
    world.plain().sweep(100).await.unwrap();
    assert!(is_erased(&account(&world).await), "the sweep did the rest");
}
