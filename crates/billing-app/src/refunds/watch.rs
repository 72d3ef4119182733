//! Watching a refund to its end: the processor is asked, and where it recognises a repetition, a lost one is sent again under its key.

use std::sync::Arc;

use billing_domain::payment::Payment;
use billing_domain::refund::{Refund, RefundEvent, RefundFailure, RefundState};
use billing_domain::{
    ActorId, Alarming, Capabilities, Certainty, DispensaryId, PaymentId, RefundCare, RefundFact, RefundId,
    Why, elapsed, later,
};
use jiff::Timestamp;

use crate::accounts::Connected;
use crate::billing::Parts;
use crate::payments::{DispatchWindow, wait};
use crate::refunds::RefundView;
use crate::refunds::ask::{can_of, refund_order, unanswered};
use crate::{Actor, Billing, BillingError, Permission};

/// Nothing was learnt; of a refund that is done: nobody could be asked.
pub(super) const NOTHING_NEW: RefundEvent = RefundEvent::Fact(RefundFact::NoEvidence(Why::NotFinished));

impl Billing {
    /// Asks the processor what became of a refund and records the answer, where it can be asked. A refund that succeeded may have
    /// failed since.
    pub async fn settle_refund(
        &self,
        actor: &Actor,
        payment: PaymentId,
        refund: RefundId,
    ) -> Result<RefundView, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks
            .run(async move {
                parts.authorise(&actor, Permission::RefundPayment).await?;
                let settled = parts.settle_refund(&actor.id, actor.dispensary, payment, refund).await?;
                RefundView::of(settled, refund)
            })
            .await
    }
}

impl Parts {
    /// One look at a refund by the sweep: without its account's keys a person must look, unless it is done.
    pub(crate) async fn watch_refund(
        &self,
        by: &ActorId,
        payment: &Payment,
        refund: RefundId,
    ) -> Result<Payment, BillingError> {
        match self.settle_refund(by, payment.dispensary(), payment.id, refund).await {
            Err(BillingError::CredentialsMissing { .. }) => {
                self.record_refund(by, payment, refund, RefundEvent::KeysErased).await
            }
            settled => settled,
        }
    }

    /// One look at a refund because something was told of its payment. One that is done may have failed since; where nobody here can
    /// ask, a person is called: with keys supplied again, settling it tells.
    pub(crate) async fn watch_refund_told_of(
        &self,
        by: &ActorId,
        payment: &Payment,
        refund: RefundId,
    ) -> Result<Payment, BillingError> {
        let (dispensary, id) = (payment.dispensary(), payment.id);
        match self.settle_refund(by, dispensary, id, refund).await {
            Err(BillingError::CredentialsMissing { .. }) => {
                let stored = self.record_refund(by, payment, refund, RefundEvent::KeysErased).await?;
                if stored.refund(refund).is_some_and(|known| known.state == RefundState::Succeeded) {
                    self.alarm.raise(&Alarming::RefundReviewNeeded { dispensary, payment: id, refund });
                }
                Ok(stored)
            }
            settled => settled,
        }
    }

    pub(super) async fn settle_refund(
        &self,
        by: &ActorId,
        dispensary: DispensaryId,
        payment: PaymentId,
        refund: RefundId,
    ) -> Result<Payment, BillingError> {
        let payment = self.payment_of(dispensary, payment).await?;
        let known = payment.refund(refund).ok_or(BillingError::NotFound("refund"))?;
        if is_under_way(known, self.clock.now()) {
            return Ok(payment);
        }
        let connected = self.pinned(&payment.account).await?;
        let can = can_of(&connected, &payment, known.capture);
        let RefundCare::Observable { replay_within } = can.refunds else {
            return self.give_up_refund(by, payment, refund, can).await;
        };
        let order = refund_order(&payment, refund)?;
        let fact = match connected.processor.observe_refund(&order).await {
            Ok(fact) => fact,
            Err(error) => {
                self.note_trouble(&connected.record, &error.cause.kind).await;
                return Err(BillingError::RefundNotTold { cause: error.cause });
            }
        };
        let is_news = !matches!(fact, RefundFact::NoEvidence(_));
        if is_news || !known.state.is_unanswered() || known.encoding != can.encoding {
            return self.record_refund(by, &payment, refund, RefundEvent::Fact(fact)).await;
        }
        self.send_again(by, payment, refund, &connected, replay_within).await
    }

    /// Nobody can be asked: a refund that its own call left without an answer is for a person to find out, and one that is done is
    /// looked at no more.
    async fn give_up_refund(
        &self,
        by: &ActorId,
        payment: Payment,
        refund: RefundId,
        can: Capabilities,
    ) -> Result<Payment, BillingError> {
        let awaits = |known: &Refund| {
            known.state.is_unanswered() || (known.state == RefundState::Succeeded && self.is_due(known))
        };
        if payment.refund(refund).is_some_and(awaits) {
            self.record_refund(by, &payment, refund, unanswered(can)).await
        } else {
            Ok(payment)
        }
    }

    /// A refund that the processor does not know, sent again under its own key while the processor would recognise it.
    ///
    /// That it is in doubt is committed first: from then on the call that wrote it cannot end it by what it learns of its own send.
    /// And it is read anew with that: whoever ended it meanwhile is not overtaken.
    async fn send_again(
        &self,
        by: &ActorId,
        payment: Payment,
        refund: RefundId,
        connected: &Connected,
        replay_within: std::time::Duration,
    ) -> Result<Payment, BillingError> {
        let window = DispatchWindow::open(&*self.clock);
        let payment = self.record_refund(by, &payment, refund, RefundEvent::AnswerUnknown).await?;
        let known = payment.refund(refund).ok_or(BillingError::NotFound("refund"))?;
        if known.state != RefundState::Unknown {
            return Ok(payment);
        }
        let order = refund_order(&payment, refund)?;
        let recognised = elapsed(known.first_sent_at, self.clock.now()) < replay_within;
        if !recognised || !window.is_open(&*self.clock, self.config.dispatch_within) {
            return self.record_refund(by, &payment, refund, NOTHING_NEW).await;
        }
        let error = match connected.processor.refund(&order).await {
            Ok(fact) => return self.record_refund(by, &payment, refund, RefundEvent::Fact(fact)).await,
            Err(error) => error,
        };
        self.note_trouble(&connected.record, &error.cause.kind).await;
        if error.stored && error.certainty == Certainty::Refused {
            // The stored outcome of the first send speaks for it; any other refusal is of this repetition.
            let failed = RefundFact::Failed { reference: None, reason: RefundFailure::Refused };
            return self.record_refund(by, &payment, refund, RefundEvent::Fact(failed)).await;
        }
        self.record_refund(by, &payment, refund, RefundEvent::AnswerUnknown).await?;
        Err(BillingError::RefundNotTold { cause: error.cause })
    }

    /// What a look could not move: a person is called if it has been in doubt too long, and it is looked at again later.
    pub(crate) async fn leave_refunds_open(
        &self,
        payment: &Payment,
        now: Timestamp,
    ) -> Result<(), BillingError> {
        for refund in &payment.refunds {
            self.remind_of_refund(payment, refund);
            let event = if refund.state.is_unanswered() && self.is_refund_overdue(refund) {
                RefundEvent::Overdue
            } else if refund.due_at.is_some_and(|due_at| due_at <= now) {
                // One that is done as well: nobody could be asked.
                NOTHING_NEW
            } else {
                continue;
            };
            match self.record_refund(&ActorId::system(), payment, refund.id, event).await {
                Ok(_) | Err(BillingError::Busy) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn is_due(&self, refund: &Refund) -> bool {
        refund.due_at.is_some_and(|due_at| due_at <= self.clock.now())
    }

    /// Written so long ago that a person should look.
    fn is_refund_overdue(&self, refund: &Refund) -> bool {
        later(refund.first_sent_at, self.config.review_after) <= self.clock.now()
    }

    /// Calls a person again once the looks have become rare: the first call may have died with its process.
    fn remind_of_refund(&self, payment: &Payment, refund: &Refund) {
        let rarely = self.config.review_look_at_least_every;
        let reviewed = matches!(refund.state, RefundState::NeedsReview(_));
        if reviewed && wait(self.config.first_look_after, rarely, refund.idle_checks) >= rarely {
            let (dispensary, payment) = (payment.dispensary(), payment.id);
            self.alarm.raise(&Alarming::RefundReviewNeeded { dispensary, payment, refund: refund.id });
        }
    }
}

/// Whether the call that wrote the refund may still bring its answer.
pub(crate) fn is_under_way(refund: &Refund, now: Timestamp) -> bool {
    refund.state == RefundState::Sending && now <= refund.answer_deadline
}
