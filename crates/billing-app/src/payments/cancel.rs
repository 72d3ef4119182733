//! Giving a payment up: at the processor first, and "already paid" counts as paid.

use std::sync::Arc;

use billing_domain::payment::{AttemptState, Event, Payment};
use billing_domain::{
    Action, ActorId, CancelMode, Certainty, Conflict, PaymentId, StoreError, Subject, Write,
};

use crate::accounts::Connected;
use crate::billing::Parts;
use crate::payments::PaymentView;
use crate::payments::dispatch::DispatchWindow;
use crate::steps::StepExt;
use crate::{Actor, Billing, BillingError, Permission};

impl Billing {
    /// Gives the payment up. One that was never handed over ends at once; a handed-over one ends when the
    /// processor says so, and the answer shows how it stands: cancelled, still processing, or paid after all.
    pub async fn cancel_payment(
        &self,
        actor: &Actor,
        payment: PaymentId,
    ) -> Result<PaymentView, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks
            .run(async move {
                parts.authorise(&actor, Permission::TakePayment).await?;
                let found = parts.payment_of(actor.dispensary, payment).await?;
                parts.cancel(&actor.id, found).await.map(PaymentView::of)
            })
            .await
    }
}

impl Parts {
    pub(crate) async fn cancel(&self, by: &ActorId, payment: Payment) -> Result<Payment, BillingError> {
        let Some(attempt) = payment.newest() else { return Ok(payment) };
        if attempt.state == AttemptState::Sending {
            let ended = self.act(by, &payment, attempt.no, Event::CancelledBeforeHandOver).await?;
            if ended.newest().is_none_or(|newest| newest.reference.is_none()) {
                return Ok(ended);
            }
            // It was handed over at that very moment: end it where it now is.
            return self.cancel_handed_over(by, ended).await;
        }
        self.cancel_handed_over(by, payment).await
    }

    /// One that our server would charge ends by never being charged; once that is under way, only its outcome ends it.
    async fn cancel_handed_over(&self, by: &ActorId, payment: Payment) -> Result<Payment, BillingError> {
        match payment.open_attempt() {
            Some(attempt) if attempt.charge.is_some() => {
                self.act(by, &payment, attempt.no, Event::NeverCharged).await
            }
            _ => self.cancel_at_processor(by, payment).await,
        }
    }

    async fn cancel_at_processor(&self, by: &ActorId, payment: Payment) -> Result<Payment, BillingError> {
        let Some(attempt) = payment.newest().filter(|attempt| !attempt.state.is_resolved()) else {
            return Ok(payment);
        };
        let connected = self.pinned(&payment.account).await?;
        if connected.processor.capabilities(&attempt.flow).cancel != CancelMode::AtProcessor {
            return Err(BillingError::NotCancellable { processor: payment.account.processor.clone() });
        }
        let (payment, try_no, window) = self.commit_cancel_try(by, payment, &connected).await?;
        let Some(try_no) = try_no else { return Ok(payment) };
        let attempt_no = payment.newest().map_or(1, |attempt| attempt.no);
        if !window.is_open(&*self.clock, self.config.dispatch_within) {
            return Err(BillingError::Late);
        }
        let order = self.order_of(&payment, attempt_no)?;
        match connected.processor.cancel(&order, try_no).await {
            Ok(fact) => self.record_fact(by, &payment, attempt_no, fact, connected.record.version).await,
            Err(error) => {
                self.note_trouble(&connected.record, &error.cause.kind).await;
                // The error is sure of the cancel, not of the charge.
                Err(BillingError::Processor { certainty: Certainty::Unknown, cause: error.cause })
            }
        }
    }

    /// Commits this try's number before it is sent: each try has a key of its own, so an old refusal is never
    /// replayed. No number: the payment ended meanwhile.
    async fn commit_cancel_try(
        &self,
        by: &ActorId,
        mut payment: Payment,
        connected: &Connected,
    ) -> Result<(Payment, Option<u32>, DispatchWindow), BillingError> {
        for _ in 0..self.config.conflict_retries {
            let window = DispatchWindow::open(&*self.clock);
            let Some(attempt) = payment.newest().filter(|attempt| !attempt.state.is_resolved()) else {
                return Ok((payment, None, window));
            };
            let mut next = attempt.clone();
            next.cancel_tries = next.cancel_tries.saturating_add(1);
            next.account_version = connected.record.version;
            next.revision = next.revision.saturating_add(1);
            let try_no = next.cancel_tries;
            let step = self
                .step(payment.dispensary(), by, Action::PaymentCancelSent, Subject::Payment(payment.id))
                .noting(format!("try {try_no}"))
                .writing(Write::Attempt { payment: payment.id, attempt: Box::new(next) });
            match self.commit(step).await {
                Ok(_) => {
                    let payment = self.payment_of(payment.dispensary(), payment.id).await?;
                    return Ok((payment, Some(try_no), window));
                }
                Err(StoreError::Conflict(Conflict::Revision(_))) => {
                    payment = self.payment_of(payment.dispensary(), payment.id).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(BillingError::Busy)
    }
}
