//! What operators see of a send, as `tracing` events. Never a header, a query or a body.

use std::time::Duration;

use http::Method;

use crate::{Response, SendError};

/// The send about to be observed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observed<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    /// 1 for the first send of a request.
    pub(crate) send: u32,
}

impl Observed<'_> {
    pub(crate) fn outcome(self, outcome: &Result<Response, SendError>, elapsed: Duration) {
        let Self { method, path, send } = self;
        let elapsed_ms = elapsed.as_millis();
        match outcome {
            Ok(response) => {
                let (status, request_id) = (response.status.as_u16(), request_id(response));
                tracing::debug!(%method, path, send, status, request_id, elapsed_ms, "answered");
            }
            Err(error) => {
                tracing::warn!(%method, path, send, kind = ?error.kind, delivery = ?error.delivery, elapsed_ms, "no answer");
            }
        }
    }
}

/// The path of an absolute address, without its query.
pub(crate) fn path(url: &str) -> &str {
    let without_query = url.split(['?', '#']).next().unwrap_or_default();
    let after_scheme = without_query.split_once("://").map_or(without_query, |(_, rest)| rest);
    after_scheme.find('/').map_or("/", |start| &after_scheme[start..])
}

/// The processor's own name for the exchange, if it is short and plain enough to be one.
fn request_id(response: &Response) -> Option<&str> {
    let value = response.headers.get("request-id").or_else(|| response.headers.get("x-request-id"))?;
    value.to_str().ok().filter(|id| id.len() <= 128)
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn the_path_has_neither_host_nor_query() {
        assert_eq!(path("https://user:pw@api.example/v1/items/pi_1?secret=1#x"), "/v1/items/pi_1");
        assert_eq!(path("https://api.example?secret=1/2"), "/");
    }
}
