//! What holds a charge on return and a refund when the world moves under them: stalls, conflicts, rolled and removed credentials.
//! Stories 63 and 68, and the parts of 40 and 60 that Moneris adds.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use billing_acceptance::{
    Clinic, Hook, Moments, TOTAL, Till, World, frame_of, front_desk, handover_of, owner,
};
use billing_app::{Billing, BillingError, PaymentView, SaveKeys};
use billing_credentials::{Submitted, fields};
use billing_domain::payment::{AttemptState, PaymentState, Reference, Review};
use billing_domain::refund::{RefundFailure, RefundState};
use billing_domain::{
    Action, BillingStore, CardGrant, DispensaryId, PayableStatus, ProcessorId, Proof, Step, StoreError, Write,
};
use billing_testkit::TestClock;
use billing_testkit::moneris::{Card, Fault, StoreSpec};
use uuid::Uuid;

const CHARGE: &str = "res_purchase_cc";
const CHECK: &str = "status_check";

fn plain(world: &World) -> Billing {
    world.process(Arc::new(Moments::counting()))
}

/// Send Request, a card typed into the frame, and what the page brings back.
async fn granted(world: &World, billing: &Billing, card: Card) -> CardGrant {
    let frame = frame_of(&handover_of(world.send(billing).await.unwrap()));
    let token = world.moneris.cardholder(&frame.profile_id).tokenize(card).unwrap();
    CardGrant { reference: Reference(frame.order_id), token: token.into() }
}

async fn charge(world: &World, billing: &Billing, grant: CardGrant) -> Result<PaymentView, BillingError> {
    billing.charge_card(&front_desk(world.dispensary), world.payment, grant).await
}

async fn view(world: &World, billing: &Billing) -> PaymentView {
    billing.payment(&front_desk(world.dispensary), world.payment).await.unwrap()
}

/// The machine stands still after the commits of one kind.
#[derive(Debug)]
struct Stalls {
    after: Action,
    by: Duration,
    clock: Arc<TestClock>,
    done: AtomicBool,
}

impl Stalls {
    fn once(world: &World, after: Action, by: Duration) -> Arc<Self> {
        Arc::new(Self { after, by, clock: world.clock.clone(), done: AtomicBool::new(false) })
    }
}

#[async_trait]
impl Hook for Stalls {
    async fn after_commit(&self, step: &Step) -> Result<(), StoreError> {
        if step.action == self.after && !self.done.swap(true, Ordering::SeqCst) {
            self.clock.advance(self.by);
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn story_68_a_charge_that_stalled_after_its_commit_is_not_sent_and_taken_back() {
    let world = World::with(Till::HostedTokenization).await;
    let grant = granted(&world, &plain(&world), Card::VISA).await;
    let slow = world.process(Stalls::once(&world, Action::PaymentCharging, Duration::from_secs(3)));

    let late = charge(&world, &slow, grant).await.unwrap_err();

    assert!(matches!(late, BillingError::Late), "{late:?}");
    assert_eq!(world.moneris.count(CHARGE), 0);
    let newest = view(&world, &slow).await.payment.newest().unwrap().clone();
    assert_eq!((newest.state, newest.sealed), (AttemptState::Dead(Proof::NeverSent), None));
    let again = granted(&world, &slow, Card::VISA).await;
    assert_eq!(charge(&world, &slow, again).await.unwrap().state, PaymentState::Succeeded);
    world.judge(&slow, "after a stall").await;
}

#[tokio::test(start_paused = true)]
async fn story_68_a_refund_that_stalled_after_its_commit_is_not_sent_and_taken_back() {
    for till in [Till::Stripe, Till::HostedTokenization] {
        let world = World::with(till).await;
        let billing = plain(&world);
        if till == Till::Stripe {
            let sent = world.send(&billing).await.unwrap();
            world.pay(sent, billing_testkit::stripe::Card::VISA).await;
            billing.settle(&front_desk(world.dispensary), world.payment).await.unwrap();
        } else {
            let grant = granted(&world, &billing, Card::VISA).await;
            charge(&world, &billing, grant).await.unwrap();
        }
        let slow = world.process(Stalls::once(&world, Action::RefundSending, Duration::from_secs(3)));

        let late = world.give_back(&slow, TOTAL).await.unwrap_err();

        assert!(matches!(late, BillingError::Late), "{till:?}: {late:?}");
        assert_eq!(world.truly_given_back(), 0, "{till:?}");
        let state = view(&world, &slow).await.payment.refunds[0].state.clone();
        assert_eq!(state, RefundState::Failed(RefundFailure::NeverSent), "{till:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_check_that_stalled_after_its_claim_is_not_asked_late_and_a_person_is_called() {
    let world = World::with(Till::HostedTokenization).await;
    let billing = plain(&world);
    let grant = granted(&world, &billing, Card::VISA).await;
    world.moneris.faults().next(CHARGE, Fault::DropAfterEffect);
    charge(&world, &billing, grant).await.unwrap();
    world.advance(Duration::from_secs(45));
    let slow = world.process(Stalls::once(&world, Action::PaymentCheckSent, Duration::from_secs(100)));

    slow.sweep(10).await.unwrap();
    slow.sweep(10).await.unwrap();

    assert_eq!(world.moneris.count(CHECK), 0);
    let state = view(&world, &slow).await.payment.newest().unwrap().state.clone();
    assert_eq!(state, AttemptState::NeedsReview(Review::CheckSpent));
}

#[tokio::test(start_paused = true)]
async fn the_process_that_charged_asks_by_itself_when_its_time_has_come() {
    let world = World::with(Till::HostedTokenization).await;
    let billing = plain(&world);
    let grant = granted(&world, &billing, Card::TIMES_OUT_PAID).await;
    let unknown = charge(&world, &billing, grant).await.unwrap();
    assert_eq!(unknown.state, PaymentState::Unknown);

    world.advance(Duration::from_secs(41));
    tokio::time::sleep(Duration::from_secs(41)).await;

    assert_eq!(world.moneris.count(CHECK), 1);
    assert_eq!(view(&world, &billing).await.state, PaymentState::Succeeded);
}

/// Another writer comes between our read and our write, some times.
#[derive(Debug)]
struct Meddles {
    store: Arc<dyn BillingStore>,
    on: Action,
    left: std::sync::atomic::AtomicU32,
}

#[async_trait]
impl Hook for Meddles {
    async fn before_commit(&self, step: &Step) -> Result<(), StoreError> {
        let take = |left: u32| left.checked_sub(1);
        if step.action != self.on || self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_err()
        {
            return Ok(());
        }
        for write in &step.writes {
            let theirs = match write {
                Write::Attempt { payment, .. } => {
                    let stored = self.store.payment(step.dispensary, *payment).await?.unwrap();
                    let mut attempt = stored.newest().unwrap().clone();
                    attempt.idle_checks += 1;
                    attempt.revision += 1;
                    Write::Attempt { payment: *payment, attempt: Box::new(attempt) }
                }
                Write::Refund { payment, refund } => {
                    let stored = self.store.payment(step.dispensary, *payment).await?.unwrap();
                    let mut refund = stored.refund(refund.id).unwrap().clone();
                    refund.idle_checks += 1;
                    refund.revision += 1;
                    Write::Refund { payment: *payment, refund: Box::new(refund) }
                }
                _ => continue,
            };
            let id = billing_domain::StepId::new(Uuid::now_v7());
            let theirs = Step { id, requires: Vec::new(), writes: vec![theirs], ..step.clone() };
            self.store.commit(theirs).await?;
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn story_63_after_a_conflict_an_approval_and_a_refund_are_stored_and_moneris_is_asked_once() {
    let world = World::with(Till::HostedTokenization).await;
    let grant = granted(&world, &plain(&world), Card::VISA).await;
    let meddled = |on| {
        let left = 3.into();
        world.process(Arc::new(Meddles { store: Arc::clone(&world.store), on, left }))
    };

    let paid = charge(&world, &meddled(Action::PaymentMoved), grant).await.unwrap();
    assert_eq!((paid.state, world.moneris.count(CHARGE)), (PaymentState::Succeeded, 1));

    let refunded = world.give_back(&meddled(Action::RefundMoved), 2_500).await.unwrap();
    assert_eq!((refunded.refund.state, world.moneris.count("refund")), (RefundState::Succeeded, 1));
    world.judge(&plain(&world), "after conflicts").await;
}

#[tokio::test]
async fn a_charge_keeps_the_version_of_the_credentials_it_was_made_with() {
    let clinic = Clinic::with_moneris().await;
    let (payment, frame) = clinic.hand_over_frame(clinic.invoice("10.50").await).await;
    assert_eq!(clinic.payment(payment).await.payment.newest().unwrap().account_version, 1);
    clinic.save_moneris().await.unwrap();
    clinic.moneris.faults().next(CHARGE, Fault::DropAfterEffect);

    let unknown = clinic.charge(payment, clinic.grant(&frame, Card::VISA)).await.unwrap();

    assert_eq!(unknown.payment.newest().unwrap().account_version, 2);
}

#[tokio::test]
async fn credentials_rolled_while_a_charge_is_in_doubt_ask_with_the_new_ones() {
    let clinic = Clinic::with_moneris().await;
    let (payment, frame) = clinic.hand_over_frame(clinic.invoice("10.50").await).await;
    clinic.moneris.faults().next(CHARGE, Fault::DropAfterEffect);
    clinic.charge(payment, clinic.grant(&frame, Card::VISA)).await.unwrap();
    clinic.till.replace_api_token("Another0Token");
    clinic.save_moneris().await.unwrap();

    clinic.advance(Duration::from_secs(45));
    clinic.sweep().await;

    assert_eq!(clinic.payment(payment).await.state, PaymentState::Succeeded);
}

#[tokio::test]
async fn a_store_removed_or_replaced_while_a_charge_is_in_doubt_is_asked_about_its_own_charge() {
    let clinic = Clinic::with_moneris().await;
    let invoice = clinic.invoice("10.50").await;
    let (payment, frame) = clinic.hand_over_frame(invoice).await;
    clinic.moneris.faults().next(CHARGE, Fault::DropAfterEffect);
    clinic.charge(payment, clinic.grant(&frame, Card::VISA)).await.unwrap();
    let other = clinic.moneris.store(StoreSpec::new("gwca009999", "Zz98Yy76Xx54"));
    let pasted: Submitted = [
        (fields::STORE_ID, other.id().to_owned()),
        (fields::API_TOKEN, other.api_token()),
        (fields::PROFILE_ID, other.profile_id()),
    ]
    .into_iter()
    .collect();
    let keys = SaveKeys::checked(ProcessorId::MONERIS, pasted);
    clinic.billing.save_keys(&owner(clinic.dispensary), keys).await.unwrap();
    clinic.billing.remove_account(&owner(clinic.dispensary), ProcessorId::MONERIS).await.unwrap();

    clinic.advance(Duration::from_secs(45));
    clinic.sweep().await;

    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
    assert_eq!(clinic.moneris.requests_to(CHECK)[0].store_id.as_deref(), Some(clinic.till.id()));
    let kept = clinic.store.accounts(clinic.dispensary).await.unwrap();
    assert!(
        kept.iter().all(|account| account.sealed.is_none()),
        "nothing is open on either: both are erased"
    );
}

#[tokio::test]
async fn story_60_two_dispensaries_do_not_see_each_others_charges_grants_and_refunds() {
    let clinic = Clinic::with_moneris().await;
    let (payment, frame) = clinic.hand_over_frame(clinic.invoice("10.50").await).await;
    let grant = clinic.grant(&frame, Card::VISA);
    let neighbour = DispensaryId::new(Uuid::from_u128(0xd2));
    clinic.add_dispensary(neighbour).await;

    let stolen =
        clinic.billing.charge_card(&front_desk(neighbour), payment, grant.clone()).await.unwrap_err();
    assert!(matches!(stolen, BillingError::NotFound("payment")), "{stolen:?}");
    clinic.charge(payment, grant).await.unwrap();
    let request = billing_app::RefundRequest {
        refund: billing_domain::RefundId::new(Uuid::now_v7()),
        payment,
        capture: billing_domain::payment::CaptureId::Attempt(1),
        amount: billing_acceptance::money("1.00", billing_domain::Currency::CAD),
    };
    let refused = clinic.billing.refund(&owner(neighbour), request).await.unwrap_err();
    assert!(matches!(refused, BillingError::NotFound("payment")), "{refused:?}");
    assert_eq!(clinic.moneris.ledger(clinic.till.id()).total_refunded(), 0);
}
