//! The sweep: accounts are held and shared out, many payments cost a few calls, no account is called too often, and the time for a
//! status check, which passes, does not pass while others are looked at.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use billing_acceptance::{
    Clinic, Ending, Hook, HookedExchange, Meanwhile, Moments, Till, When, World, frame_of, front_desk,
    handover_of, key_ring,
};
use billing_app::{Billing, BillingConfig};
use billing_domain::payment::{AttemptState, PaymentState, Reference, Review};
use billing_domain::{Action, CardGrant, Clock, DispensaryId, PaymentId, Proof, Step, StoreError, later};
use billing_moneris::{MonerisConfig, MonerisConnector};
use billing_stripe::{StripeConfig, StripeConnector};
use billing_testkit::TestClock;
use billing_testkit::moneris::{Card as MonerisCard, Fault};
use billing_testkit::stripe::{AccountSpec, Card, Fault as StripeFault};
use billing_transport::{Request, SendError};
use tokio::time::Instant;

const LIST: &str = "GET /v1/payment_intents";
const READ: &str = "GET /v1/payment_intents/{id}";
const CANCEL: &str = "POST /v1/payment_intents/{id}/cancel";

async fn state_of(world: &World, payment: PaymentId) -> AttemptState {
    let stored = world.store.payment(world.dispensary, payment).await.unwrap().unwrap();
    stored.newest().unwrap().state.clone()
}

fn is_paid(state: &AttemptState) -> bool {
    matches!(state, AttemptState::Succeeded(_))
}

/// As many payments handed over back to back, a minute ago.
async fn due(world: &World, count: u128) -> Vec<PaymentId> {
    let sent = world.send_invoices(&world.plain(), count).await;
    world.advance(Duration::from_secs(61));
    sent.into_iter().map(|(payment, _)| payment).collect()
}

/// The same, and paid meanwhile.
async fn due_and_paid(world: &World, count: u128) -> Vec<PaymentId> {
    let mut payments = Vec::new();
    for (payment, sent) in world.send_invoices(&world.plain(), count).await {
        world.pay(sent, Card::VISA).await;
        payments.push(payment);
    }
    world.advance(Duration::from_secs(61));
    payments
}

/// One sweep over a thousand payments of one account, all of them paid or none.
async fn sweep_a_thousand(paid: bool) {
    let world = World::new().await;
    let payments = if paid { due_and_paid(&world, 1_000).await } else { due(&world, 1_000).await };
    let (billing, before) = (world.plain(), world.calls_to_stripe());

    let report = billing.sweep(1_000).await.unwrap();

    let calls = world.calls_to_stripe() - before;
    println!("1,000 open payments of one account, paid: {paid}: {calls} calls");
    assert!(calls <= 12, "{calls} calls");
    assert_eq!((report.looked_at, report.failed), (1_000, 0));
    assert_eq!(report.ended, if paid { 1_000 } else { 0 });
    assert!(report.next_due.is_none_or(|due| due > world.clock.now()), "all are put off or ended");
    for payment in payments {
        let state = state_of(&world, payment).await;
        assert_eq!(is_paid(&state), paid, "{state:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_open_payments_of_one_account_cost_a_dozen_calls() {
    sweep_a_thousand(false).await;
}

#[tokio::test(start_paused = true)]
async fn a_thousand_payments_of_one_account_that_were_paid_cost_a_dozen_calls() {
    sweep_a_thousand(true).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_list_shows_is_judged_as_strictly_as_what_is_asked_for_by_itself() {
    let world = World::new().await;
    let payments = due_and_paid(&world, 6).await;
    world.stripe.faults().next(LIST, StripeFault::Overwrite("/data/0/amount_received", 7_400.into()));
    let before = world.stripe.count(READ);

    world.plain().sweep(100).await.unwrap();

    assert_eq!((world.stripe.count(LIST), world.stripe.count(READ) - before), (1, 0));
    // Newest first.
    let (odd, others) = payments.split_last().unwrap();
    let state = state_of(&world, *odd).await;
    assert!(matches!(state, AttemptState::NeedsReview(Review::Mismatch(_))), "{state:?}");
    for payment in others {
        assert!(is_paid(&state_of(&world, *payment).await));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_list_does_not_tell_is_asked_for_by_itself() {
    let world = World::new().await;
    let payments = due_and_paid(&world, 6).await;
    world.stripe.faults().next(LIST, StripeFault::Overwrite("/data/0/status", "something_new".into()));
    let before = world.stripe.count(READ);

    let report = world.plain().sweep(100).await.unwrap();

    assert_eq!((world.stripe.count(LIST), world.stripe.count(READ) - before), (1, 1));
    assert_eq!((report.looked_at, report.ended, report.failed), (6, 6, 0));
    for payment in payments {
        assert!(is_paid(&state_of(&world, payment).await));
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_fails_silences_the_account_or_each_is_asked_for_by_itself() {
    let unreadable = StripeFault::Overwrite("/data", "something new".into());
    for (fault, reads) in [(StripeFault::FailBeforeEffect(503), 0), (unreadable, 6)] {
        let world = World::new().await;
        due_and_paid(&world, 6).await;
        world.stripe.faults().every(1, LIST, fault.clone());
        let (billing, before) = (world.plain(), world.stripe.count(READ));

        let report = billing.sweep(100).await.unwrap();

        assert_eq!(world.stripe.count(READ) - before, reads, "{fault:?}");
        let all_told = if reads == 0 { (6, 0, 1) } else { (6, 6, 0) };
        assert_eq!((report.looked_at, report.ended, report.failed), all_told, "{fault:?}");
        assert_eq!(billing.sweep(100).await.unwrap().looked_at, 0, "{fault:?}: all are put off or ended");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_abandoned_is_cancelled_at_the_processor_though_a_list_shows_it_alive() {
    let world = World::new().await;
    let payments = due(&world, 6).await;
    world.advance(Duration::from_hours(24));
    let before = world.stripe.count(READ);

    let report = world.plain().sweep(100).await.unwrap();

    assert_eq!((world.stripe.count(LIST), world.stripe.count(READ) - before), (1, 0));
    assert_eq!((world.stripe.count(CANCEL), report.ended), (6, 6));
    for payment in payments {
        assert_eq!(state_of(&world, payment).await, AttemptState::Dead(Proof::Canceled));
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_with_much_to_do_leaves_another_dispensary_its_turn_in_the_same_sweep() {
    let world = World::new().await;
    let billing = world.plain();
    let crowd = due_and_paid(&world, 300).await;
    let account = world.stripe.account(AccountSpec::new("acct_1PgafTB7WZ01neigh"));
    let neighbour = world.neighbour(&billing, &account).await;
    let (payment, sent) = world.send_invoice(&billing, neighbour, 1).await;
    world.pay(sent, Card::VISA).await;
    world.advance(Duration::from_secs(61));

    let report = billing.sweep(100).await.unwrap();

    let told = billing.payment(&front_desk(neighbour), payment).await.unwrap();
    assert_eq!(told.state, PaymentState::Succeeded);
    assert_eq!((report.ended, report.next_due), (51, Some(world.clock.now())), "half of it each at most");
    // With the neighbour's done, all of the next sweep is the crowd's.
    assert_eq!(billing.sweep(250).await.unwrap().ended, 250);
    for payment in crowd {
        assert!(is_paid(&state_of(&world, payment).await));
    }
}

/// Notes when each request leaves, by the clock that a test can turn.
#[derive(Debug, Default)]
struct Notes(Mutex<Vec<Instant>>);

#[async_trait]
impl Hook for Notes {
    async fn before_send(&self, _: &Request) -> Result<(), SendError> {
        self.0.lock().unwrap().push(Instant::now());
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn no_account_is_called_more_than_ten_times_within_a_second_from_one_sweep_to_the_next() {
    // Nothing lists Checkout's tickets: each is asked about by itself.
    let world = World::with(Till::Checkout).await;
    due(&world, 45).await;
    let notes = Arc::new(Notes::default());
    let billing = world.process(notes.clone());
    for _ in 0..5 {
        billing.sweep(9).await.unwrap();
    }
    let sends = notes.0.lock().unwrap().clone();
    assert_eq!(sends.len(), 45, "each is asked about once");
    for (earlier, later) in sends.iter().zip(&sends[10..]) {
        assert!(later.duration_since(*earlier) >= Duration::from_secs(1), "{sends:?}");
    }
    let took = sends[44].duration_since(sends[0]);
    assert!(took < Duration::from_secs(5), "no slower than need be: {took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_account_is_one_processs_at_a_time_and_the_other_is_told_to_come_back() {
    let world = Arc::new(World::new().await);
    due_and_paid(&world, 1).await;
    let beside = Arc::new(Mutex::new(None));
    let (w, told) = (Arc::clone(&world), Arc::clone(&beside));
    let hook = Meanwhile::new(When::BeforeSend, move || {
        let (w, told) = (Arc::clone(&w), Arc::clone(&told));
        Box::pin(async move {
            w.clock.advance(Duration::from_secs(20));
            let report = w.plain().sweep(100).await.unwrap();
            *told.lock().unwrap() = Some((report, w.clock.now()));
        })
    });
    hook.arm();

    let report = world.process(hook).sweep(100).await.unwrap();

    assert_eq!(report.ended, 1);
    let (beside, at) = beside.lock().unwrap().clone().unwrap();
    assert_eq!(beside.looked_at, 0, "it is in the other's hands");
    assert!(beside.next_due > Some(at), "not at once, for there is nothing to do: {beside:?}");
}

#[tokio::test(start_paused = true)]
async fn two_processes_on_one_account_because_a_hold_lapsed_settle_each_payment_once() {
    let world = Arc::new(World::new().await);
    let payments = due_and_paid(&world, 3).await;
    let w = Arc::clone(&world);
    let hook = Meanwhile::new(When::BeforeSend, move || {
        let w = Arc::clone(&w);
        Box::pin(async move {
            w.clock.advance(Duration::from_secs(31));
            assert_eq!(w.plain().sweep(100).await.unwrap().ended, 3);
        })
    });
    hook.arm();

    let report = world.process(hook).sweep(100).await.unwrap();

    assert_eq!(report.failed, 0);
    for payment in payments {
        assert!(is_paid(&state_of(&world, payment).await));
    }
    let changes = world.store.changes(world.dispensary, 0, 1_000).await.unwrap();
    let moved = changes.iter().filter(|change| change.action == Action::PaymentMoved).count();
    assert_eq!(moved, 3, "each once");
    assert!(world.stripe.ledger(world.account.id()).charged_twice().is_empty());
    assert_eq!(world.alarms.raised(), []);
}

/// Charged by Moneris, and the answer was lost: its status check may be asked from 40 s to 110 s after.
async fn in_doubt(world: &World, billing: &Billing, sent: billing_app::Sent, payment: PaymentId) {
    let frame = frame_of(&handover_of(sent));
    let token = world.moneris.cardholder(&frame.profile_id).tokenize(MonerisCard::VISA).unwrap();
    let grant = CardGrant { reference: Reference(frame.order_id), token: token.into() };
    world.moneris.faults().next("res_purchase_cc", Fault::DropAfterEffect);
    let unknown = billing.charge_card(&front_desk(world.dispensary), payment, grant).await.unwrap();
    assert_eq!(unknown.state, PaymentState::Unknown);
}

#[tokio::test(start_paused = true)]
async fn a_status_check_is_asked_once_though_a_hold_lapsed_while_it_was_claimed() {
    let world = Arc::new(World::with(Till::HostedTokenization).await);
    let billing = world.plain();
    let sent = world.send(&billing).await.unwrap();
    in_doubt(&world, &billing, sent, world.payment).await;
    world.clock.advance(Duration::from_secs(45));
    let w = Arc::clone(&world);
    let hook = Meanwhile::new(When::BeforeCommit(Action::PaymentCheckSent), move || {
        let w = Arc::clone(&w);
        Box::pin(async move {
            w.clock.advance(Duration::from_secs(31));
            assert_eq!(w.plain().sweep(100).await.unwrap().ended, 1);
        })
    });
    hook.arm();

    world.process(hook).sweep(100).await.unwrap();

    assert_eq!(world.moneris.count("status_check"), 1);
    assert!(is_paid(&state_of(&world, world.payment).await));
}

#[tokio::test(start_paused = true)]
async fn a_process_that_died_holding_an_account_does_not_keep_its_status_check_from_the_next() {
    let world = World::with(Till::HostedTokenization).await;
    let billing = world.plain();
    let sent = world.send(&billing).await.unwrap();
    in_doubt(&world, &billing, sent, world.payment).await;
    billing.abort();
    world.clock.advance(Duration::from_secs(45));
    let moments = Arc::new(Moments::ending_at(0, Ending::ProcessDies));
    let dying = world.process(moments.clone());
    tokio::select! {
        biased;
        () = moments.reached() => {}
        swept = dying.sweep(100) => panic!("{swept:?}"),
    }
    dying.abort();

    let next = world.plain();
    assert_eq!(next.sweep(100).await.unwrap().looked_at, 0, "the dead one's hold has not lapsed");
    world.clock.advance(Duration::from_secs(31));
    next.sweep(100).await.unwrap();

    assert_eq!(world.moneris.count("status_check"), 1);
    assert!(is_paid(&state_of(&world, world.payment).await));
}

#[tokio::test(start_paused = true)]
async fn a_status_check_is_asked_however_many_older_payments_are_due_and_however_small_the_sweep() {
    let world = World::with(Till::HostedTokenization).await;
    let billing = world.plain();
    world.send_invoices(&billing, 80).await;
    world.advance(Duration::from_hours(25));
    let (payment, sent) = world.send_invoice(&billing, world.dispensary, 1_000).await;
    in_doubt(&world, &billing, sent, payment).await;
    world.clock.advance(Duration::from_secs(45));

    let report = world.plain().sweep(1).await.unwrap();

    assert_eq!(world.moneris.count("status_check"), 1);
    assert!(is_paid(&state_of(&world, payment).await));
    assert_eq!(report.looked_at, 2, "and one of those that had waited longer");
}

/// Something of the host's panics at every step of one dispensary.
#[derive(Debug)]
struct Panics(DispensaryId);

#[async_trait]
impl Hook for Panics {
    async fn before_commit(&self, step: &Step) -> Result<(), StoreError> {
        assert_ne!(step.dispensary, self.0, "on purpose");
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_at_one_account_leaves_the_others_their_turn() {
    let world = World::new().await;
    let billing = world.plain();
    due_and_paid(&world, 1).await;
    let account = world.stripe.account(AccountSpec::new("acct_1PgafTB7WZ01neigh"));
    let neighbour = world.neighbour(&billing, &account).await;
    let (payment, sent) = world.send_invoice(&billing, neighbour, 1).await;
    world.pay(sent, Card::VISA).await;
    world.advance(Duration::from_secs(61));

    let report = world.process(Arc::new(Panics(world.dispensary))).sweep(100).await.unwrap();

    assert_eq!((report.looked_at, report.ended, report.failed), (2, 1, 1));
    let told = billing.payment(&front_desk(neighbour), payment).await.unwrap();
    assert_eq!(told.state, PaymentState::Succeeded);
    assert_eq!(report.next_due, Some(later(world.clock.now(), Duration::from_mins(1))), "not at once");
    world.clock.advance(Duration::from_secs(31));
    assert_eq!(billing.sweep(100).await.unwrap().ended, 1, "its hold lapsed, and the next one goes on");
}

/// Every read takes 25 seconds, and succeeds.
#[derive(Debug)]
struct Slow {
    clock: Arc<TestClock>,
    is_on: AtomicBool,
}

impl Slow {
    fn new(clock: &Arc<TestClock>) -> Arc<Self> {
        Arc::new(Self { clock: Arc::clone(clock), is_on: AtomicBool::new(true) })
    }
}

#[async_trait]
impl Hook for Slow {
    async fn before_send(&self, request: &Request) -> Result<(), SendError> {
        if request.method == http::Method::GET && self.is_on.load(Ordering::Relaxed) {
            self.clock.advance(Duration::from_secs(25));
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_sweep_beside_a_slow_processor_ends_soon_and_the_next_one_goes_on() {
    let world = World::new().await;
    due_and_paid(&world, 4).await;
    let slow = Slow::new(&world.clock);
    let billing = world.process(slow.clone());

    let report = billing.sweep(100).await.unwrap();

    assert_eq!(report.looked_at, 1, "nothing more was begun after ten seconds");
    assert!(report.next_due < Some(world.clock.now()), "there is more to do at once");
    slow.is_on.store(false, Ordering::Relaxed);
    assert_eq!(billing.sweep(100).await.unwrap().ended, 3);
}

#[tokio::test]
async fn a_status_check_is_asked_in_its_time_while_another_processor_is_slow() {
    let clinic = Clinic::with_moneris().await;
    let (payment, frame) = clinic.hand_over_frame(clinic.invoice("10.50").await).await;
    clinic.save_stripe().await.unwrap();
    for _ in 0..5 {
        clinic.hand_over(clinic.invoice("20.00").await).await;
    }
    clinic.clock.advance(Duration::from_mins(2));
    clinic.moneris.faults().next("res_purchase_cc", Fault::DropAfterEffect);
    clinic.charge(payment, clinic.grant(&frame, MonerisCard::VISA)).await.unwrap();

    // The process dies, and the next one sweeps as often as it is told to.
    let slow = HookedExchange { inner: clinic.stripe.exchange(), hook: Slow::new(&clinic.clock) };
    let next = Billing::builder(Arc::clone(&clinic.store), key_ring())
        .connector(Arc::new(StripeConnector::new(Arc::new(slow), StripeConfig::default())))
        .connector(Arc::new(MonerisConnector::new(clinic.moneris.exchange(), MonerisConfig::default())))
        .clock(clinic.clock.clone())
        // The slow answers make the clock jump; to what goes on beside them that is no stall.
        .config(BillingConfig { dispatch_within: Duration::from_mins(1), ..BillingConfig::default() })
        .build();
    clinic.clock.advance(Duration::from_secs(30));
    for _ in 0..10 {
        next.sweep(100).await.unwrap();
    }

    assert_eq!(clinic.moneris.count("status_check"), 1);
    assert_eq!(clinic.payment(payment).await.state, PaymentState::Succeeded);
}
