//! Sealing saved keys again under the key ring's current key, after the host rotated it.

use std::sync::Arc;

use billing_domain::{Action, Conflict, PaymentId, StoreError, Subject, Write};

use crate::billing::Parts;
use crate::steps::StepExt;
use crate::{Actor, Billing, BillingError, Permission};

impl Billing {
    /// Seals every saved key of the dispensary that is sealed under an older key of the ring again, with the signing secrets of its
    /// notices, and says how many accounts that were; and what is kept sealed for open payments (a card grant, a Checkout ticket). Afterwards the older key
    /// can leave the ring. The processor keys stay the same.
    ///
    /// What is kept for a payment that a person ended is not sealed again: without the older key that one is not looked at any more.
    ///
    /// # Errors
    ///
    /// [`BillingError::Seal`] if the ring no longer has the older key: nothing is lost, put it back.
    pub async fn reseal_keys(&self, actor: &Actor) -> Result<usize, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks.run(async move { parts.reseal_keys(&actor).await }).await
    }
}

impl Parts {
    async fn reseal_keys(&self, actor: &Actor) -> Result<usize, BillingError> {
        self.authorise(actor, Permission::ManageBillingSettings).await?;
        for _ in 0..self.config.conflict_retries {
            let mut stale = Vec::new();
            for mut record in self.store.accounts(actor.dispensary).await? {
                let Some(sealed) = &record.sealed else { continue };
                let mut is_stale = false;
                if self.seal.reseal_needed(sealed)? {
                    let secrets = self.seal.open(&record.account, record.version, sealed)?;
                    record.sealed = Some(self.seal.seal(&record.account, record.version, &secrets)?);
                    is_stale = true;
                }
                if let Some(subscription) = &mut record.subscription
                    && let Some(sealed) = &subscription.sealed
                    && let Some(resealed) = self.reseal_signing_secrets(&record.account, sealed)?
                {
                    subscription.sealed = Some(resealed);
                    is_stale = true;
                }
                if is_stale {
                    record.revision = record.revision.saturating_add(1);
                    stale.push(record);
                }
            }
            let count = stale.len();
            if count == 0 {
                self.reseal_attempts(actor).await?;
                return Ok(0);
            }
            let mut step = self
                .step(actor.dispensary, &actor.id, Action::AccountsResealed, Subject::Dispensary)
                .noting(format!("{count} accounts"));
            for record in stale {
                step = step.writing(Write::Account(Box::new(record)));
            }
            match self.commit(step).await {
                Ok(_) => {
                    self.reseal_attempts(actor).await?;
                    return Ok(count);
                }
                Err(StoreError::Conflict(Conflict::Revision(_))) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(BillingError::Busy)
    }

    /// The same for what is kept for every open payment, a page at a time.
    async fn reseal_attempts(&self, actor: &Actor) -> Result<(), BillingError> {
        for record in self.store.accounts(actor.dispensary).await? {
            let mut after = None;
            loop {
                let page = self.store.open_payments(&record.account, after, self.config.page).await?;
                let Some(last) = page.last().copied() else { break };
                for id in page {
                    self.reseal_payment(actor, id).await?;
                }
                after = Some(last);
            }
        }
        Ok(())
    }

    async fn reseal_payment(&self, actor: &Actor, id: PaymentId) -> Result<(), BillingError> {
        for _ in 0..self.config.conflict_retries {
            let payment = self.payment_of(actor.dispensary, id).await?;
            let Some(attempt) = payment.open_attempt() else { return Ok(()) };
            let Some(sealed) = &attempt.sealed else { return Ok(()) };
            if !self.seal.reseal_needed(sealed)? {
                return Ok(());
            }
            let secret = self.seal.open_attempt(&payment.account, id, attempt.no, sealed)?;
            let mut next = attempt.clone();
            next.sealed = Some(self.seal.seal_attempt(&payment.account, id, attempt.no, &secret)?);
            next.revision = next.revision.saturating_add(1);
            let step = self
                .step(actor.dispensary, &actor.id, Action::AccountsResealed, Subject::Payment(id))
                .noting(format!("what is kept for attempt {}", next.no))
                .writing(Write::Attempt { payment: id, attempt: Box::new(next) });
            match self.commit(step).await {
                Ok(_) => return Ok(()),
                // It went further meanwhile: look again.
                Err(StoreError::Conflict(Conflict::Revision(_))) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(BillingError::Busy)
    }
}
