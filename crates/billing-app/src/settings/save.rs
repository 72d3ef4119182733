//! Saving keys, and checking keys already saved. One commit; a refused key leaves everything as it was.

use std::sync::Arc;

use billing_credentials::{AccountProfile, Candidate, Submitted, VerifyError};
use billing_domain::{
    AccountId, AccountRecord, AccountRef, AccountState, Action, Conflict, PaymentId, ProcessorErrorKind,
    ProcessorId, StoreError, Subject, Write, later,
};

use crate::billing::Parts;
use crate::settings::Pane;
use crate::settings::account_schedule::account_due;
use crate::settings::placement::{Target, place};
use crate::settings::subscription::asked_anew;
use crate::settings::upkeep::LOOK_AFTER;
use crate::steps::StepExt;
use crate::{Actor, Billing, BillingError, Permission};

/// What staff pasted into a pane.
#[derive(Debug)]
pub struct SaveKeys {
    /// Which pane.
    pub processor: ProcessorId,
    /// The pasted fields.
    pub pasted: Submitted,
    /// Save without asking the processor. The account then counts as another one until it is verified.
    pub unchecked: bool,
}

impl SaveKeys {
    /// Keys to be checked with the processor before they are saved.
    pub fn checked(processor: ProcessorId, pasted: Submitted) -> Self {
        Self { processor, pasted, unchecked: false }
    }
}

/// Keys were saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The account they belong to.
    pub account: AccountRef,
    /// The version they got.
    pub version: u32,
    /// The pane as it now is.
    pub pane: Pane,
    /// What staff should know.
    pub warnings: Vec<Warning>,
}

/// What staff should know after saving.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Saved, but not active while this processor is connected.
    NotActiveWhile(ProcessorId),
    /// The keys belong to another account than before: the one before finishes its open payments, listed here
    /// up to a page.
    OtherAccount {
        /// The account before.
        before: AccountRef,
        /// Its open payments.
        open: Vec<PaymentId>,
    },
    /// Something could not be confirmed.
    Remark(String),
    /// Another dispensary uses the same account at the processor; each sees only its own payments.
    SharedAccount,
}

impl Billing {
    /// Saves pasted keys. The next card payment uses them.
    ///
    /// Saving again is a roll: the new keys replace the old ones in one commit and the old ones are gone. Keys of
    /// another account at the same processor leave the account before to finish its open payments.
    ///
    /// With a [`notice_address`](crate::BillingConfig::notice_address) the processor is asked for notices right after the commit. That it
    /// refuses or does not answer keeps no keys from being saved: [`SavedAccount::notices`](crate::SavedAccount::notices) says so.
    pub async fn save_keys(&self, actor: &Actor, keys: SaveKeys) -> Result<Saved, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks.run(async move { parts.save_keys(&actor, keys).await }).await
    }

    /// Asks the processor about the keys saved in a pane, and records what it says.
    pub async fn verify_account(&self, actor: &Actor, processor: ProcessorId) -> Result<Saved, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks.run(async move { parts.verify_account(&actor, processor).await }).await
    }
}

impl Parts {
    async fn save_keys(&self, actor: &Actor, keys: SaveKeys) -> Result<Saved, BillingError> {
        self.authorise(actor, Permission::ManageBillingSettings).await?;
        let owner = self.dispensary_of(actor.dispensary).await?;
        if !self.is_unlocked(&owner, &keys.processor).await {
            return Err(BillingError::Locked(keys.processor));
        }
        let connector = self.connector(&keys.processor)?;
        let candidate = connector.parse(&keys.pasted, self.config.key_policy)?;
        let profile = if keys.unchecked { None } else { Some(connector.verify(&candidate).await?) };
        self.place_keys(actor, &keys.processor, candidate, profile, None).await
    }

    async fn verify_account(&self, actor: &Actor, processor: ProcessorId) -> Result<Saved, BillingError> {
        self.authorise(actor, Permission::ManageBillingSettings).await?;
        let records = self.store.accounts(actor.dispensary).await?;
        let active =
            |record: &&AccountRecord| record.state.is_active() && record.account.processor == processor;
        let record = records.iter().find(active).ok_or(BillingError::NotFound("account"))?;
        let opened = self.open(record)?;
        let candidate = Candidate {
            public: opened.public,
            masked: record.masked.clone(),
            secrets: opened.secrets,
            remarks: Vec::new(),
        };
        let profile = match self.connector(&processor)?.verify(&candidate).await {
            Ok(profile) => profile,
            Err(error) => {
                if matches!(error, VerifyError::Rejected) {
                    self.note_trouble(record, &ProcessorErrorKind::CredentialsRejected).await;
                }
                return Err(error.into());
            }
        };
        let as_known = |known: &AccountRecord| known.external_id.as_ref() == Some(&profile.external_id);
        let elsewhere = records.iter().any(|known| known.account != record.account && as_known(known));
        if elsewhere || (record.external_id.is_some() && !as_known(record)) {
            // Saved unchecked, and it turns out to be an account known already: the keys belong there.
            return self.place_keys(actor, &processor, candidate, Some(profile), Some(record)).await;
        }
        self.confirm(actor, record, profile).await
    }

    /// Records what the processor said of keys that stay where they are.
    async fn confirm(
        &self,
        actor: &Actor,
        record: &AccountRecord,
        profile: AccountProfile,
    ) -> Result<Saved, BillingError> {
        let mut record = record.clone();
        record.external_id = Some(profile.external_id);
        record.business_name = profile.business_name;
        record.remarks = profile.remarks;
        record.verified_at = Some(self.clock.now());
        record.trouble = None;
        self.ask_anew(&mut record);
        record.revision = record.revision.saturating_add(1);
        let subject = Subject::Account(record.account.account);
        let step = self
            .step(actor.dispensary, &actor.id, Action::AccountVerified, subject)
            .noting(record.account.processor.as_str())
            .writing(Write::Account(Box::new(record.clone())));
        self.commit(step).await?;
        self.upkeep_at_once(&record).await;
        self.saved(actor, record, None).await
    }

    /// Notices are asked for together with the keys. The first try follows the commit; a look later on makes up for one that died.
    fn ask_anew(&self, record: &mut AccountRecord) {
        record.subscription = asked_anew(record.subscription.as_ref(), self.notice_address_of(record));
        record.due_at = account_due(record, later(self.clock.now(), LOOK_AFTER), &self.config);
    }

    /// Seals the candidate and commits where it belongs, deciding again if someone else changed the accounts.
    async fn place_keys(
        &self,
        actor: &Actor,
        processor: &ProcessorId,
        candidate: Candidate,
        profile: Option<AccountProfile>,
        checked: Option<&AccountRecord>,
    ) -> Result<Saved, BillingError> {
        let new = AccountId::new(self.ids.next());
        let action = checked.map_or(Action::AccountSaved, |_| Action::AccountVerified);
        for _ in 0..self.config.conflict_retries {
            // Written again with every placement, so that two of them at once cannot both find the pane empty.
            let mut owner = self.dispensary_of(actor.dispensary).await?;
            owner.revision = owner.revision.saturating_add(1);
            let records = self.store.accounts(actor.dispensary).await?;
            let in_place = |checked: &AccountRecord| {
                records.iter().any(|now| {
                    now.account == checked.account && now.version == checked.version && now.state.is_active()
                })
            };
            if checked.is_some_and(|checked| !in_place(checked)) {
                // Rolled or removed while the processor was asked: what was checked is not to come back.
                return Err(BillingError::AccountChanged);
            }
            let external_id = profile.as_ref().map(|profile| profile.external_id.as_str());
            let placement = place(&records, processor, external_id, new, self.clock.now(), &self.config);
            let record =
                self.record_from(actor, processor, &candidate, profile.as_ref(), &placement.target)?;
            let mut step = self
                .step(actor.dispensary, &actor.id, action, Subject::Account(record.account.account))
                .noting(format!("{processor} keys, version {}", record.version));
            if let Some(drained) = &placement.drained {
                step = step
                    .writing(Write::Account(Box::new(drained.clone())))
                    .erasing_if_drained(drained.account.account);
            }
            step = step.writing(Write::Account(Box::new(record.clone()))).writing(Write::Dispensary(owner));
            match self.commit(step).await {
                Ok(_) => {
                    self.upkeep_at_once(&record).await;
                    if let Some(drained) = &placement.drained {
                        self.upkeep_at_once(drained).await;
                    }
                    return self.saved(actor, record, placement.drained).await;
                }
                Err(StoreError::Conflict(Conflict::Revision(_))) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(BillingError::Busy)
    }

    fn record_from(
        &self,
        actor: &Actor,
        processor: &ProcessorId,
        candidate: &Candidate,
        profile: Option<&AccountProfile>,
        target: &Target,
    ) -> Result<AccountRecord, BillingError> {
        let (account, version, subscription, revision) = match target {
            Target::Known(known) => (
                known.account.clone(),
                known.version.saturating_add(1),
                known.subscription.clone(),
                known.revision.saturating_add(1),
            ),
            Target::New(id) => (
                AccountRef { dispensary: actor.dispensary, processor: processor.clone(), account: *id },
                1,
                None,
                1,
            ),
        };
        let sealed = self.seal.seal(&account, version, &candidate.secrets)?;
        let now = self.clock.now();
        let mut remarks = candidate.remarks.clone();
        remarks.extend(profile.iter().flat_map(|profile| profile.remarks.clone()));
        let mut record = AccountRecord {
            account,
            version,
            state: AccountState::Active,
            public: candidate.public.clone(),
            masked: candidate.masked.clone(),
            sealed: Some(sealed),
            external_id: profile.map(|profile| profile.external_id.clone()),
            business_name: profile.and_then(|profile| profile.business_name.clone()),
            verified_at: profile.map(|_| now),
            remarks,
            trouble: None,
            saved_at: now,
            saved_by: actor.id.clone(),
            subscription,
            due_at: None,
            revision,
        };
        self.ask_anew(&mut record);
        Ok(record)
    }

    async fn saved(
        &self,
        actor: &Actor,
        record: AccountRecord,
        drained: Option<AccountRecord>,
    ) -> Result<Saved, BillingError> {
        let processor = &record.account.processor;
        let pane = self.pane(actor.dispensary, processor).await?;
        let in_use = self.in_use(&self.store.accounts(actor.dispensary).await?);
        let mut warnings: Vec<_> = record.remarks.iter().cloned().map(Warning::Remark).collect();
        if let Some(before) = drained {
            self.withdraw_unsent(&actor.id, &before.account).await?;
            let open = self.store.open_payments(&before.account, None, self.config.page).await?;
            warnings.push(Warning::OtherAccount { before: before.account, open });
        }
        if let Some(in_use) = in_use.filter(|in_use| in_use != processor) {
            warnings.push(Warning::NotActiveWhile(in_use));
        }
        if pane.saved.as_ref().is_some_and(|saved| saved.shared) {
            warnings.push(Warning::SharedAccount);
        }
        Ok(Saved { account: record.account, version: record.version, pane, warnings })
    }
}
