//! What one run came to: counts, what it proves wrong, and how it went.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Bug, Fault};

/// How a run is made, beside its seed.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// A mistake put in front of the library, to see that it is found.
    pub bug: Option<Bug>,
    /// Whether the run tells how it went.
    pub traced: bool,
    /// What is left out of it.
    pub without: Without,
}

/// What is left out of a run, to see whether it still goes wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Without {
    /// Invoices that nobody pays.
    pub invoices: BTreeSet<u64>,
    /// Faults, by the names of their decisions.
    pub faults: BTreeSet<u64>,
}

/// What a run proved wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Money is taken once per payment at most.
    ChargedTwice,
    /// No more is taken for an invoice than it asks for.
    InvoiceOvercharged,
    /// Keys are kept while a payment needs them.
    KeysErasedEarly,
    /// Our ledger says what the processor's says.
    LedgersDiffer,
    /// Only the processor is believed.
    NoticeForged,
    /// A notice is kept once.
    NoticeTakenTwice,
    /// One submission makes one object at the processor.
    ObjectMadeTwice,
    /// Nothing panics.
    Panicked,
    /// Money is given back once per refund, and never more than was taken.
    RefundedTwice,
    /// Everything comes to rest.
    Restless,
    /// What the processor can tell is known in the end.
    Unresolved,
    /// A call about a payment goes to its own account.
    WrongAccount,
}

impl Rule {
    /// In a few words.
    pub const fn broken(self) -> &'static str {
        match self {
            Self::ChargedTwice => "charged twice",
            Self::InvoiceOvercharged => "invoice overcharged",
            Self::KeysErasedEarly => "keys erased early",
            Self::LedgersDiffer => "ledgers differ",
            Self::NoticeForged => "a forged notice was believed",
            Self::NoticeTakenTwice => "a notice was taken twice",
            Self::ObjectMadeTwice => "second object for one submission",
            Self::Panicked => "panicked",
            Self::RefundedTwice => "refunded twice or too much",
            Self::Restless => "never came to rest",
            Self::Unresolved => "unresolved, though the processor can tell",
            Self::WrongAccount => "wrong account",
        }
    }
}

/// A rule broken, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which rule.
    pub rule: Rule,
    /// What was seen.
    pub told: String,
    /// The invoice it is about, if it is about one.
    pub invoice: Option<u64>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule.broken(), self.told)
    }
}

/// What was counted, in one run or in many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Runs.
    pub runs: u64,
    /// Payments that were written down.
    pub payments: u64,
    /// Payments for which money was taken, at the processors.
    pub charges: u64,
    /// Charges of which something was given back, at the processors.
    pub refunds: u64,
    /// What the library sent.
    pub sends: u64,
    /// What the library wrote.
    pub commits: u64,
    /// Notices that were delivered.
    pub notices: u64,
    /// Faults by kind.
    pub faults: BTreeMap<Fault, u64>,
    /// What only a person could tell in the end, by why.
    pub for_a_person: BTreeMap<String, u64>,
}

impl Tally {
    /// Both together.
    pub fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.payments += other.payments;
        self.charges += other.charges;
        self.refunds += other.refunds;
        self.sends += other.sends;
        self.commits += other.commits;
        self.notices += other.notices;
        for (fault, times) in &other.faults {
            *self.faults.entry(*fault).or_insert(0) += times;
        }
        for (why, times) in &other.for_a_person {
            *self.for_a_person.entry(why.clone()).or_insert(0) += times;
        }
    }
}

/// What one run came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// What was counted.
    pub tally: Tally,
    /// The first rule it broke.
    pub violation: Option<Violation>,
    /// How it went, if that was asked for.
    pub trace: Vec<String>,
    /// The names of the decisions that brought a fault, in order.
    pub struck: Vec<u64>,
    /// How many invoices there were to pay.
    pub invoices: u64,
}
