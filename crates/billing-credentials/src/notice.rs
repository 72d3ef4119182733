//! The port for a processor's notices: checking and reading what it delivers, and the endpoint it delivers to.

use std::fmt;

use async_trait::async_trait;
use billing_domain::payment::Reference;
use billing_domain::{NoticeId, ProcessorError, PublicFields, SubscriptionRefusal};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::OpenedAccount;

/// What differs per processor about notices.
///
/// # Contract
///
/// - [`verify`](Self::verify) and [`parse`](Self::parse) are pure and never panic, whatever was delivered. What `verify` refused is
///   never parsed.
/// - A signature is checked over the very bytes that came, in constant time, with every secret, none of them blank.
/// - A notice is a hint: what it says of a charge is not read, only which charge it is about.
/// - [`register`](Self::register) and [`remove`](Self::remove) may be repeated at any time, and after a crash at any moment: they leave
///   one endpoint with our address, or none.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait NoticeEndpoint: fmt::Debug + Send + Sync {
    /// Whether one of `secrets` signed the delivery, at a time close to when it was received.
    fn verify(
        &self,
        delivery: &Delivery,
        secrets: &[SecretString],
        received_at: Timestamp,
    ) -> Result<(), NoticeRefused>;

    /// Reads the body of a verified delivery.
    fn parse(&self, body: &[u8], owner: &NoticeOwner) -> Result<Heard, NoticeRefused>;

    /// Makes sure that the processor has exactly one endpoint with our address, for the notices we use: the known one if it is there
    /// and right, otherwise a new one.
    async fn register(
        &self,
        account: &OpenedAccount,
        endpoint: &Endpoint,
    ) -> Result<Registered, SubscribeError>;

    /// Makes sure that the processor has no endpoint with our address, nor the known one.
    async fn remove(&self, account: &OpenedAccount, endpoint: &Endpoint) -> Result<(), SubscribeError>;
}

/// What came to the host's endpoint, untouched. Its Debug shows sizes only.
#[derive(Clone)]
pub struct Delivery {
    /// Every header, as it came; names in any case.
    pub headers: Vec<(String, String)>,
    /// The body's bytes, before any decoding.
    pub body: Vec<u8>,
}

impl Delivery {
    /// The values of the header called `name`, in any case.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("headers", &self.headers.len())
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// The account a delivery was addressed to, as far as a notice must agree with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeOwner {
    /// The account's public fields.
    pub public: PublicFields,
    /// The processor's own id of the account, once verified.
    pub external_id: Option<String>,
}

/// An account's endpoint, as we know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Where the processor is to deliver; no other account has this address.
    pub address: String,
    /// The processor's id of the endpoint, if it is known and so is its secret.
    pub known: Option<String>,
}

/// What a verified notice says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Heard {
    /// Something about a charge changed.
    About {
        /// The processor's id of the notice.
        id: NoticeId,
        /// What the processor calls it, at most 100 characters.
        kind: String,
        /// Of which charge.
        reference: Reference,
    },
    /// Nothing of ours, for this reason: it is acknowledged, and nothing is done.
    Ignored(&'static str),
}

/// An endpoint at the processor.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The processor's id of it.
    pub endpoint: String,
    /// What its signatures are checked with; absent if the known endpoint was kept.
    pub secret: Option<SecretString>,
}

/// Why a delivery is not believed. Nothing was stored, and nothing of it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoticeRefused {
    /// The body is not a notice.
    #[error("the body is not a notice of this processor")]
    Malformed,
    /// There is no secret to check it with, or only a blank one.
    #[error("no signing secret is known for this address")]
    NoSecret,
    /// The signature is missing, unreadable or wrong.
    #[error("the signature is missing or wrong")]
    Signature,
    /// It was signed too long before it came, or for a time to come.
    #[error("the delivery was signed for another time than it came at")]
    Stale,
    /// The notice is of a kind that names a thing without telling of it.
    #[error("thin notices are not supported: register the endpoint for snapshot events")]
    Thin,
}

/// Why an endpoint was not registered or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The processor refused, and would again.
    #[error("the processor refused the endpoint: {cause}")]
    Refused {
        /// In which way.
        refusal: SubscriptionRefusal,
        /// What it said.
        #[source]
        cause: ProcessorError,
    },
    /// The processor could not be asked, or did not answer: it may be there or not.
    #[error("the processor could not be asked about the endpoint: {0}")]
    Unavailable(#[source] ProcessorError),
}
