//! What truly happened to money, for tests to judge by. Never what any answer claimed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::FakeStripe;
use super::intent::Intent;
use super::intent::charge::ChargeStatus;
use super::keys::Mode;

/// Every `PaymentIntent` of an account, both modes, oldest first.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// One entry per intent.
    pub entries: Vec<LedgerEntry>,
}

/// One `PaymentIntent` and what was taken through it.
#[derive(Clone, Debug)]
pub struct LedgerEntry {
    /// What was asked, in the smallest unit.
    pub amount: i64,
    /// What was taken, in the smallest unit.
    pub captured: i64,
    /// Lower case.
    pub currency: String,
    /// `pi_…`.
    pub id: String,
    /// The creator's metadata.
    pub metadata: BTreeMap<String, String>,
    /// Live or test.
    pub mode: Mode,
    /// Stripe's word for the status.
    pub status: &'static str,
    /// Charges that a bank approved. More than one is a bug of the fake.
    pub successful_charges: usize,
    /// Charges of any outcome.
    pub tries: usize,
}

impl Ledger {
    /// The entry of one intent.
    pub fn entry(&self, intent_id: &str) -> Option<&LedgerEntry> {
        self.entries.iter().find(|entry| entry.id == intent_id)
    }

    /// Everything taken, in the smallest unit, whatever the currency.
    pub fn total_captured(&self) -> i64 {
        self.entries.iter().map(|entry| entry.captured).sum()
    }

    /// How many times money was taken for the payment named in `metadata[payment_id]`.
    pub fn captures_of(&self, payment_id: &str) -> usize {
        self.captures_by("payment_id").get(payment_id).copied().unwrap_or(0)
    }

    /// How many times money was taken per value of one metadata key.
    pub fn captures_by(&self, metadata_key: &str) -> BTreeMap<String, usize> {
        let mut captures = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| entry.captured > 0) {
            if let Some(value) = entry.metadata.get(metadata_key) {
                *captures.entry(value.clone()).or_insert(0) += entry.successful_charges;
            }
        }
        captures
    }

    /// The payment ids for which money was taken more than once.
    pub fn charged_twice(&self) -> Vec<String> {
        self.captures_by("payment_id").into_iter().filter(|(_, times)| *times > 1).map(|(id, _)| id).collect()
    }
}

impl FakeStripe {
    /// What happened to the money of `account_id`.
    pub fn ledger(&self, account_id: &str) -> Ledger {
        let state = self.state();
        let own = state.intents.iter().filter(|intent| intent.account == account_id);
        Ledger { entries: own.map(entry).collect() }
    }
}

fn entry(intent: &Intent) -> LedgerEntry {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let approved = intent.charges.iter().filter(|charge| charge.status == ChargeStatus::Succeeded);
    LedgerEntry {
        amount: intent.amount,
        captured: intent.captured(),
        currency: intent.currency.clone(),
        id: intent.id.clone(),
        metadata: intent.metadata.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
        mode: intent.mode,
        status: intent.status.word(),
        successful_charges: approved.count(),
        tries: intent.charges.len(),
    }
}
