//! Payments as rows, and a payment put together from the rows that belong to it.

use std::collections::BTreeMap;

use billing_domain::payment::Payment;
use billing_domain::{ActorId, PayableId, PaymentId, StoreError};

use super::account::account_ref;
use super::values::{Id, money, nanos, timestamp};
use super::{AttemptRow, RefundRow, StrayRow, TryRow, row};

row! {
    /// A row of `billing_payments`.
    PaymentRow, "payment" {
        dispensary: Id,
        payment: Id,
        payable: String,
        processor: String,
        account: Id,
        amount_minor: i64,
        currency: String,
        opened_at: i64,
        opened_by: String,
    }
}

impl PaymentRow {
    /// The payment as a row, without its attempts, stray charges and refunds.
    pub(crate) fn of(payment: &Payment) -> Result<Self, StoreError> {
        Ok(Self {
            dispensary: payment.dispensary().uuid(),
            payment: payment.id.uuid(),
            payable: payment.payable.as_str().to_owned(),
            processor: payment.account.processor.as_str().to_owned(),
            account: payment.account.account.uuid(),
            amount_minor: payment.amount.minor(),
            currency: payment.amount.currency().code().to_owned(),
            opened_at: nanos(payment.opened_at).ok_or(StoreError::Corrupt(Self::WHAT))?,
            opened_by: payment.opened_by.as_str().to_owned(),
        })
    }

    fn try_into_payment(self) -> Option<Payment> {
        Some(Payment {
            id: PaymentId::new(self.payment),
            payable: PayableId::parse(&self.payable).ok()?,
            amount: money(self.amount_minor, &self.currency)?,
            account: account_ref(self.dispensary, self.processor, self.account),
            opened_at: timestamp(self.opened_at)?,
            opened_by: ActorId::parse(&self.opened_by).ok()?,
            attempts: Vec::new(),
            strays: Vec::new(),
            refunds: Vec::new(),
        })
    }
}

/// The payments in the order of their rows, each with its own attempts, tries, stray charges and refunds. Those rows
/// come ordered by payment and within it; rows of payments not asked for are left out.
pub(crate) fn assembled(
    payments: Vec<PaymentRow>,
    attempts: Vec<AttemptRow>,
    tries: Vec<TryRow>,
    strays: Vec<StrayRow>,
    refunds: Vec<RefundRow>,
) -> Result<Vec<Payment>, StoreError> {
    let mut tries_of: BTreeMap<(Id, i64), Vec<_>> = BTreeMap::new();
    for row in tries {
        tries_of.entry((row.payment, row.no)).or_default().push(row.into_try()?);
    }
    let mut attempts_of: BTreeMap<Id, Vec<_>> = BTreeMap::new();
    for row in attempts {
        let tries = tries_of.remove(&(row.payment, row.no)).unwrap_or_default();
        attempts_of.entry(row.payment).or_default().push(row.into_attempt(tries)?);
    }
    let mut strays_of: BTreeMap<Id, Vec<_>> = BTreeMap::new();
    for row in strays {
        strays_of.entry(row.payment).or_default().push(row.into_stray()?);
    }
    let mut refunds_of: BTreeMap<Id, Vec<_>> = BTreeMap::new();
    for row in refunds {
        refunds_of.entry(row.payment).or_default().push(row.into_refund()?);
    }
    let whole = |row: PaymentRow| {
        let id = row.payment;
        let mut payment = row.try_into_payment().ok_or(StoreError::Corrupt(PaymentRow::WHAT))?;
        payment.attempts = attempts_of.remove(&id).unwrap_or_default();
        payment.strays = strays_of.remove(&id).unwrap_or_default();
        payment.refunds = refunds_of.remove(&id).unwrap_or_default();
        Ok(payment)
    };
    payments.into_iter().map(whole).collect()
}
