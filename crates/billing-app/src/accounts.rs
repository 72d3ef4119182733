//! From a stored account to a processor one can call: keys are opened here, used, and dropped.

use std::sync::Arc;

use billing_credentials::OpenedAccount;
use billing_domain::{
    AccountRecord, AccountRef, AccountTrouble, Action, ActorId, Alarming, Certainty, Conflict,
    PaymentProcessor, ProcessorError, ProcessorErrorKind, QueryError, StoreError, Subject, TroubleKind,
    Write,
};

use crate::BillingError;
use crate::billing::Parts;
use crate::precedence::{ConnectedAccounts, choose};
use crate::steps::StepExt;

/// An account ready to be called.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) record: AccountRecord,
    pub(crate) processor: Arc<dyn PaymentProcessor>,
}

impl Parts {
    /// The account new card payments of `dispensary` go to, by the rule of precedence.
    pub(crate) async fn chosen(
        &self,
        dispensary: billing_domain::DispensaryId,
    ) -> Result<Connected, BillingError> {
        let records = self.store.accounts(dispensary).await?;
        let processor = choose(&self.config.ranking, &ConnectedAccounts::of(&records))?;
        let active =
            |record: &AccountRecord| record.state.is_active() && record.account.processor == processor;
        let record = records.into_iter().find(active).ok_or(crate::precedence::NoProcessor)?;
        self.connect(record)
    }

    /// The account a payment is pinned to, whatever its state, with the newest keys.
    pub(crate) async fn pinned(&self, account: &AccountRef) -> Result<Connected, BillingError> {
        self.connect(self.record_at(account).await?)
    }

    /// An account as it is stored now.
    pub(crate) async fn record_at(&self, account: &AccountRef) -> Result<AccountRecord, BillingError> {
        let records = self.store.accounts(account.dispensary).await?;
        let found = records.into_iter().find(|record| record.account == *account);
        found.ok_or_else(|| BillingError::UnknownAccount(account.clone()))
    }

    fn connect(&self, record: AccountRecord) -> Result<Connected, BillingError> {
        let opened = self.open(&record)?;
        let processor = self.connector(&record.account.processor)?.connect(&opened);
        if *processor.account() != record.account {
            return Err(BillingError::AccountMixUp);
        }
        Ok(Connected { record, processor })
    }

    /// The account's keys, opened.
    pub(crate) fn open(&self, record: &AccountRecord) -> Result<OpenedAccount, BillingError> {
        let sealed = record.sealed.as_ref().ok_or_else(|| BillingError::CredentialsMissing {
            processor: record.account.processor.clone(),
        })?;
        let secrets = self.seal.open(&record.account, record.version, sealed)?;
        Ok(OpenedAccount {
            account: record.account.clone(),
            version: record.version,
            public: record.public.clone(),
            secrets,
        })
    }

    /// Remembers that the processor refused the account's keys, and passes the error on.
    pub(crate) async fn query_failed(&self, record: &AccountRecord, error: QueryError) -> BillingError {
        self.note_trouble(record, &error.cause.kind).await;
        // Whether the question was sent says nothing of the charge: that may have been paid long ago.
        BillingError::Processor { certainty: Certainty::Unknown, cause: error.cause }
    }

    /// Shows on the pane that the processor refuses these keys. Best effort: the caller's own error matters more.
    pub(crate) async fn note_trouble(&self, record: &AccountRecord, kind: &ProcessorErrorKind) {
        let kind = match kind {
            ProcessorErrorKind::CredentialsRejected => TroubleKind::CredentialsRejected,
            ProcessorErrorKind::PermissionMissing(_) => TroubleKind::PermissionMissing,
            _ => return,
        };
        if record.trouble.is_some_and(|known| known.kind == kind) {
            return;
        }
        let mut troubled = record.clone();
        troubled.trouble = Some(AccountTrouble { since: self.clock.now(), kind });
        troubled.revision = troubled.revision.saturating_add(1);
        let step = self
            .step(
                record.account.dispensary,
                &ActorId::system(),
                Action::AccountNeedsAttention,
                Subject::Account(record.account.account),
            )
            .writing(Write::Account(Box::new(troubled)));
        match self.commit(step).await {
            Ok(_) => self.alarm.raise(&Alarming::KeysRefused { account: record.account.clone() }),
            // Someone changed the account meanwhile: the next call with its new keys will tell.
            Err(StoreError::Conflict(Conflict::Revision(_))) => {}
            Err(error) => tracing::warn!(%error, "could not record that keys were refused"),
        }
    }
}

impl Connected {
    /// The processor does not do what was asked.
    pub(crate) fn unsupported(&self) -> BillingError {
        BillingError::Processor {
            certainty: Certainty::Unknown,
            cause: ProcessorError {
                processor: self.record.account.processor.clone(),
                kind: ProcessorErrorKind::Unsupported,
                request_id: None,
                retry_after: None,
                source: None,
            },
        }
    }

    /// Refuses an amount the processor never takes, before anything is written or sent.
    pub(crate) fn accepts(&self, amount: billing_domain::Money) -> Result<(), BillingError> {
        self.processor.accepts(amount).map_err(|kind| BillingError::ProcessorRefusesAmount {
            processor: self.record.account.processor.clone(),
            kind,
        })
    }
}
