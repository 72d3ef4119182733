//! What a person reads when a request was not answered as they hoped.

use billing_app::BillingError;
use maud::{Markup, html};

use crate::pages::{Frame, layout};

/// A page for an HTTP status: 403, 404, 405, 413, 422 and so on.
pub fn problem(frame: &Frame<'_>, status: u16) -> Markup {
    layout(frame, &status.to_string(), &html! {})
}

/// A page for what the library refused, with what to do about it.
pub fn refused(frame: &Frame<'_>, why: &BillingError) -> Markup {
    let _ = why;
    layout(frame, "Not done", &html! {})
}
