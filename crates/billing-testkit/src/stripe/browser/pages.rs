//! The files a browser loads, each with its policy: nothing inline, nothing from elsewhere. Holds no state.

use axum::extract::Path;
use axum::response::Response;

use crate::page::{ALONE_POLICY, CALLER_POLICY, CSS, HTML, JS, file, missing};

/// Drawn in a page of this machine; cannot send anything anywhere.
const FIELD_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors http://127.0.0.1:* http://localhost:*";

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
        _ => missing(ALONE_POLICY),
    }
}

/// A page in no frame.
pub(super) fn page(text: String) -> Response {
    file(HTML, ALONE_POLICY, text)
}
