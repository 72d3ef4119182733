//! Story 43: keys rolled, erased or supplied while something is open on an account that drains.

use crate::{A_MONTH, account, audited, is_erased, pending_refund, remove, state, stripe_is_down, view};
use billing_acceptance::{
    Meanwhile, Moments, Till, World, bookkeeper, front_desk, invoice, owner, stripe_keys,
};
use billing_app::{BillingError, PaneState, PayableSource};
use billing_credentials::{Submitted, fields};
use billing_domain::payment::{AttemptState, PaymentState, Review};
use billing_domain::refund::{RefundReview, RefundState};
use billing_domain::{AccountState, Action, Alarming, Clock, Proof, TroubleKind, later};
use billing_testkit::stripe::{AccountSpec, Card, Fault, Mode, RefundOutcome};
use std::sync::Arc;
use std::time::Duration;

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
        world.advance(A_MONTH.checked_sub(Duration::from_secs(1)).unwrap());
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
