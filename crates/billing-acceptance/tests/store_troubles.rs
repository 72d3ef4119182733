//! Stories 63, 66 and 68, and a store that fails at the worst moment.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use billing_acceptance::{Clinic, Hook, Moments, World, front_desk};
use billing_app::BillingError;
use billing_domain::payment::{AttemptState, PaymentState};
use billing_domain::{Action, BillingStore, Clock, Conflict, Proof, Step, StoreError, Write};
use billing_store::{SqliteOptions, SqliteStore, Synchronous};
use billing_testkit::TestClock;
use billing_testkit::stripe::{Card, Fault};
use billing_transport::{Request, SendError};

const CREATE: &str = "POST /v1/payment_intents";
const READ: &str = "GET /v1/payment_intents/{id}";

/// The machine is paused between the commit of an attempt and its send.
#[derive(Debug)]
struct Stalls {
    clock: Arc<TestClock>,
    how: Stall,
}

#[derive(Clone, Copy, Debug)]
enum Stall {
    /// Both clocks go on.
    Plain(Duration),
    /// Time goes by, and someone sets the wall clock back over it.
    WallSetBack(Duration),
}

#[async_trait]
impl Hook for Stalls {
    async fn after_commit(&self, step: &Step) -> Result<(), StoreError> {
        if !matches!(step.action, Action::PaymentSending | Action::PaymentCancelSent) {
            return Ok(());
        }
        match self.how {
            Stall::Plain(by) => self.clock.advance(by),
            Stall::WallSetBack(by) => {
                let before = self.clock.now();
                self.clock.advance(by);
                self.clock.set_wall(before);
            }
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn story_68_a_process_that_stalls_between_commit_and_send_does_not_send_and_takes_the_record_back() {
    for how in [Stall::Plain(Duration::from_secs(3)), Stall::WallSetBack(Duration::from_secs(3))] {
        let world = World::new().await;
        let billing = world.process(Arc::new(Stalls { clock: world.clock.clone(), how }));

        let late = world.send(&billing).await.unwrap_err();

        assert!(matches!(late, BillingError::Late), "{how:?}: {late:?}");
        assert_eq!(world.stripe.count(CREATE), 0, "{how:?}");
        let next = world.process(Arc::new(Moments::counting()));
        let view = next.payment(&front_desk(world.dispensary), world.payment).await.unwrap();
        assert_eq!(view.payment.newest().unwrap().state, AttemptState::Dead(Proof::NeverSent), "{how:?}");
        let sent = world.send(&next).await.unwrap();
        world.pay(sent, Card::VISA).await;
        next.settle(&front_desk(world.dispensary), world.payment).await.unwrap();
        world.judge(&next, "after a stall").await;
    }
}

#[tokio::test(start_paused = true)]
async fn story_68_a_stalled_cancel_is_not_sent_and_the_payment_stays_as_it_was() {
    let world = World::new().await;
    let quick = world.process(Arc::new(Moments::counting()));
    world.send(&quick).await.unwrap();
    let how = Stall::Plain(Duration::from_secs(3));
    let slow = world.process(Arc::new(Stalls { clock: world.clock.clone(), how }));

    let late = slow.cancel_payment(&front_desk(world.dispensary), world.payment).await.unwrap_err();

    assert!(matches!(late, BillingError::Late), "{late:?}");
    assert_eq!(world.stripe.count("POST /v1/payment_intents/{id}/cancel"), 0);
    let view = quick.payment(&front_desk(world.dispensary), world.payment).await.unwrap();
    assert_eq!(view.state, PaymentState::Open);
}

/// Another process writes to the attempt between our read and our write, a number of times.
#[derive(Debug)]
struct Meddles {
    store: Arc<dyn BillingStore>,
    left: AtomicU32,
    armed: AtomicBool,
}

#[async_trait]
impl Hook for Meddles {
    async fn before_commit(&self, step: &Step) -> Result<(), StoreError> {
        let take = |left: u32| left.checked_sub(1);
        let meddle = self.armed.load(Ordering::SeqCst)
            && self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok();
        let attempt = step.writes.iter().find_map(|write| match write {
            Write::Attempt { payment, .. } => Some(*payment),
            _ => None,
        });
        if let (true, Some(payment)) = (meddle, attempt) {
            let stored = self.store.payment(step.dispensary, payment).await?.unwrap();
            let mut attempt = stored.newest().unwrap().clone();
            attempt.idle_checks += 1;
            attempt.revision += 1;
            let mut theirs = step.clone();
            theirs.id = billing_domain::StepId::new(uuid::Uuid::now_v7());
            theirs.requires.clear();
            theirs.writes = vec![Write::Attempt { payment, attempt: Box::new(attempt) }];
            self.store.commit(theirs).await?;
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn story_63_after_a_conflict_the_fact_is_stored_on_the_newer_state_and_stripe_is_asked_once() {
    let world = World::new().await;
    let meddles = Arc::new(Meddles {
        store: Arc::clone(&world.store),
        left: AtomicU32::new(3),
        armed: AtomicBool::new(false),
    });
    let billing = world.process(meddles.clone());
    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;

    meddles.armed.store(true, Ordering::SeqCst);
    let reads = world.stripe.count(READ);
    let settled = billing.settle(&front_desk(world.dispensary), world.payment).await.unwrap();

    assert_eq!(settled.state, PaymentState::Succeeded);
    assert_eq!(meddles.left.load(Ordering::SeqCst), 0, "it was meddled with three times");
    assert_eq!(world.stripe.count(READ), reads + 1);
    world.judge(&billing, "after conflicts").await;
}

/// The store answers one chosen kind of step with an error, once or for ever; the step may be committed all the same.
#[derive(Debug)]
struct Fails {
    action: Action,
    times: AtomicU32,
    error: fn() -> StoreError,
}

impl Fails {
    fn on(action: Action, times: u32, error: fn() -> StoreError) -> Arc<Self> {
        Arc::new(Self { action, times: AtomicU32::new(times), error })
    }
}

#[async_trait]
impl Hook for Fails {
    async fn before_commit(&self, step: &Step) -> Result<(), StoreError> {
        let take = |left: u32| left.checked_sub(1);
        let fails = step.action == self.action
            && self.times.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok();
        if fails { Err((self.error)()) } else { Ok(()) }
    }
}

fn in_doubt() -> StoreError {
    StoreError::InDoubt("the connection to the store broke".into())
}

fn changed() -> StoreError {
    StoreError::Conflict(Conflict::Revision("payable"))
}

fn unavailable() -> StoreError {
    StoreError::Unavailable("the disk is full".into())
}

#[tokio::test(start_paused = true)]
async fn a_store_in_doubt_before_a_send_is_asked_again_with_the_same_step_before_anything_is_sent() {
    let world = World::new().await;
    let fails = Fails::on(Action::PaymentSending, 3, in_doubt);
    let billing = world.process(fails);
    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    billing.settle(&front_desk(world.dispensary), world.payment).await.unwrap();
    world.judge(&billing, "after doubt").await;
    assert_eq!(world.stripe.count(CREATE), 1);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_stays_in_doubt_or_fails_before_a_send_means_nothing_is_sent() {
    let errors: [fn() -> StoreError; 2] = [in_doubt, unavailable];
    for error in errors {
        let world = World::new().await;
        let billing = world.process(Fails::on(Action::PaymentSending, u32::MAX, error));
        let refused = world.send(&billing).await.unwrap_err();
        assert!(matches!(refused, BillingError::Store(_)), "{refused:?}");
        assert_eq!(world.stripe.count(CREATE), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_at_the_hand_over_gives_nothing_to_the_browser_and_the_next_send_resumes() {
    let world = World::new().await;
    let billing = world.process(Fails::on(Action::PaymentHandedOver, 1, unavailable));
    let refused = world.send(&billing).await.unwrap_err();
    assert!(matches!(refused, BillingError::Store(StoreError::Unavailable(_))), "{refused:?}");

    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    billing.settle(&front_desk(world.dispensary), world.payment).await.unwrap();
    world.judge(&billing, "after a failed hand-over").await;
    assert_eq!(world.stripe.ledger(world.account.id()).entries.len(), 1, "the same intent");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_after_the_charge_loses_nothing_the_next_look_stores_it() {
    let world = World::new().await;
    let billing = world.process(Fails::on(Action::PaymentMoved, 1, unavailable));
    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    let desk = front_desk(world.dispensary);
    billing.settle(&desk, world.payment).await.unwrap_err();
    assert_eq!(billing.payment(&desk, world.payment).await.unwrap().state, PaymentState::Open);

    world.advance(Duration::from_mins(2));
    billing.sweep(10).await.unwrap();
    world.judge(&billing, "after a failed write").await;
    assert_eq!(billing.payment(&desk, world.payment).await.unwrap().state, PaymentState::Succeeded);
}

/// An account is removed while a submission on it is at Stripe.
#[derive(Debug)]
struct RemovesMeanwhile {
    store: Arc<dyn BillingStore>,
    dispensary: billing_domain::DispensaryId,
    done: AtomicBool,
}

#[async_trait]
impl Hook for RemovesMeanwhile {
    async fn before_send(&self, request: &Request) -> Result<(), SendError> {
        if request.method != http::Method::POST || self.done.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let mut account = self.store.accounts(self.dispensary).await.unwrap().remove(0);
        account.state = billing_domain::AccountState::Draining {
            since: account.saved_at,
            until: billing_domain::later(account.saved_at, std::time::Duration::from_hours(720)),
        };
        account.revision += 1;
        let step = Step {
            id: billing_domain::StepId::new(uuid::Uuid::now_v7()),
            dispensary: self.dispensary,
            at: account.saved_at,
            by: billing_domain::ActorId::system(),
            action: Action::AccountRemoved,
            subject: billing_domain::Subject::Account(account.account.account),
            note: String::new(),
            requires: Vec::new(),
            writes: vec![Write::Account(Box::new(account))],
        };
        self.store.commit(step).await.unwrap();
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_removed_while_a_submission_is_on_its_way_is_not_handed_over_and_its_object_is_cancelled()
{
    let world = World::new().await;
    let hook = RemovesMeanwhile {
        store: Arc::clone(&world.store),
        dispensary: world.dispensary,
        done: AtomicBool::new(false),
    };
    let billing = world.process(Arc::new(hook));

    let withdrawn = world.send(&billing).await.unwrap_err();

    assert!(matches!(withdrawn, BillingError::PaymentWithdrawn), "{withdrawn:?}");
    assert_eq!(world.stripe.ledger(world.account.id()).entries[0].status, "canceled");
    world.judge(&billing, "after a removal").await;
    let account = world.store.accounts(world.dispensary).await.unwrap().remove(0);
    assert_eq!(account.sealed, None, "nothing is open on it: its keys are erased");
}

#[tokio::test(start_paused = true)]
async fn a_conflict_that_never_ends_is_told_as_busy_and_sends_nothing() {
    let world = World::new().await;
    let billing = world.process(Fails::on(Action::PaymentSending, u32::MAX, changed));
    let busy = world.send(&billing).await.unwrap_err();
    assert!(matches!(busy, BillingError::Busy), "{busy:?}");
    assert_eq!(world.stripe.count(CREATE), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stored_500_is_never_replayed_into_a_second_charge() {
    let world = World::new().await;
    world.stripe.faults().next(CREATE, Fault::FailStored);
    let billing = world.process(Arc::new(Moments::counting()));
    world.send(&billing).await.unwrap_err();
    world.stripe.faults().clear();
    world.send(&billing).await.unwrap_err();
    world.advance(Duration::from_mins(2));
    billing.sweep(10).await.unwrap();

    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    billing.settle(&front_desk(world.dispensary), world.payment).await.unwrap();
    world.judge(&billing, "after a stored 500").await;
}

#[tokio::test]
async fn story_66_a_database_that_could_lose_a_committed_step_is_refused() {
    let clinic = Clinic::with_stripe().await;
    let careless = SqliteOptions { synchronous: Synchronous::Normal, ..SqliteOptions::default() };
    let refused = SqliteStore::open(clinic.database(), careless).unwrap_err();
    assert!(refused.to_string().contains("power"), "{refused}");
}
