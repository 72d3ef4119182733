//! The second pair of hands: everything left open is looked at in time, a bounded amount per call.

use std::collections::BTreeSet;
use std::sync::Arc;

use billing_domain::payment::{Attempt, AttemptState, Event, Payment, Review};
use billing_domain::{
    AccountRef, ActorId, Alarming, ChargeFact, DispensaryId, PaymentId, ProcessorErrorKind, Why, later,
};
use jiff::Timestamp;

use crate::billing::Parts;
use crate::payments::wait;
use crate::{Billing, BillingError};

/// What one sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Payments looked at.
    pub looked_at: u32,
    /// Of these, ended by this look: paid, cancelled or withdrawn.
    pub ended: u32,
    /// Of these, not reachable; they are due again later.
    pub failed: u32,
    /// When something open is due next: now if there is more, absent if nothing is open. New payments open at any
    /// time, so sweep at least once a minute whatever this says.
    pub next_due: Option<Timestamp>,
}

impl Billing {
    /// Looks at open payments that are due, at most `limit` (1 to 1,000), the longest due first.
    ///
    /// It withdraws submissions whose answer never came, settles what was paid, and cancels at the processor what
    /// was handed over and abandoned. Call it again at [`SweepReport::next_due`]. Any number of processes may
    /// sweep at once; dropping the call loses nothing.
    ///
    /// # Errors
    ///
    /// [`BillingError::Store`] if nothing could be read. A payment that cannot be settled is counted, not an error.
    pub async fn sweep(&self, limit: u32) -> Result<SweepReport, BillingError> {
        let parts = Arc::clone(&self.parts);
        self.tasks.run(async move { parts.sweep(limit.clamp(1, 1_000)).await }).await
    }
}

impl Parts {
    async fn sweep(&self, limit: u32) -> Result<SweepReport, BillingError> {
        let now = self.clock.now();
        let due = self.store.due(now, limit).await?;
        let mut report = SweepReport::default();
        let mut stuck = false;
        let mut silent = BTreeSet::new();
        for (dispensary, payment) in due.payments {
            report.looked_at = report.looked_at.saturating_add(1);
            match self.look_at(dispensary, payment, &mut silent).await {
                Ok(looked_at) if has_ended(&looked_at) => {
                    report.ended = report.ended.saturating_add(1);
                    continue;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, %payment, "an open payment could not be settled");
                    report.failed = report.failed.saturating_add(1);
                }
            }
            // One that cannot even be put off must not keep the sweep from the others.
            if let Err(error) = self.leave_open(dispensary, payment, now).await {
                tracing::error!(%error, %payment, "an open payment could not be put off");
                stuck = true;
            }
        }
        let rest = self.store.due(now, 1).await?;
        report.next_due = if rest.payments.is_empty() {
            rest.next
        } else if stuck {
            Some(later(now, self.config.first_look_after))
        } else {
            Some(now)
        };
        Ok(report)
    }

    /// One look at one payment, and the payment as it is afterwards. An account that did not answer is `silent` for the
    /// rest of the sweep: its other payments must not each wait for a deadline before anyone else's turn.
    async fn look_at(
        &self,
        dispensary: DispensaryId,
        payment: PaymentId,
        silent: &mut BTreeSet<AccountRef>,
    ) -> Result<Payment, BillingError> {
        let by = ActorId::system();
        let payment = self.payment_of(dispensary, payment).await?;
        let Some(attempt) = payment.newest() else { return Ok(payment) };
        if attempt.state == AttemptState::Sending {
            return self.act(&by, &payment, attempt.no, Event::Superseded).await;
        }
        if silent.contains(&payment.account) {
            return Ok(payment);
        }
        let looked_at = match self.settle(&by, payment.clone()).await {
            Err(BillingError::CredentialsMissing { .. }) => {
                self.act(&by, &payment, attempt.no, Event::KeysErased).await
            }
            Ok(settled) if self.is_abandoned(&settled) => self.cancel(&by, settled).await,
            settled => settled,
        };
        if looked_at.as_ref().is_err_and(silences) {
            silent.insert(payment.account);
        }
        looked_at
    }

    /// Handed over long ago and still waiting for a card.
    fn is_abandoned(&self, payment: &Payment) -> bool {
        payment.newest().is_some_and(|attempt| {
            let handed_over = attempt.handed_over_at.unwrap_or(Timestamp::MAX);
            let waits = AttemptState::NeedsReview(Review::Overdue);
            (attempt.state == AttemptState::AwaitingCardholder || attempt.state == waits)
                && later(handed_over, self.config.abandon_after) <= self.clock.now()
        })
    }

    /// What a look could not move: a person is called if it has been open too long, and it is looked at again later,
    /// so that it does not hold up the others.
    async fn leave_open(
        &self,
        dispensary: DispensaryId,
        payment: PaymentId,
        now: Timestamp,
    ) -> Result<(), BillingError> {
        let payment = self.payment_of(dispensary, payment).await?;
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

    /// Handed over so long ago that a person should look.
    fn is_overdue(&self, attempt: &Attempt) -> bool {
        matches!(attempt.state, AttemptState::AwaitingCardholder | AttemptState::Processing)
            && attempt
                .handed_over_at
                .is_some_and(|at| later(at, self.config.review_after) <= self.clock.now())
    }
}

fn has_ended(payment: &Payment) -> bool {
    payment.newest().is_some_and(|attempt| attempt.state.is_resolved())
}

/// Whether the account's other payments would meet the same error.
fn silences(error: &BillingError) -> bool {
    use ProcessorErrorKind as Kind;
    let BillingError::Processor { cause, .. } = error else { return false };
    matches!(
        cause.kind,
        Kind::CredentialsRejected | Kind::PermissionMissing(_) | Kind::RateLimited | Kind::Unavailable
    )
}
