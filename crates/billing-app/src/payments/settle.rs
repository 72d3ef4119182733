//! Settling: the processor is asked what became of a payment, and the answer is stored.

use std::sync::Arc;

use billing_domain::payment::{Attempt, AttemptState, CheckStep, Event, Payment, ServerCharge};
use billing_domain::{ActorId, ChargeFact, DispensaryId, PaymentId, Proof};

use jiff::Timestamp;

use crate::billing::Parts;
use crate::payments::{Move, PaymentView};
use crate::{Actor, Billing, BillingError, Permission};

impl Billing {
    /// Asks the processor what became of the payment and records the answer. Call it when the browser returns.
    ///
    /// A payment that has ended is not asked about again, unless a person found that nothing moved: then the
    /// processor may contradict, and money found is kept as a stray charge.
    pub async fn settle(&self, actor: &Actor, payment: PaymentId) -> Result<PaymentView, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks
            .run(async move {
                parts.authorise(&actor, Permission::TakePayment).await?;
                let found = parts.payment_of(actor.dispensary, payment).await?;
                parts.settle(&actor.id, found).await.map(PaymentView::of)
            })
            .await
    }
}

impl Parts {
    pub(crate) async fn payment_of(
        &self,
        dispensary: DispensaryId,
        payment: PaymentId,
    ) -> Result<Payment, BillingError> {
        self.store.payment(dispensary, payment).await?.ok_or(BillingError::NotFound("payment"))
    }

    /// Looks at the newest attempt, if looking can tell anything, and at earlier ones that only a person ended.
    pub(crate) async fn settle(&self, by: &ActorId, payment: Payment) -> Result<Payment, BillingError> {
        let mut payment = self.settle_newest(by, payment).await?;
        for attempt_no in ended_by_a_person_before(&payment) {
            // What the newest came to is not lost for want of an older answer.
            payment = match self.ask_processor(by, &payment, attempt_no).await {
                Ok(payment) => payment,
                Err(error) => {
                    tracing::warn!(%error, payment = %payment.id, attempt_no, "an earlier attempt could not be looked at");
                    return Ok(payment);
                }
            };
        }
        Ok(payment)
    }

    /// The same where a look that failed is not to be forgotten.
    pub(crate) async fn settle_all(&self, by: &ActorId, payment: Payment) -> Result<Payment, BillingError> {
        let mut payment = self.settle_newest(by, payment).await?;
        for attempt_no in ended_by_a_person_before(&payment) {
            payment = self.ask_processor(by, &payment, attempt_no).await?;
        }
        Ok(payment)
    }

    async fn settle_newest(&self, by: &ActorId, payment: Payment) -> Result<Payment, BillingError> {
        let Some(attempt) = payment.newest() else { return Ok(payment) };
        match look(attempt, self.clock.now()) {
            Look::AskOnce => return self.ask_once(by, payment).await,
            Look::AtProcessor => {}
            Look::GiveUp => return self.act(by, &payment, attempt.no, Event::CheckSpent).await,
            Look::Nowhere => return Ok(payment),
        }
        self.ask_processor(by, &payment, attempt.no).await
    }

    async fn ask_processor(
        &self,
        by: &ActorId,
        payment: &Payment,
        attempt_no: u32,
    ) -> Result<Payment, BillingError> {
        let connected = self.pinned(&payment.account).await?;
        let order = self.order_of(payment, attempt_no)?;
        match connected.processor.observe(&order).await {
            Ok(fact) => self.record_fact(by, payment, attempt_no, fact, connected.record.version).await,
            Err(error) => Err(self.query_failed(&connected.record, error).await),
        }
    }

    pub(crate) async fn record_fact(
        &self,
        by: &ActorId,
        payment: &Payment,
        attempt_no: u32,
        fact: ChargeFact,
        account_version: u32,
    ) -> Result<Payment, BillingError> {
        self.record(Move {
            dispensary: payment.dispensary(),
            payment: payment.id,
            attempt_no,
            event: Event::Fact(fact),
            by: by.clone(),
            account_version: Some(account_version),
            note: String::new(),
        })
        .await
    }
}

/// Whether the payment's one status check may be asked at `now`.
pub(crate) fn asks_once(payment: &Payment, now: Timestamp) -> bool {
    payment.open_attempt().is_some_and(|attempt| matches!(look(attempt, now), Look::AskOnce))
}

/// How many questions settling the payment at `now` asks the processor.
pub(crate) fn calls_to_settle(payment: &Payment, now: Timestamp) -> usize {
    let newest = payment.newest().map(|attempt| look(attempt, now));
    let asks = matches!(newest, Some(Look::AskOnce | Look::AtProcessor));
    usize::from(asks) + ended_by_a_person_before(payment).len()
}

/// Whether a list that shows the newest attempt saves the payment's only question.
pub(crate) fn may_be_listed(payment: &Payment, now: Timestamp) -> bool {
    let newest = payment.newest().map(|attempt| look(attempt, now));
    matches!(newest, Some(Look::AtProcessor)) && calls_to_settle(payment, now) == 1
}

/// Where something can be learnt about an attempt.
enum Look {
    /// By the one status check, now.
    AskOnce,
    /// At the processor, at any time.
    AtProcessor,
    /// By the one status check, whose time has passed.
    GiveUp,
    /// Nowhere, or not yet.
    Nowhere,
}

/// Where something that the store does not know can be learnt about an attempt at `now`.
fn look(attempt: &Attempt, now: Timestamp) -> Look {
    let under_way = matches!(attempt.state, AttemptState::Charging | AttemptState::Unknown);
    match attempt.charge {
        Some(ServerCharge { check: Some(check), .. }) if under_way => match check.step(now) {
            CheckStep::Ask => Look::AskOnce,
            CheckStep::GiveUp => Look::GiveUp,
            CheckStep::Nothing | CheckStep::Wait(_) => Look::Nowhere,
        },
        // Not sent yet, or nothing can be asked any more.
        Some(charge) if charge.sent_at.is_none() || charge.check.is_some() => Look::Nowhere,
        _ if is_worth_a_look(attempt) => Look::AtProcessor,
        _ => Look::Nowhere,
    }
}

/// The attempts before the newest that ended on a person's word, where the processor may contradict at any time: an object that was
/// left with a browser can be paid long after another attempt began.
fn ended_by_a_person_before(payment: &Payment) -> Vec<u32> {
    let Some((_, earlier)) = payment.attempts.split_last() else { return Vec::new() };
    let is_open_question = |attempt: &&Attempt| attempt.charge.is_none() && is_worth_a_look(attempt);
    earlier.iter().filter(is_open_question).map(|attempt| attempt.no).collect()
}

/// Whether the processor knows something about the attempt that the store may not.
fn is_worth_a_look(attempt: &Attempt) -> bool {
    let ended_by_a_person = matches!(attempt.state, AttemptState::Dead(Proof::Finding));
    attempt.reference.is_some() && (!attempt.state.is_resolved() || ended_by_a_person)
}
