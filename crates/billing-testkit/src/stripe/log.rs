//! Every request that arrived, as it arrived, for tests to count and to search for leaks. Never an answer's body.

use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;

use super::FakeStripe;
use super::keys::{KeyKind, Mode};
use super::pattern::Pattern;

/// One request. Only [`authorization`](Self::authorization) holds the caller's key: a leak test searches the rest.
/// Its Debug shows the request line and the answer's status.
#[derive(Clone)]
pub struct RecordedRequest {
    /// The account the key belongs to; None if the key was refused.
    pub account: Option<String>,
    /// When it arrived, on the fake's clock.
    pub at: Timestamp,
    /// The Authorization header's value.
    pub authorization: Option<String>,
    /// The body, byte for byte.
    pub body: Bytes,
    /// Every header but Authorization.
    pub headers: HeaderMap,
    /// The Idempotency-Key header.
    pub idempotency_key: Option<String>,
    /// What kind of key it came with; publishable means a browser. None if the key was refused.
    pub key_kind: Option<KeyKind>,
    /// The method.
    pub method: String,
    /// The key's mode; None if the key was refused.
    pub mode: Option<Mode>,
    /// The decoded parameters of address and body; null if they could not be decoded.
    pub params: Value,
    /// The path, without the query.
    pub path: String,
    /// The query, undecoded; empty if there is none.
    pub query: String,
    /// The `Request-Id` of the answer.
    pub request_id: String,
    /// The answer's status; None if there was no answer (yet).
    pub status: Option<u16>,
    /// The Stripe-Version header.
    pub stripe_version: Option<String>,
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("account", &self.account)
            .field("request_id", &self.request_id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl RecordedRequest {
    /// Whether it is a `pattern` request (see [`Faults`](super::Faults)).
    pub fn is(&self, pattern: &str) -> bool {
        Pattern::new(pattern).matches(&self.method, &self.path)
    }

    /// Whether it came with a publishable key.
    pub fn is_from_browser(&self) -> bool {
        self.key_kind == Some(KeyKind::Publishable)
    }

    /// Everything but the Authorization value, in one text to search.
    pub fn outside_authorization(&self) -> String {
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))
        };
        let mut lines = vec![format!("{} {}?{}", self.method, self.path, self.query)];
        lines.extend(self.headers.iter().map(header));
        lines.push(String::from_utf8_lossy(&self.body).into_owned());
        lines.push(self.params.to_string());
        lines.join("\n")
    }
}

impl FakeStripe {
    /// Every request so far, oldest first.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state().requests.clone()
    }

    /// The requests that match `pattern`, oldest first.
    pub fn requests_to(&self, pattern: &str) -> Vec<RecordedRequest> {
        self.state().requests.iter().filter(|request| request.is(pattern)).cloned().collect()
    }

    /// How many requests matched `pattern`.
    pub fn count(&self, pattern: &str) -> usize {
        self.state().requests.iter().filter(|request| request.is(pattern)).count()
    }

    /// How many requests came without a Stripe-Version header.
    pub fn count_without_version(&self) -> usize {
        self.state().requests.iter().filter(|request| request.stripe_version.is_none()).count()
    }

    /// Empties the log, for long runs.
    pub fn forget_requests(&self) {
        self.state().requests.clear();
    }
}
