//! Storing what happened to an attempt: applied to the newest state until stored, never asked for again.

use billing_domain::payment::{Applied, AttemptState, Event, Payment, Review, StrayCharge};
use billing_domain::{
    Action, ActorId, Alarming, ChargeFact, Conflict, DispensaryId, PayableId, PayableStatus, PaymentId,
    StoreError, StrayChargeId, Subject, Write,
};

use crate::BillingError;
use crate::billing::Parts;
use crate::payments::next_look;
use crate::steps::StepExt;

/// Something that happened to an attempt, ready to be stored.
#[derive(Clone, Debug)]
pub(crate) struct Move {
    pub(crate) dispensary: DispensaryId,
    pub(crate) payment: PaymentId,
    pub(crate) attempt_no: u32,
    pub(crate) event: Event,
    pub(crate) by: ActorId,
    /// The version of the account's keys whose call brought it, if a call did.
    pub(crate) account_version: Option<u32>,
    pub(crate) note: String,
}

impl Parts {
    /// Stores `happened` on the newest state and returns the payment as it now is.
    ///
    /// An event that may not happen in the newest state changes nothing: someone else decided first. A fact is
    /// never refused; a fact that changes nothing only puts off the next look.
    pub(crate) async fn record(&self, happened: Move) -> Result<Payment, BillingError> {
        for _ in 0..self.config.conflict_retries {
            let payment = self
                .store
                .payment(happened.dispensary, happened.payment)
                .await?
                .ok_or(BillingError::NotFound("payment"))?;
            let Some(applied) = self.applied(&payment, &happened) else { return Ok(payment) };
            let step = self.step_of(&payment, &happened, &applied);
            match self.commit(step).await {
                Ok(_) => return self.stored(payment, applied, &happened).await,
                Err(StoreError::Conflict(Conflict::Revision(_))) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(BillingError::Busy)
    }

    /// Calls a person if more was taken for the payable than it asks for.
    pub(crate) async fn alarm_if_overpaid(
        &self,
        dispensary: DispensaryId,
        payable: &PayableId,
    ) -> Result<(), BillingError> {
        if let Some(state) = self.store.payable(dispensary, payable).await?
            && state.status()? == PayableStatus::Overpaid
        {
            self.alarm.raise(&Alarming::Overpaid { dispensary, payable: payable.clone() });
        }
        Ok(())
    }

    /// Stores something we did or decided ourselves.
    pub(crate) async fn act(
        &self,
        by: &ActorId,
        payment: &Payment,
        attempt_no: u32,
        event: Event,
    ) -> Result<Payment, BillingError> {
        self.record(Move {
            dispensary: payment.dispensary(),
            payment: payment.id,
            attempt_no,
            event,
            by: by.clone(),
            account_version: None,
            note: String::new(),
        })
        .await
    }

    /// The attempt after the event, with its next look; `None` if there is nothing to store.
    pub(crate) fn applied(&self, payment: &Payment, happened: &Move) -> Option<Applied> {
        let attempt = payment.attempts.iter().find(|attempt| attempt.no == happened.attempt_no)?;
        let now = self.clock.now();
        let mut applied = attempt.apply(payment.amount, &happened.event, now)?;
        if let Some(stray) = &applied.stray {
            // What a person found of one attempt says nothing of another's money.
            let mut of_it = payment.strays.iter().filter(|known| known.attempt_no == happened.attempt_no);
            let known = of_it.any(|known| known.capture.is_same_money(stray));
            return (!known).then_some(applied);
        }
        if attempt.state.is_resolved() {
            return None;
        }
        if !applied.changed && attempt.due_at.is_some_and(|due_at| due_at > now) {
            // No news, asked before its time: nothing to write, and the next look stays when it is.
            return None;
        }
        let next = &mut applied.attempt;
        next.idle_checks = if applied.changed { 0 } else { attempt.idle_checks.saturating_add(1) };
        next.due_at = next_look(next, now, &self.config);
        next.account_version = happened.account_version.unwrap_or(next.account_version);
        next.revision = attempt.revision.saturating_add(1);
        Some(applied)
    }

    fn step_of(&self, payment: &Payment, happened: &Move, applied: &Applied) -> billing_domain::Step {
        let step = self
            .step(happened.dispensary, &happened.by, action(happened, applied), Subject::Payment(payment.id))
            .noting(format!("{}{}", applied.attempt.state.name(), happened.note));
        match &applied.stray {
            Some(capture) => step.writing(Write::StrayCharge {
                payment: payment.id,
                stray: Box::new(StrayCharge {
                    id: StrayChargeId::new(self.ids.next()),
                    attempt_no: happened.attempt_no,
                    capture: capture.clone(),
                    found_at: self.clock.now(),
                }),
            }),
            None => {
                let ended = applied.attempt.state.is_resolved();
                let step = step.writing(Write::Attempt {
                    payment: payment.id,
                    attempt: Box::new(applied.attempt.clone()),
                });
                if ended { step.erasing_if_drained(payment.account.account) } else { step }
            }
        }
    }

    /// After the commit: calls a person where one is needed, and reads the payment back.
    async fn stored(
        &self,
        before: Payment,
        applied: Applied,
        happened: &Move,
    ) -> Result<Payment, BillingError> {
        let (dispensary, payment) = (happened.dispensary, before.id);
        if let Some(stray) = &applied.stray {
            self.alarm.raise(&Alarming::StrayCharge { dispensary, payment, amount: stray.amount });
        } else if applied.changed {
            match &applied.attempt.state {
                AttemptState::NeedsReview(Review::Mismatch(observed)) => {
                    self.alarm.raise(&Alarming::Mismatch { dispensary, payment, observed: observed.clone() });
                }
                AttemptState::NeedsReview(_) => {
                    self.alarm.raise(&Alarming::ReviewNeeded { dispensary, payment });
                }
                _ => {}
            }
        }
        let captured = applied.stray.is_some() || matches!(applied.attempt.state, AttemptState::Succeeded(_));
        if captured {
            self.alarm_if_overpaid(dispensary, &before.payable).await?;
        }
        self.store.payment(dispensary, payment).await?.ok_or(BillingError::NotFound("payment"))
    }
}

fn action(happened: &Move, applied: &Applied) -> Action {
    match &happened.event {
        Event::CheckClaimed(_) | Event::CheckGivenBack(_) => Action::PaymentCheckSent,
        Event::Found(_) => Action::PaymentFinding,
        Event::CancelledBeforeHandOver
        | Event::NeverCharged
        | Event::NotSent
        | Event::Refused
        | Event::Superseded => Action::PaymentWithdrawn,
        Event::Fact(ChargeFact::NoEvidence(_)) => Action::PaymentChecked,
        _ if applied.changed => Action::PaymentMoved,
        _ => Action::PaymentChecked,
    }
}
