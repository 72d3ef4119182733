//! What one refund asks of the processor, built from stored rows only.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::payment::{Capture, Reference, SubmitKey};
use crate::{AccountRef, Money, RefundId};

/// One refund, as the processor is asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundOrder {
    /// The account that took the money.
    pub account: AccountRef,
    /// The refund.
    pub refund: RefundId,
    /// The money it gives back of.
    pub capture: Capture,
    /// The key of the attempt that took it (at Moneris the order id).
    pub charge_key: SubmitKey,
    /// How much.
    pub amount: Money,
    /// How.
    pub plan: RefundPlan,
    /// The idempotency key.
    pub key: SubmitKey,
    /// The processor's id of the refund, once known.
    pub reference: Option<Reference>,
    /// When it was first committed.
    pub first_sent_at: Timestamp,
}

/// How money is given back. Decided before the refund is written, and kept whatever comes of it: after a lost answer the other way
/// could give it back a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefundPlan {
    /// New money goes back to the card.
    Refund,
    /// The charge is taken out of the processor's open batch, whole: it never appears on the cardholder's statement.
    Reversal,
}
