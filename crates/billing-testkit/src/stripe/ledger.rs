//! What truly happened to money, for tests to judge by. Never what any answer claimed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::FakeStripe;
use super::intent::Intent;
use super::intent::charge::ChargeStatus;
use super::keys::Mode;
use super::refund::Refund;

/// Every `PaymentIntent` of an account, both modes, oldest first.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// One entry per intent.
    pub entries: Vec<LedgerEntry>,
}

/// One `PaymentIntent`, what was taken through it and what was given back.
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
    /// Refunds of any outcome, oldest first.
    pub refunds: Vec<LedgerRefund>,
    /// Stripe's word for the status.
    pub status: &'static str,
    /// Charges that a bank approved. More than one is a bug of the fake.
    pub successful_charges: usize,
    /// Charges of any outcome.
    pub tries: usize,
}

/// One refund and where it stands.
#[derive(Clone, Debug)]
pub struct LedgerRefund {
    /// In the smallest unit.
    pub amount: i64,
    /// `re_…`.
    pub id: String,
    /// The creator's metadata.
    pub metadata: BTreeMap<String, String>,
    /// Stripe's word for the status.
    pub status: &'static str,
}

impl LedgerRefund {
    /// Whether it has given money back, or is pending and still may.
    pub fn stands(&self) -> bool {
        matches!(self.status, "pending" | "succeeded")
    }
}

impl LedgerEntry {
    /// What was given back, in the smallest unit: the refunds that succeeded. A pending one has given nothing back yet.
    pub fn refunded(&self) -> i64 {
        self.refunds.iter().filter(|refund| refund.status == "succeeded").map(|refund| refund.amount).sum()
    }
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

    /// Everything given back, in the smallest unit, whatever the currency.
    pub fn total_refunded(&self) -> i64 {
        self.entries.iter().map(LedgerEntry::refunded).sum()
    }

    /// How many refunds stand for the refund named in `metadata[refund_id]`.
    pub fn refunds_of(&self, refund_id: &str) -> usize {
        self.refunds_by("refund_id").get(refund_id).copied().unwrap_or(0)
    }

    /// How many refunds stand per value of one metadata key. What failed or was canceled gave nothing back.
    pub fn refunds_by(&self, metadata_key: &str) -> BTreeMap<String, usize> {
        let mut refunds = BTreeMap::new();
        let all = self.entries.iter().flat_map(|entry| &entry.refunds);
        for refund in all.filter(|refund| refund.stands()) {
            if let Some(value) = refund.metadata.get(metadata_key) {
                *refunds.entry(value.clone()).or_insert(0) += 1;
            }
        }
        refunds
    }

    /// The refund ids for which more than one refund stands.
    pub fn refunded_twice(&self) -> Vec<String> {
        self.refunds_by("refund_id").into_iter().filter(|(_, times)| *times > 1).map(|(id, _)| id).collect()
    }

    /// The intents whose standing refunds exceed what was taken. One is a bug of the fake, which refuses them.
    pub fn over_refunded(&self) -> Vec<String> {
        let standing = |entry: &LedgerEntry| -> i64 {
            entry.refunds.iter().filter(|refund| refund.stands()).map(|refund| refund.amount).sum()
        };
        let over = self.entries.iter().filter(|entry| standing(entry) > entry.captured);
        over.map(|entry| entry.id.clone()).collect()
    }
}

impl FakeStripe {
    /// What happened to the money of `account_id`.
    pub fn ledger(&self, account_id: &str) -> Ledger {
        let state = self.state();
        let own = state.intents.iter().filter(|intent| intent.account == account_id);
        Ledger { entries: own.map(entry).collect() }
    }

    /// One intent's entry, whichever account's it is: for whoever looks after every step and cannot look at all of them.
    pub fn ledger_entry(&self, intent_id: &str) -> Option<LedgerEntry> {
        self.state().intents.any(intent_id).map(|intent| entry(intent))
    }
}

fn entry(intent: &Intent) -> LedgerEntry {
    let approved = intent.charges.iter().filter(|charge| charge.status == ChargeStatus::Succeeded);
    LedgerEntry {
        amount: intent.amount,
        captured: intent.captured(),
        currency: intent.currency.clone(),
        id: intent.id.clone(),
        metadata: texts(&intent.metadata),
        mode: intent.mode,
        refunds: intent.refunds.iter().map(refund).collect(),
        status: intent.status.word(),
        successful_charges: approved.count(),
        tries: intent.charges.len(),
    }
}

fn refund(refund: &Refund) -> LedgerRefund {
    LedgerRefund {
        amount: refund.amount,
        id: refund.id.clone(),
        metadata: texts(&refund.metadata),
        status: refund.status(),
    }
}

fn texts(metadata: &Map<String, Value>) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    metadata.iter().map(|(key, value)| (key.clone(), text(value))).collect()
}
