//! What a run came to, for whoever reads the terminal.

use std::fmt;

use super::judge::Verdict;
use super::rest::Findings;

/// So many lines tell what kind of thing is wrong.
const WRONG_SHOWN: usize = 30;

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) database: &'static str,
    pub(crate) hosts: usize,
    pub(crate) rounds: u32,
    pub(crate) seed: u64,
    /// Nobody was to be killed.
    pub(crate) spared: bool,
    pub(crate) kills: u64,
    /// Calls that people made, and those whose host died before it answered.
    pub(crate) calls: u64,
    pub(crate) cut_off: u64,
    /// Notices of Stripe's that were taken.
    pub(crate) notices: u64,
    /// Accounts that were removed, and then saved again.
    pub(crate) removals: u64,
    /// Errors that people met, by code.
    pub(crate) errors: String,
    /// How often a person had to look at Moneris's own list.
    pub(crate) findings: Findings,
    pub(crate) verdict: Verdict,
    /// What else is wrong.
    pub(crate) faults: Vec<String>,
}

impl Outcome {
    /// Whether nothing is wrong, and something happened at all.
    pub(crate) fn is_good(&self) -> bool {
        let Verdict { duplicates, losses, open, paid, .. } = &self.verdict;
        let wrong = duplicates.len() + losses.len() + open.len() + self.faults.len();
        wrong == 0 && *paid > 0 && (self.spared || self.cut_off > 0)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { payments, paid, refunds, duplicates, losses, open } = &self.verdict;
        let wrong: Vec<_> = duplicates.iter().chain(losses).chain(open).chain(&self.faults).collect();
        for wrong in wrong.iter().take(WRONG_SHOWN) {
            writeln!(f, "wrong: {wrong}")?;
        }
        if let Some(more) = wrong.len().checked_sub(WRONG_SHOWN + 1) {
            writeln!(f, "wrong: and {} more", more + 1)?;
        }
        let Self {
            database,
            rounds,
            seed,
            hosts,
            kills,
            calls,
            cut_off,
            errors,
            findings,
            notices,
            removals,
            ..
        } = self;
        writeln!(
            f,
            "{database}, seed {seed}: {rounds} rounds on {hosts} processes, {cut_off} of {calls} calls cut off, \
             {notices} notices taken, {removals} accounts removed and saved again"
        )?;
        writeln!(f, "errors that people met: {errors}")?;
        writeln!(
            f,
            "found out by a person, at Moneris: {} charges and {} refunds",
            findings.charges, findings.refunds
        )?;
        write!(
            f,
            "{database}: {kills} kills, {payments} payments, {paid} paid, {refunds} refunds, {} duplicates, {} losses, {} left open",
            duplicates.len(),
            losses.len(),
            open.len()
        )
    }
}
