//! What a run found: ratios in thousandths, and what they should be. No times: they are the machine's.

use std::fmt;
use std::time::Duration;

/// One ratio and its goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What was divided by what.
    pub name: String,
    /// The ratio, in thousandths.
    pub thousandths: u128,
    /// What it should be, as it is printed; `-` for a ratio that is there for comparison.
    pub goal: &'static str,
}

/// All ratios of one run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Remarks about the run.
    pub notes: Vec<String>,
    /// The ratios, in the order they were measured.
    pub rows: Vec<Row>,
    /// How many durable steps were asked of the library's store.
    pub steps_asked: u64,
    /// How many were found in its files afterwards.
    pub steps_found: u64,
}

impl Report {
    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// How fast ours is, the floor being 1: the median over the rounds of floor / ours.
    pub(super) fn speed(&mut self, name: impl Into<String>, goal: &'static str, rounds: &[Pair]) {
        self.row(name, goal, rounds.iter().map(|pair| thousandths(pair.floor, pair.ours)));
    }

    /// How long ours takes, the floor being 1: the median over the rounds of ours / floor.
    pub(super) fn cost(&mut self, name: impl Into<String>, goal: &'static str, rounds: &[Pair]) {
        self.row(name, goal, rounds.iter().map(|pair| thousandths(pair.ours, pair.floor)));
    }

    fn row(&mut self, name: impl Into<String>, goal: &'static str, ratios: impl Iterator<Item = u128>) {
        let mut ratios: Vec<_> = ratios.collect();
        ratios.sort_unstable();
        let median = ratios.get(ratios.len() / 2).copied().unwrap_or(0);
        self.rows.push(Row { name: name.into(), thousandths: median, goal });
    }
}

/// Two times of one round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) ours: Duration,
    pub(super) floor: Duration,
}

fn thousandths(above: Duration, below: Duration) -> u128 {
    above.as_nanos().saturating_mul(1_000) / below.as_nanos().max(1)
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.thousandths / 1_000, self.thousandths % 1_000);
        write!(f, "row\t{}\t{whole}.{rest:03}\t{}", self.name, self.goal)
    }
}

/// Lines for a program to read: `note<TAB>text`, and `row<TAB>name<TAB>ratio<TAB>goal`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.notes.iter().try_for_each(|note| writeln!(f, "note\t{note}"))?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}
