//! An account's endpoint at the processor: asked for with the keys, never a reason to refuse them, found again after a crash at any
//! moment, and gone before the keys are.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::time::Duration;

use billing_acceptance::{Ending, Moments, Till, World, front_desk, noticing, owner, quiet};
use billing_app::{Billing, BillingConfig, NoticeAnswer, NoticesOnPane, SaveKeys};
use billing_credentials::{SealKey, SealKeyId, StaticKeyRing, Submitted, fields};
use billing_domain::payment::PaymentState;
use billing_domain::{ProcessorId, SubscriptionRefusal, SubscriptionState};
use billing_stripe::{StripeConfig, StripeConnector};
use billing_testkit::stripe::{Card, Fault, Mode, Permission};

const LIST: &str = "GET /v1/webhook_endpoints";
const CREATE: &str = "POST /v1/webhook_endpoints";
const DELETE: &str = "DELETE /v1/webhook_endpoints/{id}";

fn process(world: &World) -> Billing {
    world.process_with(Arc::new(Moments::counting()), noticing())
}

async fn pane(world: &World, billing: &Billing) -> Option<NoticesOnPane> {
    let settings = billing.settings(&owner(world.dispensary)).await.unwrap();
    settings.stripe.saved.map(|saved| saved.notices)
}

fn with_secret(world: &World, secret: String) -> SaveKeys {
    let publishable = world.account.publishable_key(Mode::Live);
    let pasted = [(fields::PUBLISHABLE_KEY, publishable), (fields::SECRET_KEY, secret)];
    SaveKeys::checked(ProcessorId::STRIPE, pasted.into_iter().collect::<Submitted>())
}

#[tokio::test(start_paused = true)]
async fn saving_keys_asks_for_notices_and_rolling_or_checking_them_keeps_the_endpoint() {
    let world = World::without_keys().await;
    let billing = process(&world);
    let saved = world.save_keys(&billing, Till::Stripe).await.unwrap();
    assert_eq!(saved.pane.saved.unwrap().notices, NoticesOnPane::On);
    let [endpoint] = &*world.endpoints() else { panic!("{:?}", world.endpoints()) };
    let (dispensary, account) = (world.dispensary, saved.account.account);
    assert_eq!(endpoint.url, format!("https://clinic.example/notices/{dispensary}/{account}"));
    assert!(endpoint.enabled_events.iter().any(|event| event == "payment_intent.succeeded"));

    world.account.roll_secret(Mode::Live, true);
    world.save_keys(&billing, Till::Stripe).await.unwrap();
    billing.verify_account(&owner(world.dispensary), ProcessorId::STRIPE).await.unwrap();

    world.sweep_accounts(&billing).await;
    assert_eq!(world.endpoints()[0].id, endpoint.id);
    assert_eq!(world.stripe.count(CREATE), 1);
    world.judge_endpoint(&billing, "rolled and checked").await;
}

#[tokio::test(start_paused = true)]
async fn without_an_address_no_notices_are_asked_for() {
    let world = World::new().await;
    let billing = world.process(Arc::new(Moments::counting()));
    assert_eq!(billing.renew_subscriptions(&owner(world.dispensary)).await.unwrap(), 0);

    assert_eq!(pane(&world, &billing).await, Some(NoticesOnPane::Off));
    assert_eq!((world.stripe.count(LIST), world.stripe.count(CREATE)), (0, 0));
    assert_eq!(world.record().await.due_at, None);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_may_not_register_endpoints_is_saved_and_says_so_and_the_sweep_does_without() {
    use Permission as P;
    let world = World::without_keys().await;
    let billing = process(&world);
    let enough = [P::AccountRead, P::BalanceRead, P::PaymentIntentWrite, P::RefundWrite];
    let restricted = world.account.restricted_key(Mode::Live, &enough);
    let owner = owner(world.dispensary);
    let saved = billing.save_keys(&owner, with_secret(&world, restricted)).await.unwrap();
    let refused = NoticesOnPane::Refused(SubscriptionRefusal::PermissionMissing);
    assert_eq!(saved.pane.saved.unwrap().notices, refused);

    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    let asked = world.stripe.count(LIST);
    for _ in 0..8 {
        world.advance(Duration::from_mins(5));
        billing.sweep(100).await.unwrap();
    }
    let paid = billing.payment(&front_desk(world.dispensary), world.payment).await.unwrap();
    assert_eq!(paid.state, PaymentState::Succeeded);
    assert_eq!(world.stripe.count(LIST), asked, "what was refused is not asked again by itself");

    let more = [P::AccountRead, P::BalanceRead, P::PaymentIntentWrite, P::RefundWrite, P::WebhookWrite];
    let restricted = world.account.restricted_key(Mode::Live, &more);
    let saved = billing.save_keys(&owner, with_secret(&world, restricted)).await.unwrap();
    assert_eq!(saved.pane.saved.unwrap().notices, NoticesOnPane::On);
}

#[tokio::test(start_paused = true)]
async fn a_seventeenth_endpoint_is_refused_by_stripe_and_told_on_the_pane() {
    let world = World::without_keys().await;
    for n in 0..16 {
        world.account.add_endpoint(Mode::Live, &format!("https://other.example/{n}"));
    }
    let billing = process(&world);
    let saved = world.save_keys(&billing, Till::Stripe).await.unwrap();
    let too_many = NoticesOnPane::Refused(SubscriptionRefusal::TooMany);
    assert_eq!(saved.pane.saved.unwrap().notices, too_many);
    assert_eq!(world.stripe.endpoints(world.account.id()).len(), 16, "nobody else's was touched");
}

#[tokio::test(start_paused = true)]
async fn stripe_silent_about_endpoints_keeps_no_keys_from_being_saved_and_is_asked_ever_more_rarely() {
    let world = World::without_keys().await;
    let billing = process(&world);
    world.stripe.faults().every(1, LIST, Fault::FailBeforeEffect(503));
    let saved = world.save_keys(&billing, Till::Stripe).await.unwrap();
    assert_eq!(saved.pane.saved.unwrap().notices, NoticesOnPane::Registering);

    let mut due = Vec::new();
    for _ in 0..6 {
        let (now, due_at) = (billing_domain::Clock::now(&*world.clock), world.record().await.due_at.unwrap());
        due.push(billing_domain::elapsed(now, due_at));
        world.advance(billing_domain::elapsed(now, due_at));
        billing.sweep(100).await.unwrap();
    }
    assert!(due.is_sorted() && due[5] >= Duration::from_mins(15), "{due:?}");
    assert_eq!(world.record().await.subscription.unwrap().failures, 7);

    world.stripe.faults().clear();
    world.sweep_accounts(&billing).await;
    world.judge_endpoint(&billing, "after the silence").await;
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_stripe_lists_under_another_address_is_made_anew_ever_more_rarely() {
    let world = World::noticed().await;
    let billing = process(&world);
    let elsewhere = Fault::Overwrite("/data/0/url", "https://clinic.example/elsewhere".into());
    world.stripe.faults().every(1, LIST, elsewhere);

    let mut waits = Vec::new();
    for _ in 0..8 {
        let (now, due_at) = (billing_domain::Clock::now(&*world.clock), world.record().await.due_at.unwrap());
        waits.push(billing_domain::elapsed(now, due_at));
        world.advance(billing_domain::elapsed(now, due_at));
        billing.sweep(100).await.unwrap();
    }

    assert!(waits.is_sorted() && waits[7] >= Duration::from_mins(15), "{waits:?}");
    assert_eq!(world.stripe.endpoints(world.account.id()).len(), 1, "the one before is deleted each time");
    assert_eq!(pane(&world, &billing).await, Some(NoticesOnPane::On));
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_was_deleted_or_disabled_at_stripe_is_put_right_when_the_keys_are_checked() {
    let world = World::noticed().await;
    let billing = process(&world);
    world.sweep_accounts(&billing).await;
    let sent = world.send(&billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    let told_before = world.deliveries();
    let first = world.endpoints()[0].id.clone();
    let check = async || billing.verify_account(&owner(world.dispensary), ProcessorId::STRIPE).await.unwrap();

    world.stripe.disable_endpoint(&first);
    check().await;
    assert!(world.endpoints()[0].enabled && world.endpoints()[0].id == first);

    world.stripe.delete_endpoint(&first);
    check().await;
    assert_ne!(world.endpoints()[0].id, first);
    // What the first one signed may still be on its way.
    assert_eq!(world.deliver(&billing, &told_before[0]).await.unwrap(), NoticeAnswer::Accepted);
    world.sweep_accounts(&billing).await;
    let now = world.endpoints();
    assert_eq!(world.record().await.subscription.unwrap().endpoint, Some(now[0].id.clone()));
}

#[tokio::test(start_paused = true)]
async fn another_address_moves_the_endpoint_and_none_removes_it() {
    let world = World::noticed().await;
    let owner = owner(world.dispensary);
    let at = |address: Option<&str>| {
        let notice_address = address.map(|address| address.parse().unwrap());
        let config = BillingConfig { notice_address, ..BillingConfig::default() };
        world.process_with(Arc::new(Moments::counting()), config)
    };
    let moved = at(Some("https://clinic.example/elsewhere"));
    assert_eq!(moved.renew_subscriptions(&owner).await.unwrap(), 1);
    assert_eq!(moved.renew_subscriptions(&owner).await.unwrap(), 0, "it is right");
    let [endpoint] = &*world.endpoints() else { panic!("{:?}", world.endpoints()) };
    assert!(endpoint.url.starts_with("https://clinic.example/elsewhere/"));
    world.sweep_accounts(&moved).await;
    assert_eq!(pane(&world, &moved).await, Some(NoticesOnPane::On));

    let off = at(None);
    assert_eq!(off.renew_subscriptions(&owner).await.unwrap(), 1);
    world.judge_no_endpoint("no address").await;
    assert_eq!(pane(&world, &off).await, Some(NoticesOnPane::Off));
    assert!(world.record().await.sealed.is_some(), "the keys stay");
}

#[tokio::test(start_paused = true)]
async fn removing_an_account_removes_its_endpoint_before_its_keys() {
    let world = World::noticed().await;
    let billing = process(&world);
    world.sweep_accounts(&billing).await;
    world.stripe.faults().next(DELETE, Fault::FailBeforeEffect(503));
    world.stripe.faults().next(DELETE, Fault::FailBeforeEffect(503));
    world.stripe.faults().next(DELETE, Fault::FailBeforeEffect(503));
    world.stripe.faults().next(DELETE, Fault::FailBeforeEffect(503));

    billing.remove_account(&owner(world.dispensary), ProcessorId::STRIPE).await.unwrap();
    assert_eq!(world.endpoints().len(), 1);
    assert!(world.record().await.sealed.is_some());
    world.sweep_accounts(&billing).await;

    world.judge_no_endpoint("removed").await;
    assert!(world.record().await.sealed.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_stripe_lets_nobody_remove_is_left_to_a_person_and_keeps_no_keys() {
    let world = World::noticed().await;
    let billing = process(&world);
    world.sweep_accounts(&billing).await;
    world.account.roll_secret(Mode::Live, true);

    billing.remove_account(&owner(world.dispensary), ProcessorId::STRIPE).await.unwrap();
    world.sweep_accounts(&billing).await;

    let record = world.record().await;
    assert!(record.sealed.is_none() && record.subscription.is_none(), "{record:?}");
    let audit = billing.audit(&owner(world.dispensary), 0, 1_000).await.unwrap();
    let told = audit.iter().find(|entry| entry.note.contains("could not be removed")).unwrap();
    assert!(told.note.contains(&world.endpoints()[0].url), "{}", told.note);
}

#[tokio::test(start_paused = true)]
async fn keys_of_another_account_move_the_notices_there_too() {
    let world = World::noticed().await;
    let billing = process(&world);
    world.sweep_accounts(&billing).await;
    let other = world.stripe.account(billing_testkit::stripe::AccountSpec::new("acct_1QotherTB7WZ01zgk"));
    let pasted = [
        (fields::PUBLISHABLE_KEY, other.publishable_key(Mode::Live)),
        (fields::SECRET_KEY, other.secret_key(Mode::Live)),
    ];
    let keys = SaveKeys::checked(ProcessorId::STRIPE, pasted.into_iter().collect::<Submitted>());
    billing.save_keys(&owner(world.dispensary), keys).await.unwrap();

    assert_eq!(world.endpoints().len(), 0, "the one before is told nothing any more");
    assert_eq!(world.stripe.endpoints(other.id()).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn signing_secrets_are_sealed_again_with_the_keys() {
    let world = World::noticed().await;
    let old = process(&world);
    world.sweep_accounts(&old).await;
    let sent = world.send(&old).await.unwrap();
    world.pay(sent, Card::VISA).await;
    let id = |id| SealKeyId::parse(id).unwrap();
    let newer = || StaticKeyRing::new(id("2027"), SealKey::from_bytes([8; 32]));
    let process = |ring: StaticKeyRing| {
        Billing::builder(Arc::clone(&world.store), Arc::new(ring))
            .connector(Arc::new(StripeConnector::new(world.stripe.exchange(), StripeConfig::default())))
            .clock(world.clock.clone())
            .config(noticing())
            .build()
    };
    let rotated = newer().with_older(id("2026"), SealKey::from_bytes([7; 32])).unwrap();
    let rotated = process(rotated);
    assert_eq!(rotated.reseal_keys(&owner(world.dispensary)).await.unwrap(), 1);
    assert_eq!(rotated.reseal_keys(&owner(world.dispensary)).await.unwrap(), 0);

    let next = process(newer());
    for delivery in world.deliveries() {
        assert_eq!(world.deliver(&next, &delivery).await.unwrap(), NoticeAnswer::Accepted);
    }
    quiet().await;
    let paid = next.payment(&front_desk(world.dispensary), world.payment).await.unwrap();
    assert_eq!(paid.state, PaymentState::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_refused_registration_is_asked_again_when_the_host_renews() {
    let world = World::new().await;
    for n in 0..16 {
        world.account.add_endpoint(Mode::Live, &format!("https://other.example/{n}"));
    }
    let billing = process(&world);
    let owner = owner(world.dispensary);
    assert_eq!(billing.renew_subscriptions(&owner).await.unwrap(), 1);
    let subscription = world.record().await.subscription.unwrap();
    assert_eq!(subscription.state, SubscriptionState::Refused(SubscriptionRefusal::TooMany));

    let all = world.stripe.endpoints(world.account.id());
    world.stripe.delete_endpoint(&all[0].id);
    assert_eq!(billing.renew_subscriptions(&owner).await.unwrap(), 1);
    assert_eq!(pane(&world, &billing).await, Some(NoticesOnPane::On));
}

/// What a process that may die is doing.
#[derive(Clone, Copy, Debug)]
enum Work {
    /// The first keys are saved.
    Saves,
    /// The account is removed again.
    Removes,
    /// The keys are rolled; meanwhile somebody deleted the endpoint at Stripe.
    RollsAfterDeletion,
}

impl Work {
    const ALL: [Self; 3] = [Self::Saves, Self::Removes, Self::RollsAfterDeletion];

    async fn world(self) -> World {
        if matches!(self, Self::Saves) {
            return World::without_keys().await;
        }
        let world = World::noticed().await;
        world.sweep_accounts(&process(&world)).await;
        if matches!(self, Self::RollsAfterDeletion) {
            world.stripe.delete_endpoint(&world.endpoints()[0].id);
        }
        world
    }

    async fn run(self, world: &World, billing: &Billing) {
        match self {
            Self::Saves | Self::RollsAfterDeletion => drop(world.save_keys(billing, Till::Stripe).await),
            Self::Removes => {
                drop(billing.remove_account(&owner(world.dispensary), ProcessorId::STRIPE).await);
            }
        }
    }

    async fn judge(self, world: &World, told: &str) {
        let next = process(world);
        // Whatever was on its way has arrived.
        tokio::time::sleep(Duration::from_mins(10)).await;
        let records = world.store.accounts(world.dispensary).await.unwrap();
        if records.is_empty() {
            // Nothing was written, so nothing may be there.
            return world.judge_no_endpoint(told).await;
        }
        if matches!(self, Self::RollsAfterDeletion) && world.record().await.version == 1 {
            // Nothing was written: what somebody deleted is found when keys are saved or checked, and not before.
            self.run(world, &next).await;
        }
        world.sweep_accounts(&next).await;
        if world.record().await.state.is_active() {
            world.judge_endpoint(&next, told).await;
        } else {
            world.judge_no_endpoint(told).await;
            assert!(world.record().await.sealed.is_none(), "{told}");
        }
    }
}

/// Ends the work at one moment, and lets the next process clean up. False if there is no such moment.
async fn ends_well_at(moment: usize, work: Work, ending: Ending) -> bool {
    let world = work.world().await;
    let moments = Arc::new(Moments::ending_at(moment, ending));
    let billing = world.process_with(moments.clone(), noticing());
    let told = format!("{work:?}, {ending:?} at moment {moment}");
    tokio::select! {
        biased;
        () = moments.reached() => {}
        () = work.run(&world, &billing) => {}
    }
    let was_there = moments.counted() > moment;
    match ending {
        Ending::ProcessDies => billing.abort(),
        Ending::AnswerIsLost | Ending::HandlerIsDropped => {
            assert!(billing.shutdown(Duration::from_mins(5)).await, "{told}");
        }
    }
    work.judge(&world, &told).await;
    was_there
}

#[tokio::test(start_paused = true)]
async fn wherever_saving_or_removing_ends_there_is_the_one_endpoint_or_none_and_its_secret_is_known() {
    for ending in [Ending::ProcessDies, Ending::HandlerIsDropped, Ending::AnswerIsLost] {
        for work in Work::ALL {
            let mut moment = 0;
            while ends_well_at(moment, work, ending).await {
                moment += 1;
            }
            assert!(moment >= 8, "{work:?} has only {moment} moments: the hooks are not in place");
            println!("{work:?}, {ending:?} at {moment} moments: the right endpoint each time");
        }
    }
}

/// At one moment of one process, another does something from its beginning to its end, or to where it dies.
#[derive(Debug)]
struct Between {
    at: usize,
    counted: std::sync::atomic::AtomicUsize,
    other: Billing,
    ends: Arc<Moments>,
    world: Arc<World>,
    work: Work,
}

impl Between {
    async fn pass(&self) {
        if self.counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == self.at {
            tokio::select! {
                biased;
                () = self.ends.reached() => self.other.abort(),
                () = self.work.run(&self.world, &self.other) => {}
            }
        }
    }
}

#[async_trait::async_trait]
impl billing_acceptance::Hook for Between {
    async fn before_commit(&self, _: &billing_domain::Step) -> Result<(), billing_domain::StoreError> {
        self.pass().await;
        Ok(())
    }

    async fn after_commit(&self, _: &billing_domain::Step) -> Result<(), billing_domain::StoreError> {
        self.pass().await;
        Ok(())
    }

    async fn before_send(&self, _: &billing_transport::Request) -> Result<(), billing_transport::SendError> {
        self.pass().await;
        Ok(())
    }

    async fn after_send(&self) -> Result<(), billing_transport::SendError> {
        self.pass().await;
        Ok(())
    }
}

/// False if the first process has no such moment, and true with whether the other one died.
async fn two_at_once(work: Work, at: usize, others: Work, dies_at: usize) -> (bool, bool) {
    let world = Arc::new(work.world().await);
    let ends = Arc::new(Moments::ending_at(dies_at, Ending::ProcessDies));
    let other = world.process_with(ends.clone(), noticing());
    let between = Arc::new(Between {
        at,
        counted: 0.into(),
        other,
        ends: ends.clone(),
        world: Arc::clone(&world),
        work: others,
    });
    let billing = world.process_with(between.clone(), noticing());
    work.run(&world, &billing).await;
    assert!(billing.shutdown(Duration::from_mins(5)).await);
    let told = format!("{work:?}, and at its moment {at} {others:?} to its moment {dies_at}");
    work.judge(&world, &told).await;
    let was_there = between.counted.load(std::sync::atomic::Ordering::SeqCst) > at;
    (was_there, ends.counted() > dies_at)
}

#[tokio::test(start_paused = true)]
async fn two_processes_at_one_endpoint_at_once_leave_the_right_one_even_if_one_of_them_dies() {
    use Work as W;
    let pairs = [
        (W::Saves, W::Saves),
        (W::RollsAfterDeletion, W::RollsAfterDeletion),
        (W::RollsAfterDeletion, W::Removes),
        (W::Removes, W::RollsAfterDeletion),
        (W::Saves, W::Removes),
        (W::Removes, W::Removes),
    ];
    for (work, others) in pairs {
        let mut ends = 0;
        for at in 0.. {
            let (mut was_there, mut dies_at) = (true, 0);
            loop {
                let (there, died) = two_at_once(work, at, others, dies_at).await;
                was_there &= there;
                ends += 1;
                if !died || !was_there {
                    break;
                }
                dies_at += 1;
            }
            if !was_there {
                break;
            }
        }
        assert!(ends > 10, "{work:?} and {others:?} met only {ends} times");
        println!("{work:?} and {others:?} at {ends} pairs of moments: the right endpoint each time");
    }
}
