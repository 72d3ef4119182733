//! The files a browser loads, each with its policy: nothing inline, nothing from elsewhere. Holds no state.

use axum::extract::Path;
use axum::response::Response;
use serde_json::Value;

use crate::page::{ALONE_POLICY, CALLER_POLICY, CSS, HTML, JS, file, missing};

/// The tokenization frame. Its query says how it looks and what it asks for.
pub(super) async fn frame() -> Response {
    file(HTML, CALLER_POLICY, include_str!("assets/frame.html"))
}

pub(super) async fn frame_file(Path(name): Path<String>) -> Response {
    match name.as_str() {
        "frame.css" => file(CSS, ALONE_POLICY, include_str!("assets/frame.css")),
        "frame.js" => file(JS, ALONE_POLICY, include_str!("assets/frame.js")),
        "page.css" => file(CSS, ALONE_POLICY, include_str!("assets/page.css")),
        _ => missing(ALONE_POLICY),
    }
}

/// Checkout's form, of the ticket that its query names.
pub(super) async fn checkout() -> Response {
    file(HTML, CALLER_POLICY, include_str!("assets/checkout.html"))
}

pub(super) async fn checkout_file(Path(name): Path<String>) -> Response {
    match name.as_str() {
        "checkout.css" => file(CSS, ALONE_POLICY, include_str!("assets/checkout.css")),
        "checkout.js" => file(JS, ALONE_POLICY, include_str!("assets/checkout.js")),
        _ => missing(ALONE_POLICY),
    }
}

/// The script that a page loads, under every version's name.
pub(super) async fn script(Path(name): Path<String>) -> Response {
    match name.as_str() {
        "chkt_v1.00.js" | "chkt_v2.00.js" | "chkt_v3.00.js" => {
            file(JS, ALONE_POLICY, include_str!("assets/chkt.js"))
        }
        _ => missing(ALONE_POLICY),
    }
}

/// A page in no frame.
pub(super) fn page(text: String) -> Response {
    file(HTML, ALONE_POLICY, text)
}

/// What a page's own call gets.
pub(super) fn answer(body: &Value) -> Response {
    file("application/json", ALONE_POLICY, body.to_string())
}
