//! The files a browser loads, each with its policy: nothing inline, nothing from elsewhere. Holds no state.

use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, StatusCode};

const CSS: &str = "text/css; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// Drawn in a page of this machine; cannot send anything anywhere.
const FIELD_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors http://127.0.0.1:* http://localhost:*";

/// The same, and may call the fake's API.
const CALLER_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors http://127.0.0.1:* http://localhost:*";

/// A page of its own, in no frame. Files that are not pages get it too.
const ALONE_POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) async fn script() -> Response {
    file(JS, ALONE_POLICY, include_str!("assets/stripe.js"))
}

/// What a frame consists of.
pub(super) async fn frame(Path(name): Path<String>) -> Response {
    match name.as_str() {
        "api.js" => file(JS, ALONE_POLICY, include_str!("assets/api.js")),
        "bank.html" => file(HTML, CALLER_POLICY, include_str!("assets/bank.html")),
        "bank.js" => file(JS, ALONE_POLICY, include_str!("assets/bank.js")),
        "controller.html" => file(HTML, CALLER_POLICY, include_str!("assets/controller.html")),
        "controller.js" => file(JS, ALONE_POLICY, include_str!("assets/controller.js")),
        "field.css" => file(CSS, ALONE_POLICY, include_str!("assets/field.css")),
        "field.html" => file(HTML, FIELD_POLICY, include_str!("assets/field.html")),
        "field.js" => file(JS, ALONE_POLICY, include_str!("assets/field.js")),
        "page.css" => file(CSS, ALONE_POLICY, include_str!("assets/page.css")),
        "parent.js" => file(JS, ALONE_POLICY, include_str!("assets/parent.js")),
        "rules.js" => file(JS, ALONE_POLICY, include_str!("assets/rules.js")),
        _ => {
            let mut missing = file("text/plain; charset=utf-8", ALONE_POLICY, "There is no such page.\n");
            *missing.status_mut() = StatusCode::NOT_FOUND;
            missing
        }
    }
}

/// A page in no frame.
pub(super) fn page(text: String) -> Response {
    file(HTML, ALONE_POLICY, text)
}

fn file(kind: &'static str, policy: &'static str, text: impl Into<Body>) -> Response {
    let mut response = Response::new(text.into());
    response.headers_mut().extend([
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ]);
    response
}
