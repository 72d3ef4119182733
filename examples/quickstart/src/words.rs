//! What is shown for the library's enums. They are open: a later release may add a variant, so each list has a rest.

use billing_app::{PaneState, WindowField};
use billing_domain::PayableStatus;
use billing_domain::invoice::TaxStatus;
use billing_domain::payment::PaymentState;

pub(crate) fn pane(state: PaneState) -> &'static str {
    match state {
        PaneState::Active => "active: card payments go here",
        PaneState::ConfiguredInactive => "saved, not in use",
        PaneState::Locked => "locked: contact the help centre",
        PaneState::NeedsAttention { .. } => "needs attention: the saved keys are refused",
        PaneState::NotConfigured => "not configured",
        _ => "in a state this program does not know",
    }
}

pub(crate) fn field(field: WindowField) -> &'static str {
    match field {
        WindowField::Total => "Total",
        WindowField::BillingName => "Name on card",
        WindowField::CardNumber => "Card number",
        WindowField::Expiry => "Expiry",
        WindowField::Cvc => "CVC",
        WindowField::PostalCodeIfApplicable => "Postal code",
    }
}

pub(crate) fn payment(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Cancelled => "cancelled",
        PaymentState::Declined => "declined",
        PaymentState::Open => "open",
        PaymentState::Succeeded => "succeeded",
        _ => "not known yet",
    }
}

pub(crate) fn invoice(status: PayableStatus) -> &'static str {
    match status {
        PayableStatus::Overpaid => "overpaid",
        PayableStatus::Paid => "paid",
        PayableStatus::PartlyPaid => "partly settled",
        PayableStatus::Unpaid => "unpaid",
        _ => "in a state this program does not know",
    }
}

pub(crate) fn tax(status: &TaxStatus) -> &str {
    match status {
        TaxStatus::Exempt => "exempt",
        TaxStatus::Taxable(group) => group.name().as_str(),
        TaxStatus::ZeroRated => "zero-rated",
    }
}
