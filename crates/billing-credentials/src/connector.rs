//! The port for what differs per processor when keys are pasted: parsing, checking, connecting.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use billing_domain::{AccountRef, PaymentProcessor, ProcessorError, ProcessorId, PublicFields};

use crate::{FieldErrors, KeyPolicy, NoticeEndpoint, Secrets, Submitted};

/// What the application needs of a processor before there is an account to call.
///
/// # Contract
///
/// - [`parse`](Self::parse) is pure and reports every wrong field at once, never its value.
/// - [`verify`](Self::verify) changes nothing at the processor and moves no money.
/// - [`connect`](Self::connect) makes no call.
/// - Nothing here stores or logs a key.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ProcessorConnector: fmt::Debug + Send + Sync {
    /// Which processor.
    fn processor(&self) -> ProcessorId;

    /// The fields of its settings pane, in the order staff see them.
    fn fields(&self) -> Vec<Field>;

    /// Reads what staff pasted.
    fn parse(&self, pasted: &Submitted, policy: KeyPolicy) -> Result<Candidate, FieldErrors>;

    /// Asks the processor whose keys these are and whether they can charge.
    async fn verify(&self, candidate: &Candidate) -> Result<AccountProfile, VerifyError>;

    /// The processor's port on this account.
    fn connect(&self, account: &OpenedAccount) -> Arc<dyn PaymentProcessor>;

    /// The processor's notices, if it sends any.
    fn notices(&self) -> Option<Arc<dyn NoticeEndpoint>> {
        None
    }
}

/// One field of a settings pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in [`Submitted`] and in errors.
    pub name: &'static str,
    /// Whether what is typed must not be shown.
    pub secret: bool,
    /// Whether it must be filled.
    pub required: bool,
}

/// Well-formed keys, not saved yet.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What a browser may see.
    pub public: PublicFields,
    /// What staff may see of the secret fields afterwards.
    pub masked: PublicFields,
    /// The secret fields.
    pub secrets: Secrets,
    /// What looks odd but is not proven wrong, for staff.
    pub remarks: Vec<String>,
}

/// What a processor says of the account behind a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountProfile {
    /// The processor's own id of the account.
    pub external_id: String,
    /// The business name, if the processor shows one.
    pub business_name: Option<String>,
    /// What could not be confirmed, for staff.
    pub remarks: Vec<String>,
}

/// A saved account with its keys opened: lives only as long as a call needs it.
#[derive(Clone, Debug)]
pub struct OpenedAccount {
    /// Which account.
    pub account: AccountRef,
    /// The version of its keys.
    pub version: u32,
    /// What a browser may see.
    pub public: PublicFields,
    /// The secret fields.
    pub secrets: Secrets,
}

/// Why pasted keys were not accepted by the processor. Nothing was stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The account behind the keys may not take card payments.
    #[error("the account cannot take card payments yet: finish its activation at the processor")]
    CannotCharge,
    /// The keys belong to two accounts.
    #[error("the two keys belong to different accounts")]
    KeysOfTwoAccounts,
    /// The keys lack a permission this library needs.
    #[error("the key lacks a permission: {0}")]
    PermissionMissing(String),
    /// The processor does not know the keys.
    #[error("the processor rejected the keys: copy them again")]
    Rejected,
    /// The processor could not be asked.
    #[error("the keys could not be checked: {0}")]
    Unavailable(#[source] ProcessorError),
    /// The keys are of another mode than they say.
    #[error("the keys are not of the mode they claim (live or test)")]
    WrongMode,
}
