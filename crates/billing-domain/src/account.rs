//! A dispensary's account at a processor, as the store keeps it: public fields in the clear, keys sealed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccountId, ActorId, DispensaryId, Subscription};

/// The name of a processor. Open: a new adapter brings its own name and needs no change here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProcessorId(Cow<'static, str>);

impl ProcessorId {
    /// Moneris.
    pub const MONERIS: Self = Self::new("moneris");
    /// Stripe.
    pub const STRIPE: Self = Self::new("stripe");

    /// The processor with this lower-case name.
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The processor with this name, read from a store.
    pub fn from_stored(name: String) -> Self {
        Self(Cow::Owned(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProcessorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which account: whose, at which processor. Payments are pinned to it for life.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountRef {
    /// The dispensary it belongs to.
    pub dispensary: DispensaryId,
    /// The processor it is at.
    pub processor: ProcessorId,
    /// The account, whatever its keys are now.
    pub account: AccountId,
}

/// The fields of an account that a browser may see (a publishable key, a frame's profile id), by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicFields(pub BTreeMap<String, String>);

impl PublicFields {
    /// The field called `name`.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for PublicFields {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(k, v)| (k.into(), v.into())).collect())
    }
}

/// Keys encrypted for storage. What is inside only the seal that made it can tell.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedBytes(pub Vec<u8>);

impl fmt::Debug for SealedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedBytes({} bytes)", self.0.len())
    }
}

/// Everything kept about one account of a dispensary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRecord {
    /// Which account.
    pub account: AccountRef,
    /// The version of its keys: 1 when first saved, one more with every save.
    pub version: u32,
    /// Whether new payments may choose it.
    pub state: AccountState,
    /// What a browser may see.
    pub public: PublicFields,
    /// What staff may see of the secret fields: a prefix and at most the last four characters.
    pub masked: PublicFields,
    /// The keys, sealed; absent once erased.
    pub sealed: Option<SealedBytes>,
    /// The processor's own id of the account (Stripe `acct_…`, a Moneris store id), once verified.
    pub external_id: Option<String>,
    /// The business name the processor showed, once verified.
    pub business_name: Option<String>,
    /// When the processor last confirmed the keys; absent when they were saved unchecked.
    pub verified_at: Option<Timestamp>,
    /// What verification could not confirm, for staff (a permission that is missing or was not checked).
    pub remarks: Vec<String>,
    /// Since when the processor refuses these keys.
    pub trouble: Option<AccountTrouble>,
    /// When this version was saved.
    pub saved_at: Timestamp,
    /// Who saved this version.
    pub saved_by: ActorId,
    /// The processor's notices about it, wherever they were asked for.
    pub subscription: Option<Subscription>,
    /// When the account itself, not a payment of it, needs something done next: its subscription, or the end of its draining.
    pub due_at: Option<Timestamp>,
    /// Grows by one with every change of the record.
    pub revision: u64,
}

/// Whether an account may be chosen for new payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// New payments may choose it.
    Active,
    /// Removed or replaced: it only finishes what it began.
    Draining {
        /// Since when.
        since: Timestamp,
        /// When its keys are erased, whatever is still open.
        until: Timestamp,
    },
    /// Its keys are gone; only the record remains.
    Erased {
        /// Since when.
        since: Timestamp,
    },
}

impl AccountState {
    /// Whether new payments may choose the account.
    pub fn is_active(self) -> bool {
        self == Self::Active
    }
}

/// The processor refused the account's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountTrouble {
    /// Since when.
    pub since: Timestamp,
    /// How.
    pub kind: TroubleKind,
}

/// How a processor refused an account's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TroubleKind {
    /// The keys are wrong, expired or rolled.
    CredentialsRejected,
    /// The keys lack a permission.
    PermissionMissing,
}
