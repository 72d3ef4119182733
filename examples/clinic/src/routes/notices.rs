//! Processors' notices: headers and body as they came go to the library, and its status goes back. No page, no session, no form.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use billing_credentials::Delivery;
use billing_domain::{AccountId, DispensaryId};

use crate::app::App;

/// The longest body; the library looks at no longer one.
pub(super) const BODY_BYTES_MAX: usize = 1024 * 1024;

pub(super) async fn receive(
    State(app): State<Arc<App>>,
    Path((dispensary, account)): Path<(DispensaryId, AccountId)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let headers = headers.iter().filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    let delivery = Delivery { headers: headers.collect(), body: body.into() };
    let status = match app.billing.receive_notice(dispensary, account, delivery).await {
        Ok(answer) => answer.status(),
        Err(error) => error.status(),
    };
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
