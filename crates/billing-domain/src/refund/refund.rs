//! A refund: one submission that gives back part or all of one capture, written before it is asked for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::payment::{CaptureId, Reference, SubmitKey};
use crate::{ActorId, Difference, Money, RefundId, RefundPlan, Why};

/// Money to be given back. It is submitted once; after one that failed, another refund may follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Its id; Stripe shows it as the metadata `refund_id`.
    pub id: RefundId,
    /// What it gives back of.
    pub capture: CaptureId,
    /// How much.
    pub amount: Money,
    /// How, decided before it was written and never again.
    pub plan: RefundPlan,
    /// The idempotency key, the same for every send.
    pub key: SubmitKey,
    /// The adapter's encoding of the request; under another number it is read, never sent again.
    pub encoding: u16,
    /// The version of the account's keys the newest call used.
    pub account_version: u32,
    /// Where it stands.
    pub state: RefundState,
    /// The processor's id of the refund, once known.
    pub reference: Option<Reference>,
    /// Who asked for it.
    pub opened_by: ActorId,
    /// When it was first committed; its first send follows within the dispatch window.
    pub first_sent_at: Timestamp,
    /// Until when the call that wrote it may still bring its answer.
    pub answer_deadline: Timestamp,
    /// How many looks in a row brought nothing new.
    pub idle_checks: u32,
    /// When the sweep looks at it next; absent once nothing more can be learnt of it. One that is done may fail for some time.
    pub due_at: Option<Timestamp>,
    /// When it ended, or ended otherwise.
    pub resolved_at: Option<Timestamp>,
    /// Grows by one with every change.
    pub revision: u64,
}

impl Refund {
    /// Whether two rows are of one refund: what never changes is the same.
    pub fn is_same(&self, other: &Self) -> bool {
        let Self { id, capture, amount, plan, key, encoding, opened_by, first_sent_at, .. } = self;
        *id == other.id
            && *capture == other.capture
            && *amount == other.amount
            && *plan == other.plan
            && *key == other.key
            && *encoding == other.encoding
            && *opened_by == other.opened_by
            && *first_sent_at == other.first_sent_at
    }
}

/// Where a refund stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundState {
    /// No money was given back, or it came back again.
    Failed(RefundFailure),
    /// Only new evidence or a person can tell.
    NeedsReview(RefundReview),
    /// The processor has taken it on and not finished.
    Pending,
    /// Committed; its answer is awaited.
    Sending,
    /// The money was given back. It may still fail, days later.
    Succeeded,
    /// It was sent and its outcome is not known.
    Unknown,
}

impl RefundState {
    /// Whether it has ended. One that succeeded can still fail.
    pub fn is_resolved(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Succeeded)
    }

    /// Whether money may have moved or not: no other refund of the same capture may be opened meanwhile.
    pub fn is_in_doubt(&self) -> bool {
        matches!(self, Self::NeedsReview(_) | Self::Sending | Self::Unknown)
    }

    /// Whether its own call has not answered, or not told: at most one of a capture's refunds is so.
    pub fn is_unanswered(&self) -> bool {
        matches!(self, Self::Sending | Self::Unknown)
    }

    /// Whether it gave nothing back: its amount can be given back again.
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    /// The state's name, as stored and shown to staff.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Failed(_) => "failed",
            Self::NeedsReview(_) => "needs_review",
            Self::Pending => "pending",
            Self::Sending => "sending",
            Self::Succeeded => "succeeded",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a refund gave nothing back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefundFailure {
    /// It was cancelled at the processor.
    Canceled,
    /// The card is lost, stolen, expired or closed: the money cannot reach it.
    CardUnusable,
    /// The issuer refused it.
    Declined,
    /// The cardholder disputed the charge meanwhile.
    Disputed,
    /// A person looked and found that no money moved.
    Finding,
    /// The clinic's account has too little money.
    InsufficientFunds,
    /// The request was never sent.
    NeverSent,
    /// The processor refused the request itself.
    Refused,
    /// The processor does not say why.
    Unspecified,
}

impl RefundFailure {
    /// Whether the processor says it of a refund it had taken on. Such a failure is final; the others are about a submission.
    pub fn is_told(self) -> bool {
        !matches!(self, Self::Finding | Self::NeverSent | Self::Refused)
    }
}

/// Why only new evidence or a person can tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefundReview {
    /// The account's keys were erased while it was open.
    KeysErased,
    /// The processor's answer was not about what we asked for.
    Mismatch(Vec<Difference>),
    /// Its answer was lost, and the processor cannot be asked.
    NoAnswer,
    /// The processor has not said how it ended, for longer than anyone should wait.
    Overdue,
}

/// What a processor says of a refund. A refusal by the issuer is a fact, not an error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefundFact {
    /// No money was given back, or it came back again.
    Failed {
        /// The processor's id of the refund, if it made one.
        reference: Option<Reference>,
        /// Why.
        reason: RefundFailure,
    },
    /// The answer is not about the refund we asked for; what differs, never empty.
    Mismatch(Vec<Difference>),
    /// The answer proves nothing either way.
    NoEvidence(Why),
    /// The processor has taken it on, under this id.
    Pending(Reference),
    /// The money was given back under this id, and amount, currency, mode and our id are ours.
    Succeeded(Reference),
}

impl RefundFact {
    /// The processor's id of the refund, if the fact names it.
    pub fn reference(&self) -> Option<&Reference> {
        match self {
            Self::Failed { reference, .. } => reference.as_ref(),
            Self::Pending(reference) | Self::Succeeded(reference) => Some(reference),
            Self::Mismatch(_) | Self::NoEvidence(_) => None,
        }
    }
}
