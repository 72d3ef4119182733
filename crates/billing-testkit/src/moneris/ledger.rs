//! What truly happened to money, for tests to judge by. Never what any answer claimed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::FakeMoneris;
use super::orders::{Order, Slip};

/// Every order of a store, oldest first.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// One entry per order id.
    pub entries: Vec<LedgerEntry>,
}

/// One order and what was taken and given back on it.
#[derive(Clone, Debug)]
pub struct LedgerEntry {
    /// What was asked, in cents.
    pub amount: i64,
    /// When it was last tried, on the fake's clock.
    pub at: Timestamp,
    /// What was taken, in cents.
    pub captured: i64,
    /// What a correction gave back, in cents.
    pub corrected: i64,
    /// The token it was charged with; None for Checkout.
    pub data_key: Option<String>,
    /// The order id.
    pub order_id: String,
    /// What refunds gave back, in cents.
    pub refunded: i64,
    /// Refunds of any outcome, oldest first.
    pub refunds: Vec<LedgerRefund>,
    /// Charges that a bank approved. More than one is a bug of the fake.
    pub successful_charges: usize,
    /// The ticket it was paid with; None for the gateway.
    pub ticket: Option<String>,
    /// The transaction id of the newest charge.
    pub trans_id: String,
    /// Charges of any outcome.
    pub tries: usize,
}

/// One refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRefund {
    /// In cents.
    pub amount: i64,
    /// Whether the bank gave it back.
    pub succeeded: bool,
    /// Its own transaction id.
    pub trans_id: String,
}

impl LedgerEntry {
    /// The payment that the order id names: `{payment}-{attempt}` without the attempt.
    pub fn payment(&self) -> &str {
        let numbered = self
            .order_id
            .rsplit_once('-')
            .filter(|(_, attempt)| !attempt.is_empty() && attempt.bytes().all(|byte| byte.is_ascii_digit()));
        numbered.map_or(&self.order_id, |(payment, _)| payment)
    }

    /// Whether more was given back than taken.
    pub fn is_over_refunded(&self) -> bool {
        self.refunded + self.corrected > self.captured
    }
}

impl Ledger {
    /// The entry of one order.
    pub fn entry(&self, order_id: &str) -> Option<&LedgerEntry> {
        self.entries.iter().find(|entry| entry.order_id == order_id)
    }

    /// Everything taken, in cents; what was given back is not subtracted.
    pub fn total_captured(&self) -> i64 {
        self.entries.iter().map(|entry| entry.captured).sum()
    }

    /// Everything corrections gave back, in cents.
    pub fn total_corrected(&self) -> i64 {
        self.entries.iter().map(|entry| entry.corrected).sum()
    }

    /// Everything refunds gave back, in cents.
    pub fn total_refunded(&self) -> i64 {
        self.entries.iter().map(|entry| entry.refunded).sum()
    }

    /// How many times money was taken for this payment.
    pub fn captures_of(&self, payment: &str) -> usize {
        self.captures().get(payment).copied().unwrap_or(0)
    }

    /// The payments for which money was taken more than once, whatever was given back.
    pub fn charged_twice(&self) -> Vec<String> {
        self.captures().into_iter().filter(|(_, times)| *times > 1).map(|(id, _)| id.to_owned()).collect()
    }

    /// The orders on which more was given back than taken.
    pub fn over_refunded(&self) -> Vec<&LedgerEntry> {
        self.entries.iter().filter(|entry| entry.is_over_refunded()).collect()
    }

    fn captures(&self) -> BTreeMap<&str, usize> {
        let mut captures = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| entry.captured > 0) {
            *captures.entry(entry.payment()).or_insert(0) += entry.successful_charges;
        }
        captures
    }
}

impl FakeMoneris {
    /// What happened to the money of this store.
    pub fn ledger(&self, store_id: &str) -> Ledger {
        let state = self.state();
        let store = state.stores.get(store_id);
        let mut orders: Vec<_> = store.into_iter().flat_map(|store| &store.orders).collect();
        orders.sort_by_key(|(_, order)| order.sale.number);
        Ledger { entries: orders.into_iter().map(|(id, order)| entry(id, order)).collect() }
    }

    /// One order's entry: for whoever looks after every step and cannot look at all of them.
    pub fn ledger_entry(&self, store_id: &str, order_id: &str) -> Option<LedgerEntry> {
        let state = self.state();
        state.stores.get(store_id)?.orders.get(order_id).map(|order| entry(order_id, order))
    }

    /// The entry of the order that was tried last.
    pub fn newest_order(&self, store_id: &str) -> Option<LedgerEntry> {
        let state = self.state();
        let newest = state.stores.get(store_id)?.orders.iter().max_by_key(|(_, order)| order.sale.number)?;
        Some(entry(newest.0, newest.1))
    }
}

fn entry(order_id: &str, order: &Order) -> LedgerEntry {
    LedgerEntry {
        amount: order.amount,
        at: order.sale.at,
        captured: order.captured(),
        corrected: order.correction.as_ref().map_or(0, |slip| slip.amount),
        data_key: order.data_key.clone(),
        order_id: order_id.to_owned(),
        refunded: order.refunded(),
        refunds: order.refunds.iter().map(refund).collect(),
        successful_charges: order.successful_charges,
        ticket: order.ticket.clone(),
        trans_id: order.sale.trans_id.clone(),
        tries: order.tries,
    }
}

fn refund(slip: &Slip) -> LedgerRefund {
    LedgerRefund { amount: slip.amount, succeeded: slip.is_approved(), trans_id: slip.trans_id.clone() }
}
