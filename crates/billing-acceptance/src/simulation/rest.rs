//! The end of a run: nothing goes wrong any more, time passes, the sweep does its work, and people look at what only they can tell.

use std::sync::Arc;
use std::time::Duration;

use billing_app::{Billing, BillingError};
use billing_domain::payment::{AttemptState, Finding, Payment, Reference};
use billing_domain::refund::RefundState;
use billing_domain::{AccountRecord, BillingStore as _, ProcessorId, elapsed};

use super::chance::Luck;
use super::names::readable;
use super::outcome::Rule;
use super::process::Process;
use super::world::World;
use super::{bank, judge, lock, post};
use crate::{front_desk, manager, owner};

/// Everything comes to rest.
pub(super) async fn comes(world: &Arc<World>) {
    world.open_for_business(false);
    world.note(|| "--- from here on nothing goes wrong".to_owned());
    // What has left arrives.
    tokio::time::sleep(Duration::from_mins(10)).await;
    for place in lock(&world.processes).iter_mut() {
        if let Some(process) = place.take() {
            process.life.end();
            process.billing.abort();
        }
    }
    post::drop_the_rest(world);
    let process = Arc::new(Process::start(world, 0));
    lock(&world.processes)[0] = Some(Arc::clone(&process));
    let mut luck = world.chance.stream("rest", 0);
    save_what_is_refused(world, &mut luck).await;
    if world.plan.desk_tidies_up {
        tidy_up(world, &process.billing).await;
    }
    for _ in 0..4 {
        sweep(world, &process.billing, &mut luck).await;
        if world.is_broken() {
            return;
        }
        judge::must_be_known(world).await;
        if find_out(world, &process.billing).await == 0 {
            break;
        }
    }
    outlive_refunds(world, &process.billing).await;
    look_at_refunds(world, &process.billing, &mut luck).await;
    judge::everything(world).await;
}

/// Sweeps until no refund that was done is asked about any more.
async fn outlive_refunds(world: &World, billing: &Billing) {
    bank::finish(world, 1_000);
    for _ in 0..4_000 {
        let all = payments(world).await;
        let due = all.iter().flat_map(|payment| &payment.refunds).filter(|refund| refund.state.is_resolved());
        let Some(next) = due.filter_map(|refund| refund.due_at).min() else { return };
        tokio::time::sleep(elapsed(world.time.now(), next).max(Duration::from_millis(20))).await;
        if let Err(error) = billing.sweep(100).await {
            return world.broken(Rule::Restless, None, &format!("the sweep failed: {error}"));
        }
    }
    world.broken(Rule::Restless, None, "a refund that was done is asked about for ever");
}

/// What is under review is looked at again this often at least.
const REVIEW_LOOK: Duration = Duration::from_hours(25);

/// Sweeps until nothing is due but what waits for a person, and everything that the processor could still tell was asked.
async fn sweep(world: &World, billing: &Billing, luck: &mut Luck) {
    let mut only_people_since = None;
    // Two days, in which an owner supplies keys again and again that a short draining erases: each time everything is looked at anew.
    for _ in 0..4_000 {
        bank::finish(world, 1_000);
        save_what_is_refused(world, luck).await;
        let report = match billing.sweep(100).await {
            Ok(report) => report,
            Err(error) => return world.broken(Rule::Restless, None, &format!("the sweep failed: {error}")),
        };
        let Some(next) = report.next_due else { return };
        let waits = payments(world).await.into_iter().filter(is_open).collect::<Vec<_>>();
        if waits.iter().all(waits_for_people) {
            let since = *only_people_since.get_or_insert(world.time.so_far());
            if world.time.so_far() >= since + REVIEW_LOOK || !waits.iter().any(judge::may_still_be_told) {
                return;
            }
        } else {
            only_people_since = None;
        }
        let wait = elapsed(world.time.now(), next);
        tokio::time::sleep(wait.max(Duration::from_millis(20))).await;
        if world.is_broken() {
            return;
        }
    }
    world.broken(Rule::Restless, None, "swept 4,000 times, and something is still due");
}

/// Every payment of every dispensary.
pub(super) async fn payments(world: &World) -> Vec<Payment> {
    let mut all = Vec::new();
    for dispensary in &world.dispensaries {
        let mut before = None;
        loop {
            let page = world.store.payments(*dispensary, before, 100).await.unwrap_or_default();
            let Some(last) = page.last() else { break };
            before = Some(last.id);
            all.extend(page);
        }
    }
    all
}

fn is_open(payment: &Payment) -> bool {
    payment.is_open()
}

fn waits_for_people(payment: &Payment) -> bool {
    let attempt = payment.open_attempt();
    attempt.is_none_or(|attempt| matches!(attempt.state, AttemptState::NeedsReview(_)))
        && payment
            .refunds
            .iter()
            .all(|refund| refund.state.is_resolved() || matches!(refund.state, RefundState::NeedsReview(_)))
}

/// The owner saves, or supplies, the keys of every account whose keys the processor refuses, and of every one that is erased while
/// something is open on it.
async fn save_what_is_refused(world: &World, luck: &mut Luck) {
    for dispensary in &world.dispensaries {
        for record in world.store.accounts(*dispensary).await.unwrap_or_default() {
            let is_open = async || {
                let open = world.store.open_payments(&record.account, None, 1).await;
                open.is_ok_and(|open| !open.is_empty())
            };
            if record.trouble.is_some() || (record.sealed.is_none() && is_open().await) {
                save_again(world, &record, luck).await;
            }
        }
    }
}

/// The owner pastes the keys of this very account, as they are at the processor now.
async fn save_again(world: &World, record: &AccountRecord, luck: &mut Luck) {
    if !record.state.is_active() {
        return world.supply(record, luck).await;
    }
    let checkout = record.public.field("checkout_id").is_some();
    let place = record.external_id.as_deref().and_then(|id| world.place_of(id, checkout));
    if let Some(place) = place {
        world.save(record.account.dispensary, place, luck).await;
    }
}

/// The desks cancel what nobody is going to pay any more.
async fn tidy_up(world: &World, billing: &Billing) {
    for payment in payments(world).await {
        if payment.open_attempt().is_some() {
            let cancelled = billing.cancel_payment(&front_desk(payment.dispensary()), payment.id).await;
            world.note(|| {
                let told = cancelled
                    .as_ref()
                    .map_or_else(billing_app::BillingError::code, |view| view.state.as_str());
                format!("desk cancels {} at last: {told}", readable(payment.id.uuid()))
            });
        }
    }
}

/// Somebody looks at every refund once more: one that was done may have failed since. Where the keys are gone, the owner saves them
/// again first: nobody would be told otherwise.
async fn look_at_refunds(world: &World, billing: &Billing, luck: &mut Luck) {
    bank::finish(world, 1_000);
    for payment in payments(world).await {
        for refund in payment.refunds.iter().filter(|_| is_stripes(&payment)) {
            let manager = manager(payment.dispensary());
            let looked_at = billing.settle_refund(&manager, payment.id, refund.id).await;
            if !matches!(looked_at, Err(BillingError::CredentialsMissing { .. })) {
                continue;
            }
            let records = world.store.accounts(payment.dispensary()).await.unwrap_or_default();
            if let Some(record) = records.iter().find(|record| record.account == payment.account) {
                count(world, &payment, "keys saved again to look at a refund");
                save_again(world, record, luck).await;
                drop(billing.settle_refund(&manager, payment.id, refund.id).await);
            }
        }
    }
}

/// People look at the processors' own lists for whatever needs review, and say what those show: how many findings that took.
async fn find_out(world: &World, billing: &Billing) -> usize {
    let mut findings = 0;
    for payment in payments(world).await {
        let owner = owner(payment.dispensary());
        let name = readable(payment.id.uuid());
        if let Some(attempt) = payment.open_attempt() {
            let AttemptState::NeedsReview(review) = &attempt.state else { continue };
            findings += 1;
            count(world, &payment, &format!("payment, {}", judge::name(review)));
            let seen = judge::taken_by(world, &payment, attempt);
            world.note(|| format!("a person looks for payment {name}, {review:?}: {seen:?}"));
            let finding = finding(seen);
            let told =
                billing.record_finding(&owner, payment.id, finding, "seen in the processor's list").await;
            if let Err(error) = told {
                world.note(|| format!("a person's finding was refused: {}", error.code()));
            }
        }
        for refund in
            payment.refunds.iter().filter(|refund| matches!(refund.state, RefundState::NeedsReview(_)))
        {
            findings += 1;
            count(world, &payment, "refund, its answer never came");
            let seen = judge::given_back_by(world, &payment, refund);
            world.note(|| format!("a person looks for a refund of {name}: {seen:?}"));
            let note = "seen in the processor's list";
            let told =
                billing.record_refund_finding(&owner, payment.id, refund.id, finding(seen), note).await;
            if let Err(error) = told {
                world.note(|| format!("a person's finding was refused: {}", error.code()));
            }
        }
    }
    findings
}

fn count(world: &World, payment: &Payment, why: &str) {
    let why = format!("{}: {why}", payment.account.processor);
    *lock(&world.record).tally.for_a_person.entry(why).or_insert(0) += 1;
}

fn finding(seen: Option<String>) -> Finding {
    match seen {
        Some(reference) => Finding::MoneyMoved { reference: Reference(reference) },
        None => Finding::NothingMoved,
    }
}

/// What is Stripe's.
pub(super) fn is_stripes(payment: &Payment) -> bool {
    payment.account.processor == ProcessorId::STRIPE
}
