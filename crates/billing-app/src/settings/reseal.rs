//! Sealing saved keys again under the key ring's current key, after the host rotated it.

use std::sync::Arc;

use billing_domain::{Action, Conflict, StoreError, Subject, Write};

use crate::billing::Parts;
use crate::steps::StepExt;
use crate::{Actor, Billing, BillingError, Permission};

impl Billing {
    /// Seals every saved key of the dispensary that is sealed under an older key of the ring again, and says how
    /// many accounts that were. Afterwards the older key can leave the ring. The processor keys stay the same.
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
                if self.seal.reseal_needed(sealed)? {
                    let secrets = self.seal.open(&record.account, record.version, sealed)?;
                    record.sealed = Some(self.seal.seal(&record.account, record.version, &secrets)?);
                    record.revision = record.revision.saturating_add(1);
                    stale.push(record);
                }
            }
            let count = stale.len();
            if count == 0 {
                return Ok(0);
            }
            let mut step = self
                .step(actor.dispensary, &actor.id, Action::AccountsResealed, Subject::Dispensary)
                .noting(format!("{count} accounts"));
            for record in stale {
                step = step.writing(Write::Account(Box::new(record)));
            }
            match self.commit(step).await {
                Ok(_) => return Ok(count),
                Err(StoreError::Conflict(Conflict::Revision(_))) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(BillingError::Busy)
    }
}
