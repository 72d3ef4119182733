//! One HTTP exchange with a payment processor: deadlines, delivery certainty, retry timing, limits, redaction.
//!
//! Knows nothing of payments or processors: adapters build requests and read answers.

//!
//! An adapter shares one [`HttpExchange`] in a [`Client`], and executes a [`Request`] under a [`RetryPlan`]. What it
//! gets back says, beside the answer, whether an earlier send may have arrived.

mod certainty;
mod client;
mod exchange;
mod http_exchange;
mod observe;
mod redact;
mod retry;
mod tls;

pub use certainty::{Delivery, SendError, SendErrorKind};
pub use client::{Answer, Client, ClientError};
pub use exchange::{Exchange, Limits, Request, Response};
pub use http_exchange::{HttpConfig, HttpExchange, SetupError};
pub use redact::bearer;
pub use retry::{DispatchGate, Retry, RetryPlan, RetryPolicy};

/// The `User-Agent` of a request that brings none of its own.
pub const USER_AGENT: &str = concat!("billing-transport/", env!("CARGO_PKG_VERSION"));
