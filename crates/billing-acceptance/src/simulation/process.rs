//! A process: the library on the run's database and network, with a clock of its own. It can die at any moment.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use billing_app::Billing;
use billing_credentials::ProcessorConnector;
use billing_moneris::{MonerisConfig, MonerisConnector};
use billing_stripe::{StripeConfig, StripeConnector};
use billing_transport::Exchange;
use tokio::sync::Notify;

use super::bugs::{BuggyConnector, BuggyExchange};
use super::chance::Luck;
use super::database::Database;
use super::network::{At, Network};
use super::time::MachineClock;
use super::world::{SLOTS, World};
use super::{Bug, Fault, lock};
use crate::{HookedStore, key_ring};

/// One process.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) billing: Billing,
    pub(super) clock: Arc<MachineClock>,
    pub(super) life: Arc<Life>,
}

/// Whether a process lives.
#[derive(Debug, Default)]
pub(super) struct Life {
    is_over: AtomicBool,
    ended: Notify,
}

impl Life {
    /// The process dies here: nothing of it goes on.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        self.ended.notify_waiters();
        self.ended.notify_one();
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Returns only while the process lives.
    pub(super) async fn go_on(&self) {
        if self.is_over() {
            pending::<()>().await;
        }
    }

    async fn ended(&self) {
        while !self.is_over() {
            self.ended.notified().await;
        }
    }
}

impl Process {
    /// A new process on `world`.
    pub(super) fn start(world: &Arc<World>, ahead_ms: i64) -> Self {
        let life = Arc::<Life>::default();
        let clock = Arc::new(MachineClock::new(world.time, ahead_ms));
        let database = Database { world: Arc::clone(world), life: Arc::clone(&life) };
        let store = HookedStore { inner: world.store.clone(), hook: Arc::new(database) };
        let mut config = MonerisConfig::default();
        config.not_found_is_proof = world.setting.bug == Some(Bug::BelievesNotFound);
        config.declined_receipt_is_final = world.setting.bug == Some(Bug::BelievesDeclines);
        let stripe = StripeConnector::new(exchange(world, &life, At::Stripe), StripeConfig::default());
        let moneris = MonerisConnector::new(exchange(world, &life, At::Moneris), config);
        let billing = Billing::builder(Arc::new(store), key_ring())
            .connector(connector(world, Arc::new(stripe)))
            .connector(connector(world, Arc::new(moneris)))
            .clock(clock.clone())
            .ids(world.ids.clone())
            .alarm(world.alarms.clone())
            .config(world.plan.config.clone())
            .build();
        Self { billing, clock, life }
    }
}

/// The way from one process to a processor, with the run's mistake in it if it is one of the way.
fn exchange(world: &Arc<World>, life: &Arc<Life>, at: At) -> Arc<dyn Exchange> {
    let network = Network::new(world, Arc::clone(life), at);
    match world.setting.bug.filter(|bug| bug.is_on_the_way()) {
        Some(bug) => Arc::new(BuggyExchange::new(Arc::new(network), bug, at, world)),
        None => Arc::new(network),
    }
}

fn connector(world: &World, inner: Arc<dyn ProcessorConnector>) -> Arc<dyn ProcessorConnector> {
    match world.setting.bug {
        Some(Bug::TakesTimeoutForFailure) => Arc::new(BuggyConnector(inner)),
        _ => inner,
    }
}

/// Keeps one slot filled: a process that dies is followed by another, after a while.
pub(super) async fn keep_running(world: Arc<World>, slot: usize) {
    let mut luck = world.chance.stream("slot", number(slot));
    loop {
        let ahead_ms = i64::try_from(luck.below(2_000)).unwrap_or(0) - 1_000;
        let process = Arc::new(Process::start(&world, ahead_ms));
        put(&world, slot, Some(Arc::clone(&process)));
        tokio::join!(
            die(&world, slot, &process),
            async {
                tokio::select! {
                    biased;
                    () = process.life.ended() => {}
                    () = sweep(&world, slot, &process) => {}
                }
            },
            async {
                tokio::select! {
                    biased;
                    () = process.life.ended() => {}
                    () = disturb(&world, slot, &process) => {}
                }
            }
        );
        put(&world, slot, None);
        drop(process);
        tokio::time::sleep(luck.patience(Duration::from_mins(4))).await;
    }
}

/// Waits for the process's end, and ends everything that it was doing.
async fn die(world: &World, slot: usize, process: &Process) {
    process.life.ended().await;
    put(world, slot, None);
    process.billing.abort();
}

/// The host's timer.
async fn sweep(world: &World, slot: usize, process: &Process) {
    let mut luck = world.chance.stream("sweep", number(slot));
    loop {
        // Once the desks are closed hosts take their time.
        let pace = if world.time.so_far() < world.plan.opening_hours { 1 } else { 4 };
        let wait = luck.one_of(&[5, 15, 15, 30, 60]) * pace;
        tokio::time::sleep(Duration::from_secs(wait)).await;
        let limit = luck.one_of(&[1, 5, 100, 100]);
        let sweep = process.billing.sweep(limit);
        match world.strikes("sweep", number(slot), &[Fault::FutureDropped]) {
            Some((_, mut luck)) => {
                let impatience = luck.between(Duration::ZERO, Duration::from_secs(5));
                drop(tokio::time::timeout(impatience, sweep).await);
            }
            None => drop(sweep.await),
        }
    }
}

/// What happens to machines: a crash at no particular moment, a stop in good order, a clock that is set.
async fn disturb(world: &World, slot: usize, process: &Process) {
    let number = number(slot);
    loop {
        let (mut pace, _) = world.chance.at("machine", number);
        tokio::time::sleep(pace.between(Duration::from_secs(20), Duration::from_mins(15))).await;
        let menu = [Fault::CrashBetween, Fault::Restart, Fault::ClockJump];
        let Some((fault, mut luck)) = world.strikes("machine", number, &menu) else { continue };
        match fault {
            Fault::ClockJump => process.clock.set_ahead(jump(&mut luck)),
            Fault::Restart => {
                let deadline = luck.between(Duration::ZERO, Duration::from_secs(40));
                process.billing.shutdown(deadline).await;
                process.life.end();
            }
            _ => process.life.end(),
        }
    }
}

/// How far a clock is ahead after it was set, in milliseconds: mostly a little, forwards up to hours, backwards up to minutes.
fn jump(luck: &mut Luck) -> i64 {
    const SECOND: i64 = 1_000;
    const MINUTE: i64 = 60 * SECOND;
    luck.one_of(&[
        0,
        0,
        SECOND,
        -SECOND,
        30 * SECOND,
        -30 * SECOND,
        2 * MINUTE,
        -3 * MINUTE,
        45 * MINUTE,
        180 * MINUTE,
    ])
}

fn put(world: &World, slot: usize, process: Option<Arc<Process>>) {
    let mut processes = lock(&world.processes);
    if let Some(place) = processes.get_mut(slot.min(SLOTS - 1)) {
        *place = process;
    }
}

fn number(slot: usize) -> u64 {
    u64::try_from(slot).unwrap_or(0)
}
