//! Two things at once: a notice and the refund it is about, an endpoint and the account it is for, a store in doubt and then out of
//! reach; and answers about something else than was asked.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use billing_acceptance::{
    Hook, Meanwhile, Moments, TOTAL, When, World, front_desk, manager, noticing, owner, quiet,
};
use billing_app::{Billing, BillingConfig};
use billing_credentials::{SealKey, SealKeyId, StaticKeyRing};
use billing_domain::payment::PaymentState;
use billing_domain::refund::RefundState;
use billing_domain::{
    Action, ActorId, Alarming, Clock, Notice, NoticeId, ProcessorId, Step, StepId, StoreError,
};
use billing_domain::{RefundId, Subject, Write};
use billing_stripe::{StripeConfig, StripeConnector};
use billing_testkit::stripe::{Card, Fault, RefundOutcome};
use uuid::Uuid;

fn process(world: &World) -> Billing {
    world.process_with(Arc::new(Moments::counting()), noticing())
}

async fn paid(world: &World, billing: &Billing) {
    let sent = world.send(billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    billing.settle(&front_desk(world.dispensary), world.payment).await.unwrap();
    drop(world.deliveries());
}

/// A notice about the payment, kept by a process that died before it looked.
async fn kept(world: &World, id: &str, number: u128) {
    let at = world.clock.now();
    let notice = Notice {
        account: world.record().await.account,
        id: NoticeId::parse(id).unwrap(),
        kind: "refund.failed".to_owned(),
        payment: world.payment,
        received_at: at,
        due_at: Some(at),
        handled_at: None,
        revision: 1,
    };
    let step = Step {
        id: StepId::new(Uuid::from_u128(number)),
        dispensary: world.dispensary,
        at,
        by: ActorId::system(),
        action: Action::NoticeReceived,
        subject: Subject::Payment(world.payment),
        note: String::new(),
        requires: Vec::new(),
        writes: vec![Write::Notice(Box::new(notice))],
    };
    world.store.commit(step).await.unwrap();
}

async fn swept(world: &World, billing: &Billing) {
    for _ in 0..6 {
        world.advance(Duration::from_mins(2));
        billing.sweep(100).await.unwrap();
        quiet().await;
    }
}

async fn refund_of(world: &World) -> RefundState {
    let payment = world.store.payment(world.dispensary, world.payment).await.unwrap().unwrap();
    payment.refunds[0].state.clone()
}

/// Just before the sweep's fourth read, when it has read the payment but not its notices, a refund is made, fails, and Stripe says so.
#[derive(Debug)]
struct RefundedMeanwhile {
    world: Arc<World>,
    reads: AtomicU32,
}

#[async_trait]
impl Hook for RefundedMeanwhile {
    async fn before_read(&self) -> Result<(), StoreError> {
        if self.reads.fetch_add(1, Ordering::SeqCst) == 3 {
            let desk = process(&self.world);
            let refund = self.world.give_back(&desk, TOTAL).await.unwrap().refund;
            assert_eq!(refund.state, RefundState::Succeeded);
            let (reference, failed) = (refund.reference.unwrap().0, "expired_or_canceled_card");
            self.world.stripe.finish_refund(&reference, RefundOutcome::Failed(failed));
            kept(&self.world, "evt_second", 0x2).await;
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_notice_about_a_refund_made_after_the_sweep_read_the_payment_is_looked_into() {
    let world = Arc::new(World::noticed().await);
    let billing = process(&world);
    world.sweep_accounts(&billing).await;
    paid(&world, &billing).await;
    kept(&world, "evt_first", 0x1).await;

    let hook = RefundedMeanwhile { world: Arc::clone(&world), reads: AtomicU32::new(0) };
    let sweeping = world.process_with(Arc::new(hook), noticing());
    sweeping.sweep(100).await.unwrap();

    swept(&world, &billing).await;
    assert!(matches!(refund_of(&world).await, RefundState::Failed(_)), "{:?}", refund_of(&world).await);
}

#[tokio::test(start_paused = true)]
async fn a_notice_that_comes_before_the_answer_of_its_refund_is_not_handled_without_a_look() {
    let world = Arc::new(World::noticed().await);
    let billing = process(&world);
    world.sweep_accounts(&billing).await;
    paid(&world, &billing).await;
    let late = Fault::DelayAfterEffect(Duration::from_secs(20));
    world.stripe.faults().next("POST /v1/refunds", late);
    let asking = (Arc::clone(&world), billing.clone());
    let asked = tokio::spawn(async move { asking.0.give_back(&asking.1, TOTAL).await });
    quiet().await;
    let made = world.deliveries();
    let made: serde_json::Value = serde_json::from_slice(&made.last().unwrap().received().body).unwrap();
    let reference = made.pointer("/data/object/id").and_then(|id| id.as_str()).unwrap().to_owned();
    assert!(world.stripe.finish_refund(&reference, RefundOutcome::Failed("expired_or_canceled_card")));
    for delivery in world.deliveries() {
        world.deliver(&billing, &delivery).await.unwrap();
    }
    quiet().await;
    assert_eq!(refund_of(&world).await, RefundState::Sending);
    asked.await.unwrap().unwrap();

    swept(&world, &billing).await;
    assert!(matches!(refund_of(&world).await, RefundState::Failed(_)), "{:?}", refund_of(&world).await);
    let unhandled = world.store.notices(world.dispensary, world.payment).await.unwrap();
    assert_eq!(unhandled, []);
}

/// A refund that is done and that a notice tells of; then its account's keys are erased.
async fn told_of_and_without_keys() -> (Arc<World>, Billing, RefundId) {
    let world = Arc::new(World::noticed().await);
    let billing = process(&world);
    world.sweep_accounts(&billing).await;
    paid(&world, &billing).await;
    let refund = world.give_back(&billing, TOTAL).await.unwrap().refund;
    kept(&world, "evt_failed", 0x1).await;
    let account = world.record().await.account.account;
    billing.erase_account(&owner(world.dispensary), account).await.unwrap();
    (world, billing, refund.id)
}

#[tokio::test(start_paused = true)]
async fn a_notice_about_a_refund_that_nobody_can_ask_about_any_more_calls_a_person() {
    let (world, billing, refund) = told_of_and_without_keys().await;

    swept(&world, &billing).await;
    assert_one_is_called(&world, refund);
    assert_eq!(refund_of(&world).await, RefundState::Succeeded);
}

fn assert_one_is_called(world: &World, refund: RefundId) {
    let (dispensary, payment) = (world.dispensary, world.payment);
    let called = Alarming::RefundReviewNeeded { dispensary, payment, refund };
    assert_eq!(world.alarms.raised().iter().filter(|raised| **raised == called).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_notice_calls_a_person_though_the_refund_was_to_be_asked_about_by_itself_just_then() {
    let (world, billing, refund) = told_of_and_without_keys().await;

    // Nobody swept for a day.
    world.advance(Duration::from_hours(24));
    swept(&world, &billing).await;
    assert_one_is_called(&world, refund);
}

/// Dies before it writes what became of an endpoint.
#[derive(Debug)]
struct DiesAtTheEndpoint;

#[async_trait]
impl Hook for DiesAtTheEndpoint {
    async fn before_commit(&self, step: &Step) -> Result<(), StoreError> {
        match step.action {
            Action::AccountSubscribed => Err(StoreError::Unavailable("dead".into())),
            _ => Ok(()),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_removed_while_its_endpoint_moves_gets_no_other_and_its_keys_go() {
    let world = Arc::new(World::noticed().await);
    world.sweep_accounts(&process(&world)).await;
    let moved = || {
        let notice_address = Some("https://clinic.example/elsewhere".parse().unwrap());
        BillingConfig { notice_address, ..BillingConfig::default() }
    };
    let removed = Arc::clone(&world);
    let meanwhile = Meanwhile::new(When::AfterSend, move || {
        let world = Arc::clone(&removed);
        Box::pin(async move {
            let other = world.process_with(Arc::new(DiesAtTheEndpoint), moved());
            other.remove_account(&owner(world.dispensary), ProcessorId::STRIPE).await.unwrap();
        })
    });
    meanwhile.arm();
    let moving = world.process_with(meanwhile, moved());
    moving.renew_subscriptions(&owner(world.dispensary)).await.unwrap();

    swept(&world, &world.process_with(Arc::new(Moments::counting()), moved())).await;
    let record = world.record().await;
    assert!(record.sealed.is_none(), "{record:?}");
    assert_eq!(world.endpoints().len(), 0);
}

/// A commit is made and not told; then the store is out of reach for a moment.
#[derive(Debug, Default)]
struct InDoubtThenAway {
    commits: AtomicU32,
}

#[async_trait]
impl Hook for InDoubtThenAway {
    async fn before_commit(&self, step: &Step) -> Result<(), StoreError> {
        if step.action == Action::RefundSending && self.commits.load(Ordering::SeqCst) == 1 {
            self.commits.store(2, Ordering::SeqCst);
            return Err(StoreError::Unavailable("no connection".into()));
        }
        Ok(())
    }

    async fn after_commit(&self, step: &Step) -> Result<(), StoreError> {
        if step.action == Action::RefundSending && self.commits.load(Ordering::SeqCst) == 0 {
            self.commits.store(1, Ordering::SeqCst);
            return Err(StoreError::InDoubt("lost".into()));
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_reached_after_a_doubt_does_not_mean_that_nothing_was_written() {
    let world = World::new().await;
    let billing = process(&world);
    paid(&world, &billing).await;

    let doubtful = world.process(Arc::new(InDoubtThenAway::default()));
    let refund = world.give_back(&doubtful, TOTAL).await.unwrap().refund;

    assert_eq!(refund.state, RefundState::Succeeded);
    let known = billing.payment(&manager(world.dispensary), world.payment).await.unwrap();
    assert_eq!(known.payment.refunds.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_the_sealing_key_an_endpoint_is_looked_after_ever_more_rarely_and_nothing_of_it_is_forgotten()
{
    let world = World::noticed().await;
    world.sweep_accounts(&process(&world)).await;
    let before = world.record().await.subscription.unwrap();
    let ring = StaticKeyRing::new(SealKeyId::parse("2027").unwrap(), SealKey::from_bytes([8; 32]));
    let blind = Billing::builder(Arc::clone(&world.store), Arc::new(ring))
        .connector(Arc::new(StripeConnector::new(world.stripe.exchange(), StripeConfig::default())))
        .clock(world.clock.clone())
        .config(noticing())
        .build();
    let removing = world.process_with(Arc::new(DiesAtTheEndpoint), noticing());
    removing.remove_account(&owner(world.dispensary), ProcessorId::STRIPE).await.unwrap();
    swept(&world, &blind).await;

    let record = world.record().await;
    assert!(record.sealed.is_some(), "only they can remove the endpoint");
    let after = record.subscription.unwrap();
    assert_eq!((&after.endpoint, &after.sealed), (&before.endpoint, &before.sealed));
    assert!(after.failures > 0);

    world.advance(Duration::from_mins(15));
    swept(&world, &process(&world)).await;
    assert!(world.record().await.sealed.is_none());
    assert_eq!(world.endpoints().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_another_intent_is_no_second_charge() {
    let world = World::new().await;
    let (billing, desk) = (world.plain(), front_desk(world.dispensary));
    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    world.stripe.faults().next("GET /v1/payment_intents/{id}", Fault::wrong_id());
    let told_right = (billing.clone(), desk.clone(), world.payment);
    let told_wrong = world.process(Meanwhile::before(Action::PaymentMoved, move || {
        let (billing, desk, payment) = told_right.clone();
        Box::pin(async move { drop(billing.settle(&desk, payment).await.unwrap()) })
    }));

    let settled = told_wrong.settle(&desk, world.payment).await.unwrap();

    assert_eq!((settled.state, settled.payment.strays), (PaymentState::Succeeded, vec![]));
    world.judge(&billing, "told about another intent").await;
}

#[tokio::test(start_paused = true)]
async fn a_refund_whose_own_id_was_told_wrong_is_found_by_ours() {
    let world = World::new().await;
    let billing = world.plain();
    paid(&world, &billing).await;
    world.stripe.faults().next("POST /v1/refunds", Fault::wrong_id());
    let told = world.give_back(&billing, TOTAL).await.unwrap().refund;
    assert_eq!(told.state, RefundState::Succeeded);
    let made = world.stripe.ledger(world.account.id()).entries[0].refunds[0].id.clone();
    assert_ne!(told.reference.as_ref().map(|reference| &reference.0), Some(&made));
    assert!(world.stripe.finish_refund(&made, RefundOutcome::Failed("expired_or_canceled_card")));

    let manager = manager(world.dispensary);
    let found = billing.settle_refund(&manager, world.payment, world.refund).await.unwrap().refund;

    assert!(matches!(found.state, RefundState::Failed(_)), "{found:?}");
    assert_eq!(found.reference.map(|reference| reference.0), Some(made));
    world.judge(&billing, "a refund's own id was told wrong").await;
}
