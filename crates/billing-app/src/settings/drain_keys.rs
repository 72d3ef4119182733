//! Supplying keys of an account that only finishes what it began: never chosen for new payments, whatever they are.

use std::sync::Arc;

use billing_credentials::{AccountProfile, Candidate, Submitted};
use billing_domain::payment::Payment;
use billing_domain::{
    AccountId, AccountRecord, AccountState, Action, Conflict, Step, StoreError, Subject, Write,
};

use crate::billing::Parts;
use crate::settings::account_schedule::account_due;
use crate::settings::placement::draining;
use crate::steps::StepExt;
use crate::{Actor, Billing, BillingError, Permission};

/// The most payments made due in the commit that stores the keys; the others are looked at in their time.
const HURRIED_MAX: usize = 500;

impl Billing {
    /// Supplies keys of an account that was removed or replaced, so that it can finish what it began: permission
    /// `ManageBillingSettings`. For when the saved keys were rolled at the processor, or erased here at the end of the draining.
    ///
    /// The account stays as it is to everything else: it is never chosen for a new payment. Its deadline stays; if that has passed, or the
    /// keys were erased, it gets a fresh one. What is open on it is looked at by the next sweep, also what was given to a person for want
    /// of keys. They are checked with the processor and kept sealed, as saved ones are.
    ///
    /// # Errors
    ///
    /// [`BillingError::OtherAccount`] if the keys are not provably of that very account, and [`BillingError::NotDraining`] if it is
    /// in use; nothing is stored.
    pub async fn supply_drain_keys(
        &self,
        actor: &Actor,
        account: AccountId,
        pasted: Submitted,
    ) -> Result<(), BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks.run(async move { parts.supply_drain_keys(&actor, account, &pasted).await }).await
    }
}

impl Parts {
    async fn supply_drain_keys(
        &self,
        actor: &Actor,
        account: AccountId,
        pasted: &Submitted,
    ) -> Result<(), BillingError> {
        self.authorise(actor, Permission::ManageBillingSettings).await?;
        let record = self.draining_record(actor, account).await?;
        let connector = self.connector(&record.account.processor)?;
        let candidate = connector.parse(pasted, self.config.key_policy)?;
        let profile = connector.verify(&candidate).await?;
        for _ in 0..self.config.conflict_retries {
            let record = self.draining_record(actor, account).await?;
            if record.external_id.as_ref() != Some(&profile.external_id) {
                return Err(BillingError::OtherAccount { processor: record.account.processor });
            }
            let open = self.open_on(&record.account, HURRIED_MAX).await?;
            let step = self.supplying(actor, record, &candidate, &profile, &open)?;
            match self.commit(step).await {
                Ok(_) => return Ok(()),
                Err(StoreError::Conflict(Conflict::Revision(_))) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(BillingError::Busy)
    }

    async fn draining_record(
        &self,
        actor: &Actor,
        account: AccountId,
    ) -> Result<AccountRecord, BillingError> {
        let records = self.store.accounts(actor.dispensary).await?;
        let found = records.into_iter().find(|record| record.account.account == account);
        let record = found.ok_or(BillingError::NotFound("account"))?;
        if record.state.is_active() { Err(BillingError::NotDraining) } else { Ok(record) }
    }

    fn supplying(
        &self,
        actor: &Actor,
        mut record: AccountRecord,
        candidate: &Candidate,
        profile: &AccountProfile,
        open: &[Payment],
    ) -> Result<Step, BillingError> {
        let now = self.clock.now();
        record.version = record.version.saturating_add(1);
        record.sealed = Some(self.seal.seal(&record.account, record.version, &candidate.secrets)?);
        record.public = candidate.public.clone();
        record.masked = candidate.masked.clone();
        record.business_name = profile.business_name.clone().or(record.business_name);
        record.remarks = candidate.remarks.iter().chain(&profile.remarks).cloned().collect();
        record.verified_at = Some(now);
        record.trouble = None;
        record.saved_at = now;
        record.saved_by = actor.id.clone();
        // Its deadline stays; one that has passed would erase them at once.
        if !matches!(record.state, AccountState::Draining { until, .. } if until > now) {
            record.state = draining(now, &self.config);
        }
        if let Some(subscription) = &mut record.subscription {
            // With these keys its endpoint can be removed.
            subscription.failures = 0;
        }
        record.due_at = account_due(&record, now, &self.config);
        record.revision = record.revision.saturating_add(1);
        let subject = Subject::Account(record.account.account);
        let step = self
            .step(actor.dispensary, &actor.id, Action::AccountDrainKeysSupplied, subject)
            .noting(format!("{} keys, version {}", record.account.processor, record.version))
            .writing(Write::Account(Box::new(record)));
        Ok(open.iter().fold(step, |step, payment| self.hurrying(step, payment)))
    }

    /// Makes what is open on the payment due now, with its looks beginning anew.
    fn hurrying(&self, mut step: Step, payment: &Payment) -> Step {
        let now = self.clock.now();
        if let Some(attempt) = payment.open_attempt().filter(|attempt| attempt.charge.is_none()) {
            let mut next = attempt.clone();
            next.due_at = Some(next.due_at.map_or(now, |due| due.min(now)));
            next.idle_checks = 0;
            next.revision = next.revision.saturating_add(1);
            step.writes.push(Write::Attempt { payment: payment.id, attempt: Box::new(next) });
        }
        for refund in payment.refunds.iter().filter(|refund| !refund.state.is_resolved()) {
            let mut next = refund.clone();
            next.due_at = Some(next.due_at.map_or(now, |due| due.min(now)));
            next.idle_checks = 0;
            next.revision = next.revision.saturating_add(1);
            step.writes.push(Write::Refund { payment: payment.id, refund: Box::new(next) });
        }
        step
    }
}
