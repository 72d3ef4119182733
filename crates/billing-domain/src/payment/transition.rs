//! The table that moves an attempt. Pure: the same state and event always give the same outcome.

use jiff::Timestamp;

use crate::payment::{
    Attempt, AttemptState, Capture, CaptureSource, CheckSlot, Reference, Review, ServerCharge, StatusCheck,
    Try,
};
use crate::{ChargeFact, CheckId, Money, Proof};

/// Something that happened to an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The server-side charge's answer did not tell.
    AnswerUnknown,
    /// It was given up before it was handed over.
    CancelledBeforeHandOver,
    /// Somebody is about to ask the one status check.
    CheckClaimed(CheckId),
    /// Whoever claimed the status check could not ask it: nothing left.
    CheckGivenBack(CheckId),
    /// The one status check is spent without evidence.
    CheckSpent,
    /// The processor said something.
    Fact(ChargeFact),
    /// A person looked.
    Found(Finding),
    /// What the cardholder brought back was claimed for one server-side charge.
    GrantClaimed,
    /// What the cardholder needs was given out.
    HandedOver,
    /// The account's keys were erased.
    KeysErased,
    /// A handed-over attempt was given up before its server-side charge was made.
    NeverCharged,
    /// Its owner knows that nothing was sent.
    NotSent,
    /// It stayed open longer than anyone should wait without a person looking.
    Overdue,
    /// Its only send was clearly refused.
    Refused,
    /// Another payment took its slot after its deadline.
    Superseded,
    /// A ticket outlived every look at it.
    TicketLimit,
}

/// What a person found out about a payment under review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The processor took the payment's amount, under this reference.
    MoneyMoved {
        /// The processor's id the person read.
        reference: Reference,
    },
    /// The processor took nothing.
    NothingMoved,
}

/// What an event does to an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The event may not happen in this state.
    Refused,
    /// Nothing changes.
    Same,
    /// The state stays, and money arrived against it.
    Stray(Capture),
    /// The attempt moves on.
    To(AttemptState),
}

/// What `event` does to an attempt of `amount` in `state`.
///
/// | from | on | to |
/// |---|---|---|
/// | Sending | handed over | AwaitingCardholder |
/// | Sending | refused, superseded, cancelled | Dead(never handed over) |
/// | Sending, Charging | not sent | Dead(never sent) |
/// | AwaitingCardholder | Processing fact | Processing |
/// | Processing | Live fact | AwaitingCardholder |
/// | AwaitingCardholder | grant claimed | Charging |
/// | AwaitingCardholder | given up before the charge | Dead(never charged) |
/// | Charging | refused | Dead(never charged) |
/// | Charging | answer unknown | Unknown |
/// | Charging, Unknown | check claimed or given back | the same |
/// | Charging, Unknown | check spent | NeedsReview |
/// | any open | Succeeded fact | Succeeded |
/// | any open | Dead or Declined fact | Dead |
/// | any open | Mismatch fact, keys erased, ticket limit | NeedsReview |
/// | AwaitingCardholder, Charging, Processing, Unknown | overdue | NeedsReview |
/// | NeedsReview | a person's finding | Succeeded or Dead |
/// | Succeeded, Dead | a fact that money moved, not known yet | the same, and a stray charge |
/// | Dead(finding) | a person finds after all that money moved | the same, and a stray charge |
pub fn transition(state: &AttemptState, amount: Money, event: &Event) -> Outcome {
    if let Event::Fact(fact) = event {
        return on_fact(state, fact);
    }
    on_act(state, amount, event)
}

fn on_fact(state: &AttemptState, fact: &ChargeFact) -> Outcome {
    use AttemptState as S;
    match (state, fact) {
        (S::Succeeded(known), ChargeFact::Succeeded(new)) if known.is_same_money(new) => Outcome::Same,
        (S::Succeeded(_) | S::Dead(_), ChargeFact::Succeeded(new)) => Outcome::Stray(new.clone()),
        (S::Succeeded(known), ChargeFact::Mismatch(seen)) => match &seen.captured {
            Some(new) if !known.is_same_money(new) => Outcome::Stray((**new).clone()),
            _ => Outcome::Same,
        },
        (S::Dead(_), ChargeFact::Mismatch(seen)) => {
            seen.captured.as_ref().map_or(Outcome::Same, |new| Outcome::Stray((**new).clone()))
        }
        (S::Succeeded(_) | S::Dead(_), _) => Outcome::Same,
        (_, ChargeFact::Succeeded(capture)) => Outcome::To(S::Succeeded(capture.clone())),
        (_, ChargeFact::Dead(proof)) => Outcome::To(S::Dead(proof.clone())),
        (_, ChargeFact::Declined(decline)) => Outcome::To(S::Dead(Proof::Declined(decline.clone()))),
        (S::NeedsReview(Review::Mismatch(known)), ChargeFact::Mismatch(seen)) if known == seen => {
            Outcome::Same
        }
        (_, ChargeFact::Mismatch(seen)) => Outcome::To(S::NeedsReview(Review::Mismatch(seen.clone()))),
        (S::AwaitingCardholder, ChargeFact::Processing) => Outcome::To(S::Processing),
        (S::Processing, ChargeFact::Live { .. }) => Outcome::To(S::AwaitingCardholder),
        (_, ChargeFact::Live { .. } | ChargeFact::NoEvidence(_) | ChargeFact::Processing) => Outcome::Same,
    }
}

fn on_act(state: &AttemptState, amount: Money, event: &Event) -> Outcome {
    use AttemptState as S;
    match (state, event) {
        (S::Sending, Event::HandedOver) => Outcome::To(S::AwaitingCardholder),
        (S::Sending, Event::CancelledBeforeHandOver | Event::Refused | Event::Superseded) => {
            Outcome::To(S::Dead(Proof::NeverHandedOver))
        }
        (S::Sending | S::Charging, Event::NotSent) => Outcome::To(S::Dead(Proof::NeverSent)),
        (S::AwaitingCardholder, Event::GrantClaimed) => Outcome::To(S::Charging),
        (S::AwaitingCardholder, Event::NeverCharged) | (S::Charging, Event::Refused) => {
            Outcome::To(S::Dead(Proof::NeverCharged))
        }
        (S::Charging, Event::AnswerUnknown) => Outcome::To(S::Unknown),
        (S::Charging | S::Unknown, Event::CheckClaimed(_) | Event::CheckGivenBack(_))
        | (S::NeedsReview(_), Event::KeysErased | Event::Overdue | Event::TicketLimit) => Outcome::Same,
        (S::Charging | S::Unknown, Event::CheckSpent) => Outcome::To(S::NeedsReview(Review::CheckSpent)),
        (S::NeedsReview(_), Event::Found(Finding::NothingMoved)) => Outcome::To(S::Dead(Proof::Finding)),
        (S::NeedsReview(_), Event::Found(Finding::MoneyMoved { reference })) => {
            Outcome::To(S::Succeeded(found(amount, reference)))
        }
        (S::Dead(Proof::Finding), Event::Found(Finding::MoneyMoved { reference })) => {
            Outcome::Stray(found(amount, reference))
        }
        // A submission whose hand-over never happened cannot be paid, with or without keys.
        (S::Sending, Event::KeysErased) => Outcome::To(S::Dead(Proof::NeverHandedOver)),
        (open, Event::KeysErased) if !open.is_resolved() => Outcome::To(S::NeedsReview(Review::KeysErased)),
        (S::AwaitingCardholder | S::Charging | S::Processing | S::Unknown, Event::Overdue) => {
            Outcome::To(S::NeedsReview(Review::Overdue))
        }
        (S::AwaitingCardholder | S::Processing, Event::TicketLimit) => {
            Outcome::To(S::NeedsReview(Review::TicketLimit))
        }
        _ => Outcome::Refused,
    }
}

fn found(amount: Money, reference: &Reference) -> Capture {
    Capture {
        amount,
        reference: reference.clone(),
        charge: None,
        auth_code: None,
        receipt_number: None,
        brand: None,
        last4: None,
        captured_at: None,
        source: CaptureSource::Finding,
    }
}

/// An attempt after an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The attempt, one revision on if anything changed.
    pub attempt: Attempt,
    /// Money that arrived against its finished state.
    pub stray: Option<Capture>,
    /// Whether there is anything to store.
    pub changed: bool,
}

impl Attempt {
    /// The attempt after `event` at `now`, or `None` if the event may not happen in its state.
    ///
    /// A refused card that a fact reports is logged once. An attempt that ends has no next look, and one about which nothing can
    /// be asked any more keeps no secret.
    pub fn apply(&self, amount: Money, event: &Event, now: Timestamp) -> Option<Applied> {
        let mut next = self.clone();
        let mut stray = None;
        match transition(&self.state, amount, event) {
            Outcome::Refused => return None,
            Outcome::Same => {}
            // Asked about this one and told about another: that is no money of this one's.
            Outcome::Stray(capture) => {
                stray = Some(capture).filter(|capture| !self.is_anothers(capture, event));
            }
            Outcome::To(state) => next.state = state,
        }
        next.charge = match (next.charge, event) {
            (Some(charge), event) => Some(charge.after(event, now)?),
            (None, Event::CheckClaimed(_) | Event::CheckGivenBack(_)) => return None,
            (None, _) => None,
        };
        if let (Event::Fact(ChargeFact::Live { last: Some(new) }), false) = (event, self.state.is_resolved())
        {
            log_once(&mut next.tries, new);
        }
        if next.state.is_resolved() && !self.state.is_resolved() {
            next.resolved_at = Some(now);
            next.due_at = None;
        }
        if !next.can_still_ask() {
            next.sealed = None;
        }
        let changed = next != *self;
        if changed {
            next.revision = self.revision.saturating_add(1);
        }
        Some(Applied { attempt: next, changed: changed || stray.is_some(), stray })
    }
}

impl Attempt {
    /// Whether money that an answer tells of was taken under another reference than the one that was asked about.
    fn is_anothers(&self, capture: &Capture, event: &Event) -> bool {
        let is_about_another =
            matches!(event, Event::Fact(ChargeFact::Mismatch(seen)) if seen.is_about_another());
        let is_ours =
            self.reference.as_ref() == Some(&capture.reference) || self.key.0 == capture.reference.0;
        is_about_another && !is_ours
    }

    /// Whether a call could still need what was kept sealed for the attempt. After a person's finding the processor may
    /// contradict, where it can be asked at any time; under review the one status check is not asked any more.
    fn can_still_ask(&self) -> bool {
        let check = self.charge.and_then(|charge| charge.check);
        match &self.state {
            AttemptState::Dead(Proof::Finding) => self.charge.is_none(),
            AttemptState::NeedsReview(_) => check.is_none(),
            state => !state.is_resolved() && check.is_none_or(|check| check.slot != CheckSlot::Spent),
        }
    }
}

impl ServerCharge {
    /// The charge with its check as the event leaves it, or `None` if the check is not there to be claimed or given back.
    fn after(self, event: &Event, now: Timestamp) -> Option<Self> {
        let check = match (event, self.check) {
            (Event::CheckClaimed(by), check) => Some(check?.claimed(*by, now)?),
            (Event::CheckGivenBack(by), check) => Some(check?.given_back(*by)?),
            (Event::CheckSpent, check) => check.map(|check| StatusCheck { slot: CheckSlot::Spent, ..check }),
            (_, check) => check,
        };
        Some(Self { check, ..self })
    }
}

fn log_once(tries: &mut Vec<Try>, new: &Try) {
    let known = match &new.charge {
        Some(_) => tries.iter().any(|known| known.charge == new.charge),
        None => tries.last() == Some(new),
    };
    if !known {
        tries.push(new.clone());
    }
}
