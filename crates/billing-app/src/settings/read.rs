//! Reading the settings, and finding the dispensaries whose keys serve someone.

use billing_domain::{AccountRecord, Dispensary, DispensaryId, OfficeId, PractitionerId, ProcessorId};

use crate::billing::Parts;
use crate::precedence::{ConnectedAccounts, choose};
use crate::settings::pane::pane;
use crate::settings::{BillingSettings, Pane};
use crate::{Actor, Billing, BillingError, Permission};

/// Which of `dispensaries` serve a practitioner in an office: the office's own and the practitioner's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServedBy {
    /// Where they work.
    pub office: OfficeId,
    /// Who works.
    pub practitioner: PractitionerId,
}

impl ServedBy {
    /// The dispensaries that serve, in the order given.
    pub fn of<'a>(&self, dispensaries: impl IntoIterator<Item = &'a Dispensary>) -> Vec<DispensaryId> {
        let serves = |dispensary: &&Dispensary| dispensary.serves(self.office, self.practitioner);
        dispensaries.into_iter().filter(serves).map(|dispensary| dispensary.id).collect()
    }
}

impl Billing {
    /// The actor's dispensary: its name, whose books it is, and what the help centre unlocked for it.
    ///
    /// Nothing in it is secret or a patient's: any permission there will do. An actor without one is refused, and
    /// written down, as if for want of [`Permission::TakePayment`]. Whether keys may be saved now is
    /// [`Pane::may_save`], which also asks a host's own [`Entitlements`](crate::Entitlements).
    ///
    /// # Errors
    ///
    /// [`BillingError::UnknownDispensary`] if it was never recorded.
    pub async fn dispensary(&self, actor: &Actor) -> Result<Dispensary, BillingError> {
        if actor.permissions.is_empty() {
            self.parts.authorise(actor, Permission::TakePayment).await?;
        }
        self.parts.dispensary_of(actor.dispensary).await
    }

    /// The dispensary's Billing Settings.
    pub async fn settings(&self, actor: &Actor) -> Result<BillingSettings, BillingError> {
        self.parts.authorise(actor, Permission::ManageBillingSettings).await?;
        self.parts.settings(actor.dispensary).await
    }
}

impl Parts {
    pub(crate) async fn dispensary_of(&self, id: DispensaryId) -> Result<Dispensary, BillingError> {
        self.store.dispensary(id).await?.ok_or(BillingError::UnknownDispensary)
    }

    pub(crate) async fn settings(&self, dispensary: DispensaryId) -> Result<BillingSettings, BillingError> {
        let moneris = self.pane(dispensary, &ProcessorId::MONERIS).await?;
        let stripe = self.pane(dispensary, &ProcessorId::STRIPE).await?;
        let records = self.store.accounts(dispensary).await?;
        Ok(BillingSettings { moneris, stripe, in_use: self.in_use(&records) })
    }

    /// The processor card payments go to now.
    pub(crate) fn in_use(&self, records: &[AccountRecord]) -> Option<ProcessorId> {
        choose(&self.config.ranking, &ConnectedAccounts::of(records)).ok()
    }

    /// One processor's pane.
    pub(crate) async fn pane(
        &self,
        dispensary: DispensaryId,
        processor: &ProcessorId,
    ) -> Result<Pane, BillingError> {
        let owner = self.dispensary_of(dispensary).await?;
        let records = self.store.accounts(dispensary).await?;
        let in_use = self.in_use(&records);
        let fields = self.connectors.get(processor).map(|connector| connector.fields());
        let unlocked = self.is_unlocked(&owner, processor).await;
        let shared = self.is_shared(&records, processor).await?;
        Ok(pane(processor, &records, in_use.as_ref(), unlocked, shared, fields))
    }

    /// Whether another dispensary has keys of the same account saved.
    async fn is_shared(
        &self,
        records: &[AccountRecord],
        processor: &ProcessorId,
    ) -> Result<bool, BillingError> {
        let active =
            |record: &&AccountRecord| record.state.is_active() && record.account.processor == *processor;
        let Some(record) = records.iter().find(active) else { return Ok(false) };
        let Some(external_id) = &record.external_id else { return Ok(false) };
        let all = self.store.accounts_at(processor, external_id).await?;
        Ok(all.iter().any(|other| other.dispensary != record.account.dispensary))
    }

    pub(crate) async fn is_unlocked(&self, owner: &Dispensary, processor: &ProcessorId) -> bool {
        !self.config.locked_until_unlocked.contains(processor)
            || self.entitlements.is_unlocked(owner, processor).await
    }
}
