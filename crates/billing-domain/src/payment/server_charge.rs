//! The server-side charge of an attempt, and the one status check that may ask what became of it. Pure.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{CheckId, later};

/// The charge that our server makes with what the browser brings back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerCharge {
    /// The instant taken before it was committed, absent before; it leaves within the dispatch window after that, or never.
    pub sent_at: Option<Timestamp>,
    /// The one question that may be asked about it once it was sent; absent at a processor that can be asked at any time.
    pub check: Option<StatusCheck>,
}

/// The one question that may be asked about a server-side charge, and whether it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusCheck {
    /// From when on an answer means something: earlier the charge may still be on its way.
    pub opens_at: Timestamp,
    /// Until when the processor answers reliably.
    pub closes_at: Timestamp,
    /// Whether it was asked.
    pub slot: CheckSlot,
}

/// Whether the one status check was asked. Claimed by a committed step before it leaves, so it leaves at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckSlot {
    /// Somebody is asking.
    Claimed {
        /// Who: only they may give it back.
        by: CheckId,
        /// Since when.
        at: Timestamp,
    },
    /// It was asked, or its time has passed.
    Spent,
    /// Nobody has asked.
    Unspent,
}

/// What is to be done about a status check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckStep {
    /// Claim it and ask.
    Ask,
    /// It can tell nothing any more: a person must look.
    GiveUp,
    /// It was spent before; nothing is to be done.
    Nothing,
    /// Too early, or somebody is asking: look again then.
    Wait(Timestamp),
}

/// A claimed check without an answer for this long is spent: whoever claimed it is gone.
const ANSWERED_WITHIN: Duration = Duration::from_mins(1);

impl StatusCheck {
    /// The check of a charge sent at `sent_at`, to be asked no earlier than `after` and no later than `before` after it.
    pub fn new(sent_at: Timestamp, after: Duration, before: Duration) -> Self {
        Self { opens_at: later(sent_at, after), closes_at: later(sent_at, before), slot: CheckSlot::Unspent }
    }

    /// What is to be done about it at `now`.
    ///
    /// | slot | when | what |
    /// |---|---|---|
    /// | unspent | before it opens | wait until it opens |
    /// | unspent | while it is open | ask |
    /// | unspent | after it closed | give up |
    /// | claimed | for up to a minute | wait |
    /// | claimed | for longer | give up |
    /// | spent | ever | nothing |
    pub fn step(&self, now: Timestamp) -> CheckStep {
        match self.slot {
            CheckSlot::Spent => CheckStep::Nothing,
            CheckSlot::Claimed { at, .. } => {
                let until = later(at, ANSWERED_WITHIN);
                if now < until { CheckStep::Wait(until) } else { CheckStep::GiveUp }
            }
            CheckSlot::Unspent if now < self.opens_at => CheckStep::Wait(self.opens_at),
            CheckSlot::Unspent if now <= self.closes_at => CheckStep::Ask,
            CheckSlot::Unspent => CheckStep::GiveUp,
        }
    }

    /// Claimed by `by`, if it may be asked at `now`.
    pub(super) fn claimed(self, by: CheckId, now: Timestamp) -> Option<Self> {
        (self.step(now) == CheckStep::Ask)
            .then_some(Self { slot: CheckSlot::Claimed { by, at: now }, ..self })
    }

    /// Given back by whoever claimed it and never asked.
    pub(super) fn given_back(self, claimed_by: CheckId) -> Option<Self> {
        let is_theirs = matches!(self.slot, CheckSlot::Claimed { by, .. } if by == claimed_by);
        is_theirs.then_some(Self { slot: CheckSlot::Unspent, ..self })
    }
}
