//! Removing an account: never chosen again from this commit on; it only finishes what it began.

use std::sync::Arc;

use billing_domain::{
    AccountRecord, AccountRef, Action, ActorId, Conflict, PaymentId, ProcessorId, StoreError, Subject, Write,
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
    /// Payments that stayed open, or have a refund that did, up to a page. With none its keys are erased already, or as soon as
    /// the endpoint for its notices is gone.
    pub open: Vec<PaymentId>,
}

impl Billing {
    /// Removes the account saved in a pane. The next card payment goes by the rule of precedence without it.
    ///
    /// This cannot be undone from here: its keys must be fetched from the processor and saved again. While they are still good,
    /// what is open is finished with them: submissions not handed over end, what was paid is recorded as paid, and what still
    /// waits for a card is cancelled, so that a cardholder who is entering one reads an error of the processor's. At most a page of
    /// payments and for some seconds: what stays open is named, and settled later with a sealed copy of the keys. The commit
    /// that closes the last of it erases that copy; so does the end of [`drain_within`](crate::BillingConfig::drain_within).
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
        let account = self.begin_draining(actor, &processor).await?;
        // It is removed, whatever becomes of the rest: the sweep goes on from here.
        if let Err(error) = self.finish_with(&actor.id, &account).await {
            tracing::warn!(%error, "what a removed account began is left to the sweep");
        }
        let open = self.store.open_payments(&account, None, self.config.page).await?;
        Ok(Removed { account, open })
    }

    async fn finish_with(&self, by: &ActorId, account: &AccountRef) -> Result<(), BillingError> {
        self.withdraw_unsent(by, account).await?;
        self.wind_up(by, account).await?;
        self.upkeep(account).await
    }

    async fn begin_draining(
        &self,
        actor: &Actor,
        processor: &ProcessorId,
    ) -> Result<AccountRef, BillingError> {
        for _ in 0..self.config.conflict_retries {
            let records = self.store.accounts(actor.dispensary).await?;
            let active =
                |record: &&AccountRecord| record.state.is_active() && record.account.processor == *processor;
            let record = records.iter().find(active).ok_or(BillingError::NotFound("account"))?;
            let account = record.account.clone();
            let removed = drained(record, self.clock.now(), &self.config);
            let step = self
                .step(actor.dispensary, &actor.id, Action::AccountRemoved, Subject::Account(account.account))
                .noting(processor.as_str())
                .writing(Write::Account(Box::new(removed)))
                .erasing_if_drained(account.account);
            match self.commit(step).await {
                Ok(_) => return Ok(account),
                Err(StoreError::Conflict(Conflict::Revision(_))) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(BillingError::Busy)
    }
}
