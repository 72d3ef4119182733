//! The names of things: one newtype per kind of id, so that no id can stand in for another.
//!
//! Ids are made by the [`Ids`] port, never here (the domain holds no randomness).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with this UUID.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId(stringify!($name)))
            }
        }
    )+};
}

uuid_ids! {
    /// One saved account of a dispensary at a processor; it survives every roll of its keys.
    AccountId,
    /// One claim of a status check: only whoever made it may give it back.
    CheckId,
    /// A dispensary: one set of books.
    DispensaryId,
    /// An invoice made with this library. Its maker chooses it: a UUID of version 7, so that lists are in order of age.
    InvoiceId,
    /// One sweep's hold on accounts: only whoever took it may extend or end it.
    LeaseId,
    /// An office: a clinic.
    OfficeId,
    /// A payment on a payable.
    PaymentId,
    /// A practitioner.
    PractitionerId,
    /// A refund. Its maker chooses it, and asking for the same one again is asking once.
    RefundId,
    /// One step of the store: the name under which its writes are committed at most once.
    StepId,
    /// A charge that arrived against a finished attempt.
    StrayChargeId,
}

/// The port that makes ids. They are time-ordered UUIDs (version 7), so that rows written together lie together.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait Ids: fmt::Debug + Send + Sync {
    /// A UUID never returned before.
    fn next(&self) -> Uuid;
}

/// The id of what a card payment is for: an [`InvoiceId`] of ours, or the id of a host's own invoice.
///
/// 1 to 100 characters of `A-Z a-z 0-9 . _ : -`. It leaves the building as Stripe's `invoice_id` metadata, so it
/// must be opaque: never a name, a chart number or a date of birth.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PayableId(String);

impl PayableId {
    /// The longest id accepted, in characters.
    pub const LENGTH_MAX: usize = 100;

    /// Parses a host's own invoice id.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-');
        if text.is_empty() || text.len() > Self::LENGTH_MAX || !text.chars().all(allowed) {
            return Err(InvalidId("PayableId"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PayableId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(&text)
    }
}

impl From<InvoiceId> for PayableId {
    fn from(invoice: InvoiceId) -> Self {
        Self(invoice.to_string())
    }
}

impl From<PayableId> for String {
    fn from(id: PayableId) -> Self {
        id.0
    }
}

impl FromStr for PayableId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::parse(text)
    }
}

impl fmt::Display for PayableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is not an id of the named kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct InvalidId(pub &'static str);
