//! Stories 44, 45, 46 and 67: rolled, replaced, and in the hands of several.

use crate::{CANCEL, account, audited, is_erased, view};
use billing_acceptance::{World, front_desk, owner, stripe_keys};
use billing_app::{BillingError, PaneState, SaveKeys, SendRequest, Sent, Warning};
use billing_domain::payment::{AttemptState, PaymentState};
use billing_domain::{Action, DispensaryId, PaymentId, ProcessorId, Proof, TroubleKind};
use billing_testkit::stripe::{AccountSpec, Card, Mode};
use std::collections::BTreeSet;
use std::time::Duration;

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
