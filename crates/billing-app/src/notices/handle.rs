//! Looking into notices: each is only a hint, so what it is about is asked of the processor, and then it is marked handled.

use std::collections::BTreeSet;

use billing_domain::payment::{Event, Payment};
use billing_domain::refund::RefundState;
use billing_domain::{Action, ActorId, Conflict, Notice, NoticeId, StoreError, Subject, Write, later};
use jiff::Timestamp;

use crate::BillingError;
use crate::billing::Parts;
use crate::payments::wait;
use crate::refunds::is_under_way;
use crate::steps::StepExt;

impl Parts {
    /// Looks again at what the payment's unhandled notices may be about, at most a hundred of them, and marks them handled. With none
    /// it is one read.
    ///
    /// What comes in during the look is not marked: it may tell of something newer than what was read. So the payment is read anew after
    /// the notices. A look that fails, or comes while a refund's own call is on its way, puts them off, later each time.
    pub(crate) async fn handle_notices(
        &self,
        by: &ActorId,
        payment: Payment,
    ) -> Result<Payment, BillingError> {
        let notices = self.store.notices(payment.dispensary(), payment.id).await?;
        if notices.is_empty() {
            return Ok(payment);
        }
        let payment = self.payment_of(payment.dispensary(), payment.id).await?;
        // What its own call brings may be older than what is told, and nobody asks before that has come.
        let now = self.clock.now();
        let is_early = payment.refunds.iter().any(|refund| is_under_way(refund, now));
        match self.look_again(by, payment.clone()).await {
            Ok(looked_at) if is_early => {
                self.put_off(by, &payment, notices).await;
                Ok(looked_at)
            }
            Ok(looked_at) => {
                self.mark_handled(by, &payment, notices).await?;
                Ok(looked_at)
            }
            Err(error) => {
                self.put_off(by, &payment, notices).await;
                Err(error)
            }
        }
    }

    /// Everything of a payment that a processor can still tell something new about.
    ///
    /// An attempt that took money, or that the processor itself ended, has no more to tell. One that only a person ended has, and so
    /// has every refund but those the processor said had failed: one that succeeded may fail days later.
    async fn look_again(&self, by: &ActorId, payment: Payment) -> Result<Payment, BillingError> {
        let mut payment = match self.settle_all(by, payment.clone()).await {
            Err(BillingError::CredentialsMissing { .. }) => match payment.open_attempt() {
                Some(attempt) => self.act(by, &payment, attempt.no, Event::KeysErased).await?,
                None => payment,
            },
            settled => settled?,
        };
        let is_final =
            |state: &RefundState| matches!(state, RefundState::Failed(failure) if failure.is_told());
        let refunds: Vec<_> = payment.refunds.iter().filter(|refund| !is_final(&refund.state)).collect();
        for refund in refunds.into_iter().map(|refund| refund.id).collect::<Vec<_>>() {
            payment = self.watch_refund_told_of(by, &payment, refund).await?;
        }
        Ok(payment)
    }

    /// Marks these notices handled in one step, those of them that somebody else marked meanwhile excepted.
    async fn mark_handled(
        &self,
        by: &ActorId,
        payment: &Payment,
        mut notices: Vec<Notice>,
    ) -> Result<(), BillingError> {
        let looked_into: BTreeSet<NoticeId> = notices.iter().map(|notice| notice.id.clone()).collect();
        for _ in 0..self.config.conflict_retries {
            if notices.is_empty() {
                return Ok(());
            }
            let now = self.clock.now();
            let mut step = self
                .step(payment.dispensary(), by, Action::NoticeHandled, Subject::Payment(payment.id))
                .noting(format!("{} notices", notices.len()));
            for notice in notices {
                step = step.writing(Write::Notice(Box::new(Notice {
                    due_at: None,
                    handled_at: Some(now),
                    revision: notice.revision.saturating_add(1),
                    ..notice
                })));
            }
            match self.commit(step).await {
                Ok(_) => return Ok(()),
                Err(StoreError::Conflict(Conflict::Revision(_))) => {}
                Err(error) => return Err(error.into()),
            }
            let unhandled = self.store.notices(payment.dispensary(), payment.id).await?.into_iter();
            notices = unhandled.filter(|notice| looked_into.contains(&notice.id)).collect();
        }
        Err(BillingError::Busy)
    }

    /// Notices that a sweep could not come to are left for a later one.
    pub(crate) async fn leave_notices_open(
        &self,
        payment: &Payment,
        now: Timestamp,
    ) -> Result<(), BillingError> {
        let unhandled = self.store.notices(payment.dispensary(), payment.id).await?;
        let is_due = |notice: &Notice| notice.due_at.is_some_and(|due_at| due_at <= now);
        let due: Vec<_> = unhandled.into_iter().filter(is_due).collect();
        if !due.is_empty() {
            self.put_off(&ActorId::system(), payment, due).await;
        }
        Ok(())
    }

    /// Leaves these notices for a later look, so that they do not hold up others. Best effort: the caller's own error matters more.
    async fn put_off(&self, by: &ActorId, payment: &Payment, notices: Vec<Notice>) {
        let now = self.clock.now();
        let mut step = self
            .step(payment.dispensary(), by, Action::PaymentChecked, Subject::Payment(payment.id))
            .noting(format!("{} notices are looked into later", notices.len()));
        for notice in notices {
            let tries = u32::try_from(notice.revision.saturating_sub(1)).unwrap_or(u32::MAX);
            let (first, longest) = (self.config.first_look_after, self.config.look_at_least_every);
            step = step.writing(Write::Notice(Box::new(Notice {
                due_at: Some(later(now, wait(first, longest, tries))),
                revision: notice.revision.saturating_add(1),
                ..notice
            })));
        }
        match self.commit(step).await {
            // Somebody else is at them too.
            Ok(_) | Err(StoreError::Conflict(Conflict::Revision(_))) => {}
            Err(error) => tracing::warn!(%error, payment = %payment.id, "notices could not be put off"),
        }
    }
}
