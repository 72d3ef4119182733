//! What the stories leave unsaid: another process acts at the one moment that matters, and who may call what.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_acceptance::{Clinic, Hook, Meanwhile, Moments, World, colleague, front_desk, owner, request};
use billing_app::{Actor, Billing, BillingError, PayableSource, SaveKeys, SendRequest, Sent, Warning};
use billing_credentials::{Submitted, fields};
use billing_domain::invoice::VoidReason;
use billing_domain::payment::{AttemptState, Finding, PaymentState, Reference};
use billing_domain::{
    AccountId, Action, ActorId, Alarming, Clock, Currency, Dispensary, DispensaryKind, InvoiceId, OfficeId,
    PayableStatus, PaymentId, ProcessorId, Proof, Step, StoreError, later,
};
use billing_testkit::TestClock;
use billing_testkit::stripe::{Card, Fault, Mode};
use jiff::civil::date;
use uuid::Uuid;

const CREATE: &str = "POST /v1/payment_intents";
const READ: &str = "GET /v1/payment_intents/{id}";
const CANCEL: &str = "POST /v1/payment_intents/{id}/cancel";

fn plain(world: &World) -> Billing {
    world.process(Arc::new(Moments::counting()))
}

/// The window's Send Request under another payment's id.
async fn send_as(
    world: &World,
    billing: &Billing,
    actor: &Actor,
    payment: PaymentId,
) -> Result<Sent, BillingError> {
    let account = world.store.accounts(world.dispensary).await.unwrap().remove(0).account;
    let PayableSource::Host(payable) = world.payable() else { panic!("the host's own invoice") };
    let total = payable.total;
    let payable = PayableSource::Host(payable);
    billing
        .send_request(
            actor,
            SendRequest { payment, payable, expected_total: total, expected_account: account },
        )
        .await
}

fn second() -> PaymentId {
    PaymentId::new(Uuid::from_u128(0xfb))
}

#[tokio::test(start_paused = true)]
async fn a_submission_cancelled_just_before_its_hand_over_is_not_handed_over_and_its_object_is_cancelled() {
    let world = Arc::new(World::new().await);
    let (w, twin) = (Arc::clone(&world), plain(&world));
    let billing = world.process(Meanwhile::before(Action::PaymentHandedOver, move || {
        let (w, twin) = (Arc::clone(&w), twin.clone());
        Box::pin(async move {
            let ended = twin.cancel_payment(&front_desk(w.dispensary), w.payment).await.unwrap();
            assert_eq!(ended.payment.newest().unwrap().state, AttemptState::Dead(Proof::NeverHandedOver));
        })
    }));

    let withdrawn = world.send(&billing).await;

    assert!(matches!(withdrawn, Err(BillingError::PaymentWithdrawn)), "{withdrawn:?}");
    assert_eq!(world.stripe.ledger(world.account.id()).entries[0].status, "canceled");
    world.judge(&billing, "cancelled at the fence").await;
}

#[tokio::test(start_paused = true)]
async fn a_cancel_that_meets_the_hand_over_ends_it_at_the_processor() {
    let world = Arc::new(World::new().await);
    let twin = plain(&world);
    world.stripe.faults().every(1, CREATE, Fault::DropBeforeEffect);
    world.send(&twin).await.unwrap_err();
    world.stripe.faults().clear();
    let w = Arc::clone(&world);
    let billing = world.process(Meanwhile::before(Action::PaymentWithdrawn, move || {
        let (w, twin) = (Arc::clone(&w), twin.clone());
        Box::pin(async move {
            assert!(matches!(w.send(&twin).await.unwrap(), Sent::HandOver(_)));
        })
    }));

    let ended = billing.cancel_payment(&front_desk(world.dispensary), world.payment).await.unwrap();

    assert_eq!(ended.payment.newest().unwrap().state, AttemptState::Dead(Proof::Canceled));
    world.judge(&billing, "cancelled after the fence").await;
}

#[tokio::test(start_paused = true)]
async fn an_invoice_paid_between_the_look_and_the_commit_is_not_charged_again() {
    let world = Arc::new(World::new().await);
    let (w, twin) = (Arc::clone(&world), plain(&world));
    let billing = world.process(Meanwhile::before(Action::PaymentSending, move || {
        let (w, twin) = (Arc::clone(&w), twin.clone());
        Box::pin(async move {
            let sent = send_as(&w, &twin, &front_desk(w.dispensary), second()).await.unwrap();
            w.pay(sent, Card::VISA).await;
            twin.settle(&front_desk(w.dispensary), second()).await.unwrap();
        })
    }));

    let refused = world.send(&billing).await;

    assert!(
        matches!(refused, Err(BillingError::AmountChanged { outstanding }) if outstanding.is_zero()),
        "{refused:?}"
    );
    assert_eq!(world.stripe.count(CREATE), 1);
    world.judge(&billing, "paid meanwhile").await;
}

#[tokio::test(start_paused = true)]
async fn an_account_removed_between_the_look_and_the_commit_is_sent_nothing() {
    let world = Arc::new(World::new().await);
    let (w, twin) = (Arc::clone(&world), plain(&world));
    let billing = world.process(Meanwhile::before(Action::PaymentSending, move || {
        let (w, twin) = (Arc::clone(&w), twin.clone());
        Box::pin(async move {
            twin.remove_account(&owner(w.dispensary), ProcessorId::STRIPE).await.unwrap();
        })
    }));

    let refused = world.send(&billing).await;

    assert!(matches!(refused, Err(BillingError::AccountChanged)), "{refused:?}");
    assert_eq!(world.stripe.count(CREATE), 0);
}

#[tokio::test(start_paused = true)]
async fn an_invoice_voided_between_the_look_and_the_commit_is_sent_nothing() {
    let world = Arc::new(World::new().await);
    let twin = plain(&world);
    let (desk, clinic) = (front_desk(world.dispensary), Clinic::locked().await);
    let id = InvoiceId::new(Uuid::from_u128(0x1f));
    let draft = clinic.draft(id, world.dispensary, "75.00", Currency::CAD);
    twin.save_draft(&desk, draft, None).await.unwrap();
    twin.finalise_invoice(&desk, id, date(2026, 11, 22)).await.unwrap();
    let window = twin.open_window(&desk, PayableSource::Invoice(id)).await.unwrap();
    let w = Arc::clone(&world);
    let billing = world.process(Meanwhile::before(Action::PaymentSending, move || {
        let (w, twin) = (Arc::clone(&w), twin.clone());
        Box::pin(async move {
            let reason: VoidReason = "typo".parse().unwrap();
            twin.void_invoice(&owner(w.dispensary), id, reason).await.unwrap();
        })
    }));

    let refused = billing.send_request(&desk, request(&window, id)).await;

    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(world.stripe.count(CREATE), 0);
}

#[tokio::test(start_paused = true)]
async fn another_desks_submission_holds_the_invoice_until_its_deadline_and_is_superseded_after_it_without_a_sweep()
 {
    let world = World::new().await;
    let billing = plain(&world);
    world.stripe.faults().every(1, CREATE, Fault::DropAfterEffect);
    world.send(&billing).await.unwrap_err();
    world.stripe.faults().clear();
    let other = colleague(world.dispensary);

    world.advance(Duration::from_secs(89));
    let refused = send_as(&world, &billing, &other, second()).await;
    assert!(
        matches!(refused, Err(BillingError::PaymentInProgress { payment, .. }) if payment == world.payment),
        "{refused:?}"
    );
    world.advance(Duration::from_secs(2));
    let sent = send_as(&world, &billing, &other, second()).await.unwrap();

    let first = billing.payment(&other, world.payment).await.unwrap();
    assert_eq!(first.payment.newest().unwrap().state, AttemptState::Dead(Proof::NeverHandedOver));
    world.pay(sent, Card::VISA).await;
    billing.settle(&other, second()).await.unwrap();
    world.judge(&billing, "after superseding").await;
}

#[tokio::test(start_paused = true)]
async fn removing_an_account_ends_its_submissions_at_once_and_erases_its_keys() {
    let world = World::new().await;
    let billing = plain(&world);
    world.stripe.faults().every(1, CREATE, Fault::DropAfterEffect);
    world.send(&billing).await.unwrap_err();

    let removed = billing.remove_account(&owner(world.dispensary), ProcessorId::STRIPE).await.unwrap();

    assert_eq!(removed.open, []);
    world.judge(&billing, "after removal").await;
    assert_eq!(world.store.accounts(world.dispensary).await.unwrap().remove(0).sealed, None);
}

/// The machine sleeps between a commit and its send: the time of day goes on, the monotonic clock does not.
#[derive(Debug)]
struct Sleeps(Arc<TestClock>);

#[async_trait]
impl Hook for Sleeps {
    async fn after_commit(&self, step: &Step) -> Result<(), StoreError> {
        if step.action == Action::PaymentSending {
            self.0.set_wall(later(self.0.now(), Duration::from_secs(3)));
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn story_68_a_machine_that_slept_between_commit_and_send_does_not_send() {
    let world = World::new().await;
    let billing = world.process(Arc::new(Sleeps(world.clock.clone())));
    let late = world.send(&billing).await;
    assert!(matches!(late, Err(BillingError::Late)), "{late:?}");
    assert_eq!(world.stripe.count(CREATE), 0);
}

#[tokio::test]
async fn a_payment_sent_again_must_be_the_same_payment() {
    let clinic = Clinic::with_stripe().await;
    let (invoice, other) = (clinic.invoice("75.00").await, clinic.invoice("10.00").await);
    let desk = front_desk(clinic.dispensary);
    let window = clinic.window(invoice).await.unwrap();
    let same = request(&window, invoice);
    let send = async |request| clinic.billing.send_request(&desk, request).await;
    send(same.clone()).await.unwrap();
    let calls = clinic.stripe.requests().len();

    let elsewhere = send(SendRequest { payable: PayableSource::Invoice(other), ..same.clone() }).await;
    assert!(matches!(elsewhere, Err(BillingError::NotFound("payment"))), "{elsewhere:?}");
    let less = billing_acceptance::money("10.00", Currency::CAD);
    let cheaper = send(SendRequest { expected_total: less, ..same.clone() }).await;
    assert!(matches!(cheaper, Err(BillingError::AmountChanged { .. })), "{cheaper:?}");
    let mut account = same.expected_account.clone();
    account.account = AccountId::new(Uuid::from_u128(0xbad));
    let moved = send(SendRequest { expected_account: account, ..same }).await;
    assert!(matches!(moved, Err(BillingError::AccountChanged)), "{moved:?}");
    assert_eq!(clinic.stripe.requests().len(), calls);
}

#[tokio::test(start_paused = true)]
async fn older_figures_of_a_hosts_invoice_are_told_as_a_change_even_if_the_amount_is_the_same() {
    let world = World::new().await;
    let billing = plain(&world);
    let desk = front_desk(world.dispensary);
    let PayableSource::Host(mut newer) = world.payable() else { panic!("the host's own invoice") };
    newer.version = 5;
    let window = billing.open_window(&desk, PayableSource::Host(newer.clone())).await.unwrap();
    let request = |payable| SendRequest {
        payment: window.payment,
        payable: PayableSource::Host(payable),
        expected_total: window.total,
        expected_account: window.account.clone(),
    };
    billing.send_request(&desk, request(newer.clone())).await.unwrap();
    billing.cancel_payment(&desk, window.payment).await.unwrap();

    newer.version = 4;
    let stale = billing.send_request(&desk, request(newer)).await;
    assert!(matches!(stale, Err(BillingError::AmountChanged { .. })), "{stale:?}");
}

#[tokio::test]
async fn a_payment_under_review_is_never_followed_by_another_attempt() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let window = clinic.window(invoice).await.unwrap();
    clinic.press_send(&window, invoice).await.unwrap();
    clinic.stripe.faults().next(READ, Fault::wrong_amount());
    assert_eq!(clinic.settle(window.payment).await.state, PaymentState::Unknown);

    let again = clinic.press_send(&window, invoice).await.unwrap();

    assert!(matches!(again, Sent::Known(view) if view.state == PaymentState::Unknown));
    assert_eq!(clinic.stripe.count(CREATE), 1);
    let other =
        clinic.billing.open_window(&colleague(clinic.dispensary), PayableSource::Invoice(invoice)).await;
    assert!(matches!(other, Err(BillingError::PaymentInProgress { .. })), "{other:?}");
}

#[tokio::test]
async fn keys_saved_unchecked_count_as_another_account_until_they_are_verified() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let (payment, browser) = clinic.hand_over(invoice).await;
    let owner = owner(clinic.dispensary);
    let pasted = Submitted::from_iter([
        (fields::PUBLISHABLE_KEY, clinic.account.publishable_key(Mode::Live)),
        (fields::SECRET_KEY, clinic.account.secret_key(Mode::Live)),
    ]);
    let unchecked = SaveKeys { processor: ProcessorId::STRIPE, pasted, unchecked: true };

    let saved = clinic.billing.save_keys(&owner, unchecked).await.unwrap();

    let first = clinic.payment(payment).await.payment.account;
    assert_ne!(saved.account, first);
    let warned =
        |warning: &Warning| matches!(warning, Warning::OtherAccount { open, .. } if *open == [payment]);
    assert!(saved.warnings.iter().any(warned), "{:?}", saved.warnings);

    let verified = clinic.billing.verify_account(&owner, ProcessorId::STRIPE).await.unwrap();
    assert_eq!((verified.account, verified.version), (first, 2), "it was the known account all along");
    let records = clinic.store.accounts(clinic.dispensary).await.unwrap();
    assert_eq!(records.iter().filter(|record| record.state.is_active()).count(), 1);
    assert_eq!(records.iter().filter(|record| record.sealed.is_some()).count(), 1, "the other one is erased");
    browser.pay(Card::VISA).await.unwrap();
    assert_eq!(clinic.settle(payment).await.state, PaymentState::Succeeded);
}

#[tokio::test]
async fn story_69_money_found_after_the_invoice_was_paid_again_is_kept_and_calls_a_person() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let (first, browser) = clinic.hand_over(invoice).await;
    browser.pay(Card::VISA).await.unwrap();
    clinic.stripe.faults().next(READ, Fault::wrong_metadata());
    clinic.settle(first).await;
    clinic.stripe.faults().every(1, CANCEL, Fault::FailBeforeEffect(503));
    let owner = owner(clinic.dispensary);
    clinic.billing.record_finding(&owner, first, Finding::NothingMoved, "mistaken").await.unwrap();
    clinic.stripe.faults().clear();
    let (second, browser) = clinic.hand_over(invoice).await;
    browser.pay(Card::VISA).await.unwrap();
    clinic.settle(second).await;

    clinic.settle(first).await;

    assert_eq!(clinic.status(invoice).await, PayableStatus::Overpaid);
    let raised = clinic.alarms.raised();
    assert_eq!(raised.iter().filter(|alarm| matches!(alarm, Alarming::StrayCharge { .. })).count(), 1);
    assert_eq!(
        raised.iter().filter(|alarm| matches!(alarm, Alarming::Overpaid { .. })).count(),
        1,
        "{raised:?}"
    );
}

#[tokio::test]
async fn story_55_whoever_lacks_every_permission_is_denied_every_call_and_nothing_is_sent_or_changed() {
    let clinic = Clinic::with_stripe().await;
    let invoice = clinic.invoice("75.00").await;
    let window = clinic.window(invoice).await.unwrap();
    clinic.press_send(&window, invoice).await.unwrap();
    let draft = clinic.draft(InvoiceId::new(Uuid::from_u128(7)), clinic.dispensary, "5.00", Currency::CAD);
    let before = clinic.payment(window.payment).await;
    let calls = clinic.stripe.requests().len();

    let nobody = Actor::new(ActorId::parse("nobody").unwrap(), clinic.dispensary, []);
    let (billing, stripe) = (&clinic.billing, ProcessorId::STRIPE);
    let payment = window.payment;
    let pasted = Submitted::from_iter([("secret_key", "x")]);
    let dispensary =
        Dispensary::new(clinic.dispensary, DispensaryKind::Office(OfficeId::new(Uuid::from_u128(1))), "x");
    let moved = Finding::MoneyMoved { reference: Reference("x".to_owned()) };
    let reason: VoidReason = "x".parse().unwrap();
    let (source, id) = (PayableSource::Invoice(invoice), before.payment.account.account);
    let answers = [
        ("add_dispensary", billing.add_dispensary(&nobody, dispensary).await.err()),
        ("audit", billing.audit(&nobody, 0, 1).await.err()),
        ("cancel_payment", billing.cancel_payment(&nobody, payment).await.err()),
        ("dispensary", billing.dispensary(&nobody).await.err()),
        ("erase_account", billing.erase_account(&nobody, id).await.err()),
        ("finalise_invoice", billing.finalise_invoice(&nobody, invoice, date(2026, 1, 1)).await.err()),
        ("invoice", billing.invoice(&nobody, invoice).await.err()),
        ("invoices", billing.invoices(&nobody, None, 1).await.err()),
        ("open_window", billing.open_window(&nobody, source).await.err()),
        ("payable", billing.payable(&nobody, &invoice.into()).await.err()),
        ("payment", billing.payment(&nobody, payment).await.err()),
        ("payments", billing.payments(&nobody, None, 1).await.err()),
        ("payments_on", billing.payments_on(&nobody, &invoice.into(), 1).await.err()),
        ("record_finding", billing.record_finding(&nobody, payment, moved, "").await.err()),
        ("remove_account", billing.remove_account(&nobody, stripe.clone()).await.err()),
        ("reopen_invoice", billing.reopen_invoice(&nobody, invoice).await.err()),
        ("reseal_keys", billing.reseal_keys(&nobody).await.err()),
        ("resume", billing.resume(&nobody, payment).await.err()),
        ("save_draft", billing.save_draft(&nobody, draft, None).await.err()),
        ("save_keys", billing.save_keys(&nobody, SaveKeys::checked(stripe.clone(), pasted)).await.err()),
        ("send_request", billing.send_request(&nobody, request(&window, invoice)).await.err()),
        ("settings", billing.settings(&nobody).await.err()),
        ("settle", billing.settle(&nobody, payment).await.err()),
        ("supply_drain_keys", billing.supply_drain_keys(&nobody, id, Submitted::default()).await.err()),
        ("unlock_processor", billing.unlock_processor(&nobody, stripe.clone()).await.err()),
        ("verify_account", billing.verify_account(&nobody, stripe).await.err()),
        ("void_invoice", billing.void_invoice(&nobody, invoice, reason).await.err()),
    ];

    for (call, answer) in &answers {
        assert!(matches!(answer, Some(BillingError::Denied(_))), "{call}: {answer:?}");
    }
    assert_eq!(clinic.stripe.requests().len(), calls);
    assert_eq!(clinic.payment(payment).await, before);
    let audit = billing.audit(&owner(clinic.dispensary), 0, 1_000).await.unwrap();
    let denied = audit.iter().filter(|entry| entry.action == Action::Denied).count();
    assert_eq!(denied, answers.len(), "each denial is in the audit once");
}
