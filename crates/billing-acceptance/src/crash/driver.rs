//! The driver: it survives. It holds the processors, plays everybody outside the hosts, kills the hosts, and judges.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use billing_domain::Clock as _;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::args::Plan;
use super::clinics::Clinics;
use super::clock::{Hands, SharedClock};
use super::dice::Dice;
use super::host::Setting;
use super::hosts::Hosts;
use super::judge::{compare_accounts, judge};
use super::load::Load;
use super::outcome::Outcome;
use super::owner::change_keys;
use super::post::carry;
use super::rest::{Resting, Time};
use super::visit::Visit;
use crate::database::Made;

/// How many visits go on at once.
const VISITS: usize = 12;

/// After how many answers more a victim is killed, on a machine however slow; a few milliseconds later, so that it is at something.
const KILLED_AFTER_ANSWERS: RangeInclusive<u64> = 1..=25;
const MILLIS_LATER: RangeInclusive<u64> = 0..=15;

/// Or at which moment of the round, in milliseconds: perhaps before it has so much as started.
const KILLED_AFTER_MILLIS: RangeInclusive<u64> = 20..=400;

/// Nobody waits for answers for longer than this.
const ROUND_LASTS: Duration = Duration::from_secs(10);

/// How long its place is empty, in milliseconds.
const STARTED_AFTER: RangeInclusive<u64> = 0..=40;

/// By how many seconds time is moved before a round, if it is: to where a status check opens, to where it closes, past deadlines.
const MOVED_BY: [u64; 8] = [2, 5, 15, 20, 20, 45, 95, 600];

/// Kills, restarts, lets everything come to rest, and compares.
pub(crate) async fn run(plan: &Plan) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new(plan.product, folder.path()).await;
    let hands = Hands::new(&folder.path().join("time"));
    let time = Arc::new(Time { clock: SharedClock::new(folder.path().join("time")), hands });
    let clinics = Clinics::open().await;
    clinics.set_now(time.clock.now());
    let [stripe, moneris] = clinics.urls();
    let database = made.database.clone();
    let setting = Setting { bug: plan.bug, clock: folder.path().join("time"), database, moneris, stripe };
    clinics.move_in(&setting.cleaning_up(setting.database.open().await)).await;

    let hosts = Hosts::start(setting.clone(), plan.hosts);
    let load = Arc::new(Load::new(clinics, hosts, plan.seed));
    let keeping_time = tokio::spawn(keep_time(Arc::clone(&load), Arc::clone(&time)));
    let mut outside = JoinSet::new();
    for _ in 0..VISITS {
        let load = Arc::clone(&load);
        outside.spawn(async move {
            while !load.is_closing() {
                Visit::next(&load).take_place().await;
            }
        });
    }
    let mut dice = Dice::of(plan.seed, 0);
    outside.spawn(carry(Arc::clone(&load), dice.others()));
    outside.spawn(change_keys(Arc::clone(&load), dice.others()));
    for _ in 0..plan.rounds {
        round(plan, &load, &time, &mut dice).await;
        load.clinics.forget_requests();
    }
    load.close();
    if !plan.spare {
        load.hosts.kill_all();
    }
    while let Some(ended) = outside.join_next().await {
        ended.unwrap();
    }
    load.hosts.let_go();
    // What the hosts had sent arrives, although nobody waits for it any more.
    load.clinics.speed_up();
    sleep(Duration::from_secs(1)).await;
    let outcome = rest_and_judge(plan, &setting, made.name(), &load, &time).await;
    keeping_time.abort();
    outcome
}

/// One round: some hosts are killed, each at a moment of its own, and others started in their places.
async fn round(plan: &Plan, load: &Arc<Load>, time: &Time, dice: &mut Dice) {
    if dice.one_in(2) {
        time.advance(&load.clinics, Duration::from_secs(dice.pick(&MOVED_BY)));
    }
    let chosen = dice.place(load.hosts.number());
    let mut killing = JoinSet::new();
    for place in 0..load.hosts.number() {
        // One is killed in every round; each of the others in half of them.
        if dice.one_in(2) && chosen != place {
            continue;
        }
        let (load, is_spared, mut dice) = (Arc::clone(load), plan.spare, dice.others());
        killing.spawn(async move {
            moment(&load, place, &mut dice).await;
            if is_spared {
                return;
            }
            load.hosts.kill(place);
            sleep(Duration::from_millis(dice.between(STARTED_AFTER))).await;
            load.hosts.restart(place);
        });
    }
    while let Some(killed) = killing.join_next().await {
        killed.unwrap();
    }
}

/// Waits for the moment at which the host in this place is killed.
async fn moment(load: &Load, place: usize, dice: &mut Dice) {
    if dice.one_in(2) {
        sleep(Duration::from_millis(dice.between(KILLED_AFTER_MILLIS))).await;
        return;
    }
    let answered = load.hosts.answered(place, dice.between(KILLED_AFTER_ANSWERS));
    drop(timeout(ROUND_LASTS, answered).await);
    sleep(Duration::from_millis(dice.between(MILLIS_LATER))).await;
}

/// The processors' clocks go with everybody's.
async fn keep_time(load: Arc<Load>, time: Arc<Time>) {
    loop {
        load.clinics.set_now(time.clock.now());
        sleep(Duration::from_millis(5)).await;
    }
}

async fn rest_and_judge(
    plan: &Plan,
    setting: &Setting,
    database: &'static str,
    load: &Load,
    time: &Time,
) -> Outcome {
    let store = setting.database.open().await;
    let billing = setting.cleaning_up(Arc::clone(&store));
    let resting = Resting { billing: &billing, clinics: &load.clinics, store: &*store, time };
    let mut rests = resting.come_to_rest().await;
    let findings = resting.review().await;
    rests &= resting.come_to_rest().await;
    let mut verdict = judge(&billing, &load.clinics, &load.heard()).await;
    compare_accounts(&mut verdict, &*store, &load.clinics).await;
    let mut faults = load.surprises();
    if !rests {
        verdict.open.push("the sweeps never came to rest".to_owned());
    }
    if findings.needless > 0 {
        faults.push(format!("a person was asked {} times about Stripe, which can tell", findings.needless));
    }
    let notices = load.notices.load(Ordering::Relaxed);
    if verdict.paid > 100 && notices == 0 {
        faults.push("no notice was ever taken".to_owned());
    }
    let counts = load.hosts.counts();
    Outcome {
        database,
        hosts: load.hosts.number(),
        rounds: plan.rounds,
        seed: plan.seed,
        spared: plan.spare,
        kills: counts.kills.load(Ordering::Relaxed),
        calls: counts.asked.load(Ordering::Relaxed),
        cut_off: counts.cut_off.load(Ordering::Relaxed),
        notices,
        removals: load.removals.load(Ordering::Relaxed),
        errors: load.errors(),
        findings,
        verdict,
        faults,
    }
}
