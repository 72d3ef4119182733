//! The charge on return: what the browser brought back is claimed by a commit, then sent once. Sending it again is never an option.

use std::sync::Arc;
use std::time::Duration;

use billing_domain::payment::{Attempt, AttemptState, Event, Payment, ServerCharge, StatusCheck};
use billing_domain::{
    Action, Capabilities, CardGrant, Certainty, ChargeFact, ChargeOrder, ChargePlace, Conflict, EvidenceMode,
    PaymentId, StoreError, Subject, SubmitError, Write,
};

use crate::accounts::Connected;
use crate::billing::Parts;
use crate::payments::dispatch::DispatchWindow;
use crate::payments::{PaymentView, next_look};
use crate::steps::StepExt;
use crate::{Actor, Billing, BillingError, Permission};

/// Timers and the time of day run apart a little, most of all while a time service slews the latter: by up to a thousandth of the wait.
/// A look that comes a moment too early asks nothing.
const CLOCKS_DIFFER: Duration = Duration::from_millis(500);

/// What became of claiming a grant.
enum Claimed {
    /// The rows changed meanwhile: look again.
    Again,
    /// The payment is further already, or this very grant is being charged: this is how it stands.
    Known(Box<Payment>),
    /// It is committed and may be sent.
    Ready(Box<Ready>),
}

/// A committed charge and what its one send needs.
struct Ready {
    payment: Payment,
    order: ChargeOrder,
    connected: Connected,
    window: DispatchWindow,
}

impl Billing {
    /// Charges a handed-over payment with what the processor's own fields gave the browser. For flows
    /// [charged on return](ChargePlace::OnReturn) only.
    ///
    /// Bringing the same grant twice charges once: the second call answers how the payment stands. If the processor's answer
    /// is lost the payment is [`Unknown`](billing_domain::payment::PaymentState::Unknown); the processor is asked once what became
    /// of it, here or by the [sweep](Self::sweep), and until then nobody can pay the invoice again. Poll
    /// [`payment`](Self::payment).
    ///
    /// # Errors
    ///
    /// [`BillingError::GrantOutdated`] if the grant is for an earlier attempt, [`BillingError::GrantRefused`] if it is none of this
    /// processor's, and [`BillingError::Processor`] if nothing was charged: send the payment again, with a new grant.
    pub async fn charge_card(
        &self,
        actor: &Actor,
        payment: PaymentId,
        grant: CardGrant,
    ) -> Result<PaymentView, BillingError> {
        let (billing, actor) = (self.clone(), actor.clone());
        self.tasks
            .run(async move {
                billing.parts.authorise(&actor, Permission::TakePayment).await?;
                let charged = billing.parts.charge_card(&actor, payment, &grant).await;
                if let Ok(payment) = &charged {
                    billing.ask_later(payment);
                }
                charged.map(PaymentView::of)
            })
            .await
    }

    /// The first pair of hands: asks what became of a charge without an answer as soon as that may be asked. The sweep is the
    /// second.
    fn ask_later(&self, payment: &Payment) {
        let Some(attempt) = payment.open_attempt() else { return };
        let Some(check) = attempt.charge.and_then(|charge| charge.check) else { return };
        let (parts, dispensary, id) = (Arc::clone(&self.parts), payment.dispensary(), payment.id);
        let wait = billing_domain::elapsed(parts.clock.now(), check.opens_at);
        self.tasks.later(wait.saturating_add(CLOCKS_DIFFER), async move {
            let payment = parts.payment_of(dispensary, id).await?;
            parts.settle(&billing_domain::ActorId::system(), payment).await.map(drop)
        });
    }
}

impl Parts {
    async fn charge_card(
        &self,
        actor: &Actor,
        payment: PaymentId,
        grant: &CardGrant,
    ) -> Result<Payment, BillingError> {
        for _ in 0..self.config.conflict_retries {
            match self.claim_grant(actor, payment, grant).await? {
                Claimed::Again => {}
                Claimed::Known(payment) => return Ok(*payment),
                Claimed::Ready(ready) => return self.send_charge(actor, *ready).await,
            }
        }
        Err(BillingError::Busy)
    }

    /// Commits that this grant is about to be charged: the only way to a send, and it can be taken once.
    async fn claim_grant(
        &self,
        actor: &Actor,
        payment: PaymentId,
        grant: &CardGrant,
    ) -> Result<Claimed, BillingError> {
        let payment = self.payment_of(actor.dispensary, payment).await?;
        let attempt = payment.newest().ok_or(BillingError::NotFound("payment"))?;
        if attempt.reference.as_ref() != Some(&grant.reference) {
            return Err(BillingError::GrantOutdated);
        }
        if attempt.state != AttemptState::AwaitingCardholder {
            return Ok(Claimed::Known(Box::new(payment)));
        }
        let connected = self.pinned(&payment.account).await?;
        let can = connected.processor.capabilities(&attempt.flow);
        if can.charge != ChargePlace::OnReturn {
            return Err(connected.unsupported());
        }
        connected.processor.accepts_grant(grant).map_err(|kind| BillingError::GrantRefused {
            processor: payment.account.processor.clone(),
            kind,
        })?;
        let window = DispatchWindow::open(&*self.clock);
        let charging = self.charging(&payment, attempt, &connected, can, grant)?;
        let mut claimed = payment.clone();
        claimed.attempts.retain(|attempt| attempt.no != charging.no);
        claimed.attempts.push(charging.clone());
        let order = self.order_of(&claimed, charging.no)?;
        let step = self
            .step(payment.dispensary(), &actor.id, Action::PaymentCharging, Subject::Payment(payment.id))
            .noting(format!("attempt {} of {}", charging.no, payment.amount))
            .writing(Write::Attempt { payment: payment.id, attempt: Box::new(charging) });
        match self.commit(step).await {
            Ok(_) => Ok(Claimed::Ready(Box::new(Ready { payment: claimed, order, connected, window }))),
            Err(StoreError::Conflict(Conflict::Revision(_))) => Ok(Claimed::Again),
            Err(error) => Err(error.into()),
        }
    }

    /// The attempt as it must be stored before its charge leaves: with the sealed grant, the time, and the one question that may be
    /// asked about it.
    fn charging(
        &self,
        payment: &Payment,
        attempt: &Attempt,
        connected: &Connected,
        can: Capabilities,
        grant: &CardGrant,
    ) -> Result<Attempt, BillingError> {
        let now = self.clock.now();
        let check = match can.evidence {
            EvidenceMode::Once { after, before } => Some(StatusCheck::new(now, after, before)),
            _ => None,
        };
        let applied = attempt.apply(payment.amount, &Event::GrantClaimed, now);
        let mut next = applied.ok_or(BillingError::Busy)?.attempt;
        next.charge = Some(ServerCharge { sent_at: Some(now), check });
        next.sealed = Some(self.seal.seal_attempt(&payment.account, payment.id, attempt.no, &grant.token)?);
        next.account_version = connected.record.version;
        next.idle_checks = 0;
        next.due_at = next_look(&next, now, &self.config);
        Ok(next)
    }

    /// The one send of a charge that this very call committed: it alone may take the record back.
    async fn send_charge(&self, actor: &Actor, ready: Ready) -> Result<Payment, BillingError> {
        let Ready { payment, order, connected, window } = ready;
        let attempt_no = order.attempt_no;
        if !window.is_open(&*self.clock, self.config.dispatch_within) {
            self.act(&actor.id, &payment, attempt_no, Event::NotSent).await?;
            return Err(BillingError::Late);
        }
        let error = match connected.processor.charge(&order).await {
            Ok(fact) if decides(&fact) => {
                return self
                    .record_fact(&actor.id, &payment, attempt_no, fact, connected.record.version)
                    .await;
            }
            Ok(_) => return self.act(&actor.id, &payment, attempt_no, Event::AnswerUnknown).await,
            Err(error) => error,
        };
        self.note_trouble(&connected.record, &error.cause.kind).await;
        let payment = self.act(&actor.id, &payment, attempt_no, uncharged(&error)).await?;
        let is_dead = |attempt: &Attempt| matches!(attempt.state, AttemptState::Dead(_));
        if error.certainty == Certainty::Unknown || !payment.attempt(attempt_no).is_some_and(is_dead) {
            tracing::warn!(%error, payment = %payment.id, "whether a charge was made is not known yet");
            return Ok(payment);
        }
        Err(error.into())
    }
}

/// Whether a charge's own answer says how it ended. Anything else leaves it in doubt.
fn decides(fact: &ChargeFact) -> bool {
    matches!(
        fact,
        ChargeFact::Dead(_) | ChargeFact::Declined(_) | ChargeFact::Mismatch(_) | ChargeFact::Succeeded(_)
    )
}

/// What an error of the only send of a charge says of it.
fn uncharged(error: &SubmitError) -> Event {
    match error.certainty {
        Certainty::NotSent => Event::NotSent,
        Certainty::Refused => Event::Refused,
        Certainty::Unknown => Event::AnswerUnknown,
    }
}
