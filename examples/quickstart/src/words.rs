//! What is shown for the library's enums. They are open: a later release may add a variant, so each list has a rest.

use billing_app::{PaneState, WindowField};
use billing_domain::invoice::TaxStatus;
use billing_domain::payment::{CheckSlot, PaymentState, StatusCheck};
use billing_domain::{PayableStatus, ProcessorId, RefundPlan};

pub(crate) fn pane(state: PaneState) -> &'static str {
    match state {
        PaneState::Active => "active: card payments go here",
        PaneState::ConfiguredInactive => "saved, not in use",
        PaneState::Locked => "locked: contact the help centre",
        PaneState::NeedsAttention { .. } => "needs attention: the saved keys are refused",
        PaneState::NotConfigured => "not configured",
        PaneState::NotInstalled => "not part of this installation",
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

pub(crate) fn processor(id: &ProcessorId) -> &str {
    match id.as_str() {
        "moneris" => "Moneris",
        "stripe" => "Stripe",
        other => other,
    }
}

/// The way that money goes back.
pub(crate) fn plan(plan: RefundPlan) -> &'static str {
    match plan {
        RefundPlan::Refund => "a refund: new money goes to the card, through the account that took it",
        RefundPlan::Reversal => {
            "a reversal: the whole charge, on its own day before 21:45 Eastern, is taken out of Moneris's open \
             batch and never appears on the cardholder's statement"
        }
        _ => "a way this program does not know",
    }
}

/// How the one question that may be asked about a charge stands.
pub(crate) fn check(check: StatusCheck) -> String {
    match check.slot {
        CheckSlot::Claimed { .. } => "claimed before it was asked: nobody asks again".to_owned(),
        CheckSlot::Spent => "spent: nobody asks again".to_owned(),
        CheckSlot::Unspent => {
            format!("one, unspent; it may be asked from {:.0} to {:.0}", check.opens_at, check.closes_at)
        }
    }
}

pub(crate) fn tax(status: &TaxStatus) -> &str {
    match status {
        TaxStatus::Exempt => "exempt",
        TaxStatus::Taxable(group) => group.name().as_str(),
        TaxStatus::ZeroRated => "zero-rated",
    }
}

/// The frame's address up to the profile: what follows says how the frame looks.
pub(crate) fn without_style(address: &str) -> String {
    address.split_once('&').map_or_else(|| address.to_owned(), |(profile, _)| format!("{profile}&…"))
}
