//! What is remembered of every step: who did what to what, and what changed for the host to notice.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccountId, ActorId, DispensaryId, InvoiceId, PayableId, PaymentId, StepId};

/// One audit row: append-only, written in the transaction of the step it tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// The step.
    pub step: StepId,
    /// Its place in the dispensary's own sequence, from 1.
    pub seq: u64,
    /// The dispensary.
    pub dispensary: DispensaryId,
    /// When, by the library's clock.
    pub at: Timestamp,
    /// Who.
    pub by: ActorId,
    /// What was done.
    pub action: Action,
    /// To what.
    pub subject: Subject,
    /// Details for staff: never a key, a card or a patient's name.
    pub note: String,
}

/// Names `Action` variants and their stored texts in one place.
macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// What a step did.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Action {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)+
        }

        impl Action {
            /// The name, as stored and exported.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The action with this stored name.
            pub fn from_stored(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for Action {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

actions! {
    /// Keys were supplied for an account that only finishes what it began.
    AccountDrainKeysSupplied = "account.drain_keys_supplied",
    /// A draining account's keys were erased before it had finished: by hand, or at its deadline.
    AccountErased = "account.erased",
    /// The processor refused an account's keys.
    AccountNeedsAttention = "account.needs_attention",
    /// An account was removed; it finishes what it began.
    AccountRemoved = "account.removed",
    /// Keys were saved.
    AccountSaved = "account.saved",
    /// The endpoint for the processor's notices was registered, changed or removed.
    AccountSubscribed = "account.subscribed",
    /// Saved keys were sealed again under the key ring's current key.
    AccountsResealed = "accounts.resealed",
    /// Saved keys were checked with the processor.
    AccountVerified = "account.verified",
    /// Someone tried what they may not do.
    Denied = "denied",
    /// A dispensary was recorded.
    DispensarySaved = "dispensary.saved",
    /// An invoice got its number.
    InvoiceFinalised = "invoice.finalised",
    /// A draft was saved.
    InvoiceSaved = "invoice.saved",
    /// An invoice was voided.
    InvoiceVoided = "invoice.voided",
    /// A processor's notice was looked into.
    NoticeHandled = "notice.handled",
    /// A processor's notice was received.
    NoticeReceived = "notice.received",
    /// A host's figures were recorded.
    PayableSaved = "payable.saved",
    /// A cancel is about to be sent.
    PaymentCancelSent = "payment.cancel_sent",
    /// A server-side charge was written before it is sent.
    PaymentCharging = "payment.charging",
    /// The one status check is about to be asked, or was given back.
    PaymentCheckSent = "payment.check_sent",
    /// A payment was looked at.
    PaymentChecked = "payment.checked",
    /// A person's finding was recorded.
    PaymentFinding = "payment.finding",
    /// What the cardholder needs was given out.
    PaymentHandedOver = "payment.handed_over",
    /// The processor's word changed a payment.
    PaymentMoved = "payment.moved",
    /// Send Request: an attempt was written before it is sent.
    PaymentSending = "payment.sending",
    /// An attempt ended before it was handed over.
    PaymentWithdrawn = "payment.withdrawn",
    /// A refund was looked at.
    RefundChecked = "refund.checked",
    /// A person's finding about a refund was recorded.
    RefundFinding = "refund.finding",
    /// The processor's word, or its silence, changed a refund.
    RefundMoved = "refund.moved",
    /// A refund was written before it is sent.
    RefundSending = "refund.sending",
    /// The help centre unlocked a processor.
    ProcessorUnlocked = "processor.unlocked",
}

/// What a step was about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
#[non_exhaustive]
pub enum Subject {
    /// An account.
    Account(AccountId),
    /// The dispensary itself.
    Dispensary,
    /// An invoice.
    Invoice(InvoiceId),
    /// A payable.
    Payable(PayableId),
    /// A payment.
    Payment(PaymentId),
}

impl Subject {
    /// The kind of thing, as stored.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::Dispensary => "dispensary",
            Self::Invoice(_) => "invoice",
            Self::Payable(_) => "payable",
            Self::Payment(_) => "payment",
        }
    }

    /// Its id as text; empty for the dispensary itself.
    pub fn id(&self) -> String {
        match self {
            Self::Account(id) => id.to_string(),
            Self::Dispensary => String::new(),
            Self::Invoice(id) => id.to_string(),
            Self::Payable(id) => id.to_string(),
            Self::Payment(id) => id.to_string(),
        }
    }

    /// The subject with this stored kind and id.
    pub fn from_stored(kind: &str, id: &str) -> Option<Self> {
        match kind {
            "account" => id.parse().ok().map(Self::Account),
            "dispensary" => Some(Self::Dispensary),
            "invoice" => id.parse().ok().map(Self::Invoice),
            "payable" => id.parse().ok().map(Self::Payable),
            "payment" => id.parse().ok().map(Self::Payment),
            _ => None,
        }
    }
}

/// One outbox row: something of a dispensary changed and the host may want to look again.
///
/// Delivered at least once, in order per dispensary. It names what changed; the host reads the new state itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its place in the dispensary's own sequence (shared with the audit's numbering of steps).
    pub seq: u64,
    /// The dispensary.
    pub dispensary: DispensaryId,
    /// When, by the library's clock.
    pub at: Timestamp,
    /// What was done.
    pub action: Action,
    /// What changed.
    pub subject: Subject,
}
