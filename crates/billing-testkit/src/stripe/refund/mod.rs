//! A refund, how it ends, and how intents find theirs. The endpoints that act on one are the files beside this one.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::ApiError;
use super::intent::charge::Maker;
use super::intent::{Intent, Intents};
use super::keys::Caller;

pub(super) mod create;
mod hand;
pub(super) mod list;
mod payload;
pub(super) mod retrieve;

/// One refund. Its intent has it, and says whose it is.
#[derive(Deserialize, Serialize)]
pub(super) struct Refund {
    pub(super) id: String,
    pub(super) amount: i64,
    pub(super) metadata: Map<String, Value>,
    /// None while there is no money to take it from.
    balance_transaction: Option<String>,
    charge: String,
    created: i64,
    reason: Option<String>,
    progress: Progress,
}

/// Where a refund stands (<https://docs.stripe.com/api/refunds/object>). A card's never requires action.
#[derive(Deserialize, Serialize)]
enum Progress {
    Canceled(Undone),
    Failed(Undone),
    Pending(Wait),
    Succeeded,
}

/// The money went back to the balance, if it had left it.
#[derive(Deserialize, Serialize)]
struct Undone {
    balance_transaction: Option<String>,
    reason: String,
}

/// What a pending refund waits for.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
enum Wait {
    InsufficientFunds,
    Processing,
}

/// How a refund ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundOutcome {
    /// Called off, with the failure reason `merchant_request`.
    Canceled,
    /// The money came back, with this failure reason: `lost_or_stolen_card`, `unknown` or any other word.
    Failed(&'static str),
    /// The cardholder has the money, as far as Stripe knows.
    Succeeded,
}

impl Refund {
    /// Whether it has given money back or still may: what nobody can refund again.
    pub(super) fn stands(&self) -> bool {
        matches!(self.progress, Progress::Pending(_) | Progress::Succeeded)
    }

    /// As a webhook tells of it.
    pub(super) fn told(&self, intent: &Intent) -> Value {
        payload::refund(intent, self)
    }

    pub(super) fn has_succeeded(&self) -> bool {
        matches!(self.progress, Progress::Succeeded)
    }

    /// Stripe's word for the status.
    pub(super) fn status(&self) -> &'static str {
        match self.progress {
            Progress::Canceled(_) => "canceled",
            Progress::Failed(_) => "failed",
            Progress::Pending(_) => "pending",
            Progress::Succeeded => "succeeded",
        }
    }

    /// A pending refund may end in any way, a succeeded one may only fail, other ends are final. False if it did not
    /// move.
    fn finish(&mut self, outcome: RefundOutcome, account: &str, maker: &mut Maker<'_>) -> bool {
        let may = match self.progress {
            Progress::Canceled(_) | Progress::Failed(_) => false,
            Progress::Pending(_) => true,
            Progress::Succeeded => matches!(outcome, RefundOutcome::Failed(_)),
        };
        if !may {
            return false;
        }
        let left = self.balance_transaction.is_some();
        let mut undo = |reason: &str| Undone {
            balance_transaction: left.then(|| maker.ids.object("txn", account)),
            reason: reason.to_owned(),
        };
        self.progress = match outcome {
            RefundOutcome::Canceled => Progress::Canceled(undo("merchant_request")),
            RefundOutcome::Failed(reason) => Progress::Failed(undo(reason)),
            RefundOutcome::Succeeded => {
                self.balance_transaction.get_or_insert_with(|| maker.ids.object("txn", account));
                Progress::Succeeded
            }
        };
        true
    }
}

impl Intent {
    /// What stands of the refunds of one charge: what it shows as `amount_refunded`. Pending ones count, because what
    /// they hold cannot be refunded again.
    pub(super) fn refunded_of(&self, charge_id: &str) -> i64 {
        let of_charge = |refund: &&Refund| refund.stands() && refund.charge == charge_id;
        self.refunds.iter().filter(of_charge).map(|refund| refund.amount).sum()
    }

    /// What refunds have taken out of the account's balance and not brought back.
    pub(super) fn out_of_balance(&self) -> i64 {
        let out = |refund: &&Refund| refund.stands() && refund.balance_transaction.is_some();
        self.refunds.iter().filter(out).map(|refund| refund.amount).sum()
    }
}

impl Intents {
    /// The caller's own intent that has this charge, or Stripe's 404.
    fn own_with_charge(&mut self, caller: &Caller, charge_id: &str) -> Result<&mut Intent, ApiError> {
        let has_it = |intent: &&mut Intent| intent.charges.iter().any(|charge| charge.id == charge_id);
        match self.iter_mut().find(has_it) {
            Some(intent) if intent.belongs_to(caller) => Ok(intent),
            other => {
                let mode = other.and_then(|intent| intent.mode_to_hint_at(caller));
                Err(ApiError::no_such("charge", charge_id, "id", mode))
            }
        }
    }
}
