//! The port to the network: one request out, one answer back. It never retries and never reads a body's meaning.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::SendError;

/// Performs one HTTP exchange.
///
/// # Contract
///
/// - One call makes at most one request on the wire: no redirect is followed and nothing is sent again.
/// - An answer is returned whole or not at all: a body that is cut short or over [`Limits::body_bytes`] is an error.
/// - [`SendError::delivery`] is [`Delivery::NotSent`](crate::Delivery::NotSent) only when no byte of the request
///   can have reached the other side.
/// - Every wait is bounded by the request's [`Limits`].
#[async_trait]
pub trait Exchange: fmt::Debug + Send + Sync {
    /// Sends `request` once and returns the answer, whatever its status.
    async fn send(&self, request: Request) -> Result<Response, SendError>;
}

/// One HTTP request, ready to leave. Its Debug shows the method and path only.
#[derive(Clone)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The absolute address, query included. It must not hold a secret.
    pub url: String,
    /// Headers in order; values that are secrets are marked [sensitive](HeaderValue::set_sensitive).
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body; empty for a GET.
    pub body: Bytes,
    /// How long and how much this request may take.
    pub limits: Limits,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        f.debug_struct("Request").field("method", &self.method).field("url", &path).finish_non_exhaustive()
    }
}

/// The bounds of one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the start of the send until the whole body is read.
    pub total: Duration,
    /// The largest answer body accepted, in bytes.
    pub body_bytes: usize,
}

/// One HTTP answer, whole. Its Debug shows the status and the body's length only: bodies hold client secrets.
#[derive(Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: StatusCode,
    /// The answer's headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
