//! Stories 43, 44, 45, 46 and 67: an account that was removed, replaced, rolled, erased or shared, with payments and refunds open on it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_acceptance::{
    Hook, Meanwhile, Moments, Till, World, bookkeeper, frame_of, front_desk, handover_of, invoice, owner,
    stripe_keys,
};
use billing_app::{
    Billing, BillingError, PaneState, PayableSource, PaymentView, Removed, SaveKeys, SendRequest, Sent,
    Warning,
};
use billing_credentials::{Submitted, fields};
use billing_domain::payment::{AttemptState, PaymentState, Reference, Review};
use billing_domain::refund::{RefundReview, RefundState};
use billing_domain::{
    AccountRecord, AccountState, Action, Alarming, CardGrant, Clock, DispensaryId, PaymentId, ProcessorId,
    Proof, TroubleKind, later,
};
use billing_moneris::CheckoutTicket;
use billing_testkit::TestClock;
use billing_testkit::moneris::Card as MonerisCard;
use billing_testkit::stripe::{AccountSpec, Card, Fault, Mode, RefundOutcome};
use billing_transport::{Request, SendError};
use secrecy::ExposeSecret as _;

const LIST: &str = "GET /v1/payment_intents";
const READ: &str = "GET /v1/payment_intents/{id}";
const CANCEL: &str = "POST /v1/payment_intents/{id}/cancel";
const A_MONTH: Duration = Duration::from_hours(720);

async fn view(world: &World, billing: &Billing) -> PaymentView {
    billing.payment(&front_desk(world.dispensary), world.payment).await.unwrap()
}

async fn state(world: &World, billing: &Billing) -> AttemptState {
    view(world, billing).await.payment.newest().unwrap().state.clone()
}

async fn account(world: &World) -> AccountRecord {
    world.store.accounts(world.dispensary).await.unwrap().remove(0)
}

fn is_erased(record: &AccountRecord) -> bool {
    record.sealed.is_none() && matches!(record.state, AccountState::Erased { .. })
}

async fn remove(world: &World, billing: &Billing) -> Removed {
    billing.remove_account(&owner(world.dispensary), ProcessorId::STRIPE).await.unwrap()
}

/// Stripe answers nobody.
fn stripe_is_down(world: &World) {
    for pattern in [READ, CANCEL, LIST] {
        world.stripe.faults().every(1, pattern, Fault::FailBeforeEffect(503));
    }
}

async fn audited(world: &World, action: Action) -> usize {
    let audit = world.store.audit(world.dispensary, 0, 1_000).await.unwrap();
    audit.iter().filter(|entry| entry.action == action).count()
}

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

/// Paid and settled at Stripe, with a refund that waits for the account's balance.
async fn pending_refund(world: &World, billing: &Billing) -> Reference {
    let sent = world.send(billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    billing.settle(&front_desk(world.dispensary), world.payment).await.unwrap();
    world.stripe.run_short_of_balance(true);
    let pending = world.give_back(billing, 2_500).await.unwrap().refund;
    assert_eq!(pending.state, RefundState::Pending);
    pending.reference.unwrap()
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

#[tokio::test(start_paused = true)]
async fn story_43_a_rolled_key_is_told_and_drain_only_keys_of_the_same_account_finish() {
    let world = World::new().await;
    let (billing, owner) = (world.plain(), owner(world.dispensary));
    let browser = world.browser(world.send(&billing).await.unwrap());
    world.account.roll_secret(Mode::Live, true);

    let removed = remove(&world, &billing).await;

    assert_eq!(removed.open, [world.payment]);
    let pane = billing.settings(&owner).await.unwrap().stripe;
    assert_eq!(pane.draining[0].trouble.unwrap().kind, TroubleKind::CredentialsRejected);
    browser.pay(Card::VISA).await.unwrap();

    let before = account(&world).await;
    billing.supply_drain_keys(&owner, before.account.account, stripe_keys(&world.account)).await.unwrap();

    let after = account(&world).await;
    assert_eq!((after.state, after.version), (before.state, before.version + 1), "it only drains, as before");
    let settings = billing.settings(&owner).await.unwrap();
    assert_eq!((settings.in_use, settings.stripe.draining[0].trouble), (None, None));
    assert_eq!(settings.stripe.state, PaneState::NotConfigured);
    assert_eq!(audited(&world, Action::AccountDrainKeysSupplied).await, 1);
    let report = billing.sweep(100).await.unwrap();
    assert_eq!(report.ended, 1, "at once: what is open became due");
    assert!(is_erased(&account(&world).await));
    world.judge(&billing, "drain-only keys").await;
}

#[tokio::test(start_paused = true)]
async fn story_43_drain_only_keys_of_another_account_or_for_an_account_in_use_are_refused_and_not_stored() {
    let world = World::new().await;
    let (billing, owner) = (world.plain(), owner(world.dispensary));
    world.send(&billing).await.unwrap();
    let id = account(&world).await.account.account;
    let keys = || stripe_keys(&world.account);
    let in_use = billing.supply_drain_keys(&owner, id, keys()).await.unwrap_err();
    assert!(matches!(in_use, BillingError::NotDraining), "{in_use:?}");

    stripe_is_down(&world);
    remove(&world, &billing).await;
    world.stripe.faults().clear();
    let before = account(&world).await;
    let other = world.stripe.account(AccountSpec::new("acct_1PgafTB7WZ01other"));
    let strange = billing.supply_drain_keys(&owner, id, stripe_keys(&other)).await.unwrap_err();
    assert!(matches!(strange, BillingError::OtherAccount { .. }), "{strange:?}");
    let test = Submitted::from_iter([
        (fields::PUBLISHABLE_KEY, world.account.publishable_key(Mode::Test)),
        (fields::SECRET_KEY, world.account.secret_key(Mode::Test)),
    ]);
    let test = billing.supply_drain_keys(&owner, id, test).await.unwrap_err();
    assert!(matches!(test, BillingError::Keys(_)), "{test:?}");
    let unknown = billing_domain::AccountId::new(uuid::Uuid::from_u128(0xbad));
    let unknown = billing.supply_drain_keys(&owner, unknown, keys()).await.unwrap_err();
    assert!(matches!(unknown, BillingError::NotFound("account")), "{unknown:?}");
    let clerk = bookkeeper(world.dispensary);
    let denied = billing.supply_drain_keys(&clerk, id, keys()).await.unwrap_err();
    assert!(matches!(denied, BillingError::Denied(_)), "{denied:?}");
    let denied = billing.erase_account(&clerk, id).await.unwrap_err();
    assert!(matches!(denied, BillingError::Denied(_)), "{denied:?}");

    assert_eq!(account(&world).await, before);
}

#[tokio::test(start_paused = true)]
async fn story_43_after_the_deadline_the_keys_are_erased_a_person_is_called_and_supplied_keys_tell_after_all()
{
    for paid in [true, false] {
        let world = World::new().await;
        let (billing, owner) = (world.plain(), owner(world.dispensary));
        let browser = world.browser(world.send(&billing).await.unwrap());
        stripe_is_down(&world);
        remove(&world, &billing).await;
        if paid {
            browser.pay(Card::VISA).await.unwrap();
        }
        world.advance(A_MONTH - Duration::from_secs(1));
        billing.sweep(100).await.unwrap();
        assert!(account(&world).await.sealed.is_some(), "not before its deadline");
        world.advance(Duration::from_secs(31));

        billing.sweep(100).await.unwrap();

        assert!(is_erased(&account(&world).await));
        assert!(matches!(state(&world, &billing).await, AttemptState::NeedsReview(_)));
        assert!(world.alarms.raised().iter().any(|alarm| matches!(alarm, Alarming::ReviewNeeded { .. })));
        assert_eq!(audited(&world, Action::AccountErased).await, 1);
        assert_eq!(account(&world).await.due_at, None);

        world.stripe.faults().clear();
        let id = account(&world).await.account.account;
        billing.supply_drain_keys(&owner, id, stripe_keys(&world.account)).await.unwrap();
        let fresh =
            AccountState::Draining { since: world.clock.now(), until: later(world.clock.now(), A_MONTH) };
        assert_eq!(account(&world).await.state, fresh);
        assert_eq!(billing.settings(&owner).await.unwrap().in_use, None);
        billing.sweep(100).await.unwrap();

        let ended = state(&world, &billing).await;
        let expected = if paid { PaymentState::Succeeded } else { PaymentState::Cancelled };
        assert_eq!(view(&world, &billing).await.state, expected, "{ended:?}");
        assert!(is_erased(&account(&world).await));
        world.judge(&billing, "after the deadline").await;
    }
}

#[tokio::test(start_paused = true)]
async fn story_43_a_young_payment_at_the_deadline_needs_review_for_want_of_keys() {
    let world = World::new().await;
    let config = billing_app::BillingConfig {
        drain_within: Duration::from_hours(1),
        ..billing_app::BillingConfig::default()
    };
    let billing = world.process_with(Arc::new(Moments::counting()), config);
    world.send(&billing).await.unwrap();
    stripe_is_down(&world);
    remove(&world, &billing).await;
    world.advance(Duration::from_hours(1));

    billing.sweep(100).await.unwrap();

    assert_eq!(state(&world, &billing).await, AttemptState::NeedsReview(Review::KeysErased));
    assert!(is_erased(&account(&world).await));
    let called = world.alarms.raised();
    assert_eq!(called, [Alarming::ReviewNeeded { dispensary: world.dispensary, payment: world.payment }]);
    // Without keys nothing is asked, and nothing is due at once again.
    world.stripe.faults().clear();
    let calls = world.calls_to_stripe();
    world.advance(Duration::from_hours(1));
    let report = billing.sweep(100).await.unwrap();
    assert!(report.next_due > Some(world.clock.now()), "{report:?}");
    assert_eq!((report.failed, world.calls_to_stripe()), (0, calls));
}

#[tokio::test(start_paused = true)]
async fn story_43_a_refund_still_pending_at_the_deadline_needs_review_until_supplied_keys_tell() {
    let world = World::new().await;
    let (billing, owner) = (world.plain(), owner(world.dispensary));
    let reference = pending_refund(&world, &billing).await;
    remove(&world, &billing).await;
    world.advance(A_MONTH);

    billing.sweep(100).await.unwrap();

    let refund = async || view(&world, &billing).await.payment.refunds[0].state.clone();
    assert_eq!(refund().await, RefundState::NeedsReview(RefundReview::KeysErased));
    assert!(world.alarms.raised().iter().any(|alarm| matches!(alarm, Alarming::RefundReviewNeeded { .. })));
    let id = account(&world).await.account.account;
    billing.supply_drain_keys(&owner, id, stripe_keys(&world.account)).await.unwrap();
    world.stripe.finish_refund(&reference.0, RefundOutcome::Succeeded);
    billing.sweep(100).await.unwrap();

    assert_eq!(refund().await, RefundState::Succeeded);
    assert!(is_erased(&account(&world).await));
    world.judge(&billing, "a refund pending for a month").await;
}

#[tokio::test(start_paused = true)]
async fn story_43_keys_supplied_for_a_drained_account_give_money_back_and_are_never_chosen() {
    let world = World::new().await;
    let (billing, owner) = (world.plain(), owner(world.dispensary));
    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    remove(&world, &billing).await;
    let refused = world.give_back(&billing, 2_500).await.unwrap_err();
    assert!(matches!(refused, BillingError::CredentialsMissing { .. }), "{refused:?}");

    let id = account(&world).await.account.account;
    billing.supply_drain_keys(&owner, id, stripe_keys(&world.account)).await.unwrap();
    assert_eq!(billing.settings(&owner).await.unwrap().in_use, None);
    let refused = billing.open_window(&front_desk(world.dispensary), PayableSource::Host(invoice(7))).await;
    assert!(matches!(refused, Err(BillingError::NoProcessorConfigured(_))), "{refused:?}");
    let refund = world.give_back(&billing, 2_500).await.unwrap().refund;

    assert_eq!(refund.state, RefundState::Succeeded);
    assert!(is_erased(&account(&world).await), "erased with the refund that it was supplied for");
}

#[tokio::test(start_paused = true)]
async fn an_account_erased_at_once_leaves_what_is_open_to_a_person_and_asks_nobody() {
    for removed_before in [false, true] {
        let world = World::new().await;
        let (billing, owner) = (world.plain(), owner(world.dispensary));
        let (first, _) = world.send_invoice(&billing, world.dispensary, 1).await;
        world.stripe.faults().every(1, "POST /v1/payment_intents", Fault::DropAfterEffect);
        world.send(&billing).await.unwrap_err();
        world.stripe.faults().clear();
        stripe_is_down(&world);
        if removed_before {
            remove(&world, &billing).await;
        }
        let (id, calls) = (account(&world).await.account.account, world.calls_to_stripe());

        let erased = billing.erase_account(&owner, id).await.unwrap();

        assert_eq!((erased.review, world.calls_to_stripe()), (vec![first], calls));
        assert!(is_erased(&account(&world).await));
        assert_eq!(billing.settings(&owner).await.unwrap().in_use, None);
        let stored = world.store.payment(world.dispensary, first).await.unwrap().unwrap();
        assert_eq!(stored.newest().unwrap().state, AttemptState::NeedsReview(Review::KeysErased));
        // What was never handed over nobody can pay.
        assert_eq!(state(&world, &billing).await, AttemptState::Dead(Proof::NeverHandedOver));
        let alarm = Alarming::ReviewNeeded { dispensary: world.dispensary, payment: first };
        assert_eq!(world.alarms.raised(), [alarm]);
        assert_eq!(audited(&world, Action::AccountErased).await, 1);
        let again = billing.erase_account(&owner, id).await.unwrap_err();
        assert!(matches!(again, BillingError::NotFound("account")), "{again:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_frame_of_an_account_erased_at_once_can_never_be_charged_and_needs_nobody() {
    let world = World::with(Till::HostedTokenization).await;
    let billing = world.plain();
    world.send(&billing).await.unwrap();
    let id = account(&world).await.account.account;

    let erased = billing.erase_account(&owner(world.dispensary), id).await.unwrap();

    assert_eq!((erased.review, world.alarms.raised()), (vec![], vec![]));
    assert_eq!(state(&world, &billing).await, AttemptState::Dead(Proof::NeverCharged));
}

#[tokio::test(start_paused = true)]
async fn what_is_more_than_one_commit_can_mark_the_sweep_marks_when_it_finds_the_keys_gone() {
    let world = World::new().await;
    let billing = world.plain();
    let sent = world.send_invoices(&billing, 505).await;
    let id = account(&world).await.account.account;

    let erased = billing.erase_account(&owner(world.dispensary), id).await.unwrap();

    assert_eq!(erased.review.len(), 500);
    world.advance(Duration::from_mins(2));
    billing.sweep(1_000).await.unwrap();
    for (payment, _) in sent {
        let stored = world.store.payment(world.dispensary, payment).await.unwrap().unwrap();
        assert_eq!(stored.newest().unwrap().state, AttemptState::NeedsReview(Review::KeysErased));
    }
    assert_eq!(world.alarms.raised().len(), 505);
}

#[tokio::test(start_paused = true)]
async fn keys_saved_again_while_the_deadline_was_about_to_erase_them_are_not_erased() {
    let world = Arc::new(World::new().await);
    let billing = world.plain();
    world.send(&billing).await.unwrap();
    stripe_is_down(&world);
    remove(&world, &billing).await;
    world.stripe.faults().clear();
    world.advance(A_MONTH);
    let w = Arc::clone(&world);
    let hook = Meanwhile::before(Action::AccountErased, move || {
        let w = Arc::clone(&w);
        Box::pin(async move { w.save_stripe_of(&w.plain(), w.dispensary, &w.account).await })
    });

    world.process(hook).sweep(100).await.unwrap();

    let record = account(&world).await;
    assert!(record.state.is_active() && record.sealed.is_some(), "{record:?}");
    assert_eq!((record.due_at, audited(&world, Action::AccountErased).await), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn story_44_a_secret_rolled_mid_payment_needs_attention_and_the_new_one_finishes_the_same_intent() {
    let world = World::new().await;
    let (billing, owner) = (world.plain(), owner(world.dispensary));
    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    world.account.roll_secret(Mode::Live, true);
    world.advance(Duration::from_mins(2));

    let report = billing.sweep(100).await.unwrap();

    assert_eq!((report.failed, view(&world, &billing).await.state), (1, PaymentState::Open));
    let pane = billing.settings(&owner).await.unwrap().stripe;
    let refused = |state: &PaneState| {
        matches!(state, PaneState::NeedsAttention { kind: TroubleKind::CredentialsRejected, .. })
    };
    assert!(refused(&pane.state), "{:?}", pane.state);

    world.save_stripe_of(&billing, world.dispensary, &world.account).await;
    assert_eq!(billing.settings(&owner).await.unwrap().stripe.state, PaneState::Active);
    assert_eq!(account(&world).await.version, 2);
    world.advance(Duration::from_mins(4));
    billing.sweep(100).await.unwrap();

    assert_eq!(view(&world, &billing).await.payment.newest().unwrap().account_version, 2);
    assert_eq!(world.stripe.ledger(world.account.id()).entries.len(), 1, "the same intent");
    world.judge(&billing, "rolled mid-payment").await;
}

#[tokio::test(start_paused = true)]
async fn story_45_keys_of_another_account_warn_and_the_open_payments_finish_with_the_old_version() {
    let world = World::new().await;
    let (billing, owner) = (world.plain(), owner(world.dispensary));
    let browser = world.browser(world.send(&billing).await.unwrap());
    let other = world.stripe.account(AccountSpec::new("acct_1PgafTB7WZ01other"));
    let before = account(&world).await.account;

    let keys = SaveKeys::checked(ProcessorId::STRIPE, stripe_keys(&other));
    let saved = billing.save_keys(&owner, keys).await.unwrap();

    let warned = Warning::OtherAccount { before: before.clone(), open: vec![world.payment] };
    assert!(saved.warnings.contains(&warned), "{:?}", saved.warnings);
    assert_eq!(world.stripe.count(CANCEL), 0, "nobody asked to give them up");
    let draining = &saved.pane.draining[..];
    assert!(matches!(draining, [old] if old.account == before && old.trouble.is_none()), "{draining:?}");
    browser.pay(Card::VISA).await.unwrap();
    let (second, sent) = world.send_invoice(&billing, world.dispensary, 1).await;
    world.pay(sent, Card::VISA).await;
    world.advance(Duration::from_mins(2));
    billing.sweep(100).await.unwrap();

    let paid = view(&world, &billing).await.payment;
    assert_eq!((paid.account, paid.attempts[0].account_version), (before, 1));
    assert_eq!(world.stripe.ledger(world.account.id()).total_captured(), 7_500);
    assert_eq!(world.stripe.ledger(other.id()).total_captured(), 7_500);
    let second = billing.payment(&front_desk(world.dispensary), second).await.unwrap();
    assert_eq!((second.state, second.payment.account), (PaymentState::Succeeded, saved.account));
    assert!(is_erased(&account(&world).await), "its last open payment ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn story_46_eight_processes_and_one_invoice_make_one_open_attempt_and_exact_totals() {
    let world = World::new().await;
    let processes: Vec<_> = (0..8).map(|_| world.plain()).collect();
    let desk = front_desk(world.dispensary);
    let mut sending = tokio::task::JoinSet::new();
    for billing in processes.clone() {
        let (desk, payable) = (desk.clone(), world.payable());
        sending.spawn(async move {
            let window = billing.open_window(&desk, payable.clone()).await?;
            let request = SendRequest {
                payment: window.payment,
                payable,
                expected_total: window.total,
                expected_account: window.account,
            };
            billing.send_request(&desk, request).await
        });
    }
    let mut browsers = Vec::new();
    while let Some(sent) = sending.join_next().await {
        match sent.unwrap() {
            // A desk that opened its window late is given the same payment to go on with.
            Ok(sent @ Sent::HandOver(_)) => browsers.push(world.browser(sent)),
            Err(BillingError::PaymentInProgress { .. } | BillingError::Busy) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(!browsers.is_empty());
    assert_eq!(world.stripe.ledger(world.account.id()).entries.len(), 1, "one open attempt");
    for browser in browsers {
        drop(browser.pay(Card::VISA).await);
    }
    world.advance(Duration::from_mins(2));
    let mut sweeping = tokio::task::JoinSet::new();
    for billing in processes.clone() {
        sweeping.spawn(async move { billing.sweep(100).await.unwrap() });
    }
    let ended: u32 = sweeping.join_all().await.iter().map(|report| report.ended).sum();

    assert_eq!(ended, 1, "one of them found out");
    assert_eq!(audited(&world, Action::PaymentMoved).await, 1);
    assert_eq!(world.alarms.raised(), []);
    world.judge(&processes[0], "eight processes").await;
}

#[tokio::test(start_paused = true)]
async fn story_67_two_dispensaries_on_one_stripe_account_sweep_and_remove_only_their_own() {
    let world = World::new().await;
    let (billing, owner) = (world.plain(), owner(world.dispensary));
    let neighbour = world.neighbour(&billing, &world.account).await;
    assert!(billing.settings(&owner).await.unwrap().stripe.saved.unwrap().shared);
    let mut sold: Vec<(DispensaryId, PaymentId, Sent)> = Vec::new();
    for number in 0..6 {
        for dispensary in [world.dispensary, neighbour] {
            let (payment, sent) = world.send_invoice(&billing, dispensary, number).await;
            sold.push((dispensary, payment, sent));
        }
    }
    let mut waiting = BTreeSet::new();
    for (index, (dispensary, payment, sent)) in sold.into_iter().enumerate() {
        // All but the last of each are paid.
        if index < 10 {
            world.pay(sent, Card::VISA).await;
        } else {
            waiting.insert((dispensary, payment));
        }
    }
    world.advance(Duration::from_mins(2));
    let calls = world.calls_to_stripe();

    let report = billing.sweep(100).await.unwrap();

    assert_eq!((report.looked_at, report.ended, report.failed), (12, 10, 0));
    assert_eq!(world.calls_to_stripe() - calls, 2, "a list each");
    let removed = billing.remove_account(&owner, ProcessorId::STRIPE).await.unwrap();
    assert_eq!(removed.open, []);
    for (dispensary, payment) in waiting {
        let stored = world.store.payment(dispensary, payment).await.unwrap().unwrap();
        let cancelled = stored.newest().unwrap().state == AttemptState::Dead(Proof::Canceled);
        assert_eq!(cancelled, dispensary == world.dispensary, "the neighbour's goes on");
    }
    let other = billing.settings(&billing_acceptance::owner(neighbour)).await.unwrap().stripe;
    assert_eq!((other.state, other.saved.unwrap().shared), (PaneState::Active, false));
    assert_eq!(world.alarms.raised(), []);
}
