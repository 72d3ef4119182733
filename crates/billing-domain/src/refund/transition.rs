//! The table that moves a refund. Pure: the same state and event always give the same outcome.

use jiff::Timestamp;

use crate::payment::Finding;
use crate::refund::{Refund, RefundFact, RefundFailure, RefundReview, RefundState};

/// Something that happened to a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefundEvent {
    /// Its call's answer did not tell; the processor can be asked.
    AnswerUnknown,
    /// The processor said something.
    Fact(RefundFact),
    /// A person looked.
    Found(Finding),
    /// The account's keys were erased.
    KeysErased,
    /// Its owner knows that nothing was sent.
    NotSent,
    /// It stayed in doubt longer than anyone should wait without a person looking.
    Overdue,
    /// Its only send was clearly refused.
    Refused,
    /// Its call's answer did not tell, and the processor cannot be asked.
    Unanswerable,
}

/// The state `event` moves a refund in `state` to; the same state if nothing changes, `None` if the event may not happen.
///
/// | from | on | to |
/// |---|---|---|
/// | Sending | not sent, refused | Failed |
/// | Sending | answer unknown | Unknown |
/// | Sending, Unknown | unanswerable, overdue | NeedsReview |
/// | Sending, Unknown, Pending | keys erased | NeedsReview |
/// | Sending, Unknown, NeedsReview | a Pending fact | Pending |
/// | any but a failure told by the processor | a Succeeded fact | Succeeded |
/// | any open | a Failed fact | Failed |
/// | Succeeded, and a failure that was only believed | a Failed fact that the processor tells | Failed |
/// | any open | a Mismatch fact | NeedsReview |
/// | NeedsReview | a person's finding | Succeeded or Failed |
/// | Succeeded | keys erased, unanswerable | the same |
///
/// So of late facts a failure told by the processor stands above success, and success above pending. What was believed to have
/// given nothing back (never sent, refused, a person's finding) gives way to any word of the processor's that money moved.
pub fn transition(state: &RefundState, event: &RefundEvent) -> Option<RefundState> {
    use RefundEvent as E;
    use RefundState as S;
    if let E::Fact(fact) = event {
        return Some(on_fact(state, fact));
    }
    Some(match (state, event) {
        (S::Sending, E::NotSent) => S::Failed(RefundFailure::NeverSent),
        (S::Sending, E::Refused) => S::Failed(RefundFailure::Refused),
        (S::Sending, E::AnswerUnknown) => S::Unknown,
        (S::Sending | S::Unknown, E::Unanswerable) => S::NeedsReview(RefundReview::NoAnswer),
        (S::Sending | S::Unknown, E::Overdue) => S::NeedsReview(RefundReview::Overdue),
        (S::Pending | S::Sending | S::Unknown, E::KeysErased) => S::NeedsReview(RefundReview::KeysErased),
        (S::NeedsReview(_), E::Found(Finding::MoneyMoved { .. })) => S::Succeeded,
        (S::NeedsReview(_), E::Found(Finding::NothingMoved)) => S::Failed(RefundFailure::Finding),
        (S::NeedsReview(_), E::KeysErased | E::Overdue | E::Unanswerable)
        | (S::Succeeded, E::KeysErased | E::Unanswerable) => state.clone(),
        _ => return None,
    })
}

fn on_fact(state: &RefundState, fact: &RefundFact) -> RefundState {
    use RefundState as S;
    let is_final = matches!(state, S::Failed(failure) if failure.is_told());
    match (state, fact) {
        (_, RefundFact::Succeeded(_)) if !is_final => S::Succeeded,
        (S::NeedsReview(_) | S::Sending | S::Unknown, RefundFact::Pending(_)) => S::Pending,
        (S::Failed(_), RefundFact::Pending(_)) if !is_final => S::Pending,
        (S::Failed(_) | S::Succeeded, RefundFact::Failed { reason, .. }) if !is_final && reason.is_told() => {
            S::Failed(*reason)
        }
        (S::NeedsReview(_) | S::Pending | S::Sending | S::Unknown, RefundFact::Failed { reason, .. }) => {
            S::Failed(*reason)
        }
        (S::NeedsReview(_) | S::Pending | S::Sending | S::Unknown, RefundFact::Mismatch(differs)) => {
            S::NeedsReview(RefundReview::Mismatch(differs.clone()))
        }
        _ => state.clone(),
    }
}

impl Refund {
    /// The refund after `event` at `now`, one revision on if anything changed; `None` if the event may not happen in its state.
    ///
    /// A refund that ends has no next look, and one that is open again is due at once. The processor's newest word on its own id counts;
    /// a person's only where it said none.
    pub fn apply(&self, event: &RefundEvent, now: Timestamp) -> Option<Self> {
        let mut next = Self { state: transition(&self.state, event)?, ..self.clone() };
        match event {
            RefundEvent::Fact(fact) => next.reference = fact.reference().cloned().or(next.reference),
            RefundEvent::Found(Finding::MoneyMoved { reference }) => {
                next.reference.get_or_insert_with(|| reference.clone());
            }
            _ => {}
        }
        if next.state != self.state {
            next.resolved_at = next.state.is_resolved().then_some(now);
            next.due_at = match (self.state.is_resolved(), next.state.is_resolved()) {
                (_, true) => None,
                (true, false) => Some(now),
                (false, false) => next.due_at,
            };
        }
        if next != *self {
            next.revision = self.revision.saturating_add(1);
        }
        Some(next)
    }
}
