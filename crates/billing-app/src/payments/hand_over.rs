//! The fence: what the cardholder needs is given out only after the store knows of it.

use billing_domain::payment::{AttemptState, Event, Payment, Reference};
use billing_domain::{Action, Alarming, Begun, Conflict, Handover, Requirement, StoreError, Subject, Write};

use secrecy::SecretString;

use crate::accounts::Connected;
use crate::billing::Parts;
use crate::payments::{PaymentView, Sent, next_look};
use crate::steps::StepExt;
use crate::{Actor, BillingError};

/// The try number of a cancel that no row asks for: the object was withdrawn before anyone could pay it.
const WITHDRAWN_TRY: u32 = 0;

impl Parts {
    /// What the processor answered to a submission or a resumption, stored and passed on.
    pub(crate) async fn begun(
        &self,
        actor: &Actor,
        payment: &Payment,
        attempt_no: u32,
        connected: &Connected,
        begun: Begun,
    ) -> Result<Sent, BillingError> {
        match begun {
            Begun::HandOver { reference, keep, handover } => {
                let made = Made { reference, keep };
                self.hand_over(actor, payment, attempt_no, connected, made, handover).await
            }
            Begun::Known(fact) => {
                let version = connected.record.version;
                let payment = self.record_fact(&actor.id, payment, attempt_no, fact, version).await?;
                Ok(Sent::Known(Box::new(PaymentView::of(payment))))
            }
        }
    }

    /// Stores the reference, then returns the hand-over. Of two callers with one submission both return it; a
    /// caller that finds the attempt withdrawn returns nothing and cancels the object.
    async fn hand_over(
        &self,
        actor: &Actor,
        payment: &Payment,
        attempt_no: u32,
        connected: &Connected,
        made: Made,
        handover: Handover,
    ) -> Result<Sent, BillingError> {
        // A submission is taken as it was when it was sent: if it went further meanwhile, its revision refuses the commit.
        let mut as_sent = is_sending(payment, attempt_no).then(|| payment.clone());
        for _ in 0..self.config.conflict_retries {
            let payment = match as_sent.take() {
                Some(payment) => payment,
                None => self.payment_of(payment.dispensary(), payment.id).await?,
            };
            let attempt = payment
                .attempts
                .iter()
                .find(|attempt| attempt.no == attempt_no)
                .ok_or(BillingError::NotFound("attempt"))?;
            match (&attempt.state, &attempt.reference) {
                (AttemptState::Sending, _) => {}
                (AttemptState::AwaitingCardholder | AttemptState::Processing, Some(known))
                    if *known == made.reference =>
                {
                    return Ok(Sent::HandOver(handover));
                }
                // Our own object, and it went further meanwhile: paid, cancelled or under review.
                (_, Some(known)) if *known == made.reference => {
                    return Ok(Sent::Known(Box::new(PaymentView::of(payment))));
                }
                (_, Some(_)) => return Err(self.second_object(&payment)),
                (_, None) => {
                    return self.take_back(actor, &payment, attempt_no, connected, made).await;
                }
            }
            match self.commit_hand_over(actor, &payment, attempt_no, connected, &made).await {
                Ok(()) => return Ok(Sent::HandOver(handover)),
                Err(BillingError::Store(StoreError::Conflict(Conflict::Revision(_)))) => {}
                Err(BillingError::Store(StoreError::Conflict(Conflict::AccountNotActive))) => {
                    // Or a twin handed it over just before the removal: the next look tells.
                    self.act(&actor.id, &payment, attempt_no, Event::CancelledBeforeHandOver).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Err(BillingError::Busy)
    }

    async fn commit_hand_over(
        &self,
        actor: &Actor,
        payment: &Payment,
        attempt_no: u32,
        connected: &Connected,
        made: &Made,
    ) -> Result<(), BillingError> {
        let now = self.clock.now();
        let applied = payment
            .attempts
            .iter()
            .find(|attempt| attempt.no == attempt_no)
            .and_then(|attempt| attempt.apply(payment.amount, &Event::HandedOver, now))
            .ok_or(Conflict::Revision("attempt"))?;
        let mut attempt = applied.attempt;
        attempt.reference = Some(made.reference.clone());
        let seal = |secret| self.seal.seal_attempt(&payment.account, payment.id, attempt_no, secret);
        attempt.sealed = made.keep.as_ref().map(seal).transpose()?;
        attempt.handed_over_at = Some(now);
        attempt.account_version = connected.record.version;
        attempt.due_at = next_look(&attempt, now, &self.config);
        let step = self
            .step(payment.dispensary(), &actor.id, Action::PaymentHandedOver, Subject::Payment(payment.id))
            .noting(format!("as {}", made.reference))
            .requiring(Requirement::AccountActive(payment.account.account))
            .writing(Write::Attempt { payment: payment.id, attempt: Box::new(attempt) });
        self.commit(step).await?;
        Ok(())
    }

    /// The attempt was withdrawn while it was being sent. Nobody holds what is needed to pay its object; it is
    /// cancelled so that it does not lie about at the processor.
    async fn take_back(
        &self,
        actor: &Actor,
        payment: &Payment,
        attempt_no: u32,
        connected: &Connected,
        made: Made,
    ) -> Result<Sent, BillingError> {
        let mut order = self.order_of(payment, attempt_no)?;
        order.reference = Some(made.reference);
        order.secret = made.keep;
        match connected.processor.cancel(&order, WITHDRAWN_TRY).await {
            Ok(fact) => {
                let version = connected.record.version;
                self.record_fact(&actor.id, payment, attempt_no, fact, version).await?;
            }
            Err(error) => {
                tracing::info!(%error, "a withdrawn object could not be cancelled; nobody can pay it");
            }
        }
        Err(BillingError::PaymentWithdrawn)
    }

    /// A second object for one key: the processor broke its word. Leave both alone and call a person.
    fn second_object(&self, payment: &Payment) -> BillingError {
        self.alarm.raise(&Alarming::ReviewNeeded { dispensary: payment.dispensary(), payment: payment.id });
        BillingError::PaymentWithdrawn
    }
}

/// An object at the processor: its id, and what later calls for it need beside that.
struct Made {
    reference: Reference,
    keep: Option<SecretString>,
}

fn is_sending(payment: &Payment, attempt_no: u32) -> bool {
    payment.attempts.iter().any(|attempt| attempt.no == attempt_no && attempt.state == AttemptState::Sending)
}
