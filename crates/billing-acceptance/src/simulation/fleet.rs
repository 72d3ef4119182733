//! Many runs at once: consecutive seeds, as many threads as there are processors, until enough payments were made.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::outcome::{Outcome, Setting, Tally};
use super::{Bug, lock, run};

/// What many runs came to.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    /// What was counted.
    pub tally: Tally,
    /// The first seed, and the one after the last.
    pub seeds: (u64, u64),
    /// The runs that broke a rule, by seed.
    pub failed: Vec<Outcome>,
}

impl Fleet {
    /// Runs seed after seed, from `first` on, until at least `payments` payments were made.
    ///
    /// Which seeds are run does not depend on how fast which thread is: the runs are cut off where the sum is reached in the order of
    /// seeds.
    pub fn sail(
        first: u64,
        payments: u64,
        threads: usize,
        setting: &Setting,
        progress: impl Fn(&Tally) + Sync,
    ) -> Self {
        let next = AtomicU64::new(first);
        let made = AtomicU64::new(0);
        let outcomes = Mutex::new(Vec::new());
        let so_far = Mutex::new(Tally::default());
        thread::scope(|scope| {
            for _ in 0..threads.max(1) {
                scope.spawn(|| {
                    while made.load(Ordering::SeqCst) < payments {
                        let seed = next.fetch_add(1, Ordering::SeqCst);
                        let mut outcome = run(seed, setting);
                        if outcome.violation.is_none() {
                            // Nobody looks into it again.
                            outcome.struck = Vec::new();
                        }
                        made.fetch_add(outcome.tally.payments, Ordering::SeqCst);
                        let mut so_far = lock(&so_far);
                        so_far.add(&outcome.tally);
                        progress(&so_far);
                        lock(&outcomes).push(outcome);
                    }
                });
            }
        });
        let mut outcomes = outcomes.into_inner().unwrap_or_default();
        outcomes.sort_by_key(|outcome| outcome.seed);
        let mut fleet = Self { seeds: (first, first), ..Self::default() };
        for outcome in outcomes {
            if fleet.tally.payments >= payments {
                break;
            }
            fleet.tally.add(&outcome.tally);
            fleet.seeds.1 = outcome.seed + 1;
            if outcome.violation.is_some() {
                fleet.failed.push(outcome);
            }
        }
        fleet
    }
}

/// Runs seed after seed with `bug` in front of the library until a run finds it: after how many payments, and how. `None` if it was not
/// found within `payments`.
pub fn find_bug(bug: Bug, first: u64, payments: u64) -> Option<(u64, Outcome)> {
    let setting = Setting { bug: Some(bug), ..Setting::default() };
    let mut made = 0;
    for seed in first.. {
        let outcome = run(seed, &setting);
        made += outcome.tally.payments;
        if outcome.violation.is_some() {
            return Some((made, outcome));
        }
        if made >= payments {
            return None;
        }
    }
    None
}
