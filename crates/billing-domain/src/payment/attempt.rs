//! An attempt: one object at the processor (one PaymentIntent, one order id, one ticket).

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ServerCharge;
use crate::{Certainty, Decline, Flow, InvalidId, Money, Observed, Proof, PublicFields, SealedBytes};

/// One object at the processor, written before it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// 1 for a payment's first attempt.
    pub no: u32,
    /// Where it stands.
    pub state: AttemptState,
    /// How the cardholder pays at this processor.
    pub flow: Flow,
    /// The account's public fields when it began; no roll of the keys changes them.
    pub public: PublicFields,
    /// The idempotency key or order id, the same for every send.
    pub key: SubmitKey,
    /// The adapter's encoding of the request; under another number it is read, never sent again.
    pub encoding: u16,
    /// The version of the account's keys the newest call used.
    pub account_version: u32,
    /// What is known of its submission, over every send.
    pub certainty: Certainty,
    /// When it was first committed; its first send follows within the dispatch window.
    pub first_sent_at: Timestamp,
    /// Until when a submission without an answer holds the payable's slot.
    pub begin_deadline: Timestamp,
    /// The processor's id of the object, once known.
    pub reference: Option<Reference>,
    /// When what the cardholder needs was given out: from then on it can be paid.
    pub handed_over_at: Option<Timestamp>,
    /// What the processor's calls for this attempt need and nobody else may see (a card grant, a checkout ticket), sealed;
    /// absent once nothing can be asked with it any more.
    pub sealed: Option<SealedBytes>,
    /// The charge our server makes with what the browser brings back; absent where the cardholder pays in the browser.
    pub charge: Option<ServerCharge>,
    /// How many cancels were sent; each goes under a fresh key.
    pub cancel_tries: u32,
    /// How many looks in a row brought nothing new.
    pub idle_checks: u32,
    /// When the sweep looks at it next; absent once it has ended.
    pub due_at: Option<Timestamp>,
    /// When it ended.
    pub resolved_at: Option<Timestamp>,
    /// The refused card submissions, oldest first.
    pub tries: Vec<Try>,
    /// Grows by one with every change.
    pub revision: u64,
}

/// Where an attempt stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptState {
    /// The cardholder has what is needed to pay.
    AwaitingCardholder,
    /// A server-side charge was sent; its answer is awaited.
    Charging,
    /// It ended without money, and this is the proof.
    Dead(Proof),
    /// Only new evidence or a person can tell.
    NeedsReview(Review),
    /// The processor is working on it.
    Processing,
    /// Committed; the processor may not know of it yet.
    Sending,
    /// The money was taken.
    Succeeded(Capture),
    /// A server-side charge was sent and its outcome is not known.
    Unknown,
}

impl AttemptState {
    /// Whether it has ended: nothing but a person or a contradicting fact speaks of it again.
    pub fn is_resolved(&self) -> bool {
        matches!(self, Self::Succeeded(_) | Self::Dead(_))
    }

    /// The state's name, as stored and shown to staff.
    pub fn name(&self) -> &'static str {
        match self {
            Self::AwaitingCardholder => "awaiting_cardholder",
            Self::Charging => "charging",
            Self::Dead(_) => "dead",
            Self::NeedsReview(_) => "needs_review",
            Self::Processing => "processing",
            Self::Sending => "sending",
            Self::Succeeded(_) => "succeeded",
            Self::Unknown => "unknown",
        }
    }
}

/// Why only new evidence or a person can tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Review {
    /// The one status check brought no evidence, or its time passed.
    CheckSpent,
    /// The account's keys were erased while it was open.
    KeysErased,
    /// The processor's answer was not about what we asked for.
    Mismatch(Observed),
    /// The processor has not said how it ended, for longer than anyone should wait.
    Overdue,
    /// A ticket outlived every look at it.
    TicketLimit,
}

/// The key under which a submission reaches the processor at most once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubmitKey(pub String);

impl SubmitKey {
    /// The key of attempt `no` of `payment`: the same whoever computes it.
    pub fn of_attempt(payment: crate::PaymentId, no: u32) -> Self {
        Self(format!("{payment}-{no}"))
    }

    /// The key of `refund`: the same whoever computes it. A refund is submitted once, so it ends in 1.
    pub fn of_refund(refund: crate::RefundId) -> Self {
        Self(format!("{refund}-1"))
    }
}

/// The processor's own id of an attempt's object (Stripe: `pi_…`). Not a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reference(pub String);

impl Reference {
    /// The longest reference a person may give, in characters.
    pub const LENGTH_MAX: usize = 255;

    /// Parses a reference that a person typed: 1 to 255 characters of `A-Z a-z 0-9 . _ : -`, blanks around it trimmed.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let text = text.trim();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-');
        if text.is_empty() || text.len() > Self::LENGTH_MAX || !text.chars().all(allowed) {
            return Err(InvalidId("Reference"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One card submission the issuer refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// The processor's id of the refused charge; repeating it adds nothing.
    pub charge: Option<String>,
    /// Why it was refused.
    pub decline: Decline,
}

/// Money a processor took, with what a later refund or receipt needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// How much.
    pub amount: Money,
    /// The processor's id of the object (Stripe: the PaymentIntent; Moneris: the order id).
    pub reference: Reference,
    /// The processor's id of the charge itself (Moneris: the TransID).
    pub charge: Option<String>,
    /// The issuer's approval code.
    pub auth_code: Option<String>,
    /// The number the processor wants printed on receipts (Moneris: the reference number).
    pub receipt_number: Option<String>,
    /// The card's brand, in the processor's word.
    pub brand: Option<String>,
    /// The card's last four digits.
    pub last4: Option<String>,
    /// When, by the processor's clock; absent when it did not say.
    pub captured_at: Option<Timestamp>,
    /// Who says so.
    pub source: CaptureSource,
}

impl Capture {
    /// Whether two reports speak of the same money: the processor repeating itself, with the charge's id or without,
    /// or confirming what a person found, or a person finding by the charge's id what it told.
    pub fn is_same_money(&self, told: &Self) -> bool {
        let same_charge = match (&self.charge, &told.charge) {
            (Some(known), Some(told)) => known == told,
            _ => true,
        };
        let found_by_charge =
            told.source == CaptureSource::Finding && self.charge.as_ref() == Some(&told.reference.0);
        self.source == CaptureSource::Finding
            || found_by_charge
            || (self.reference == told.reference && same_charge)
    }
}

/// Who says that money was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CaptureSource {
    /// A person who looked.
    Finding,
    /// The processor.
    Processor,
}
