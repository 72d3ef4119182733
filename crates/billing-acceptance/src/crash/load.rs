//! What goes on while hosts are killed, and what the people outside were told: the record that must not be lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::clinics::{Clinics, TILLS};
use super::dice::Dice;
use super::hosts::Hosts;
use crate::Till;

/// Errors that a clinic may meet while its hosts are killed. Any other is a fault.
const EXPECTED: [&str; 17] = [
    "account_changed",
    "busy",
    "credentials_missing",
    "grant_outdated",
    "late",
    "no_processor_configured",
    "not_cancellable",
    "not_found",
    "nothing_outstanding",
    "payment_in_progress",
    "payment_withdrawn",
    "processor",
    "refund_in_progress",
    "refund_not_made",
    "refund_not_told",
    "refund_too_large",
    "store",
];

/// The load under way.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) clinics: Clinics,
    pub(crate) hosts: Hosts,
    seed: u64,
    closing: AtomicBool,
    next_payment: AtomicU64,
    heard: Mutex<BTreeMap<u64, Heard>>,
    codes: Mutex<BTreeMap<String, u64>>,
    /// Notices of Stripe's that a host took.
    pub(crate) notices: AtomicU64,
    /// How often an owner removed an account.
    pub(crate) removals: AtomicU64,
}

/// What people were told about one payment.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) till: Till,
    /// A browser got what it needs to pay.
    pub(crate) handed_over: bool,
    /// The front desk saw that it was paid.
    pub(crate) succeeded: bool,
    /// The refunds that the manager saw were made.
    pub(crate) refunded: BTreeSet<u64>,
}

impl Load {
    pub(crate) fn new(clinics: Clinics, hosts: Hosts, seed: u64) -> Self {
        Self {
            clinics,
            hosts,
            seed,
            closing: AtomicBool::new(false),
            next_payment: AtomicU64::new(1),
            heard: Mutex::default(),
            codes: Mutex::default(),
            notices: AtomicU64::new(0),
            removals: AtomicU64::new(0),
        }
    }

    /// From now on nobody begins anything, and nobody presses again.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// The next payment's number, its till, and the dice for all that happens to it.
    pub(crate) fn next_payment(&self) -> (u64, Till, Dice) {
        let number = self.next_payment.fetch_add(1, Ordering::Relaxed);
        let mut dice = Dice::of(self.seed, number);
        let till = dice.pick(&TILLS);
        self.heard
            .lock()
            .unwrap()
            .insert(number, Heard { till, handed_over: false, succeeded: false, refunded: BTreeSet::new() });
        (number, till, dice)
    }

    /// How many payments were begun.
    pub(crate) fn begun(&self) -> u64 {
        self.next_payment.load(Ordering::Relaxed) - 1
    }

    /// Somebody outside was told something about the payment.
    pub(crate) fn told(&self, payment: u64, note: impl FnOnce(&mut Heard)) {
        note(self.heard.lock().unwrap().get_mut(&payment).expect("a payment that was begun"));
    }

    /// Somebody outside met an error.
    pub(crate) fn failed(&self, code: &str) {
        *self.codes.lock().unwrap().entry(code.to_owned()).or_insert(0) += 1;
    }

    /// What was told, by payment.
    pub(crate) fn heard(&self) -> BTreeMap<u64, Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// The errors that nobody should have met, and how often.
    pub(crate) fn surprises(&self) -> Vec<String> {
        let codes = self.codes.lock().unwrap();
        let unexpected = codes.iter().filter(|(code, _)| !EXPECTED.contains(&code.as_str()));
        unexpected.map(|(code, times)| format!("the error {code} was met {times} times")).collect()
    }

    /// The errors that were to be expected, and how often each.
    pub(crate) fn errors(&self) -> String {
        let codes = self.codes.lock().unwrap();
        let told: Vec<_> = codes.iter().map(|(code, times)| format!("{code} {times}")).collect();
        told.join(", ")
    }
}
