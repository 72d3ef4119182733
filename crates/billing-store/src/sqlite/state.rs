//! A payable's row joined with what is captured, given back and open on it.

use billing_domain::{Money, PayableState, PaymentId, StoreError};

use crate::rows::{Id, PayableRow};

/// A payable and its sums. Sums over nothing are absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StateRow {
    pub(super) payable: PayableRow,
    pub(super) captured_minor: Option<i64>,
    pub(super) stray_minor: Option<i64>,
    pub(super) refunded_minor: Option<i64>,
    pub(super) open_payment: Option<Id>,
    pub(super) open_minor: Option<i64>,
}

impl StateRow {
    /// The row as a payable's state.
    pub(super) fn into_state(self) -> Result<PayableState, StoreError> {
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
