//! How every use case writes: steps with a name, committed once, doubt resolved before anything is sent.

use std::time::Duration;

use billing_domain::{
    AccountId, Action, ActorId, Committed, DispensaryId, Requirement, Step, StepId, StoreError, Subject,
    Write,
};

use crate::BillingError;
use crate::actor::{Actor, Permission};
use crate::billing::Parts;

/// How often a step in doubt is committed again before its caller is told.
const DOUBT_RETRIES: u32 = 5;
const DOUBT_PAUSE: Duration = Duration::from_millis(50);

impl Parts {
    /// A step by `by` on `subject`, with nothing in it yet.
    pub(crate) fn step(
        &self,
        dispensary: DispensaryId,
        by: &ActorId,
        action: Action,
        subject: Subject,
    ) -> Step {
        Step {
            id: StepId::new(self.ids.next()),
            dispensary,
            at: self.clock.now(),
            by: by.clone(),
            action,
            subject,
            note: String::new(),
            requires: Vec::new(),
            writes: Vec::new(),
        }
    }

    /// Commits `step`. A store in doubt is asked again with the very same step, which commits at most once. That it cannot be reached
    /// then says nothing of what it did before: the doubt stays.
    pub(crate) async fn commit(&self, step: Step) -> Result<Committed, StoreError> {
        let mut last = self.store.commit(step.clone()).await;
        if matches!(&last, Ok(committed) if committed.repeated) {
            // Nobody committed it before: the ids repeat themselves, and nothing of this step is stored.
            return Err(StoreError::Corrupt("step id"));
        }
        for _ in 0..DOUBT_RETRIES {
            if !matches!(last, Err(StoreError::InDoubt(_))) {
                break;
            }
            tokio::time::sleep(DOUBT_PAUSE).await;
            match self.store.commit(step.clone()).await {
                Err(StoreError::Unavailable(_)) => {}
                answer => last = answer,
            }
        }
        last
    }

    /// Refuses what the actor may not do, and remembers that they tried.
    pub(crate) async fn authorise(&self, actor: &Actor, permission: Permission) -> Result<(), BillingError> {
        if actor.may(permission) {
            return Ok(());
        }
        let step = self
            .step(actor.dispensary, &actor.id, Action::Denied, Subject::Dispensary)
            .noting(permission.as_str());
        self.commit(step).await?;
        Err(BillingError::Denied(permission))
    }
}

/// Fluent additions to a step.
pub(crate) trait StepExt {
    fn noting(self, note: impl Into<String>) -> Self;
    fn requiring(self, requirement: Requirement) -> Self;
    fn writing(self, write: Write) -> Self;
    /// Erases the account's keys in this very commit if it is draining and this closes its last open payment.
    fn erasing_if_drained(self, account: AccountId) -> Self;
}

impl StepExt for Step {
    fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn requiring(mut self, requirement: Requirement) -> Self {
        self.requires.push(requirement);
        self
    }

    fn writing(mut self, write: Write) -> Self {
        self.writes.push(write);
        self
    }

    fn erasing_if_drained(self, account: AccountId) -> Self {
        self.writing(Write::EraseIfDrained(account))
    }
}
