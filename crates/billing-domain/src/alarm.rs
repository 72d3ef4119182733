//! The port that calls a person: things no program may settle alone.

use std::fmt;

use crate::{AccountRef, DispensaryId, Money, Observed, PayableId, PaymentId, RefundId};

/// Calls a person. Called after the fact behind it is stored; it must return at once and must not panic.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait Alarm: fmt::Debug + Send + Sync {
    /// Someone must look at this.
    fn raise(&self, alarm: &Alarming);
}

/// What someone must look at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alarming {
    /// The processor refuses an account's keys.
    KeysRefused {
        /// The account.
        account: AccountRef,
    },
    /// The processor's answer was not about what we asked for; the invoice was not marked paid.
    Mismatch {
        /// Whose payment.
        dispensary: DispensaryId,
        /// The payment.
        payment: PaymentId,
        /// What differs.
        observed: Observed,
    },
    /// More was given back of a capture than it had taken.
    OverRefunded {
        /// Whose payment.
        dispensary: DispensaryId,
        /// The payment.
        payment: PaymentId,
    },
    /// More was captured for a payable than it asked for.
    Overpaid {
        /// Whose payable.
        dispensary: DispensaryId,
        /// The payable.
        payable: PayableId,
    },
    /// A refund that was under way, or done, failed: the clinic owes the money again.
    RefundFailed {
        /// Whose payment.
        dispensary: DispensaryId,
        /// The payment.
        payment: PaymentId,
        /// The refund.
        refund: RefundId,
    },
    /// Only a person can tell whether a refund gave money back.
    RefundReviewNeeded {
        /// Whose payment.
        dispensary: DispensaryId,
        /// The payment.
        payment: PaymentId,
        /// The refund.
        refund: RefundId,
    },
    /// Only a person can tell whether money moved.
    ReviewNeeded {
        /// Whose payment.
        dispensary: DispensaryId,
        /// The payment.
        payment: PaymentId,
    },
    /// Money arrived against a finished attempt.
    StrayCharge {
        /// Whose payment.
        dispensary: DispensaryId,
        /// The payment.
        payment: PaymentId,
        /// How much.
        amount: Money,
    },
}
