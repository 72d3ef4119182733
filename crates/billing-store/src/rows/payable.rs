//! Payables as rows, and a payable's row joined with what is captured, given back and open on it.

use billing_domain::{
    BillingName, DispensaryId, Money, Payable, PayableId, PayableState, PaymentId, StoreError,
};

use super::row;
use super::values::{Id, money, signed, unsigned};

row! {
    /// A row of `billing_payables`.
    PayableRow, "payable" {
        dispensary: Id,
        payable: String,
        version: i64,
        currency: String,
        total_minor: i64,
        paid_elsewhere_minor: i64,
        billing_name: String,
    }
}

/// A payable and its sums. Sums over nothing are absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StateRow {
    pub(crate) payable: PayableRow,
    pub(crate) captured_minor: Option<i64>,
    pub(crate) stray_minor: Option<i64>,
    pub(crate) refunded_minor: Option<i64>,
    pub(crate) open_payment: Option<Id>,
    pub(crate) open_minor: Option<i64>,
}

impl PayableRow {
    /// The payable as a row. Figures of two currencies have none.
    pub(crate) fn of(dispensary: DispensaryId, payable: &Payable) -> Result<Self, StoreError> {
        Self::try_of(dispensary, payable).ok_or(StoreError::Corrupt(Self::WHAT))
    }

    /// The row as a payable.
    pub(crate) fn into_payable(self) -> Result<Payable, StoreError> {
        self.try_into_payable().ok_or(StoreError::Corrupt(Self::WHAT))
    }

    fn try_of(dispensary: DispensaryId, payable: &Payable) -> Option<Self> {
        let (total, paid_elsewhere) = (payable.total, payable.paid_elsewhere);
        let possible = total.currency() == paid_elsewhere.currency()
            && total.minor() >= 0
            && paid_elsewhere.minor() >= 0;
        possible.then_some(())?;
        Some(Self {
            dispensary: dispensary.uuid(),
            payable: payable.id.as_str().to_owned(),
            version: signed(payable.version)?,
            currency: total.currency().code().to_owned(),
            total_minor: total.minor(),
            paid_elsewhere_minor: paid_elsewhere.minor(),
            billing_name: payable.billing_name.as_str().to_owned(),
        })
    }

    fn try_into_payable(self) -> Option<Payable> {
        Payable::new(
            PayableId::parse(&self.payable).ok()?,
            unsigned(self.version)?,
            money(self.total_minor, &self.currency)?,
            money(self.paid_elsewhere_minor, &self.currency)?,
            BillingName::parse(&self.billing_name).ok()?,
        )
        .ok()
    }
}

impl StateRow {
    /// The row as a payable's state.
    pub(crate) fn into_state(self) -> Result<PayableState, StoreError> {
        let captured = self.captured_minor.unwrap_or(0).checked_add(self.stray_minor.unwrap_or(0));
        let captured = captured.ok_or(StoreError::Corrupt(PayableRow::WHAT))?;
        let payable = self.payable.into_payable()?;
        let currency = payable.total.currency();
        Ok(PayableState {
            payable,
            captured: Money::new(captured, currency),
            refunded: Money::new(self.refunded_minor.unwrap_or(0), currency),
            open: Money::new(self.open_minor.unwrap_or(0), currency),
            open_payment: self.open_payment.map(PaymentId::new),
        })
    }
}
