//! What a look could not move: put off, and after too long a person is called.

use billing_domain::payment::{Attempt, AttemptState, Event, Payment};
use billing_domain::{ActorId, Alarming, ChargeFact, DispensaryId, PaymentId, Why, later};
use jiff::Timestamp;

use crate::BillingError;
use crate::billing::Parts;
use crate::payments::wait;

impl Parts {
    /// What a look could not move: a person is called if it has been open too long, and it is looked at again later,
    /// so that it does not hold up the others.
    pub(super) async fn leave_open(
        &self,
        dispensary: DispensaryId,
        payment: PaymentId,
        now: Timestamp,
    ) -> Result<(), BillingError> {
        let payment = self.payment_of(dispensary, payment).await?;
        self.leave_refunds_open(&payment, now).await?;
        self.leave_notices_open(&payment, now).await?;
        let Some(attempt) = payment.newest().filter(|attempt| !attempt.state.is_resolved()) else {
            return Ok(());
        };
        self.remind(&payment, attempt);
        let event = if self.is_overdue(attempt) {
            Event::Overdue
        } else if attempt.due_at.is_some_and(|due| due <= now) {
            Event::Fact(ChargeFact::NoEvidence(Why::NotFinished))
        } else {
            return Ok(());
        };
        match self.act(&ActorId::system(), &payment, attempt.no, event).await {
            Ok(_) | Err(BillingError::Busy) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Calls a person again once the looks have become rare: the first call may have died with its process.
    fn remind(&self, payment: &Payment, attempt: &Attempt) {
        let rarely = self.config.review_look_at_least_every;
        let reviewed = matches!(attempt.state, AttemptState::NeedsReview(_));
        if reviewed && wait(self.config.first_look_after, rarely, attempt.idle_checks) >= rarely {
            let (dispensary, payment) = (payment.dispensary(), payment.id);
            self.alarm.raise(&Alarming::ReviewNeeded { dispensary, payment });
        }
    }

    /// Handed over, or charged without an answer, so long ago that a person should look.
    fn is_overdue(&self, attempt: &Attempt) -> bool {
        let since = match attempt.state {
            AttemptState::AwaitingCardholder | AttemptState::Processing => attempt.handed_over_at,
            AttemptState::Charging | AttemptState::Unknown => {
                attempt.charge.and_then(|charge| charge.sent_at)
            }
            _ => None,
        };
        since.is_some_and(|at| later(at, self.config.review_after) <= self.clock.now())
    }
}
