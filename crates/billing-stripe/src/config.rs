//! How Stripe is called: where, in which version, how long and how much. Never a key.

use std::time::Duration;

use billing_transport::Limits;

/// The version of Stripe's API that this crate is written and tested for
/// (<https://docs.stripe.com/changelog>). It is sent with every request.
pub const API_VERSION: &str = "2026-10-28.endive";

/// Where and within which bounds Stripe is called.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StripeConfig {
    /// `https://api.stripe.com`, or a loopback address of a fake. Without a slash at the end.
    pub base_url: String,
    /// The largest answer read, in bytes. Default 2 MiB: a page of 100 `PaymentIntents` with their charges is about 600 KiB.
    pub body_bytes_max: usize,
    /// From the start of a call to its end, all its sends and waits included. Default 1 min.
    pub call_deadline: Duration,
    /// From the start of one send to its whole answer. Default 30 s: someone at a desk waits for it.
    pub send_deadline: Duration,
    /// How often one request may be sent, the first time included. Default 3, as in Stripe's own libraries.
    pub sends_max: u32,
}

impl StripeConfig {
    /// The defaults, with Stripe at `base_url`.
    pub fn new(base_url: impl Into<String>) -> Self {
        let mut base_url = base_url.into();
        base_url.truncate(base_url.trim_end_matches('/').len());
        Self {
            base_url,
            body_bytes_max: 2 << 20,
            call_deadline: Duration::from_mins(1),
            send_deadline: Duration::from_secs(30),
            sends_max: 3,
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits { total: self.send_deadline, body_bytes: self.body_bytes_max }
    }
}

impl Default for StripeConfig {
    fn default() -> Self {
        Self::new("https://api.stripe.com")
    }
}
