//! Asking for a refund: planned, written down, then sent once. Asking for the same one again asks nothing twice.

use std::sync::Arc;

use billing_domain::payment::{Capture, CaptureId, Payment, SubmitKey};
use billing_domain::refund::{Refund, RefundEvent, RefundFailure, RefundState};
use billing_domain::{
    Action, Capabilities, Certainty, Conflict, Money, PaymentId, RefundCare, RefundFact, RefundId,
    RefundOrder, RefundPlan, Requirement, StoreError, Subject, SubmitError, Write, later,
};

use crate::accounts::Connected;
use crate::billing::Parts;
use crate::payments::{DispatchWindow, PaymentView};
use crate::refunds::schedule::next_look;
use crate::steps::StepExt;
use crate::{Actor, Billing, BillingError, Permission};

/// What is to be given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRequest {
    /// The refund's id, chosen by the caller: the same id asks for the same refund. A UUID of version 7.
    pub refund: RefundId,
    /// The payment.
    pub payment: PaymentId,
    /// Which of its captures.
    pub capture: CaptureId,
    /// How much: all of it or a part.
    pub amount: Money,
}

/// A refund with the payment it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundView {
    /// The refund.
    pub refund: Refund,
    /// The payment, with all its refunds.
    pub payment: PaymentView,
}

impl RefundView {
    pub(super) fn of(payment: Payment, refund: RefundId) -> Result<Self, BillingError> {
        let refund = payment.refund(refund).ok_or(BillingError::NotFound("refund"))?.clone();
        Ok(Self { refund, payment: PaymentView::of(payment) })
    }
}

/// A committed refund and what its first send needs.
struct Ready {
    payment: Payment,
    refund: RefundId,
    connected: Connected,
    window: DispatchWindow,
}

/// What became of one try at opening a refund.
enum Opened {
    /// The rows changed meanwhile: look again.
    Again,
    /// It is committed and may be sent.
    Committed(Box<Ready>),
    /// A refund of this id was opened meanwhile.
    IdTaken,
}

impl Billing {
    /// Gives money back, to the card and through the account that took it, whichever account is in use now; permission `RefundPayment`.
    ///
    /// The refund is written down before it is sent. If its answer is lost it is in doubt: until it is known, nothing more of the
    /// same charge can be given back. Asking for the same refund again never sends a second one.
    ///
    /// # Errors
    ///
    /// [`BillingError::RefundTooLarge`] and [`BillingError::RefundInProgress`] before anything is written,
    /// [`BillingError::CredentialsMissing`] if the account's keys are gone, and [`BillingError::RefundNotMade`] if nothing was
    /// given back. A refund the issuer refuses is not an error: its state says so.
    pub async fn refund(&self, actor: &Actor, request: RefundRequest) -> Result<RefundView, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks
            .run(async move {
                parts.authorise(&actor, Permission::RefundPayment).await?;
                let refund = request.refund;
                let payment = parts.refund(&actor, request).await?;
                RefundView::of(payment, refund)
            })
            .await
    }
}

impl Parts {
    async fn refund(&self, actor: &Actor, request: RefundRequest) -> Result<Payment, BillingError> {
        let mut taken = false;
        for _ in 0..self.config.conflict_retries {
            let payment = self.payment_of(actor.dispensary, request.payment).await?;
            if let Some(known) = payment.refund(request.refund) {
                check_same(known, &request)?;
                return self.settle_refund(&actor.id, actor.dispensary, payment.id, request.refund).await;
            }
            if taken {
                // It is stored, and not on this payment.
                return Err(BillingError::AlreadyExists("refund"));
            }
            match self.open_refund(actor, &request, payment).await? {
                Opened::Again => {}
                Opened::IdTaken => taken = true,
                Opened::Committed(ready) => return self.send_refund(actor, *ready).await,
            }
        }
        Err(BillingError::Busy)
    }

    /// Commits the refund: planned, and judged against what is left of the capture.
    async fn open_refund(
        &self,
        actor: &Actor,
        request: &RefundRequest,
        mut payment: Payment,
    ) -> Result<Opened, BillingError> {
        payment.admits_refund(request.capture, request.amount).map_err(refused)?;
        let capture = payment.capture(request.capture).ok_or(BillingError::NotFound("capture"))?;
        let given_back = payment.given_back(request.capture).ok_or(BillingError::NotFound("capture"))?;
        let connected = self.pinned(&payment.account).await?;
        let window = DispatchWindow::open(&*self.clock);
        let now = self.clock.now();
        let plan =
            connected.processor.plan_refund(capture, given_back, request.amount, now).map_err(|kind| {
                BillingError::ProcessorRefusesRefund { processor: payment.account.processor.clone(), kind }
            })?;
        let plan = if reversal_failed(&payment, request.capture) { RefundPlan::Refund } else { plan };
        let answer_deadline = later(now, self.config.begin_deadline);
        let mut refund = Refund {
            id: request.refund,
            capture: request.capture,
            amount: request.amount,
            plan,
            key: SubmitKey::of_refund(request.refund),
            encoding: can_of(&connected, &payment, request.capture).encoding,
            account_version: connected.record.version,
            state: RefundState::Sending,
            reference: None,
            opened_by: actor.id.clone(),
            first_sent_at: now,
            answer_deadline,
            idle_checks: 0,
            due_at: None,
            resolved_at: None,
            revision: 1,
        };
        refund.due_at = next_look(&refund, now, &self.config);
        let (id, amount, capture) = (payment.id, request.amount, request.capture);
        let step = self
            .step(payment.dispensary(), &actor.id, Action::RefundSending, Subject::Payment(id))
            .noting(format!("refund {} of {amount}", request.refund))
            .requiring(Requirement::AccountKept(payment.account.account))
            .requiring(Requirement::FitsCapture { payment: id, capture, amount })
            .writing(Write::Refund { payment: id, refund: Box::new(refund.clone()) });
        match self.commit(step).await {
            Ok(_) => {
                payment.refunds.push(refund);
                Ok(Opened::Committed(Box::new(Ready { payment, refund: request.refund, connected, window })))
            }
            Err(StoreError::Conflict(Conflict::Revision(_))) => Ok(Opened::IdTaken),
            // Another refund came first, or this very one.
            Err(StoreError::Conflict(Conflict::RefundDoesNotFit { .. } | Conflict::RefundInDoubt { .. })) => {
                Ok(Opened::Again)
            }
            Err(StoreError::Conflict(Conflict::AccountErased)) => {
                Err(BillingError::CredentialsMissing { processor: payment.account.processor.clone() })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The first send of a refund this very call committed: it alone may take the record back.
    async fn send_refund(&self, actor: &Actor, ready: Ready) -> Result<Payment, BillingError> {
        let Ready { payment, refund, connected, window } = ready;
        let order = refund_order(&payment, refund)?;
        if !window.is_open(&*self.clock, self.config.dispatch_within) {
            self.record_refund(&actor.id, &payment, refund, RefundEvent::NotSent).await?;
            return Err(BillingError::Late);
        }
        let can = can_of(&connected, &payment, capture_of(&payment, refund)?);
        let error = match connected.processor.refund(&order).await {
            Ok(RefundFact::NoEvidence(_)) => {
                return self.record_refund(&actor.id, &payment, refund, unanswered(can)).await;
            }
            Ok(fact) => {
                return self.record_refund(&actor.id, &payment, refund, RefundEvent::Fact(fact)).await;
            }
            Err(error) => error,
        };
        self.note_trouble(&connected.record, &error.cause.kind).await;
        let payment = self.record_refund(&actor.id, &payment, refund, not_given_back(&error, can)).await?;
        let failed = payment.refund(refund).is_some_and(|refund| refund.state.is_failed());
        if error.certainty == Certainty::Unknown || !failed {
            tracing::warn!(%error, %refund, "whether a refund was made is not known yet");
            return Ok(payment);
        }
        Err(BillingError::RefundNotMade { cause: error.cause })
    }
}

/// What one refund asks of the processor, from its stored rows.
pub(super) fn refund_order(payment: &Payment, refund: RefundId) -> Result<RefundOrder, BillingError> {
    let refund = payment.refund(refund).ok_or(BillingError::NotFound("refund"))?;
    let capture: &Capture = payment.capture(refund.capture).ok_or(BillingError::NotFound("capture"))?;
    Ok(RefundOrder {
        account: payment.account.clone(),
        refund: refund.id,
        capture: capture.clone(),
        charge_key: SubmitKey::of_attempt(payment.id, attempt_no(payment, refund.capture)),
        amount: refund.amount,
        plan: refund.plan,
        key: refund.key.clone(),
        reference: refund.reference.clone(),
        first_sent_at: refund.first_sent_at,
    })
}

/// What the processor can do in the flow that took the money.
pub(super) fn can_of(connected: &Connected, payment: &Payment, capture: CaptureId) -> Capabilities {
    let flow = payment.attempt(attempt_no(payment, capture)).map(|attempt| attempt.flow.clone());
    connected.processor.capabilities(&flow.unwrap_or_else(|| connected.processor.flow()))
}

pub(super) fn capture_of(payment: &Payment, refund: RefundId) -> Result<CaptureId, BillingError> {
    payment.refund(refund).map(|refund| refund.capture).ok_or(BillingError::NotFound("refund"))
}

/// The attempt that took the money of a capture.
fn attempt_no(payment: &Payment, capture: CaptureId) -> u32 {
    match capture {
        CaptureId::Attempt(no) => no,
        CaptureId::Stray(id) => {
            payment.strays.iter().find(|stray| stray.id == id).map_or(1, |stray| stray.attempt_no)
        }
    }
}

/// A refund whose answer did not tell: it can be asked about, or only a person can tell.
pub(super) fn unanswered(can: Capabilities) -> RefundEvent {
    match can.refunds {
        RefundCare::Observable { .. } => RefundEvent::AnswerUnknown,
        _ => RefundEvent::Unanswerable,
    }
}

/// What an error of the first and only send of a refund says of it.
fn not_given_back(error: &SubmitError, can: Capabilities) -> RefundEvent {
    match error.certainty {
        Certainty::NotSent => RefundEvent::NotSent,
        Certainty::Refused => RefundEvent::Refused,
        Certainty::Unknown => unanswered(can),
    }
}

/// Whether a reversal of the capture was tried and gave nothing back: most often its batch has closed, whatever the clock says. One in
/// doubt is not, and stands in the way of any other refund.
fn reversal_failed(payment: &Payment, capture: CaptureId) -> bool {
    payment.refunds.iter().any(|refund| {
        refund.capture == capture
            && refund.plan == RefundPlan::Reversal
            && refund.state.is_failed()
            && refund.state != RefundState::Failed(RefundFailure::NeverSent)
    })
}

/// A refund asked for again must be the same refund.
fn check_same(known: &Refund, request: &RefundRequest) -> Result<(), BillingError> {
    if known.capture == request.capture && known.amount == request.amount {
        Ok(())
    } else {
        Err(BillingError::AlreadyExists("refund"))
    }
}

/// What a refused opening means to the person at the desk.
fn refused(conflict: Conflict) -> BillingError {
    match conflict {
        Conflict::RefundDoesNotFit { refundable } => BillingError::RefundTooLarge { refundable },
        Conflict::RefundInDoubt { refund } => BillingError::RefundInProgress { refund },
        Conflict::Unknown(what) => BillingError::NotFound(what),
        other => other.into(),
    }
}
