//! Send Request: an attempt is written down, then asked for, then handed over. Repeating it repeats nothing.

use std::sync::Arc;

use billing_domain::payment::{Attempt, AttemptState, Event, Payment, ServerCharge, SubmitKey};
use billing_domain::{
    AccountRef, Action, Certainty, ChargePlace, Conflict, Handover, InvoiceId, Money, Payable, PayableId,
    PaymentId, Requirement, StoreError, Subject, Write, elapsed, later,
};

use crate::accounts::Connected;
use crate::billing::Parts;
use crate::payments::PaymentView;
use crate::payments::dispatch::DispatchWindow;
use crate::payments::window::check_still_asked;
use crate::steps::StepExt;
use crate::{Actor, Billing, BillingError, Permission};

/// What is to be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayableSource {
    /// A host's own invoice, with its figures as the host knows them now.
    Host(Payable),
    /// An invoice of this library.
    Invoice(InvoiceId),
}

impl PayableSource {
    pub(crate) fn id(&self) -> PayableId {
        match self {
            Self::Host(payable) => payable.id.clone(),
            Self::Invoice(id) => (*id).into(),
        }
    }
}

/// What the payment window sends back: what it showed, to be checked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendRequest {
    /// The window's payment.
    pub payment: PaymentId,
    /// What it pays.
    pub payable: PayableSource,
    /// The total the window showed.
    pub expected_total: Money,
    /// The account the window drew its fields for.
    pub expected_account: AccountRef,
}

/// What Send Request or a resumption leads to.
#[derive(Clone, Debug)]
pub enum Sent {
    /// The cardholder can pay with this.
    HandOver(Handover),
    /// There is nothing to hand over: the payment is already further.
    Known(Box<PaymentView>),
}

/// What became of one try at opening an attempt.
enum Opened {
    /// The rows changed meanwhile: look again.
    Again,
    /// It is committed and may be sent.
    Committed(Box<Ready>),
}

/// A committed attempt and what its first send needs.
struct Ready {
    payment: Payment,
    attempt_no: u32,
    connected: Connected,
    window: DispatchWindow,
}

impl Billing {
    /// Takes the window's Send Request: writes the attempt, asks the processor for it, hands it over.
    ///
    /// Sending the same payment again joins or resumes it: one object at the processor, the same hand-over.
    ///
    /// # Errors
    ///
    /// [`BillingError::AmountChanged`] and [`BillingError::AccountChanged`] if the window is out of date,
    /// [`BillingError::PaymentInProgress`] if another payment is open on the invoice, and
    /// [`BillingError::Processor`] if the processor did not do it; after certainty `Unknown`, send the same payment
    /// again.
    pub async fn send_request(&self, actor: &Actor, request: SendRequest) -> Result<Sent, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks.run(async move { parts.send_request(&actor, request).await }).await
    }

    /// The payment's hand-over once more, or what is known of it by now.
    pub async fn resume(&self, actor: &Actor, payment: PaymentId) -> Result<Sent, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks
            .run(async move {
                parts.authorise(&actor, Permission::TakePayment).await?;
                let found = parts.store.payment(actor.dispensary, payment).await?;
                let found = found.ok_or(BillingError::NotFound("payment"))?;
                parts.join(&actor, found).await?.ok_or(BillingError::PaymentWithdrawn)
            })
            .await
    }
}

impl Parts {
    async fn send_request(&self, actor: &Actor, request: SendRequest) -> Result<Sent, BillingError> {
        self.authorise(actor, Permission::TakePayment).await?;
        for _ in 0..self.config.conflict_retries {
            let known = self.store.payment(actor.dispensary, request.payment).await?;
            if let Some(payment) = &known {
                check_same(payment, &request)?;
                if payment.newest().is_some_and(|newest| !newest.state.is_resolved()) {
                    let payable = self.payable_of(actor.dispensary, &request.payable).await?;
                    check_still_asked(&self.newest_state(actor.dispensary, payable).await?, payment)?;
                }
                if !payment.newest().is_some_and(may_follow) {
                    match self.join(actor, payment.clone()).await? {
                        Some(sent) => return Ok(sent),
                        None => continue,
                    }
                }
            }
            match self.open_attempt(actor, &request, known).await? {
                Opened::Again => {}
                Opened::Committed(ready) => return self.begin_own(actor, *ready).await,
            }
        }
        Err(BillingError::Busy)
    }

    /// Commits a new attempt of a new payment, or of one whose last attempt is proven dead.
    async fn open_attempt(
        &self,
        actor: &Actor,
        request: &SendRequest,
        known: Option<Payment>,
    ) -> Result<Opened, BillingError> {
        let payable = self.payable_of(actor.dispensary, &request.payable).await?;
        let state = self.newest_state(actor.dispensary, payable.clone()).await?;
        if let Some(open) = state.open_payment {
            return self.make_way(actor, open, request.payment).await;
        }
        let outstanding = state.outstanding()?;
        if !outstanding.is_positive() {
            return Err(BillingError::NothingOutstanding);
        }
        if outstanding != request.expected_total || state.payable != payable {
            return Err(BillingError::AmountChanged { outstanding });
        }
        let connected = self.chosen(actor.dispensary).await?;
        if connected.record.account != request.expected_account {
            return Err(BillingError::AccountChanged);
        }
        connected.accepts(outstanding)?;

        let window = DispatchWindow::open(&*self.clock);
        let is_new = known.is_none();
        let mut payment = known.unwrap_or_else(|| self.new_payment(actor, request));
        let attempt = self.new_attempt(&payment, &connected);
        let attempt_no = attempt.no;
        let mut step = self
            .step(actor.dispensary, &actor.id, Action::PaymentSending, Subject::Payment(payment.id))
            .noting(format!("attempt {attempt_no} of {} on {}", payment.amount, payment.account.processor))
            .requiring(Requirement::AccountActive(payment.account.account))
            .requiring(Requirement::NoOpenAttempt(payment.payable.clone()))
            .requiring(Requirement::FitsPayable { payable: payment.payable.clone(), amount: payment.amount })
            .writing(Write::Payable(payable));
        if is_new {
            step = step.writing(Write::Payment(Box::new(payment.clone())));
        }
        payment.attempts.push(attempt.clone());
        step = step.writing(Write::Attempt { payment: payment.id, attempt: Box::new(attempt) });
        match self.commit(step).await {
            Ok(_) => Ok(Opened::Committed(Box::new(Ready { payment, attempt_no, connected, window }))),
            Err(StoreError::Conflict(conflict)) => self.refused(actor, request, conflict).await,
            Err(error) => Err(error.into()),
        }
    }

    /// What a refused opening means to the person at the desk.
    async fn refused(
        &self,
        actor: &Actor,
        request: &SendRequest,
        conflict: Conflict,
    ) -> Result<Opened, BillingError> {
        match conflict {
            Conflict::AccountNotActive => Err(BillingError::AccountChanged),
            Conflict::DoesNotFit { outstanding } => Err(BillingError::AmountChanged { outstanding }),
            Conflict::OpenAttempt { payment } => self.make_way(actor, payment, request.payment).await,
            Conflict::PayableVersion | Conflict::Revision(_) => Ok(Opened::Again),
            other => Err(other.into()),
        }
    }

    /// Another attempt holds the slot: join our own, supersede one that is past its deadline, refuse otherwise.
    async fn make_way(
        &self,
        actor: &Actor,
        open: PaymentId,
        ours: PaymentId,
    ) -> Result<Opened, BillingError> {
        if open == ours {
            return Ok(Opened::Again);
        }
        let Some(holder) = self.store.payment(actor.dispensary, open).await? else {
            return Ok(Opened::Again);
        };
        let Some(attempt) = holder.newest().filter(|attempt| !attempt.state.is_resolved()) else {
            return Ok(Opened::Again);
        };
        if attempt.state == AttemptState::Sending && self.clock.now() > attempt.begin_deadline {
            self.act(&actor.id, &holder, attempt.no, Event::Superseded).await?;
            return Ok(Opened::Again);
        }
        Err(BillingError::PaymentInProgress {
            payment: holder.id,
            by: holder.opened_by.clone(),
            since: attempt.first_sent_at,
        })
    }

    fn new_payment(&self, actor: &Actor, request: &SendRequest) -> Payment {
        Payment {
            id: request.payment,
            payable: request.payable.id(),
            amount: request.expected_total,
            account: request.expected_account.clone(),
            opened_at: self.clock.now(),
            opened_by: actor.id.clone(),
            attempts: Vec::new(),
            strays: Vec::new(),
            refunds: Vec::new(),
        }
    }

    fn new_attempt(&self, payment: &Payment, connected: &Connected) -> Attempt {
        let now = self.clock.now();
        let no = payment.newest().map_or(1, |last| last.no.saturating_add(1));
        let flow = connected.processor.flow();
        let can = connected.processor.capabilities(&flow);
        let begin_deadline = later(now, self.config.begin_deadline);
        Attempt {
            no,
            state: AttemptState::Sending,
            key: SubmitKey::of_attempt(payment.id, no),
            encoding: can.encoding,
            flow,
            public: connected.record.public.clone(),
            account_version: connected.record.version,
            // Whoever finds this row must assume it was sent; only the call that wrote it may know better.
            certainty: Certainty::Unknown,
            first_sent_at: now,
            begin_deadline,
            reference: None,
            handed_over_at: None,
            sealed: None,
            charge: (can.charge == ChargePlace::OnReturn).then(ServerCharge::default),
            cancel_tries: 0,
            idle_checks: 0,
            due_at: Some(begin_deadline),
            resolved_at: None,
            tries: Vec::new(),
            revision: 1,
        }
    }

    /// The first send of an attempt this very call committed: it alone may take the record back.
    async fn begin_own(&self, actor: &Actor, ready: Ready) -> Result<Sent, BillingError> {
        let Ready { payment, attempt_no, connected, window } = ready;
        let order = self.order_of(&payment, attempt_no)?;
        if !window.is_open(&*self.clock, self.config.dispatch_within) {
            self.act(&actor.id, &payment, attempt_no, Event::NotSent).await?;
            return Err(BillingError::Late);
        }
        let error = match connected.processor.begin(&order).await {
            Ok(begun) => return self.begun(actor, &payment, attempt_no, &connected, begun).await,
            Err(error) => error,
        };
        self.note_trouble(&connected.record, &error.cause.kind).await;
        let event = match error.certainty {
            Certainty::NotSent => Event::NotSent,
            Certainty::Refused => Event::Refused,
            Certainty::Unknown => return Err(error.into()),
        };
        let payment = self.act(&actor.id, &payment, attempt_no, event).await?;
        if payment.attempts.iter().any(|attempt| attempt.no == attempt_no && may_follow(attempt)) {
            return Err(error.into());
        }
        // A twin's replay of this very submission was handed over meanwhile: the refusal is not the last word.
        Err(BillingError::Processor { certainty: Certainty::Unknown, cause: error.cause })
    }

    /// A payment sent again while it is open: the same submission, or the same hand-over. `None`: look again.
    pub(crate) async fn join(&self, actor: &Actor, payment: Payment) -> Result<Option<Sent>, BillingError> {
        let attempt = payment.newest().ok_or(BillingError::NotFound("payment"))?;
        match attempt.state {
            AttemptState::Sending => self.rejoin_submission(actor, &payment, attempt).await,
            AttemptState::AwaitingCardholder | AttemptState::Processing => {
                let connected = self.pinned(&payment.account).await?;
                let order = self.order_of(&payment, attempt.no)?;
                match connected.processor.resume(&order).await {
                    Ok(begun) => self.begun(actor, &payment, attempt.no, &connected, begun).await.map(Some),
                    Err(error) => Err(self.query_failed(&connected.record, error).await),
                }
            }
            _ => Ok(Some(Sent::Known(Box::new(PaymentView::of(payment))))),
        }
    }

    /// Replays a submission that has no answer yet, under its own key, while the processor still knows the key.
    async fn rejoin_submission(
        &self,
        actor: &Actor,
        payment: &Payment,
        attempt: &Attempt,
    ) -> Result<Option<Sent>, BillingError> {
        let connected = self.pinned(&payment.account).await?;
        let can = connected.processor.capabilities(&attempt.flow);
        let replayable = can.encoding == attempt.encoding
            && elapsed(attempt.first_sent_at, self.clock.now()) < can.replay_within;
        if !replayable {
            if self.clock.now() > attempt.begin_deadline {
                self.act(&actor.id, payment, attempt.no, Event::Superseded).await?;
                return Ok(None);
            }
            return Err(BillingError::PaymentInProgress {
                payment: payment.id,
                by: payment.opened_by.clone(),
                since: attempt.first_sent_at,
            });
        }
        let order = self.order_of(payment, attempt.no)?;
        match connected.processor.begin(&order).await {
            Ok(begun) => self.begun(actor, payment, attempt.no, &connected, begun).await.map(Some),
            Err(error) => {
                self.note_trouble(&connected.record, &error.cause.kind).await;
                // Only the stored outcome of the first send speaks for it; any other refusal is of this replay.
                if error.stored && error.certainty == Certainty::Refused {
                    self.act(&actor.id, payment, attempt.no, Event::Refused).await?;
                    return Err(error.into());
                }
                Err(BillingError::Processor { certainty: Certainty::Unknown, cause: error.cause })
            }
        }
    }
}

/// A new attempt may follow only one that is proven unable to take money.
fn may_follow(attempt: &Attempt) -> bool {
    matches!(attempt.state, AttemptState::Dead(_))
}

/// A payment sent again must be the same payment.
fn check_same(payment: &Payment, request: &SendRequest) -> Result<(), BillingError> {
    if payment.payable != request.payable.id() {
        return Err(BillingError::NotFound("payment"));
    }
    if payment.account != request.expected_account {
        return Err(BillingError::AccountChanged);
    }
    if payment.amount != request.expected_total {
        return Err(BillingError::AmountChanged { outstanding: payment.amount });
    }
    Ok(())
}
