//! What outlives every process of a run: the database, the processors, the time, and the record of what happened.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use billing_domain::{DispensaryId, PaymentId};
use billing_testkit::RecordedAlarms;
use billing_testkit::moneris::{FakeMoneris, FakeStore, StoreSpec};
use billing_testkit::store::MemoryStore;
use billing_testkit::stripe::{AccountSpec, FakeAccount, FakeStripe};
use tokio::sync::Notify;
use uuid::Uuid;

use super::chance::{Chance, Luck};
use super::faults::Weather;
use super::names::{RunIds, readable};
use super::outcome::{Rule, Setting, Tally, Violation};
use super::plan::Plan;
use super::process::Process;
use super::time::TrueTime;
use super::truth::Truth;
use super::{Bug, Fault, lock};

/// How many processes serve the clinic at the same time, at most.
pub(super) const SLOTS: usize = 3;

/// Everything that outlives a process.
#[derive(Debug)]
pub(super) struct World {
    pub(super) setting: Setting,
    pub(super) plan: Plan,
    pub(super) time: TrueTime,
    pub(super) ids: Arc<RunIds>,
    pub(super) chance: Chance,
    pub(super) weather: Weather,
    pub(super) store: Arc<MemoryStore>,
    pub(super) alarms: Arc<RecordedAlarms>,
    pub(super) stripe: FakeStripe,
    pub(super) accounts: Vec<FakeAccount>,
    pub(super) moneris: FakeMoneris,
    pub(super) tills: Vec<FakeStore>,
    pub(super) dispensaries: Vec<DispensaryId>,
    pub(super) processes: Mutex<[Option<Arc<Process>>; SLOTS]>,
    pub(super) truth: Mutex<Truth>,
    pub(super) record: Mutex<Record>,
    /// Nothing goes wrong at present.
    calm: AtomicBool,
    /// Something was proved wrong.
    pub(super) ended: Notify,
}

/// What is written down of a run while it goes.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) tally: Tally,
    pub(super) trace: Vec<String>,
    pub(super) struck: Vec<u64>,
    pub(super) violation: Option<Violation>,
}

impl World {
    /// A world in which nothing was saved or sold yet. Inside the run's runtime.
    pub(super) fn new(seed: u64, setting: Setting) -> Arc<Self> {
        let chance = Chance::new(seed);
        let plan = Plan::of(&mut chance.stream("plan", 0));
        let weather = Weather::of(&mut chance.stream("weather", 0));
        let time = TrueTime::begin();
        let (stripe, moneris) = (FakeStripe::seeded(seed), FakeMoneris::seeded(seed));
        moneris.set_readings(plan.readings);
        stripe.allow_cancel_while_processing(plan.cancels_while_processing);
        let accounts = ["acct_1PgafTB7WZ01zgkW", "acct_1Qh2kLC8XA02bhlX", "acct_1Rj3mMD9YB03cimY"];
        let accounts = accounts.map(|id| stripe.account(AccountSpec::new(id))).into();
        let tills = [("gwca001234", "Ab12Cd34Ef56Gh78"), ("gwca005678", "Ij90Kl12Mn34Op56")];
        let tills = tills.map(|(id, token)| moneris.store(StoreSpec::new(id, token))).into();
        let skips_the_lock = setting.bug == Some(Bug::SkipsTheLock);
        let store = if skips_the_lock { MemoryStore::blind_to_other_payments() } else { MemoryStore::new() };
        Arc::new(Self {
            setting,
            time,
            ids: Arc::new(RunIds::new(time)),
            weather,
            store: Arc::new(store),
            alarms: Arc::default(),
            stripe,
            accounts,
            moneris,
            tills,
            dispensaries: (0..plan.dispensaries)
                .map(|no| DispensaryId::new(Uuid::from_u128(0xd1 + no)))
                .collect(),
            processes: Mutex::default(),
            truth: Mutex::default(),
            record: Mutex::default(),
            calm: AtomicBool::new(false),
            ended: Notify::new(),
            chance,
            plan,
        })
    }

    /// The fakes' clocks show the true time, as the processors' do.
    pub(super) fn set_processors_clocks(&self) {
        let now = self.time.now();
        self.stripe.set_now(now);
        self.moneris.set_now(now);
    }

    /// From now on things go wrong, or from now on nothing does.
    pub(super) fn open_for_business(&self, is_open: bool) {
        self.calm.store(!is_open, Ordering::SeqCst);
    }

    pub(super) fn is_calm(&self) -> bool {
        self.calm.load(Ordering::SeqCst)
    }

    /// Whether one of these goes wrong here and now, and the luck that says how.
    pub(super) fn strikes(&self, place: &'static str, subject: u64, menu: &[Fault]) -> Option<(Fault, Luck)> {
        if self.is_calm() {
            return None;
        }
        let (mut luck, name) = self.chance.at(place, subject);
        let mut drawn = luck.below(1_000);
        let fault = menu.iter().copied().find(|fault| {
            let rate = self.weather.rate(*fault);
            let hit = drawn < rate;
            drawn = drawn.saturating_sub(rate);
            hit
        })?;
        if self.setting.without.faults.contains(&name) {
            return None;
        }
        let mut record = lock(&self.record);
        *record.tally.faults.entry(fault).or_insert(0) += 1;
        record.struck.push(name);
        drop(record);
        self.note(|| format!("! {}", fault.name()));
        Some((fault, luck))
    }

    /// Writes into the trace, if there is one.
    pub(super) fn note(&self, what: impl FnOnce() -> String) {
        if self.setting.traced {
            let at = self.time.so_far();
            let line = format!("{:>7}.{:03} {}", at.as_secs(), at.subsec_millis(), what());
            lock(&self.record).trace.push(line);
        }
    }

    /// Something is proved wrong: the run ends. Only the first counts.
    pub(super) fn broken(&self, rule: Rule, payment: Option<PaymentId>, told: &str) {
        let invoice = payment.and_then(|payment| lock(&self.truth).invoice_of(payment));
        let named =
            payment.map_or(String::new(), |payment| format!("payment {}: ", readable(payment.uuid())));
        let told = format!("{named}{told}");
        self.note(|| format!("### {}: {told}", rule.broken()));
        lock(&self.record).violation.get_or_insert(Violation { rule, told, invoice });
        self.ended.notify_waiters();
        self.ended.notify_one();
    }

    pub(super) fn is_broken(&self) -> bool {
        lock(&self.record).violation.is_some()
    }

    /// Some process that lives.
    pub(super) fn some_process(&self, luck: &mut Luck) -> Option<Arc<Process>> {
        let alive: Vec<_> = lock(&self.processes).iter().flatten().cloned().collect();
        if alive.is_empty() {
            return None;
        }
        let place = usize::try_from(luck.below(u64::try_from(alive.len()).unwrap_or(1))).unwrap_or(0);
        alive.get(place).cloned()
    }

    /// Some process, as soon as one lives.
    pub(super) async fn wait_for_a_process(&self, luck: &mut Luck) -> Arc<Process> {
        loop {
            if let Some(process) = self.some_process(luck) {
                return process;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// The invoices somebody pays in this run.
    pub(super) fn invoices(&self) -> impl Iterator<Item = u64> {
        let left_out: &BTreeSet<u64> = &self.setting.without.invoices;
        (1..=self.plan.invoices).filter(move |invoice| !left_out.contains(invoice))
    }
}
