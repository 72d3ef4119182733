//! Card payments, as staff see them.

use billing_app::PaymentView;
use maud::{Markup, html};

use crate::pages::{Frame, layout};

/// A page of payments, newest first; `older` is the address of the next page.
pub fn payments(frame: &Frame<'_>, views: &[PaymentView], older: Option<&str>) -> Markup {
    let _ = (views, older);
    layout(frame, "Payments", &html! {})
}

/// One payment, with what can be done about it. `refused` says why the last thing asked was not done.
pub fn payment(frame: &Frame<'_>, view: &PaymentView, refused: Option<&str>) -> Markup {
    let _ = (view, refused);
    layout(frame, "Payment", &html! {})
}
