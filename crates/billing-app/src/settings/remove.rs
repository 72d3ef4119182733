//! Removing an account: never chosen again from this commit on; it only finishes what it began.

use std::sync::Arc;

use billing_domain::payment::{AttemptState, Event};
use billing_domain::{
    AccountRecord, AccountRef, AccountState, Action, ActorId, Conflict, PaymentId, ProcessorId, StoreError,
    Subject, Write, later,
};

use crate::billing::Parts;
use crate::settings::placement::drained;
use crate::steps::StepExt;
use crate::{Actor, Billing, BillingError, Permission};

/// An account was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// Which.
    pub account: AccountRef,
    /// Payments it still finishes, up to a page. With none, and no refund under way, its keys are erased already.
    pub open: Vec<PaymentId>,
}

impl Billing {
    /// Removes the account saved in a pane. The next card payment goes by the rule of precedence without it.
    ///
    /// This cannot be undone from here: its keys must be fetched from the processor and saved again. Payments
    /// handed over already are settled or cancelled with a sealed copy of the keys, which is erased in the commit
    /// that closes the last of them; submissions not handed over yet end at once.
    pub async fn remove_account(
        &self,
        actor: &Actor,
        processor: ProcessorId,
    ) -> Result<Removed, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks.run(async move { parts.remove_account(&actor, processor).await }).await
    }
}

impl Parts {
    async fn remove_account(&self, actor: &Actor, processor: ProcessorId) -> Result<Removed, BillingError> {
        self.authorise(actor, Permission::ManageBillingSettings).await?;
        for _ in 0..self.config.conflict_retries {
            let records = self.store.accounts(actor.dispensary).await?;
            let active =
                |record: &&AccountRecord| record.state.is_active() && record.account.processor == processor;
            let record = records.iter().find(active).ok_or(BillingError::NotFound("account"))?;
            let account = record.account.clone();
            let removed = drained(record, self.draining());
            let step = self
                .step(actor.dispensary, &actor.id, Action::AccountRemoved, Subject::Account(account.account))
                .noting(processor.as_str())
                .writing(Write::Account(Box::new(removed.clone())))
                .erasing_if_drained(account.account);
            match self.commit(step).await {
                Ok(_) => {
                    self.withdraw_unsent(&actor.id, &account).await?;
                    self.upkeep_at_once(&removed).await;
                    let open = self.store.open_payments(&account, None, self.config.page).await?;
                    return Ok(Removed { account, open });
                }
                Err(StoreError::Conflict(Conflict::Revision(_))) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(BillingError::Busy)
    }

    /// The state of an account that from now on only finishes what it began.
    pub(crate) fn draining(&self) -> AccountState {
        let since = self.clock.now();
        AccountState::Draining { since, until: later(since, self.config.drain_within) }
    }

    /// Ends every submission on `account` that was not handed over. The account's new state already keeps them
    /// from being handed over; this frees their invoices at once, and the sweep does it if this process dies.
    pub(crate) async fn withdraw_unsent(
        &self,
        by: &ActorId,
        account: &AccountRef,
    ) -> Result<(), BillingError> {
        let mut after = None;
        loop {
            let page = self.store.open_payments(account, after, self.config.page).await?;
            let Some(last) = page.last().copied() else { return Ok(()) };
            for id in page {
                let payment = self.payment_of(account.dispensary, id).await?;
                if let Some(attempt) = payment.newest().filter(|newest| newest.state == AttemptState::Sending)
                {
                    self.act(by, &payment, attempt.no, Event::Superseded).await?;
                }
            }
            after = Some(last);
        }
    }
}
