//! Storing what happened to a refund: applied to the newest state until stored, never asked for again.

use billing_domain::payment::Payment;
use billing_domain::refund::{Refund, RefundEvent, RefundState};
use billing_domain::{Action, ActorId, Alarming, Conflict, RefundFact, RefundId, StoreError, Subject, Write};

use crate::BillingError;
use crate::billing::Parts;
use crate::refunds::schedule::{next_look, put_off};
use crate::refunds::watch::NOTHING_NEW;
use crate::steps::StepExt;

impl Parts {
    /// Stores what happened on the newest state and returns the payment as it now is.
    pub(super) async fn record_refund(
        &self,
        by: &ActorId,
        payment: &Payment,
        refund: RefundId,
        event: RefundEvent,
    ) -> Result<Payment, BillingError> {
        self.record_refund_noting(by, payment, refund, event, "").await
    }

    /// The same, with a note for the audit.
    ///
    /// An event that may not happen in the newest state changes nothing: someone else decided first. A fact is never refused; a
    /// fact that changes nothing only puts off the next look.
    pub(super) async fn record_refund_noting(
        &self,
        by: &ActorId,
        payment: &Payment,
        refund: RefundId,
        event: RefundEvent,
        note: &str,
    ) -> Result<Payment, BillingError> {
        for _ in 0..self.config.conflict_retries {
            let payment = self.payment_of(payment.dispensary(), payment.id).await?;
            let before = payment.refund(refund).ok_or(BillingError::NotFound("refund"))?;
            let Some(next) = self.refund_after(before, &event) else { return Ok(payment) };
            let ended = next.state.is_resolved() && !before.state.is_resolved();
            let mut step = self
                .step(payment.dispensary(), by, action(&event, before, &next), Subject::Payment(payment.id))
                .noting(format!("refund {refund} {}{note}", next.state.name()))
                .writing(Write::Refund { payment: payment.id, refund: Box::new(next.clone()) });
            if ended {
                step = step.erasing_if_drained(payment.account.account);
            }
            match self.commit(step).await {
                Ok(_) => return self.refund_stored(&payment, before, &next).await,
                Err(StoreError::Conflict(Conflict::Revision(_))) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(BillingError::Busy)
    }

    /// The refund after the event, with its next look; `None` if there is nothing to store.
    pub(crate) fn refund_after(&self, before: &Refund, event: &RefundEvent) -> Option<Refund> {
        let now = self.clock.now();
        let mut next = before.apply(event, now)?;
        let changed = next != *before;
        if !changed && before.due_at.map_or(before.state.is_resolved(), |due_at| due_at > now) {
            // No news, asked before its time: nothing to write, and the next look stays when it is.
            return None;
        }
        let is_done = next.state == RefundState::Succeeded;
        let is_put_off = is_done && *event == NOTHING_NEW;
        next.idle_checks = match (changed, is_put_off) {
            (true, _) => 0,
            (false, true) => before.idle_checks,
            (false, false) => before.idle_checks.saturating_add(1),
        };
        next.due_at = match event {
            // Of one that is done nothing more will be told if nobody can be asked.
            RefundEvent::KeysErased | RefundEvent::Unanswerable if is_done => None,
            _ if is_put_off => put_off(&next, now, &self.config),
            _ => next_look(&next, now, &self.config),
        };
        next.revision = before.revision.saturating_add(1);
        Some(next)
    }

    /// After the commit: calls a person where one is needed, and reads the payment back.
    async fn refund_stored(
        &self,
        payment: &Payment,
        before: &Refund,
        next: &Refund,
    ) -> Result<Payment, BillingError> {
        let (dispensary, id, refund) = (payment.dispensary(), payment.id, next.id);
        let stored = self.payment_of(dispensary, id).await?;
        if before.state == next.state {
            return Ok(stored);
        }
        match next.state {
            RefundState::NeedsReview(_) => {
                self.alarm.raise(&Alarming::RefundReviewNeeded { dispensary, payment: id, refund });
            }
            RefundState::Failed(_) if !before.state.is_unanswered() => {
                self.alarm.raise(&Alarming::RefundFailed { dispensary, payment: id, refund });
                // Another payment may have taken its place meanwhile.
                self.alarm_if_overpaid(dispensary, &payment.payable).await?;
            }
            _ => {}
        }
        if is_over_refunded(&stored, next) {
            self.alarm.raise(&Alarming::OverRefunded { dispensary, payment: id });
        }
        Ok(stored)
    }
}

/// Whether more went back of the refund's capture than it had taken.
fn is_over_refunded(payment: &Payment, refund: &Refund) -> bool {
    let taken = payment.capture(refund.capture).map(|capture| capture.amount);
    let back = payment.given_back(refund.capture);
    taken.zip(back).is_some_and(|(taken, back)| back.compare(taken).is_ok_and(std::cmp::Ordering::is_gt))
}

fn action(event: &RefundEvent, before: &Refund, next: &Refund) -> Action {
    match event {
        RefundEvent::Found(_) => Action::RefundFinding,
        RefundEvent::Fact(RefundFact::NoEvidence(_)) => Action::RefundChecked,
        _ if before.state == next.state => Action::RefundChecked,
        _ => Action::RefundMoved,
    }
}
