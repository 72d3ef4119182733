//! Why an invoice cannot be changed, added up or read back.

use super::{DiscountError, InvoiceNumber, TaxError};
use crate::MoneyError;

/// Why an invoice refused. It is unchanged after any of these.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvoiceError {
    /// The whole-invoice discount cannot be given.
    #[error(transparent)]
    Discount(#[from] DiscountError),
    /// Stored figures do not agree with each other, or are beyond the bounds.
    #[error("the invoice's figures do not agree with each other")]
    Inconsistent,
    /// There is no line at that place.
    #[error("the invoice has no such line")]
    LineNotFound,
    /// Amounts of another currency, or too large.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The invoice's payments and refunds do not come to nothing. Refund first.
    #[error("money has been taken for this invoice: refund it first")]
    MoneyTaken,
    /// An invoice without lines cannot be finalised.
    #[error("the invoice has no lines")]
    NoLines,
    /// It is finalised or void.
    #[error("only a draft can be changed")]
    NotDraft,
    /// It is a draft or void.
    #[error("the invoice is not finalised")]
    NotFinalised,
    /// It was finalised before, and a number is for ever.
    #[error("the invoice keeps its number {0}")]
    NumberKept(InvoiceNumber),
    /// A payment is open. Cancel it or wait for its end.
    #[error("a payment of this invoice is still open")]
    PaymentOpen,
    /// A rate is missing.
    #[error(transparent)]
    Tax(#[from] TaxError),
    /// More lines than [`Invoice::LINES_MAX`](super::Invoice::LINES_MAX).
    #[error("an invoice has at most {} lines", super::Invoice::LINES_MAX)]
    TooManyLines,
}
