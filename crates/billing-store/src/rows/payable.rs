//! Payables as rows.

use billing_domain::{BillingName, DispensaryId, Payable, PayableId, StoreError};

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
