//! Putting subscriptions right after the address of notices changed, or a processor refused one.

use std::sync::Arc;

use billing_domain::{Action, Conflict, StoreError, Subject, Write, later};

use crate::billing::Parts;
use crate::settings::account_schedule::account_due;
use crate::settings::subscription::renewed;
use crate::settings::upkeep::LOOK_AFTER;
use crate::steps::StepExt;
use crate::{Actor, Billing, BillingError, Permission};

impl Billing {
    /// Makes the notices of the dispensary's saved accounts go where
    /// [`notice_address`](crate::BillingConfig::notice_address) says now, and says how many accounts that changed.
    ///
    /// Saving keys does this for their account. Call it for every dispensary after the address changed, was set or was taken away; it may be
    /// called at every start, and changes nothing that is right. A processor that refused before is asked again. What it answers is
    /// in the [pane](crate::NoticesOnPane); one that cannot be reached is asked later, by the sweep.
    pub async fn renew_subscriptions(&self, actor: &Actor) -> Result<usize, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks.run(async move { parts.renew_subscriptions(&actor).await }).await
    }
}

impl Parts {
    async fn renew_subscriptions(&self, actor: &Actor) -> Result<usize, BillingError> {
        self.authorise(actor, Permission::ManageBillingSettings).await?;
        let mut changed = Vec::new();
        for _ in 0..self.config.conflict_retries {
            let records = self.store.accounts(actor.dispensary).await?;
            let outdated = records.into_iter().find_map(|mut record| {
                let address = self.notice_address_of(&record);
                let after = renewed(record.subscription.as_ref(), address)?;
                let is_new = !changed.contains(&record.account) && record.state.is_active();
                record.subscription = Some(after);
                is_new.then_some(record)
            });
            let Some(mut record) = outdated else {
                for account in &changed {
                    let record = self.record_at(account).await?;
                    self.upkeep_at_once(&record).await;
                }
                return Ok(changed.len());
            };
            record.due_at = account_due(&record, later(self.clock.now(), LOOK_AFTER), &self.config);
            record.revision = record.revision.saturating_add(1);
            let account = record.account.clone();
            let subject = Subject::Account(account.account);
            let step = self
                .step(actor.dispensary, &actor.id, Action::AccountSubscribed, subject)
                .noting("asked anew")
                .writing(Write::Account(Box::new(record)));
            match self.commit(step).await {
                Ok(_) => changed.push(account),
                Err(StoreError::Conflict(Conflict::Revision(_))) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(BillingError::Busy)
    }
}
