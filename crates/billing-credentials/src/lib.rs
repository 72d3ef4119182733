//! A clinic's processor keys: parsed by a live-only policy, sealed at rest, and checked through the connector port.
//!
//! Nothing here sends, stores or logs. What staff paste is a [`Submitted`]; a [`ProcessorConnector`] makes a
//! well-formed [`Candidate`] of it or says per field what is wrong; a [`Seal`] encrypts its [`Secrets`] for the store.
//!
//! ```
//! use billing_credentials::{KeyPolicy, Submitted, fields, stripe};
//!
//! let pasted = Submitted::from_iter([
//!     (fields::PUBLISHABLE_KEY, "pk_test_51PgafTB7WZ01zgkWabcdefgh"),
//!     (fields::SECRET_KEY, "  sk_live_51PgafTB7WZ01zgkWabcdefgh\n"),
//! ]);
//! let wrong = stripe::parse_candidate(&pasted, KeyPolicy::LiveOnly).unwrap_err();
//! assert_eq!(
//!     wrong.to_string(),
//!     "publishable_key starts with pk_test: in the Stripe Dashboard toggle to view live keys"
//! );
//! ```

mod connector;
mod error;
pub mod fields;
mod key_ring;
mod masked;
pub mod moneris;
mod moneris_keys;
mod notice;
mod policy;
mod seal;
mod secrets;
pub mod stripe;
mod stripe_keys;

pub use connector::{AccountProfile, Candidate, Field, OpenedAccount, ProcessorConnector, VerifyError};
pub use error::{FieldError, FieldErrors, KeyError};
pub use key_ring::{KeyRing, KeyRingError, SealKey, SealKeyId, StaticKeyRing};
pub use notice::{
    Delivery, Endpoint, Heard, NoticeEndpoint, NoticeOwner, NoticeRefused, Registered, SubscribeError,
};
pub use policy::{KeyPolicy, Mode};
pub use seal::{Seal, SealError};
pub use secrets::{Secrets, Submitted};
pub use stripe_keys::{StripePublishableKey, StripeSecretKey};

/// Mocks of the ports (feature `mocks`), for a host's own unit tests.
#[cfg(feature = "mocks")]
pub mod mocks {
    pub use crate::connector::MockProcessorConnector;
    pub use crate::key_ring::MockKeyRing;
    pub use crate::notice::MockNoticeEndpoint;
}
