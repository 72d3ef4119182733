//! A payment: one wish to pay one payable with a card, pinned for life to the account it began with.

use jiff::Timestamp;

use crate::payment::{Attempt, AttemptState, Capture};
use crate::{AccountRef, ActorId, DispensaryId, Money, PayableId, PaymentId, Proof, StrayChargeId};

/// A card payment and all its attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its id; Stripe shows it as the metadata `payment_id`.
    pub id: PaymentId,
    /// What it pays.
    pub payable: PayableId,
    /// How much.
    pub amount: Money,
    /// The account it began with; every later call about it goes there.
    pub account: AccountRef,
    /// When Send Request first came.
    pub opened_at: Timestamp,
    /// Who sent it.
    pub opened_by: ActorId,
    /// Its attempts, oldest first; never empty once stored.
    pub attempts: Vec<Attempt>,
    /// Money that arrived against a finished attempt.
    pub strays: Vec<StrayCharge>,
}

impl Payment {
    /// The dispensary it belongs to.
    pub fn dispensary(&self) -> DispensaryId {
        self.account.dispensary
    }

    /// The newest attempt.
    pub fn newest(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// The attempt that may still take money, or whose outcome is not known; there is at most one.
    pub fn open_attempt(&self) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| !attempt.state.is_resolved())
    }

    /// The payment's state: its newest attempt's, in a payer's words.
    pub fn state(&self) -> PaymentState {
        match self.newest().map(|attempt| &attempt.state) {
            None
            | Some(AttemptState::Sending | AttemptState::AwaitingCardholder | AttemptState::Processing) => {
                PaymentState::Open
            }
            Some(AttemptState::Charging | AttemptState::Unknown | AttemptState::NeedsReview(_)) => {
                PaymentState::Unknown
            }
            Some(AttemptState::Succeeded(_)) => PaymentState::Succeeded,
            Some(AttemptState::Dead(Proof::Declined(_))) => PaymentState::Declined,
            Some(AttemptState::Dead(_)) => PaymentState::Cancelled,
        }
    }
}

/// How a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PaymentState {
    /// It ended without money; a new attempt may begin.
    Cancelled,
    /// The issuer refused it for good; a new attempt may begin.
    Declined,
    /// The cardholder may still pay.
    Open,
    /// The money was taken.
    Succeeded,
    /// Whether money moved is not known yet; nothing new may begin.
    Unknown,
}

impl PaymentState {
    /// Its stable word, for programs to switch on and to keep; never prose for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Declined => "declined",
            Self::Open => "open",
            Self::Succeeded => "succeeded",
            Self::Unknown => "unknown",
        }
    }
}

/// Money that arrived against an attempt already finished. It is never lost and can be refunded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrayCharge {
    /// Its id.
    pub id: StrayChargeId,
    /// The attempt it arrived against.
    pub attempt_no: u32,
    /// The money.
    pub capture: Capture,
    /// When it was found.
    pub found_at: Timestamp,
}
