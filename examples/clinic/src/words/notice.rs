//! What a page says after something was done: codes that travel in an address, and their texts.

use billing_domain::payment::PaymentState;
use billing_domain::refund::RefundState;

use crate::lang::Lang;
use crate::words::Tone;

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
    /// The keys of an account that was finishing were erased.
    KeysErased,
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
    /// A refund gave nothing back.
    RefundFailed,
    /// A refund is on its way.
    RefundPending,
    /// A refund gave the money back.
    RefundSucceeded,
    /// Whether a refund gave money back is not known yet.
    RefundUnknown,
    /// The processor is unlocked.
    Unlocked,
}

impl Notice {
    /// Every notice.
    pub const ALL: [Self; 19] = [
        Self::FindingRecorded,
        Self::InvoiceFinalised,
        Self::InvoiceReopened,
        Self::InvoiceSaved,
        Self::InvoiceVoided,
        Self::KeysChecked,
        Self::KeysErased,
        Self::KeysRemoved,
        Self::KeysSaved,
        Self::PaymentCancelled,
        Self::PaymentDeclined,
        Self::PaymentOpen,
        Self::PaymentSucceeded,
        Self::PaymentUnknown,
        Self::RefundFailed,
        Self::RefundPending,
        Self::RefundSucceeded,
        Self::RefundUnknown,
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
            Self::KeysErased => "keys-erased",
            Self::KeysRemoved => "keys-removed",
            Self::KeysSaved => "keys-saved",
            Self::PaymentCancelled => "payment-cancelled",
            Self::PaymentDeclined => "payment-declined",
            Self::PaymentOpen => "payment-open",
            Self::PaymentSucceeded => "payment-succeeded",
            Self::PaymentUnknown => "payment-unknown",
            Self::RefundFailed => "refund-failed",
            Self::RefundPending => "refund-pending",
            Self::RefundSucceeded => "refund-succeeded",
            Self::RefundUnknown => "refund-unknown",
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

    /// What to say of a refund that was asked for or looked at.
    pub const fn of_refund(state: &RefundState) -> Self {
        match state {
            RefundState::Failed(_) => Self::RefundFailed,
            RefundState::Pending => Self::RefundPending,
            RefundState::Succeeded => Self::RefundSucceeded,
            _ => Self::RefundUnknown,
        }
    }

    /// Whether it says how money stands. An address can be kept or made up: a page that cannot check that says nothing.
    pub const fn tells_of_money(self) -> bool {
        matches!(
            self,
            Self::PaymentCancelled
                | Self::PaymentDeclined
                | Self::PaymentOpen
                | Self::PaymentSucceeded
                | Self::PaymentUnknown
                | Self::RefundFailed
                | Self::RefundPending
                | Self::RefundSucceeded
                | Self::RefundUnknown
        )
    }
}

impl Notice {
    /// What it says, and how it ended.
    pub const fn text(self, lang: Lang) -> (Tone, &'static str) {
        match self {
            Self::FindingRecorded => {
                (Tone::Good, lang.pick("The finding is recorded.", "Le constat est consigné."))
            }
            Self::InvoiceFinalised => (
                Tone::Good,
                lang.pick(
                    "The invoice is finalised and can be paid.",
                    "La facture est finalisée et peut être payée.",
                ),
            ),
            Self::InvoiceReopened => (
                Tone::Good,
                lang.pick("The invoice is a draft again.", "La facture est de nouveau un brouillon."),
            ),
            Self::InvoiceSaved => {
                (Tone::Good, lang.pick("The draft is saved.", "Le brouillon est enregistré."))
            }
            Self::InvoiceVoided => (Tone::Good, lang.pick("The invoice is void.", "La facture est annulée.")),
            Self::KeysChecked => (
                Tone::Good,
                lang.pick(
                    "The processor confirmed the saved keys.",
                    "Le processeur a confirmé les clés enregistrées.",
                ),
            ),
            Self::KeysErased => (Tone::Good, lang.pick("The keys are erased.", "Les clés sont effacées.")),
            Self::KeysRemoved => (Tone::Good, lang.pick("The account is removed.", "Le compte est retiré.")),
            Self::KeysSaved => (Tone::Good, lang.pick("The keys are saved.", "Les clés sont enregistrées.")),
            Self::PaymentCancelled => (
                Tone::Idle,
                lang.pick(
                    "The payment is cancelled. Nothing was charged.",
                    "Le paiement est annulé. Rien n’a été débité.",
                ),
            ),
            Self::PaymentDeclined => (
                Tone::Bad,
                lang.pick(
                    "The card was declined. Nothing was charged.",
                    "La carte a été refusée. Rien n’a été débité.",
                ),
            ),
            Self::PaymentOpen => (
                Tone::Wait,
                lang.pick(
                    "The payment is still open: nothing was charged so far.",
                    "Le paiement est encore en cours; rien n’a été débité jusqu’ici.",
                ),
            ),
            Self::PaymentSucceeded => {
                (Tone::Good, lang.pick("The payment is made.", "Le paiement est fait."))
            }
            Self::PaymentUnknown => (
                Tone::Bad,
                lang.pick(
                    "Whether the money moved is not known yet. Do not take it another way.",
                    "On ne sait pas encore si l’argent a été pris. Ne le prenez pas autrement.",
                ),
            ),
            Self::RefundFailed => (
                Tone::Bad,
                lang.pick(
                    "Nothing was given back. The refund says why.",
                    "Rien n’a été remboursé. Le remboursement dit pourquoi.",
                ),
            ),
            Self::RefundPending => (
                Tone::Wait,
                lang.pick(
                    "The processor has taken the refund on. The money is not back yet.",
                    "Le processeur a pris le remboursement en charge. L’argent n’est pas encore revenu.",
                ),
            ),
            Self::RefundSucceeded => {
                (Tone::Good, lang.pick("The money was given back.", "L’argent a été remboursé."))
            }
            Self::RefundUnknown => (
                Tone::Bad,
                lang.pick(
                    "Whether the money went back is not known yet. Do not give it back another way.",
                    "On ne sait pas encore si l’argent est revenu sur la carte. Ne le rendez pas autrement.",
                ),
            ),
            Self::Unlocked => {
                (Tone::Good, lang.pick("The processor is unlocked.", "Le processeur est déverrouillé."))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_finds_its_notice_again() {
        for notice in Notice::ALL {
            assert_eq!(Notice::of_code(notice.code()), Some(notice));
        }
        assert_eq!(Notice::of_code("<script>"), None);
    }

    #[test]
    fn what_is_said_of_any_money_counts_as_that() {
        for state in [
            PaymentState::Cancelled,
            PaymentState::Declined,
            PaymentState::Open,
            PaymentState::Succeeded,
            PaymentState::Unknown,
        ] {
            assert!(Notice::of_payment(state).tells_of_money(), "{state:?}");
        }
        for state in
            [RefundState::Pending, RefundState::Sending, RefundState::Succeeded, RefundState::Unknown]
        {
            assert!(Notice::of_refund(&state).tells_of_money(), "{state:?}");
        }
        assert!(!Notice::InvoiceSaved.tells_of_money());
    }

    #[test]
    fn no_notice_promises_what_is_not_known() {
        for state in [PaymentState::Open, PaymentState::Unknown] {
            assert_ne!(Notice::of_payment(state).text(Lang::En).0, Tone::Good);
        }
    }
}
