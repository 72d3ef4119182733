//! Accounts as rows. The keys pass through sealed.

use billing_domain::{
    AccountId, AccountRecord, AccountRef, AccountState, AccountTrouble, ActorId, DispensaryId, ProcessorId,
    SealedBytes, StoreError, Subscription,
};

use super::row;
use super::values::{
    Id, from_json, from_word, json, json_opt, nanos, nanos_opt, signed, timestamp, timestamp_opt, unsigned,
    word,
};

row! {
    /// A row of `billing_accounts`.
    AccountRow, "account" {
        dispensary: Id,
        account: Id,
        processor: String,
        version: i64,
        state: String,
        state_since: Option<i64>,
        state_until: Option<i64>,
        public: String,
        masked: String,
        sealed: Option<Vec<u8>>,
        external_id: Option<String>,
        business_name: Option<String>,
        verified_at: Option<i64>,
        remarks: String,
        trouble: Option<String>,
        trouble_since: Option<i64>,
        saved_at: i64,
        saved_by: String,
        subscription_state: Option<String>,
        subscription_address: Option<String>,
        subscription_endpoint: Option<String>,
        subscription_sealed: Option<Vec<u8>>,
        subscription_failures: Option<i64>,
        due_at: Option<i64>,
        revision: i64,
    }
}

impl AccountRow {
    /// The record as a row. An erased account that still has keys, a subscription or something to do has none.
    pub(crate) fn of(record: &AccountRecord) -> Result<Self, StoreError> {
        Self::try_of(record).ok_or(StoreError::Corrupt(Self::WHAT))
    }

    /// The row as a record.
    pub(crate) fn into_record(self) -> Result<AccountRecord, StoreError> {
        self.try_into_record().ok_or(StoreError::Corrupt(Self::WHAT))
    }

    fn try_of(record: &AccountRecord) -> Option<Self> {
        let (state, state_since, state_until) = match record.state {
            AccountState::Active => (ACTIVE, None, None),
            AccountState::Draining { since, until } => (DRAINING, Some(nanos(since)?), Some(nanos(until)?)),
            AccountState::Erased { .. } if is_kept(record) => return None,
            AccountState::Erased { since } => (ERASED, Some(nanos(since)?), None),
        };
        let (trouble, trouble_since) = match record.trouble {
            None => (None, None),
            Some(AccountTrouble { since, kind }) => (Some(word(&kind)?), Some(nanos(since)?)),
        };
        let subscription = record.subscription.as_ref();
        Some(Self {
            dispensary: record.account.dispensary.uuid(),
            account: record.account.account.uuid(),
            processor: record.account.processor.as_str().to_owned(),
            version: record.version.into(),
            state: state.to_owned(),
            state_since,
            state_until,
            public: json(&record.public)?,
            masked: json(&record.masked)?,
            sealed: record.sealed.as_ref().map(|sealed| sealed.0.clone()),
            external_id: record.external_id.clone(),
            business_name: record.business_name.clone(),
            verified_at: nanos_opt(record.verified_at)?,
            remarks: json(&record.remarks)?,
            trouble,
            trouble_since,
            saved_at: nanos(record.saved_at)?,
            saved_by: record.saved_by.as_str().to_owned(),
            subscription_state: json_opt(subscription.map(|it| &it.state))?,
            subscription_address: subscription.map(|it| it.address.clone()),
            subscription_endpoint: subscription.and_then(|it| it.endpoint.clone()),
            subscription_sealed: subscription
                .and_then(|it| it.sealed.as_ref())
                .map(|sealed| sealed.0.clone()),
            subscription_failures: subscription.map(|it| it.failures.into()),
            due_at: nanos_opt(record.due_at)?,
            revision: signed(record.revision)?,
        })
    }

    fn try_into_record(mut self) -> Option<AccountRecord> {
        let subscription = self.take_subscription()?;
        let state = match (self.state.as_str(), self.state_since, self.state_until) {
            (ACTIVE, None, None) => AccountState::Active,
            (DRAINING, Some(since), Some(until)) => {
                AccountState::Draining { since: timestamp(since)?, until: timestamp(until)? }
            }
            (ERASED, Some(since), None) => AccountState::Erased { since: timestamp(since)? },
            _ => return None,
        };
        let trouble = match (self.trouble, self.trouble_since) {
            (None, None) => None,
            (Some(kind), Some(since)) => {
                Some(AccountTrouble { since: timestamp(since)?, kind: from_word(&kind)? })
            }
            _ => return None,
        };
        Some(AccountRecord {
            account: account_ref(self.dispensary, self.processor, self.account),
            version: u32::try_from(self.version).ok()?,
            state,
            public: from_json(&self.public)?,
            masked: from_json(&self.masked)?,
            sealed: self.sealed.map(SealedBytes),
            external_id: self.external_id,
            business_name: self.business_name,
            verified_at: timestamp_opt(self.verified_at)?,
            remarks: from_json(&self.remarks)?,
            trouble,
            saved_at: timestamp(self.saved_at)?,
            saved_by: ActorId::parse(&self.saved_by).ok()?,
            subscription,
            due_at: timestamp_opt(self.due_at)?,
            revision: unsigned(self.revision)?,
        })
    }

    /// The outer `None` is a failure.
    #[expect(clippy::option_option, reason = "absent is one thing, impossible another")]
    fn take_subscription(&mut self) -> Option<Option<Subscription>> {
        let (state, address, failures) = match (
            self.subscription_state.take(),
            self.subscription_address.take(),
            self.subscription_failures.take(),
        ) {
            (None, None, None) => return Some(None),
            (Some(state), Some(address), Some(failures)) => (state, address, failures),
            _ => return None,
        };
        Some(Some(Subscription {
            state: from_json(&state)?,
            address,
            endpoint: self.subscription_endpoint.take(),
            sealed: self.subscription_sealed.take().map(SealedBytes),
            failures: u32::try_from(failures).ok()?,
        }))
    }
}

/// Whether there is still something of the account to keep or to do: nothing of an erased one may be.
fn is_kept(record: &AccountRecord) -> bool {
    record.sealed.is_some() || record.subscription.is_some() || record.due_at.is_some()
}

const ACTIVE: &str = "active";
const DRAINING: &str = "draining";
const ERASED: &str = "erased";

/// An account's three names from their columns.
pub(super) fn account_ref(dispensary: Id, processor: String, account: Id) -> AccountRef {
    AccountRef {
        dispensary: DispensaryId::new(dispensary),
        processor: ProcessorId::from_stored(processor),
        account: AccountId::new(account),
    }
}
