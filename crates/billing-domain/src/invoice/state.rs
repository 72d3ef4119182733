//! The three states of an invoice. How far it is paid is not one of them: that follows from its payments.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{InvoiceError, InvoiceNumber, Totals, VoidReason};
use crate::{ActorId, Currency, Money, MoneyError};

/// Where an invoice is in its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceState {
    /// Being written; nothing can be paid.
    Draft {
        /// The number it had before it was reopened, which it keeps. A draft without one may be discarded.
        number: Option<InvoiceNumber>,
    },
    /// Issued: a claim for money.
    Finalised(Finalised),
    /// Cancelled, number and figures kept.
    Void(Voided),
}

/// What is fixed when an invoice is issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finalised {
    /// Its number.
    pub number: InvoiceNumber,
    /// The day in the dispensary's time zone that decided the tax rates.
    pub on: Date,
    /// When.
    pub at: Timestamp,
    /// Its figures.
    pub totals: Totals,
}

/// What is known of a cancelled invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voided {
    /// The invoice as it was issued.
    pub finalised: Finalised,
    /// Why.
    pub reason: VoidReason,
    /// Who.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
}

/// What the store knows of an invoice's money when it is asked to void or reopen it. Read it and commit the change
/// in one transaction, or with the payable's version as a precondition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaidSoFar {
    /// Succeeded payments less succeeded refunds, money taken outside this library included.
    pub net_paid: Money,
    /// Whether an attempt may still take money.
    pub open_payment: bool,
}

impl PaidSoFar {
    /// Refuses unless no money is held and none is on its way.
    pub(super) fn check_nothing(&self, currency: Currency) -> Result<(), InvoiceError> {
        if self.net_paid.currency() != currency {
            return Err(MoneyError::CurrencyMismatch.into());
        }
        if self.open_payment {
            return Err(InvoiceError::PaymentOpen);
        }
        if self.net_paid.is_zero() { Ok(()) } else { Err(InvoiceError::MoneyTaken) }
    }
}
