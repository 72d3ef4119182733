//! What a page says after something was done: codes that travel in an address, and their texts.

use billing_domain::payment::PaymentState;

/// Something that was just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The finding is recorded.
    FindingRecorded,
    /// The invoice has its number.
    InvoiceFinalised,
    /// The invoice is a draft again.
    InvoiceReopened,
    /// The draft is saved.
    InvoiceSaved,
    /// The invoice is void.
    InvoiceVoided,
    /// The processor confirmed the saved keys.
    KeysChecked,
    /// The account was removed.
    KeysRemoved,
    /// The keys are saved.
    KeysSaved,
    /// The payment ended without money.
    PaymentCancelled,
    /// The card was refused for good.
    PaymentDeclined,
    /// The cardholder may still pay.
    PaymentOpen,
    /// The money was taken.
    PaymentSucceeded,
    /// Nobody knows yet.
    PaymentUnknown,
    /// The processor is unlocked.
    Unlocked,
}

impl Notice {
    /// Every notice.
    pub const ALL: [Self; 14] = [
        Self::FindingRecorded,
        Self::InvoiceFinalised,
        Self::InvoiceReopened,
        Self::InvoiceSaved,
        Self::InvoiceVoided,
        Self::KeysChecked,
        Self::KeysRemoved,
        Self::KeysSaved,
        Self::PaymentCancelled,
        Self::PaymentDeclined,
        Self::PaymentOpen,
        Self::PaymentSucceeded,
        Self::PaymentUnknown,
        Self::Unlocked,
    ];

    /// The code in the address: `?notice=invoice-saved`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::FindingRecorded => "finding-recorded",
            Self::InvoiceFinalised => "invoice-finalised",
            Self::InvoiceReopened => "invoice-reopened",
            Self::InvoiceSaved => "invoice-saved",
            Self::InvoiceVoided => "invoice-voided",
            Self::KeysChecked => "keys-checked",
            Self::KeysRemoved => "keys-removed",
            Self::KeysSaved => "keys-saved",
            Self::PaymentCancelled => "payment-cancelled",
            Self::PaymentDeclined => "payment-declined",
            Self::PaymentOpen => "payment-open",
            Self::PaymentSucceeded => "payment-succeeded",
            Self::PaymentUnknown => "payment-unknown",
            Self::Unlocked => "unlocked",
        }
    }

    /// The notice with this code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.code() == code)
    }

    /// What to say of a payment that was looked at.
    pub const fn of_payment(state: PaymentState) -> Self {
        match state {
            PaymentState::Cancelled => Self::PaymentCancelled,
            PaymentState::Declined => Self::PaymentDeclined,
            PaymentState::Open => Self::PaymentOpen,
            PaymentState::Succeeded => Self::PaymentSucceeded,
            _ => Self::PaymentUnknown,
        }
    }
}
