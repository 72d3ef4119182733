//! The style sheet, the script, and whether we are well.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::answer::Refusal;
use crate::app::App;
use crate::guard::set;
use crate::{assets, places};

/// A text compiled in. It changes with the program only, but its address does not, so it is asked for again each time
/// the program was restarted at the latest.
pub(super) async fn asset(Path(name): Path<String>) -> Result<Response, Refusal> {
    let asset = assets::ALL.into_iter().find(|asset| asset.path.strip_prefix("/assets/") == Some(&name));
    let asset = asset.ok_or(Refusal::NotFound)?;
    let mut response = asset.text.into_response();
    set(&mut response, header::CONTENT_TYPE, asset.content_type);
    set(&mut response, header::CACHE_CONTROL, "public, max-age=60");
    Ok(response)
}

/// Whether the store answers.
pub(super) async fn health(State(app): State<Arc<App>>) -> Response {
    let mut response = match app.billing.changes(places::OFFICE, 0, 1).await {
        Ok(_) => "ok".into_response(),
        Err(error) => {
            tracing::error!(%error, "the store does not answer");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    };
    set(&mut response, header::CACHE_CONTROL, "no-store");
    response
}
