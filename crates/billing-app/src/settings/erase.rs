//! Erasing an account's keys while something is open on it: by hand, or at the end of its draining.

use std::sync::Arc;

use billing_domain::payment::{Attempt, AttemptState, Event, Payment};
use billing_domain::refund::{RefundEvent, RefundState};
use billing_domain::{
    AccountId, AccountRecord, AccountRef, AccountState, Action, ActorId, Alarming, Conflict, PaymentId, Step,
    StoreError, Subject, Write,
};

use crate::billing::Parts;
use crate::payments::Move;
use crate::steps::StepExt;
use crate::{Actor, Billing, BillingError, Permission};

/// The most payments marked in the commit that erases the keys. The sweep finds the others without keys and marks them one by one.
const MARKED_MAX: usize = 500;

/// An account's keys were erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Which account.
    pub account: AccountRef,
    /// Payments that a person was called for, or for a refund of theirs, up to 500; beside those that were under review before.
    pub review: Vec<PaymentId>,
}

impl Billing {
    /// Erases an account's keys at once, whatever is still open on it: permission `ManageBillingSettings`.
    ///
    /// In the same commit what is open needs review, for nobody can ask the processor any more; what was not handed over, or not
    /// charged yet by our server, just ends. A browser that holds a hand-over of Stripe's can still pay it, and an endpoint for the
    /// account's notices stays at the processor. Prefer [`remove_account`](Self::remove_account), which first finishes what can be
    /// finished. Keys of the same account may be supplied again: [`supply_drain_keys`](Self::supply_drain_keys).
    ///
    /// # Errors
    ///
    /// [`BillingError::NotFound`] if there is no such account in the dispensary, or its keys are erased already.
    pub async fn erase_account(&self, actor: &Actor, account: AccountId) -> Result<Erased, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks
            .run(async move {
                parts.authorise(&actor, Permission::ManageBillingSettings).await?;
                let records = parts.store.accounts(actor.dispensary).await?;
                let kept =
                    |known: &&AccountRecord| known.account.account == account && known.sealed.is_some();
                let record = records.iter().find(kept).ok_or(BillingError::NotFound("account"))?;
                let review = parts.erase(&actor.id, record, "by hand").await?;
                Ok(Erased { account: record.account.clone(), review })
            })
            .await
    }
}

impl Parts {
    /// Erases the account's keys and marks what is open on it, in one commit; then calls a person for each. Its
    /// [deadline](AccountState::Draining) or a person says so; `note` tells which.
    ///
    /// Of an account that somebody saved or erased meanwhile nothing is changed.
    pub(crate) async fn erase(
        &self,
        by: &ActorId,
        record: &AccountRecord,
        note: &str,
    ) -> Result<Vec<PaymentId>, BillingError> {
        for _ in 0..self.config.conflict_retries {
            let now = self.record_at(&record.account).await?;
            if (now.version, now.state) != (record.version, record.state) {
                return Ok(Vec::new());
            }
            let open = self.open_on(&now.account, MARKED_MAX).await?;
            let (step, marked) = self.erasing(by, now, &open, note);
            match self.commit(step).await {
                Ok(_) => {
                    for marked in &marked {
                        self.alarm.raise(marked);
                    }
                    return Ok(reviewed(&open, &marked));
                }
                Err(StoreError::Conflict(Conflict::Revision(_))) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(BillingError::Busy)
    }

    /// The step that erases, and whom to call once it is committed.
    fn erasing(
        &self,
        by: &ActorId,
        mut record: AccountRecord,
        open: &[Payment],
        note: &str,
    ) -> (Step, Vec<Alarming>) {
        let (dispensary, subject) = (record.account.dispensary, Subject::Account(record.account.account));
        record.state = AccountState::Erased { since: self.clock.now() };
        record.sealed = None;
        record.subscription = None;
        record.due_at = None;
        record.trouble = None;
        record.revision = record.revision.saturating_add(1);
        let step = self.step(dispensary, by, Action::AccountErased, subject);
        let mut step = step
            .noting(format!("{} keys erased {note}", record.account.processor))
            .writing(Write::Account(Box::new(record)));
        let mut marked = Vec::new();
        for payment in open {
            self.mark_attempt(by, payment, &mut step, &mut marked);
            self.mark_refunds(payment, &mut step, &mut marked);
        }
        (step, marked)
    }

    fn mark_attempt(&self, by: &ActorId, payment: &Payment, step: &mut Step, marked: &mut Vec<Alarming>) {
        let Some(attempt) = payment.open_attempt() else { return };
        let (dispensary, id) = (payment.dispensary(), payment.id);
        let happened = Move {
            dispensary,
            payment: id,
            attempt_no: attempt.no,
            event: without_keys(attempt),
            by: by.clone(),
            account_version: None,
            note: String::new(),
        };
        let Some(applied) = self.applied(payment, &happened).filter(|applied| applied.changed) else {
            return;
        };
        if matches!(applied.attempt.state, AttemptState::NeedsReview(_)) {
            marked.push(Alarming::ReviewNeeded { dispensary, payment: id });
        }
        step.writes.push(Write::Attempt { payment: id, attempt: Box::new(applied.attempt) });
    }

    fn mark_refunds(&self, payment: &Payment, step: &mut Step, marked: &mut Vec<Alarming>) {
        let (dispensary, id) = (payment.dispensary(), payment.id);
        for refund in payment.refunds.iter().filter(|refund| !refund.state.is_resolved()) {
            let next = self.refund_after(refund, &RefundEvent::KeysErased);
            let Some(next) = next.filter(|next| next.state != refund.state) else { continue };
            if matches!(next.state, RefundState::NeedsReview(_)) {
                marked.push(Alarming::RefundReviewNeeded { dispensary, payment: id, refund: next.id });
            }
            step.writes.push(Write::Refund { payment: id, refund: Box::new(next) });
        }
    }

    /// What is open on an account, oldest first, at most `limit`.
    pub(crate) async fn open_on(
        &self,
        account: &AccountRef,
        limit: usize,
    ) -> Result<Vec<Payment>, BillingError> {
        let mut open = Vec::new();
        let mut after = None;
        while open.len() < limit {
            let page = self.store.open_payments(account, after, self.config.page).await?;
            let Some(last) = page.last().copied() else { break };
            for id in page.into_iter().take(limit - open.len()) {
                open.push(self.payment_of(account.dispensary, id).await?);
            }
            after = Some(last);
        }
        Ok(open)
    }
}

/// What being without keys does to an attempt. One that only our server could charge, and has not, can never be.
fn without_keys(attempt: &Attempt) -> Event {
    if attempt.state == AttemptState::AwaitingCardholder && attempt.charge.is_some() {
        Event::NeverCharged
    } else {
        Event::KeysErased
    }
}

/// The payments that somebody is called for, each once.
fn reviewed(open: &[Payment], marked: &[Alarming]) -> Vec<PaymentId> {
    let is_called_for = |id: &PaymentId| {
        marked.iter().any(|alarm| {
            matches!(alarm, Alarming::ReviewNeeded { payment, .. } | Alarming::RefundReviewNeeded { payment, .. } if payment == id)
        })
    };
    open.iter().map(|payment| payment.id).filter(is_called_for).collect()
}
