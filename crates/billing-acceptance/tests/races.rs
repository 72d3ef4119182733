//! What would go wrong if two things happened at the same moment: a defect each, kept from coming back.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_acceptance::{Clinic, Hook, Meanwhile, Moments, When, World, colleague, front_desk, owner};
use billing_app::{Billing, BillingError, PayableSource, SaveKeys, Sent};
use billing_credentials::{Submitted, fields};
use billing_domain::payment::{AttemptState, Finding, PaymentState};
use billing_domain::{
    Action, Clock, Currency, Dispensary, DispensaryId, DispensaryKind, OfficeId, PaymentId, ProcessorId,
    Step, StoreError, Subject,
};
use billing_testkit::stripe::{Card, Fault, Mode};
use uuid::Uuid;

const CREATE: &str = "POST /v1/payment_intents";
const READ: &str = "GET /v1/payment_intents/{id}";
const CANCEL: &str = "POST /v1/payment_intents/{id}/cancel";

fn plain(world: &World) -> Billing {
    world.process(Arc::new(Moments::counting()))
}

#[tokio::test(start_paused = true)]
async fn a_read_or_a_cancel_that_was_not_sent_never_says_that_nothing_was_charged() {
    let world = World::new().await;
    let billing = plain(&world);
    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    let desk = front_desk(world.dispensary);
    let mut told = Vec::new();
    world.stripe.faults().every(1, READ, Fault::RefuseConnection);
    world.stripe.faults().every(1, CANCEL, Fault::RefuseConnection);
    told.push(billing.settle(&desk, world.payment).await.unwrap_err().to_string());
    told.push(billing.resume(&desk, world.payment).await.unwrap_err().to_string());
    told.push(billing.cancel_payment(&desk, world.payment).await.unwrap_err().to_string());
    world.stripe.faults().clear();
    world.account.roll_secret(Mode::Live, true);
    told.push(billing.cancel_payment(&desk, world.payment).await.unwrap_err().to_string());
    for told in told {
        assert!(!told.contains("nothing was charged"), "75.00 was charged, and: {told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_resumption_overtaken_by_success_is_not_told_that_nothing_can_be_charged() {
    let world = Arc::new(World::new().await);
    let other = plain(&world);
    let sent = Arc::new(std::sync::Mutex::new(Some(world.send(&other).await.unwrap())));
    let w = Arc::clone(&world);
    let hook = Meanwhile::new(When::AfterSend, move || {
        let (w, other, sent) = (Arc::clone(&w), other.clone(), Arc::clone(&sent));
        Box::pin(async move {
            let sent = sent.lock().unwrap().take().unwrap();
            w.pay(sent, Card::VISA).await;
            other.settle(&front_desk(w.dispensary), w.payment).await.unwrap();
        })
    });
    let billing = world.process(hook.clone());
    hook.arm();

    let resumed = billing.resume(&front_desk(world.dispensary), world.payment).await;

    let resumed = resumed.unwrap_or_else(|error| panic!("paid, and: {error}; {:?}", world.alarms.raised()));
    assert!(matches!(resumed, Sent::Known(view) if view.state == PaymentState::Succeeded));
    assert_eq!(world.alarms.raised(), [], "nobody needs to be called");
}

#[tokio::test(start_paused = true)]
async fn a_review_without_a_reference_does_not_keep_the_sweep_running_for_ever() {
    let world = World::new().await;
    let billing = plain(&world);
    world.stripe.faults().next(CREATE, Fault::wrong_metadata());
    let sent = world.send(&billing).await;
    assert!(matches!(sent, Ok(Sent::Known(_))), "{sent:?}");
    world.advance(Duration::from_mins(2));
    let report = billing.sweep(10).await.unwrap();
    assert!(report.next_due > Some(world.clock.now()), "due at once again: {report:?}");
}

/// One payment's steps cannot be stored.
#[derive(Debug)]
struct Poison(PaymentId);

#[async_trait]
impl Hook for Poison {
    async fn before_commit(&self, step: &Step) -> Result<(), StoreError> {
        let of_it = step.subject == Subject::Payment(self.0) && step.by == billing_domain::ActorId::system();
        if of_it { Err(StoreError::Corrupt("attempt")) } else { Ok(()) }
    }
}

#[tokio::test(start_paused = true)]
async fn one_payment_that_cannot_be_stored_does_not_keep_the_sweep_from_the_others() {
    let mut world = World::new().await;
    let first = world.payment;
    let billing = world.process(Arc::new(Poison(first)));
    world.send(&billing).await.unwrap();
    world.payment = PaymentId::new(Uuid::from_u128(0xfb));
    let PayableSource::Host(mut payable) = world.payable() else { panic!() };
    payable.id = billing_domain::PayableId::parse("invoice-2").unwrap();
    let desk = front_desk(world.dispensary);
    let window = billing.open_window(&desk, PayableSource::Host(payable.clone())).await.unwrap();
    let request = billing_app::SendRequest {
        payment: world.payment,
        payable: PayableSource::Host(payable),
        expected_total: window.total,
        expected_account: window.account,
    };
    world.advance(Duration::from_secs(1));
    let sent = billing.send_request(&desk, request).await.unwrap();
    world.pay(sent, Card::VISA).await;
    world.advance(Duration::from_mins(2));
    let swept = billing.sweep(10).await;
    assert_eq!(
        billing.payment(&desk, world.payment).await.unwrap().state,
        PaymentState::Succeeded,
        "{swept:?}"
    );
}

#[tokio::test]
async fn save_pressed_twice_at_once_makes_one_account_and_removal_removes_it() {
    let clinic = Clinic::unlocked().await;
    let (one, two) = tokio::join!(clinic.save_stripe(), clinic.save_stripe());
    drop((one, two));
    let records = clinic.store.accounts(clinic.dispensary).await.unwrap();
    let active = records.iter().filter(|record| record.state.is_active()).count();
    clinic.billing.remove_account(&owner(clinic.dispensary), ProcessorId::STRIPE).await.unwrap();
    let settings = clinic.billing.settings(&owner(clinic.dispensary)).await.unwrap();
    assert_eq!((active, settings.in_use), (1, None), "active accounts, and what is in use after removal");
}

fn keys(world: &World, unchecked: bool) -> SaveKeys {
    let pasted = Submitted::from_iter([
        (fields::PUBLISHABLE_KEY, world.account.publishable_key(Mode::Live)),
        (fields::SECRET_KEY, world.account.secret_key(Mode::Live)),
    ]);
    SaveKeys { processor: ProcessorId::STRIPE, pasted, unchecked }
}

#[tokio::test(start_paused = true)]
async fn a_check_overtaken_by_a_roll_does_not_bring_the_old_secret_back() {
    let world = Arc::new(World::new().await);
    let other = plain(&world);
    other.save_keys(&owner(world.dispensary), keys(&world, true)).await.unwrap();
    let old = world.account.secret_key(Mode::Live);
    let w = Arc::clone(&world);
    let hook = Meanwhile::new(When::BeforeSend, move || {
        let (w, other) = (Arc::clone(&w), other.clone());
        Box::pin(async move {
            w.account.roll_secret(Mode::Live, false);
            other.save_keys(&owner(w.dispensary), keys(&w, false)).await.unwrap();
        })
    });
    let billing = world.process(hook.clone());
    hook.arm();
    let verified = billing.verify_account(&owner(world.dispensary), ProcessorId::STRIPE).await;
    world.send(&billing).await.unwrap();
    let create = world.stripe.requests_to(CREATE).pop().unwrap();
    assert!(!create.authorization.unwrap().contains(&old), "the old secret is in use again: {verified:?}");
}

#[tokio::test(start_paused = true)]
async fn a_check_overtaken_by_a_removal_does_not_bring_the_account_back() {
    let world = Arc::new(World::new().await);
    let other = plain(&world);
    other.save_keys(&owner(world.dispensary), keys(&world, true)).await.unwrap();
    let w = Arc::clone(&world);
    let hook = Meanwhile::new(When::BeforeSend, move || {
        let (w, other) = (Arc::clone(&w), other.clone());
        Box::pin(async move {
            other.remove_account(&owner(w.dispensary), ProcessorId::STRIPE).await.unwrap();
        })
    });
    let billing = world.process(hook.clone());
    hook.arm();
    let verified = billing.verify_account(&owner(world.dispensary), ProcessorId::STRIPE).await;
    let settings = billing.settings(&owner(world.dispensary)).await.unwrap();
    assert_eq!(settings.in_use, None, "removed, and back again: {verified:?}");
}

#[tokio::test]
async fn nobody_without_the_permission_unlocks_a_processor_by_recording_the_dispensary() {
    let clinic = Clinic::locked().await;
    let mut mine = Dispensary::new(
        clinic.dispensary,
        DispensaryKind::Office(OfficeId::new(Uuid::from_u128(0x0f))),
        "Main Street Clinic",
    );
    mine.revision = 2;
    mine.unlocked.insert(ProcessorId::STRIPE);
    drop(clinic.billing.add_dispensary(&owner(clinic.dispensary), mine).await);
    assert!(clinic.save_stripe().await.is_err(), "the owner unlocked Stripe without the help centre");
}

#[tokio::test]
async fn nobody_without_the_permission_unlocks_a_processor_by_recording_a_new_dispensary() {
    let clinic = Clinic::locked().await;
    let id = DispensaryId::new(Uuid::from_u128(0xd9));
    let mut mine = Dispensary::new(id, DispensaryKind::Office(OfficeId::new(Uuid::from_u128(0x0f))), "x");
    mine.unlocked.insert(ProcessorId::STRIPE);
    drop(clinic.billing.add_dispensary(&owner(id), mine).await);
    let settings = clinic.billing.settings(&owner(id)).await;
    assert!(settings.is_err() || !settings.unwrap().stripe.may_save);
}

#[tokio::test]
async fn a_draft_does_not_replace_a_finalised_invoice_with_a_payment_open_on_it() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    clinic.hand_over(invoice).await;
    let desk = front_desk(clinic.dispensary);
    let stored = clinic.billing.invoice(&desk, invoice).await.unwrap();
    let mut forged = clinic.draft(invoice, clinic.dispensary, "1.00", Currency::CAD);
    let line = forged.lines()[0].clone();
    while forged.version() <= stored.version() {
        forged.add_line(line.clone()).unwrap();
    }
    let saved = clinic.billing.save_draft(&desk, forged, Some(stored.version())).await;
    let now = clinic.billing.invoice(&desk, invoice).await.unwrap();
    assert!(saved.is_err() && now == stored, "number {:?} became {:?}", stored.number(), now.number());
}

#[tokio::test]
async fn a_finding_that_nothing_moved_leaves_nothing_behind_that_can_still_be_paid() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let (payment, old_tab) = clinic.hand_over(invoice).await;
    clinic.stripe.faults().next(READ, Fault::wrong_metadata());
    assert_eq!(clinic.settle(payment).await.state, PaymentState::Unknown);
    clinic
        .billing
        .record_finding(&owner(clinic.dispensary), payment, Finding::NothingMoved, "not in the dashboard")
        .await
        .unwrap();
    let audit = clinic.billing.audit(&owner(clinic.dispensary), 0, 1_000).await.unwrap();
    let finding = audit.iter().find(|entry| entry.action == Action::PaymentFinding).unwrap();
    assert!(finding.note.ends_with("not in the dashboard"), "{}", finding.note);
    let (second, new_tab) = clinic.hand_over(invoice).await;
    new_tab.pay(Card::VISA).await.unwrap();
    clinic.settle(second).await;
    drop(old_tab.pay(Card::MASTERCARD).await);
    for _ in 0..100 {
        clinic.advance(Duration::from_hours(1));
        clinic.sweep().await;
    }
    let captured = clinic.stripe.ledger(clinic.account.id()).total_captured();
    assert_eq!(captured, 7_500, "charged twice; alarms: {:?}", clinic.alarms.raised());
}

#[tokio::test(start_paused = true)]
async fn a_joiner_that_finds_the_account_removed_does_not_cancel_what_its_twin_handed_over() {
    let world = Arc::new(World::new().await);
    let twin = plain(&world);
    let w = Arc::clone(&world);
    let hook = Meanwhile::new(When::BeforeCommit(Action::PaymentHandedOver), move || {
        let (w, twin) = (Arc::clone(&w), twin.clone());
        Box::pin(async move {
            assert!(matches!(w.send(&twin).await.unwrap(), Sent::HandOver(_)));
            // The removal itself cannot reach it.
            w.stripe.faults().every(1, READ, Fault::FailBeforeEffect(503));
            twin.remove_account(&owner(w.dispensary), ProcessorId::STRIPE).await.unwrap();
        })
    });
    let billing = world.process(hook.clone());
    hook.arm();
    let joined = world.send(&billing).await;
    assert_eq!(world.stripe.count(CANCEL), 0, "cancelled under the cardholder's hands: {joined:?}");
}

#[tokio::test]
async fn a_payment_of_a_removed_account_whose_key_was_revoked_has_an_exit() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let (payment, _) = clinic.hand_over(invoice).await;
    clinic.account.roll_secret(Mode::Live, true);
    clinic.billing.remove_account(&owner(clinic.dispensary), ProcessorId::STRIPE).await.unwrap();
    for _ in 0..400 {
        clinic.advance(Duration::from_hours(6));
        clinic.sweep().await;
    }
    let rows = clinic.billing.audit(&owner(clinic.dispensary), 0, 1_000).await.unwrap().len();
    let found = clinic
        .billing
        .record_finding(&owner(clinic.dispensary), payment, Finding::NothingMoved, "account closed")
        .await;
    assert!(found.is_ok(), "{found:?}; {rows} audit rows; alarms {:?}", clinic.alarms.raised());
}

#[tokio::test(start_paused = true)]
async fn asking_often_writes_nothing_and_does_not_put_off_the_sweep() {
    let world = World::new().await;
    let billing = plain(&world);
    let desk = front_desk(world.dispensary);
    world.send(&billing).await.unwrap();
    let rows = billing.changes(world.dispensary, 0, 1_000).await.unwrap().len();
    for _ in 0..10 {
        billing.settle(&desk, world.payment).await.unwrap();
        world.advance(Duration::from_secs(1));
    }
    let more = billing.changes(world.dispensary, 0, 1_000).await.unwrap().len() - rows;
    let due = billing.sweep(10).await.unwrap().next_due.unwrap();
    let wait = billing_domain::elapsed(world.clock.now(), due).as_secs();
    assert!(more <= 1 && wait <= 60, "{more} rows, next look in {wait} s");
}

/// Dies right after the commit that parks a payment.
#[derive(Debug)]
struct DiesParking;

#[async_trait]
impl Hook for DiesParking {
    async fn after_commit(&self, step: &Step) -> Result<(), StoreError> {
        if step.action == Action::PaymentMoved {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn an_alarm_is_not_lost_when_the_process_dies_before_raising_it() {
    let world = World::new().await;
    let billing = world.process(Arc::new(DiesParking));
    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    world.stripe.faults().every(1, READ, Fault::wrong_metadata());
    let desk = front_desk(world.dispensary);
    let settling = billing.settle(&desk, world.payment);
    assert!(tokio::time::timeout(Duration::from_secs(5), settling).await.is_err());
    billing.abort();
    let next = plain(&world);
    let view = next.payment(&desk, world.payment).await.unwrap();
    assert!(matches!(view.payment.newest().unwrap().state, AttemptState::NeedsReview(_)));
    for _ in 0..100 {
        world.advance(Duration::from_hours(1));
        next.sweep(10).await.unwrap();
    }
    assert!(!world.alarms.raised().is_empty(), "nobody was ever called");
}

#[tokio::test(start_paused = true)]
async fn an_overdue_submission_of_another_desk_does_not_keep_the_window_shut() {
    let world = World::new().await;
    let billing = plain(&world);
    world.stripe.faults().every(1, CREATE, Fault::DropBeforeEffect);
    world.send(&billing).await.unwrap_err();
    world.stripe.faults().clear();
    world.advance(Duration::from_hours(3));
    let window = billing.open_window(&colleague(world.dispensary), world.payable()).await;
    assert!(window.is_ok(), "{window:?}");
}

/// The first send is refused while its twin's replay is accepted and handed over.
#[tokio::test(start_paused = true)]
async fn a_refused_first_send_whose_twin_was_handed_over_does_not_say_nothing_was_charged() {
    let world = Arc::new(World::new().await);
    let twin = plain(&world);
    let w = Arc::clone(&world);
    let hook = Meanwhile::new(When::BeforeSend, move || {
        let (w, twin) = (Arc::clone(&w), twin.clone());
        Box::pin(async move {
            let sent = w.send(&twin).await.unwrap();
            w.pay(sent, Card::VISA).await;
            w.stripe.faults().next(CREATE, Fault::RateLimited("global-rate"));
        })
    });
    let billing = world.process(hook.clone());
    hook.arm();
    let refused = world.send(&billing).await.unwrap_err();
    assert!(!refused.to_string().contains("nothing was charged"), "75.00 was charged, and: {refused}");
    assert!(matches!(refused, BillingError::Processor { .. }), "{refused:?}");
}
