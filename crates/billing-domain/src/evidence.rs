//! What processors answer, in words of our own: facts about a charge, and how sure a failed call leaves us.

use std::error::Error;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::payment::{Capture, Try};
use crate::{Decline, Money};

/// What a processor says of a charge. A decline is a fact, not an error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChargeFact {
    /// The processor says the charge can no longer take money.
    Dead(Proof),
    /// A final refusal by the issuer: this object can no longer take money.
    Declined(Decline),
    /// The cardholder may still pay; the last card that was refused, if any.
    Live {
        /// The newest refused card submission.
        last: Option<Try>,
    },
    /// The processor's answer is not about the charge we asked for.
    Mismatch(Observed),
    /// The answer proves nothing either way.
    NoEvidence(Why),
    /// The processor is working on it.
    Processing,
    /// Money was taken, and amount, currency, mode and ids are ours.
    Succeeded(Capture),
}

/// Why a charge can never take money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Proof {
    /// The processor says it is cancelled.
    Canceled,
    /// The issuer refused it for good.
    Declined(Decline),
    /// A person looked and found that no money moved.
    Finding,
    /// It was handed over, but the server-side charge was never made: not sent, or clearly refused before any issuer was asked.
    NeverCharged,
    /// The cardholder never received what is needed to pay it.
    NeverHandedOver,
    /// The request was never sent.
    NeverSent,
}

/// Why an answer proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Why {
    /// The processor has seen this key before: what an earlier send of it did, the answer does not say.
    DuplicateKey,
    /// The processor does not know the reference: a wrong account or mode, most often.
    NotFound,
    /// The processor has not finished.
    NotFinished,
    /// The processor itself got no answer from further on.
    TimedOut,
    /// The answer had a shape or a status we do not know.
    Unrecognised,
}

/// An answer that differs from what we asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// What differs, never empty.
    pub differs: Vec<Difference>,
    /// The money the processor says it took, if it says so.
    pub captured: Option<Box<Capture>>,
}

impl Observed {
    /// Whether something in it names another object than the one that was asked about.
    pub fn is_about_another(&self) -> bool {
        self.differs.contains(&Difference::Reference)
    }
}

/// One thing that differs between our record and the processor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Difference {
    /// The amount.
    Amount,
    /// The currency.
    Currency,
    /// When it was made: before we asked for it.
    Date,
    /// Our invoice's id.
    InvoiceId,
    /// Live against test.
    Mode,
    /// Our payment's id.
    PaymentId,
    /// The processor's own id of the charge or the refund, or of the charge that a refund is of.
    Reference,
    /// Our refund's id.
    RefundId,
}

/// What is known of a submission after a call for it ended without a fact.
///
/// Doubt is sticky: fold every send of one record with [`Certainty::and`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Nothing left this machine.
    NotSent,
    /// The processor refused it and did nothing.
    Refused,
    /// It may have had its effect.
    Unknown,
}

impl Certainty {
    /// What is known after two sends of one record.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

/// A submission that brought no fact.
#[derive(Debug, thiserror::Error)]
#[error("{cause} ({certainty:?})")]
pub struct SubmitError {
    /// What is known of this call's own sends.
    pub certainty: Certainty,
    /// The processor's answer was the stored outcome of the record's first send: it counts even in doubt.
    pub stored: bool,
    /// What went wrong.
    #[source]
    pub cause: ProcessorError,
}

/// A read that brought no fact. It never changes what is known of a submission.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct QueryError {
    /// Whether the question can have reached the processor.
    pub sent: bool,
    /// What went wrong.
    #[source]
    pub cause: ProcessorError,
}

/// What went wrong with a call to a processor. Its texts hold no key, token or card, and are for staff.
#[derive(Debug, thiserror::Error)]
#[error("{processor} {kind}{}", request_id.as_deref().map(|id| format!(" [{id}]")).unwrap_or_default())]
pub struct ProcessorError {
    /// Which processor.
    pub processor: crate::ProcessorId,
    /// What went wrong.
    pub kind: ProcessorErrorKind,
    /// The processor's id of the request, for its support.
    pub request_id: Option<String>,
    /// When the processor asked to be left alone, for how long.
    pub retry_after: Option<Duration>,
    /// The cause.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

/// What went wrong with a call to a processor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessorErrorKind {
    /// The processor does not take this amount.
    #[error("does not take {amount}: {bound}")]
    AmountRefused {
        /// The amount.
        amount: Money,
        /// Which bound it breaks.
        bound: AmountBound,
    },
    /// The call was given up because it started too late or took too long.
    #[error("could not be asked in time")]
    Late,
    /// The keys are wrong, expired or rolled.
    #[error("rejected the account's keys")]
    CredentialsRejected,
    /// What the browser brought back is not a grant of this processor's.
    #[error("gave no such card grant")]
    GrantMalformed,
    /// The account lacks a setting that this needs, named as in the billing settings.
    #[error("needs {0}: complete the account in the billing settings")]
    Incomplete(&'static str),
    /// The answer could not be read.
    #[error("answered something unreadable")]
    Malformed,
    /// The keys lack a permission, named if the processor named it.
    #[error("says the keys lack a permission{}", .0.as_deref().map(|p| format!(": {p}")).unwrap_or_default())]
    PermissionMissing(Option<String>),
    /// Too many requests.
    #[error("asks for fewer requests")]
    RateLimited,
    /// The processor refused the request itself; its code, if it gave one.
    #[error("refused the request{}", .0.as_deref().map(|c| format!(": {c}")).unwrap_or_default())]
    Rejected(Option<String>),
    /// The processor did not answer, or answered that it failed.
    #[error("is not available")]
    Unavailable,
    /// This processor cannot do this.
    #[error("does not support this")]
    Unsupported,
}

/// Which bound an amount breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountBound {
    /// Not in a currency the processor takes.
    #[error("not in a currency the processor takes")]
    Currency,
    /// More than the processor takes.
    #[error("more than the processor takes")]
    TooLarge,
    /// Less than the processor takes.
    #[error("less than the processor takes")]
    TooSmall,
    /// Not a whole number of the processor's smallest unit.
    #[error("not a whole number of the processor's smallest unit")]
    OffGrid,
}
