//! Every request of a server, as it arrived, for tests to count and to search for leaks. Never an answer's body.

use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;

use super::FakeMoneris;

/// One request. Its [`body`](Self::body) holds the API token, as Moneris wants it: a leak test searches
/// [`outside_token`](Self::outside_token). Its Debug shows what was asked of which store, and the answer's status.
#[derive(Clone)]
pub struct RecordedRequest {
    /// The amount as it was written.
    pub amount: Option<String>,
    /// When it arrived, on the fake's clock.
    pub at: Timestamp,
    /// The body, byte for byte, API token included.
    pub body: Bytes,
    /// The temporary token.
    pub data_key: Option<String>,
    /// Every header.
    pub headers: HeaderMap,
    /// As in [`Faults`](super::Faults); `unreadable` if it was no request.
    pub operation: String,
    /// The order id.
    pub order_id: Option<String>,
    /// The path.
    pub path: String,
    /// The answer's status; None if there was no answer (yet).
    pub status: Option<u16>,
    /// Whether it asked for a status only.
    pub status_check: bool,
    /// The store id it claimed.
    pub store_id: Option<String>,
    /// The Checkout ticket.
    pub ticket: Option<String>,
    /// The transaction that it follows.
    pub txn_number: Option<String>,
    pub(super) api_token: Option<String>,
    /// Its place among all that ever arrived.
    pub(super) number: u64,
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("operation", &self.operation)
            .field("store_id", &self.store_id)
            .field("order_id", &self.order_id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl RecordedRequest {
    /// Whether it is of this operation, or `operation` is `*`.
    pub fn is(&self, operation: &str) -> bool {
        operation == "*" || self.operation == operation
    }

    /// Everything but the API token in its own place, in one text to search.
    pub fn outside_token(&self) -> String {
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))
        };
        let body = String::from_utf8_lossy(&self.body);
        let token = self.api_token.as_deref().filter(|token| !token.is_empty());
        let mut lines = vec![self.path.clone()];
        lines.extend(self.headers.iter().map(header));
        lines.push(token.map_or_else(|| body.to_string(), |token| body.replacen(token, "", 1)));
        lines.join("\n")
    }
}

impl FakeMoneris {
    /// Every request so far, oldest first. What cardholders type is not among them.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state().requests.clone()
    }

    /// The requests of this operation, oldest first; `*` is every one.
    pub fn requests_to(&self, operation: &str) -> Vec<RecordedRequest> {
        self.state().requests.iter().filter(|request| request.is(operation)).cloned().collect()
    }

    /// How many requests were of this operation; `*` is every one.
    pub fn count(&self, operation: &str) -> usize {
        self.state().requests.iter().filter(|request| request.is(operation)).count()
    }

    /// Empties the log, for long runs.
    pub fn forget_requests(&self) {
        self.state().requests.clear();
    }
}
