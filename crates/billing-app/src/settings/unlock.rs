//! Recording dispensaries, and what the help centre unlocks for them.

use std::sync::Arc;

use billing_domain::{Action, Conflict, Dispensary, ProcessorId, StoreError, Subject, Write};

use crate::steps::StepExt;
use crate::{Actor, Billing, BillingError, Permission};

impl Billing {
    /// Records a dispensary. Recording the same one again is fine, so a host may do it at every start.
    ///
    /// # Errors
    ///
    /// [`BillingError::AlreadyExists`] if another one, of another kind or name, has its id.
    pub async fn add_dispensary(&self, actor: &Actor, dispensary: Dispensary) -> Result<(), BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks
            .run(async move {
                parts.authorise(&actor, Permission::ManageBillingSettings).await?;
                if dispensary.id != actor.dispensary {
                    return Err(BillingError::NotFound("dispensary"));
                }
                if dispensary.revision != 1 {
                    return Err(BillingError::AlreadyExists("dispensary"));
                }
                if !dispensary.unlocked.is_empty() {
                    parts.authorise(&actor, Permission::UnlockProcessor).await?;
                }
                let step = parts
                    .step(actor.dispensary, &actor.id, Action::DispensarySaved, Subject::Dispensary)
                    .writing(Write::Dispensary(dispensary.clone()));
                match parts.commit(step).await {
                    Ok(_) => Ok(()),
                    Err(StoreError::Conflict(Conflict::Revision(_))) => {
                        let known = parts.dispensary_of(actor.dispensary).await?;
                        let same = known.kind == dispensary.kind && known.name == dispensary.name;
                        if same { Ok(()) } else { Err(BillingError::AlreadyExists("dispensary")) }
                    }
                    Err(error) => Err(error.into()),
                }
            })
            .await
    }

    /// Unlocks a processor for the actor's dispensary: from then on its keys can be saved.
    pub async fn unlock_processor(&self, actor: &Actor, processor: ProcessorId) -> Result<(), BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks
            .run(async move {
                parts.authorise(&actor, Permission::UnlockProcessor).await?;
                for _ in 0..parts.config.conflict_retries {
                    let mut owner = parts.dispensary_of(actor.dispensary).await?;
                    if !owner.unlocked.insert(processor.clone()) {
                        return Ok(());
                    }
                    owner.revision = owner.revision.saturating_add(1);
                    let step = parts
                        .step(actor.dispensary, &actor.id, Action::ProcessorUnlocked, Subject::Dispensary)
                        .noting(processor.as_str())
                        .writing(Write::Dispensary(owner));
                    match parts.commit(step).await {
                        Ok(_) => return Ok(()),
                        Err(StoreError::Conflict(Conflict::Revision(_))) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                Err(BillingError::Busy)
            })
            .await
    }
}
