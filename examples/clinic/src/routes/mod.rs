//! Which path is whose. A handler reads what was sent into the library's types, calls the library once, and shows the
//! answer.

mod assets;
mod dispensaries;
mod draft;
mod help_centre;
mod invoices;
mod notices;
mod pay;
mod payments;
mod refunds;
mod settings;
mod sign_in;
mod transactions;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use crate::answer::Refusal;
use crate::app::App;
use crate::guard;
use crate::words::Notice;

/// Below it processors deliver their notices.
pub(crate) const NOTICES: &str = "/notices";

/// No browser's: no session, no page, and addressed to whatever name the processor knows us by.
fn deliveries(app: Arc<App>) -> Router {
    Router::new()
        .route("/notices/{dispensary}/{account}", post(notices::receive))
        .layer(DefaultBodyLimit::max(notices::BODY_BYTES_MAX))
        .with_state(app)
}

pub(crate) fn router(app: Arc<App>) -> Router {
    let dispensary = Router::new()
        .route("/transactions", get(transactions::list))
        .route("/invoices", post(invoices::create))
        .route("/invoices/new", get(invoices::new))
        .route("/invoices/{invoice}", get(invoices::show))
        .route("/invoices/{invoice}/edit", get(invoices::edit).post(invoices::save))
        .route("/invoices/{invoice}/finalise", post(invoices::finalise))
        .route("/invoices/{invoice}/reopen", post(invoices::reopen))
        .route("/invoices/{invoice}/void", post(invoices::void))
        .route("/invoices/{invoice}/pay", get(pay::window))
        .route("/invoices/{invoice}/send-request", post(pay::send_request))
        .route("/payments", get(payments::list))
        .route("/payments/{payment}", get(payments::show))
        .route("/payments/{payment}/look", post(payments::look))
        .route("/payments/{payment}/cancel", post(payments::cancel))
        .route("/payments/{payment}/finding", post(payments::record_finding))
        .route("/payments/{payment}/refund", post(refunds::give_back))
        .route("/payments/{payment}/refunds/{refund}/look", post(refunds::look))
        .route("/payments/{payment}/refunds/{refund}/finding", post(refunds::record_finding))
        .route("/payments/{payment}/charge", post(pay::charge))
        .route("/payments/{payment}/settle", post(pay::settle))
        .route("/payments/{payment}/state", get(pay::state))
        .route("/payments/{payment}/return", get(pay::come_back))
        .route("/settings", get(settings::show))
        .route("/settings/{processor}/keys", post(settings::save_keys))
        .route("/settings/{processor}/remove", post(settings::remove))
        .route("/settings/{processor}/check", post(settings::check))
        .route("/settings/{processor}/draining/{account}/keys", post(settings::supply_drain_keys))
        .route("/settings/{processor}/draining/{account}/erase", post(settings::erase));
    Router::new()
        .route("/", get(sign_in::home))
        .route("/healthz", get(assets::health))
        .route("/assets/{name}", get(assets::asset))
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/language", post(sign_in::choose_language))
        .route("/dispensaries", get(dispensaries::list))
        .route("/help-centre", get(help_centre::show))
        .route("/help-centre/unlock", post(help_centre::unlock))
        .nest("/d/{dispensary}", dispensary)
        .route_layer(from_fn_with_state(Arc::clone(&app), guard::admit))
        .fallback(async || Refusal::NotFound)
        .method_not_allowed_fallback(async || Refusal::MethodNotAllowed)
        .layer(from_fn_with_state(Arc::clone(&app), guard::receive))
        .with_state(Arc::clone(&app))
        .merge(deliveries(app))
}

/// The way on after a form: what was done is told there.
fn done(path: &str, notice: Notice) -> Response {
    Redirect::to(&format!("{path}?notice={}", notice.code())).into_response()
}
