//! A payment: one wish to pay one payable with a card, pinned for life to the account it began with.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::payment::{Attempt, AttemptState, Capture};
use crate::refund::{Refund, RefundState};
use crate::{
    AccountRef, ActorId, Conflict, DispensaryId, Money, PayableId, PaymentId, Proof, RefundId, StrayChargeId,
};

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
    /// What was given back of it, or may have been, oldest first.
    pub refunds: Vec<Refund>,
}

/// Which of a payment's captures: a refund gives back one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureId {
    /// The money the attempt with this number took.
    Attempt(u32),
    /// A stray charge.
    Stray(StrayChargeId),
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

    /// The attempt with this number.
    pub fn attempt(&self, no: u32) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.no == no)
    }

    /// The refund with this id.
    pub fn refund(&self, refund: RefundId) -> Option<&Refund> {
        self.refunds.iter().find(|known| known.id == refund)
    }

    /// Whether an attempt or a refund of it may still change at the processor, so that its account's keys are needed.
    pub fn is_open(&self) -> bool {
        self.open_attempt().is_some() || self.refunds.iter().any(|refund| !refund.state.is_resolved())
    }

    /// When the sweep looks at it next: the earliest of its open attempt's and refunds' times.
    pub fn due_at(&self) -> Option<Timestamp> {
        let attempt = self.open_attempt().and_then(|attempt| attempt.due_at);
        attempt.into_iter().chain(self.refunds.iter().filter_map(|refund| refund.due_at)).min()
    }

    /// Every capture, stray charges last.
    pub fn captures(&self) -> impl Iterator<Item = (CaptureId, &Capture)> {
        let of_attempts = self.attempts.iter().filter_map(|attempt| match &attempt.state {
            AttemptState::Succeeded(capture) => Some((CaptureId::Attempt(attempt.no), capture)),
            _ => None,
        });
        of_attempts.chain(self.strays.iter().map(|stray| (CaptureId::Stray(stray.id), &stray.capture)))
    }

    /// The capture with this id.
    pub fn capture(&self, id: CaptureId) -> Option<&Capture> {
        self.captures().find(|(known, _)| *known == id).map(|(_, capture)| capture)
    }

    /// What was given back of a capture, or may have been: every refund of it that did not fail. `None` if there is no
    /// such capture.
    pub fn given_back(&self, capture: CaptureId) -> Option<Money> {
        let nothing = Money::zero(self.capture(capture)?.amount.currency());
        let counted =
            self.refunds.iter().filter(|refund| refund.capture == capture && !refund.state.is_failed());
        counted.map(|refund| refund.amount).try_fold(nothing, Money::checked_add).ok()
    }

    /// What was given back of all its captures, in the payment's currency.
    pub fn refunded(&self) -> Money {
        let done = self.refunds.iter().filter(|refund| refund.state == RefundState::Succeeded);
        done.map(|refund| refund.amount)
            .filter(|amount| amount.currency() == self.amount.currency())
            .fold(Money::zero(self.amount.currency()), |sum, amount| sum.checked_add(amount).unwrap_or(sum))
    }

    /// What can still be given back of a capture; nothing if more went back than came. `None` if there is no such capture.
    pub fn refundable(&self, capture: CaptureId) -> Option<Money> {
        let taken = self.capture(capture)?.amount;
        let left = taken.checked_sub(self.given_back(capture)?).ok()?;
        Some(if left.is_positive() { left } else { Money::zero(taken.currency()) })
    }

    /// Whether a new refund of `amount` may be opened on a capture: nothing of it is in doubt, and the amount is there.
    pub fn admits_refund(&self, capture: CaptureId, amount: Money) -> Result<(), Conflict> {
        let refundable = self.refundable(capture).ok_or(Conflict::Unknown("capture"))?;
        let of_it = |refund: &&Refund| refund.capture == capture && refund.state.is_in_doubt();
        if let Some(doubtful) = self.refunds.iter().find(of_it) {
            return Err(Conflict::RefundInDoubt { refund: doubtful.id });
        }
        let fits = amount.is_positive() && amount.compare(refundable).is_ok_and(std::cmp::Ordering::is_le);
        if fits { Ok(()) } else { Err(Conflict::RefundDoesNotFit { refundable }) }
    }

    /// Whether this row of a refund may be written: it follows the stored one, changes nothing of it that never changes, gives
    /// back a capture's own currency, and is the only one of its capture that is unanswered.
    ///
    /// One beside it may need review, and whether the amount is there is not asked: the processor's word may have put it so, and
    /// facts are never refused.
    pub fn admits_refund_row(&self, row: &Refund) -> Result<(), Conflict> {
        let known = self.refund(row.id);
        let follows = row.revision.checked_sub(1) == Some(known.map_or(0, |known| known.revision));
        if !follows || known.is_some_and(|known| !known.is_same(row)) {
            return Err(Conflict::Revision("refund"));
        }
        let taken = self.capture(row.capture).ok_or(Conflict::Unknown("capture"))?.amount;
        if !row.amount.is_positive() || row.amount.currency() != taken.currency() {
            let refundable = self.refundable(row.capture).unwrap_or(taken);
            return Err(Conflict::RefundDoesNotFit { refundable });
        }
        let beside = |other: &&Refund| {
            other.id != row.id && other.capture == row.capture && other.state.is_unanswered()
        };
        match self.refunds.iter().find(beside).filter(|_| row.state.is_unanswered()) {
            Some(other) => Err(Conflict::RefundInDoubt { refund: other.id }),
            None => Ok(()),
        }
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
