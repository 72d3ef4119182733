//! Story 68 for charges on return, their status check and refunds; and another process that acts between a look and its commit.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use billing_acceptance::{Hook, Meanwhile, Moments, Till, World, frame_of, front_desk, handover_of, manager};
use billing_app::{Billing, BillingError, PaymentView};
use billing_domain::payment::{AttemptState, PaymentState, Reference};
use billing_domain::refund::{RefundEvent, RefundFailure, RefundState};
use billing_domain::{Action, ActorId, CardGrant, Clock, Proof, Step, StepId, StoreError, Subject, Write};
use billing_testkit::TestClock;
use billing_testkit::moneris::{Card as MonerisCard, Fault};
use billing_testkit::stripe::Card;
use billing_transport::{Request, SendError};
use uuid::Uuid;

const CHARGE: &str = "res_purchase_cc";
const CHECK: &str = "status_check";
const AT_STRIPE: &str = "POST /v1/refunds";

/// Once, after the commit of one kind, the machine sleeps for three seconds.
#[derive(Debug)]
struct Sleeps {
    clock: Arc<TestClock>,
    after: Action,
    is_wall_set_back: bool,
    slept: AtomicBool,
}

impl Sleeps {
    fn after(world: &World, after: Action, is_wall_set_back: bool) -> Arc<Self> {
        Arc::new(Self { clock: world.clock.clone(), after, is_wall_set_back, slept: AtomicBool::new(false) })
    }
}

#[async_trait]
impl Hook for Sleeps {
    async fn after_commit(&self, step: &Step) -> Result<(), StoreError> {
        if step.action == self.after && !self.slept.swap(true, Ordering::SeqCst) {
            let before = self.clock.now();
            self.clock.advance(Duration::from_secs(3));
            if self.is_wall_set_back {
                self.clock.set_wall(before);
            }
        }
        Ok(())
    }
}

fn plain(world: &World) -> Billing {
    world.process(Arc::new(Moments::counting()))
}

async fn charge(world: &World, billing: &Billing) -> Result<PaymentView, BillingError> {
    let frame = frame_of(&handover_of(world.send(billing).await.unwrap()));
    let token = world.moneris.cardholder(&frame.profile_id).tokenize(MonerisCard::VISA).unwrap();
    let grant = CardGrant { reference: Reference(frame.order_id), token: token.into() };
    billing.charge_card(&front_desk(world.dispensary), world.payment, grant).await
}

/// Charged by Moneris, unknown to us.
async fn in_doubt() -> World {
    let world = World::with(Till::HostedTokenization).await;
    world.moneris.faults().next(CHARGE, Fault::DropAfterEffect);
    assert_eq!(charge(&world, &plain(&world)).await.unwrap().state, PaymentState::Unknown);
    world.clock.advance(Duration::from_secs(45));
    world
}

async fn paid_at_stripe() -> World {
    let world = World::new().await;
    let sent = world.send(&plain(&world)).await.unwrap();
    world.pay(sent, Card::VISA).await;
    plain(&world).settle(&front_desk(world.dispensary), world.payment).await.unwrap();
    world
}

async fn refund_state(world: &World) -> RefundState {
    let stored = plain(world).payment(&manager(world.dispensary), world.payment).await.unwrap().payment;
    stored.refund(world.refund).unwrap().state.clone()
}

#[tokio::test(start_paused = true)]
async fn story_68_a_machine_that_slept_between_the_commit_of_a_charge_and_its_send_does_not_charge() {
    for is_wall_set_back in [false, true] {
        let world = World::with(Till::HostedTokenization).await;
        let billing = world.process(Sleeps::after(&world, Action::PaymentCharging, is_wall_set_back));

        let late = charge(&world, &billing).await.unwrap_err();

        assert!(matches!(late, BillingError::Late), "{late:?}");
        assert_eq!(world.moneris.count(CHARGE), 0);
        let stored = billing.payment(&front_desk(world.dispensary), world.payment).await.unwrap();
        let newest = stored.payment.newest().unwrap();
        assert_eq!(newest.state, AttemptState::Dead(Proof::NeverSent));
        assert_eq!(newest.sealed, None);
    }
}

#[tokio::test(start_paused = true)]
async fn story_68_a_machine_that_slept_between_the_claim_of_a_status_check_and_its_send_gives_it_back() {
    for is_wall_set_back in [false, true] {
        let world = in_doubt().await;
        let billing = world.process(Sleeps::after(&world, Action::PaymentCheckSent, is_wall_set_back));

        billing.sweep(10).await.unwrap();
        assert_eq!(world.moneris.count(CHECK), 0, "its two minutes may be over");

        world.clock.advance(Duration::from_secs(10));
        billing.sweep(10).await.unwrap();
        assert_eq!(world.moneris.count(CHECK), 1);
        let told = billing.payment(&front_desk(world.dispensary), world.payment).await.unwrap();
        assert_eq!(told.state, PaymentState::Succeeded);
    }
}

#[tokio::test(start_paused = true)]
async fn story_68_a_machine_that_slept_between_the_commit_of_a_refund_and_its_send_gives_nothing_back() {
    for is_wall_set_back in [false, true] {
        let world = paid_at_stripe().await;
        let billing = world.process(Sleeps::after(&world, Action::RefundSending, is_wall_set_back));

        let late = world.give_back(&billing, 2_500).await.unwrap_err();

        assert!(matches!(late, BillingError::Late), "{late:?}");
        assert_eq!(world.stripe.requests_to(AT_STRIPE).len(), 0);
        assert_eq!(refund_state(&world).await, RefundState::Failed(RefundFailure::NeverSent));
    }
}

/// Its process died when the refund was written, and before it was sent.
async fn written_and_not_sent() -> World {
    let world = paid_at_stripe().await;
    let moments = Arc::new(Moments::ending_at(1, billing_acceptance::Ending::ProcessDies));
    let dying = world.process(moments.clone());
    tokio::select! {
        biased;
        () = moments.reached() => {}
        ended = world.give_back(&dying, 2_500) => panic!("{ended:?}"),
    }
    dying.abort();
    assert_eq!(refund_state(&world).await, RefundState::Sending);
    world.clock.advance(Duration::from_secs(91));
    world
}

#[tokio::test(start_paused = true)]
async fn story_68_a_machine_that_slept_before_it_repeated_a_refund_does_not_repeat_it_then() {
    for is_wall_set_back in [false, true] {
        let world = written_and_not_sent().await;
        let billing = world.process(Sleeps::after(&world, Action::RefundMoved, is_wall_set_back));
        let manager = manager(world.dispensary);

        billing.settle_refund(&manager, world.payment, world.refund).await.unwrap();
        assert_eq!(world.stripe.requests_to(AT_STRIPE).len(), 0);

        let told = billing.settle_refund(&manager, world.payment, world.refund).await.unwrap();
        assert_eq!(told.refund.state, RefundState::Succeeded);
        assert_eq!(world.truly_given_back(), 2_500);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refund_that_ended_while_somebody_was_about_to_repeat_it_is_not_repeated() {
    let world = Arc::new(written_and_not_sent().await);
    let w = Arc::clone(&world);
    let billing = world.process(Meanwhile::before(Action::RefundMoved, move || {
        let w = Arc::clone(&w);
        Box::pin(async move {
            // Its own call learns at last that nothing was sent.
            let stored = w.store.payment(w.dispensary, w.payment).await.unwrap().unwrap();
            let known = stored.refund(w.refund).unwrap();
            let mut ended = known.apply(&RefundEvent::NotSent, w.clock.now()).unwrap();
            ended.due_at = None;
            let step = Step {
                id: StepId::new(Uuid::now_v7()),
                dispensary: w.dispensary,
                at: w.clock.now(),
                by: ActorId::system(),
                action: Action::RefundMoved,
                subject: Subject::Payment(w.payment),
                note: String::new(),
                requires: Vec::new(),
                writes: vec![Write::Refund { payment: w.payment, refund: Box::new(ended) }],
            };
            w.store.commit(step).await.unwrap();
        })
    }));

    drop(billing.settle_refund(&manager(world.dispensary), world.payment, world.refund).await);

    assert_eq!(refund_state(&world).await, RefundState::Failed(RefundFailure::NeverSent));
    assert_eq!(world.truly_given_back(), 0, "the desk was told that nothing was given back, and nothing is");
}

#[tokio::test(start_paused = true)]
async fn a_status_check_claimed_by_another_process_in_the_meantime_is_not_asked_again() {
    for answer in [None, Some(Fault::DropAfterEffect)] {
        let world = Arc::new(in_doubt().await);
        let w = Arc::clone(&world);
        let billing = world.process(Meanwhile::before(Action::PaymentCheckSent, move || {
            let w = Arc::clone(&w);
            Box::pin(async move {
                if let Some(fault) = answer {
                    w.moneris.faults().next(CHECK, fault);
                }
                plain(&w).settle(&front_desk(w.dispensary), w.payment).await.unwrap();
            })
        }));

        billing.settle(&front_desk(world.dispensary), world.payment).await.unwrap();

        assert_eq!(world.moneris.count(CHECK), 1, "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_erased_between_the_look_and_the_commit_of_a_refund_is_sent_nothing() {
    let world = Arc::new(paid_at_stripe().await);
    let w = Arc::clone(&world);
    let billing = world.process(Meanwhile::before(Action::RefundSending, move || {
        let w = Arc::clone(&w);
        Box::pin(async move {
            let owner = billing_acceptance::owner(w.dispensary);
            plain(&w).remove_account(&owner, billing_domain::ProcessorId::STRIPE).await.unwrap();
        })
    }));

    let refused = world.give_back(&billing, 2_500).await.unwrap_err();

    assert!(matches!(refused, BillingError::CredentialsMissing { .. }), "{refused:?}");
    assert_eq!(world.truly_given_back(), 0);
}

#[tokio::test(start_paused = true)]
async fn another_refund_between_the_look_and_the_commit_leaves_no_room_for_this_one() {
    let world = Arc::new(paid_at_stripe().await);
    let w = Arc::clone(&world);
    let billing = world.process(Meanwhile::before(Action::RefundSending, move || {
        let w = Arc::clone(&w);
        Box::pin(async move {
            let request = billing_app::RefundRequest {
                refund: billing_domain::RefundId::new(Uuid::from_u128(0xfc)),
                payment: w.payment,
                capture: billing_domain::payment::CaptureId::Attempt(1),
                amount: billing_domain::Money::new(5_000, billing_domain::Currency::CAD),
            };
            plain(&w).refund(&manager(w.dispensary), request).await.unwrap();
        })
    }));

    let refused = world.give_back(&billing, 5_000).await.unwrap_err();

    assert!(matches!(refused, BillingError::RefundTooLarge { .. }), "{refused:?}");
    assert_eq!(world.stripe.requests_to(AT_STRIPE).len(), 1, "the store refuses it, not Stripe");
    assert_eq!(world.truly_given_back(), 5_000);
}

/// Settles the refund from another process while its own call is on its way.
#[derive(Debug)]
struct LookedAtOnItsWay {
    world: Arc<World>,
    looked: AtomicBool,
}

#[async_trait]
impl Hook for LookedAtOnItsWay {
    async fn before_send(&self, request: &Request) -> Result<(), SendError> {
        let is_refund = request.method == http::Method::POST && request.url.ends_with("/v1/refunds");
        if is_refund && !self.looked.swap(true, Ordering::SeqCst) {
            let world = &self.world;
            let manager = manager(world.dispensary);
            let other = plain(world);
            world.clock.advance(Duration::from_millis(1_500));
            let told = other.settle_refund(&manager, world.payment, world.refund).await.unwrap();
            assert_eq!(told.refund.state, RefundState::Sending);
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_refund_on_its_way_is_neither_asked_about_nor_repeated_by_anybody_else() {
    let world = Arc::new(paid_at_stripe().await);
    let hook = LookedAtOnItsWay { world: Arc::clone(&world), looked: AtomicBool::new(false) };
    let billing = world.process(Arc::new(hook));

    let told = world.give_back(&billing, 2_500).await.unwrap();

    assert_eq!(told.refund.state, RefundState::Succeeded);
    assert_eq!(world.stripe.requests_to(AT_STRIPE).len(), 1);
    assert_eq!(world.stripe.requests_to("GET /v1/refunds").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_charge_of_another_amount_calls_a_person_at_once_and_nothing_more_is_asked() {
    let world = World::with(Till::HostedTokenization).await;
    world.moneris.faults().next(CHARGE, Fault::WRONG_AMOUNT);
    let billing = plain(&world);

    let told = charge(&world, &billing).await.unwrap();

    let state = told.payment.newest().unwrap().state.clone();
    assert!(
        matches!(state, AttemptState::NeedsReview(billing_domain::payment::Review::Mismatch(_))),
        "{state:?}"
    );
    let mismatch =
        |alarm: &billing_domain::Alarming| matches!(alarm, billing_domain::Alarming::Mismatch { .. });
    assert!(world.alarms.raised().iter().any(mismatch));
    world.clock.advance(Duration::from_secs(45));
    billing.sweep(10).await.unwrap();
    assert_eq!(world.moneris.count(CHECK), 0);
}

#[tokio::test(start_paused = true)]
async fn a_status_check_whose_answer_was_lost_is_not_asked_again() {
    let world = in_doubt().await;
    let billing = plain(&world);
    world.moneris.faults().next(CHECK, Fault::DropAfterEffect);
    for _ in 0..8 {
        billing.sweep(10).await.unwrap();
        world.clock.advance(Duration::from_secs(8));
    }
    assert_eq!(world.moneris.count(CHECK), 1);
    let told = billing.payment(&front_desk(world.dispensary), world.payment).await.unwrap();
    let review = AttemptState::NeedsReview(billing_domain::payment::Review::CheckSpent);
    assert_eq!(told.payment.newest().unwrap().state, review);
}
