//! Makes a failing run small: fewer invoices, then fewer faults, as long as the same rule is broken.

use super::outcome::{Outcome, Setting, Without};
use super::run;

/// A run as small as it was made.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// What is left out of it.
    pub without: Without,
    /// The small run, with its trace.
    pub outcome: Outcome,
    /// How many runs it took.
    pub tried: usize,
}

/// More are not tried.
const RUNS_MAX: usize = 1_500;

struct Shrinker {
    seed: u64,
    setting: Setting,
    smallest: Outcome,
    tried: usize,
}

/// Shrinks the run of `seed`. `None` if it breaks no rule.
pub fn shrink(seed: u64, setting: &Setting) -> Option<Shrunk> {
    let mut setting = setting.clone();
    setting.traced = false;
    let smallest = run(seed, &setting);
    smallest.violation.as_ref()?;
    let mut shrinker = Shrinker { seed, setting, smallest, tried: 1 };
    shrinker.drop_invoices();
    shrinker.drop_faults();
    shrinker.drop_invoices();
    let Shrinker { seed, mut setting, tried, .. } = shrinker;
    setting.traced = true;
    let outcome = run(seed, &setting);
    Some(Shrunk { without: setting.without, outcome, tried })
}

impl Shrinker {
    /// Whether the same rule is still broken without this as well; if so it stays left out.
    fn try_without(&mut self, without: Without) -> bool {
        if self.tried >= RUNS_MAX {
            return false;
        }
        self.tried += 1;
        let setting = Setting { without, ..self.setting.clone() };
        let outcome = run(self.seed, &setting);
        let rule = |outcome: &Outcome| outcome.violation.as_ref().map(|violation| violation.rule);
        let is_same = rule(&outcome).is_some() && rule(&outcome) == rule(&self.smallest);
        if is_same {
            (self.smallest, self.setting) = (outcome, setting);
        }
        is_same
    }

    fn drop_invoices(&mut self) {
        let guilty = self.smallest.violation.as_ref().and_then(|violation| violation.invoice);
        let all: Vec<u64> = (1..=self.smallest.invoices).collect();
        if let Some(guilty) = guilty {
            let mut without = self.setting.without.clone();
            without.invoices.extend(all.iter().filter(|invoice| **invoice != guilty));
            if self.try_without(without) {
                return;
            }
        }
        self.halve(&all, |without, invoice| without.invoices.insert(invoice));
    }

    fn drop_faults(&mut self) {
        let struck = self.smallest.struck.clone();
        self.halve(&struck, |without, fault| without.faults.insert(fault));
        // What is left may strike elsewhere now.
        let struck = self.smallest.struck.clone();
        self.halve(&struck, |without, fault| without.faults.insert(fault));
    }

    /// Leaves out as many of `these` as it can, in ever smaller pieces.
    fn halve(&mut self, these: &[u64], leave_out: impl Fn(&mut Without, u64) -> bool) {
        let mut piece = these.len();
        while piece > 0 {
            for chunk in these.chunks(piece) {
                let mut without = self.setting.without.clone();
                let mut is_news = false;
                for one in chunk {
                    is_news |= leave_out(&mut without, *one);
                }
                if is_news {
                    self.try_without(without);
                }
            }
            piece /= 2;
        }
    }
}
