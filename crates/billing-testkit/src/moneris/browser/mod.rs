//! The browser side: the tokenization frame, the stand-in for Checkout's script and its form. Never a store's credentials.

use axum::Router;

use super::FakeMoneris;

/// What browsers load and call.
pub(super) fn router() -> Router<FakeMoneris> {
    Router::new()
}
