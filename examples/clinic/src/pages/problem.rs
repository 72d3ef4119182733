//! What a person reads when a request was not answered as they hoped.

use billing_app::BillingError;
use maud::{Markup, html};

use crate::pages::{Frame, layout};
use crate::words;

/// A page for an HTTP status: 403, 404, 405, 413, 422 and so on.
pub fn problem(frame: &Frame<'_>, status: u16) -> Markup {
    told(frame, words::problem_heading(frame.lang, status), words::problem(frame.lang, status))
}

/// A page for what the library refused, with what to do about it.
pub fn refused(frame: &Frame<'_>, why: &BillingError) -> Markup {
    told(frame, frame.words().not_done, &words::refusal(frame.lang, why))
}

fn told(frame: &Frame<'_>, heading: &str, text: &str) -> Markup {
    let main = html! {
        p class="lead" { (text) }
        p { a class="button" href="/" { (frame.words().go_home) } }
    };
    layout(frame, heading, &main)
}
