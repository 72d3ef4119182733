//! A deterministic simulator: one seed makes a small world, everything that goes wrong in it, and every moment of it.
//!
//! Clock, network, processors, database, processes, staff and cardholders are driven by the seed; the library in the middle is the real
//! one, with its real adapters. What must hold is looked at after every step, and wholly when everything has come to rest. The same seed
//! makes the same run, on every machine.
#![expect(clippy::large_futures, reason = "each life of a run is one future, made once and never moved")]

mod bank;
mod bugs;
mod cardholder;
mod chance;
mod database;
mod desk;
mod faults;
mod fleet;
mod judge;
mod names;
mod network;
mod outcome;
mod owner;
mod patient;
mod plan;
mod post;
mod process;
mod request;
mod rest;
mod shrink;
mod time;
mod truth;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;

pub use bugs::Bug;
pub use faults::Fault;
pub use fleet::{Fleet, find_bug};
pub use outcome::{Outcome, Rule, Setting, Tally, Violation, Without};
pub use shrink::{Shrunk, shrink};

use world::World;

/// Nobody stays longer: whatever still goes on then is left to the end of the run.
const LONGEST_DAY: Duration = Duration::from_hours(12);

/// Makes the world of `seed` and lets it run to its end.
pub fn run(seed: u64, setting: &Setting) -> Outcome {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let world = runtime.block_on(async { World::new(seed, setting.clone()) });
    let ran = catch_unwind(AssertUnwindSafe(|| runtime.block_on(live(&world))));
    if ran.is_err() {
        world.broken(Rule::Panicked, None, "a part of the run panicked");
    }
    // Everything that still goes on holds the world; nothing of it is to outlive the run.
    lock(&world.processes).iter_mut().for_each(|place| drop(place.take()));
    drop(runtime);
    let record = std::mem::take(&mut *lock(&world.record));
    let mut tally = record.tally;
    tally.runs = 1;
    tally.payments = u64::try_from(lock(&world.truth).payments()).unwrap_or(0);
    tally.charges = lock(&world.truth).charged();
    tally.refunds = lock(&world.truth).given_back();
    Outcome {
        seed,
        tally,
        violation: record.violation,
        trace: record.trace,
        struck: record.struck,
        invoices: world.plan.invoices,
    }
}

/// A day, until something is proved wrong, and its end.
async fn live(world: &Arc<World>) {
    tokio::select! {
        biased;
        () = world.ended.notified() => {}
        () = day(world) => {}
    }
}

async fn day(world: &Arc<World>) {
    let mut machines = JoinSet::new();
    for slot in 0..world.plan.processes {
        machines.spawn(process::keep_running(Arc::clone(world), slot));
    }
    tokio::task::yield_now().await;
    world.open_for_business(false);
    owner::opens(world).await;
    world.open_for_business(true);
    machines.spawn(bank::works(Arc::clone(world)));
    machines.spawn(post::carries(Arc::clone(world)));
    for no in 0..world.dispensaries.len() {
        machines.spawn(owner::owns(Arc::clone(world), no));
    }
    let mut people = JoinSet::new();
    for invoice in world.invoices() {
        people.spawn(patient::pays(Arc::clone(world), invoice));
    }
    let all_have_gone = async {
        while let Some(gone) = people.join_next().await {
            if gone.is_err_and(|failure| failure.is_panic()) {
                world.broken(Rule::Panicked, None, "somebody panicked");
            }
        }
    };
    drop(tokio::time::timeout(LONGEST_DAY, all_have_gone).await);
    people.shutdown().await;
    machines.shutdown().await;
    rest::comes(world).await;
}

/// A lock that a panic elsewhere does not spoil: the run that panicked has failed anyway.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
