//! What a card payment needs of an invoice, whether the invoice is ours or a host's own.

use serde::{Deserialize, Serialize};

use crate::{BillingName, Invoice, Money, MoneyError, PayableId, PaymentId};

/// An invoice as a payment sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payable {
    /// Its id; Stripe shows it as the metadata `invoice_id`.
    pub id: PayableId,
    /// Grows with every edit of anything here, the name included. Figures under an older version than the stored
    /// one, or other figures under the same version, are refused.
    pub version: u64,
    /// The invoice's total, taxes included.
    pub total: Money,
    /// Money received for it outside this library, in the same currency.
    pub paid_elsewhere: Money,
    /// The payer's name, shown in the payment window.
    pub billing_name: BillingName,
}

impl Payable {
    /// Checks that the figures make sense: nothing negative, one currency.
    pub fn new(
        id: PayableId,
        version: u64,
        total: Money,
        paid_elsewhere: Money,
        billing_name: BillingName,
    ) -> Result<Self, PayableError> {
        if total.currency() != paid_elsewhere.currency() {
            return Err(PayableError::Money(MoneyError::CurrencyMismatch));
        }
        if total.minor() < 0 || paid_elsewhere.minor() < 0 {
            return Err(PayableError::NegativeAmount);
        }
        Ok(Self { id, version, total, paid_elsewhere, billing_name })
    }

    /// What our own finalised invoice asks for.
    pub fn of_invoice(invoice: &Invoice) -> Result<Self, PayableError> {
        if !invoice.is_finalised() {
            return Err(PayableError::NotFinalised);
        }
        let total = invoice.total().map_err(|_| PayableError::NotFinalised)?;
        let name = invoice.billing().full_name.clone();
        Self::new(invoice.id().into(), invoice.version(), total, Money::zero(total.currency()), name)
    }
}

/// A payable with what the store knows of its payments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayableState {
    /// The newest figures.
    pub payable: Payable,
    /// Money captured for it through this library, stray charges included.
    pub captured: Money,
    /// Money given back through this library.
    pub refunded: Money,
    /// Money an open attempt may still capture.
    pub open: Money,
    /// The payment of that open attempt.
    pub open_payment: Option<PaymentId>,
}

impl PayableState {
    /// What a new payment may still ask for: what is owed less what is open. Negative when overpaid.
    pub fn outstanding(&self) -> Result<Money, MoneyError> {
        self.payable
            .total
            .checked_sub(self.payable.paid_elsewhere)?
            .checked_sub(self.captured)?
            .checked_add(self.refunded)?
            .checked_sub(self.open)
    }

    /// What is not paid yet, whether or not an open payment may still pay it: total − paid elsewhere − captured +
    /// refunded. Negative when overpaid.
    pub fn owed(&self) -> Result<Money, MoneyError> {
        self.outstanding()?.checked_add(self.open)
    }

    /// How far it is paid.
    pub fn status(&self) -> Result<PayableStatus, MoneyError> {
        let paid = self.payable.paid_elsewhere.checked_add(self.captured)?.checked_sub(self.refunded)?;
        Ok(match paid.compare(self.payable.total)? {
            std::cmp::Ordering::Greater => PayableStatus::Overpaid,
            std::cmp::Ordering::Equal => PayableStatus::Paid,
            std::cmp::Ordering::Less if paid.is_positive() => PayableStatus::PartlyPaid,
            std::cmp::Ordering::Less => PayableStatus::Unpaid,
        })
    }
}

/// How far a payable is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PayableStatus {
    /// More was taken than asked for.
    Overpaid,
    /// Nothing is outstanding.
    Paid,
    /// Something was taken, something is outstanding.
    PartlyPaid,
    /// Nothing was taken.
    Unpaid,
}

impl PayableStatus {
    /// Its stable word, for programs to switch on and to keep; never prose for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overpaid => "overpaid",
            Self::Paid => "paid",
            Self::PartlyPaid => "partly_paid",
            Self::Unpaid => "unpaid",
        }
    }
}

/// Why an invoice cannot be paid by card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayableError {
    /// Its amounts do not go together.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A figure is negative.
    #[error("a payable's figures cannot be negative")]
    NegativeAmount,
    /// It is a draft or void.
    #[error("only a finalised invoice can be paid")]
    NotFinalised,
}
