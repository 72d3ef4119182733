//! What a run came to, for whoever reads the terminal.

use std::fmt;

use super::judge::Verdict;

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) database: &'static str,
    pub(crate) hosts: usize,
    pub(crate) rounds: u32,
    pub(crate) kills: u64,
    /// Calls that people made, and those whose host died before it answered.
    pub(crate) calls: u64,
    pub(crate) cut_off: u64,
    /// Errors that people met, by code.
    pub(crate) errors: String,
    /// How often a person had to look at Moneris's own list.
    pub(crate) findings: usize,
    pub(crate) verdict: Verdict,
    /// What else is wrong.
    pub(crate) faults: Vec<String>,
}

impl Outcome {
    /// Whether nothing is wrong, and something happened at all.
    pub(crate) fn is_good(&self) -> bool {
        let Verdict { duplicates, losses, open, paid, .. } = &self.verdict;
        let wrong = duplicates.len() + losses.len() + open.len() + self.faults.len();
        wrong == 0 && *paid > 0 && self.kills > 0 && self.cut_off > 0
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { payments, paid, refunds, duplicates, losses, open } = &self.verdict;
        for wrong in duplicates.iter().chain(losses).chain(open).chain(&self.faults) {
            writeln!(f, "  wrong: {wrong}")?;
        }
        writeln!(
            f,
            "{}: {} rounds on {} hosts: {} kills, {} of {} calls cut off",
            self.database, self.rounds, self.hosts, self.kills, self.cut_off, self.calls
        )?;
        writeln!(f, "  errors met: {}", self.errors)?;
        write!(
            f,
            "  {payments} payments, {paid} paid, {refunds} refunds, {} findings by a person: {} duplicates, {} losses, {} left open",
            self.findings,
            duplicates.len(),
            losses.len(),
            open.len()
        )
    }
}
