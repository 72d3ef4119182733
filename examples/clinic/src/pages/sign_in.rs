//! The sign-in page of a demo without passwords.

use maud::{Markup, html};

use crate::pages::{Frame, layout};

/// Choose who you are: `people` are keys of [`crate::words::person`].
pub fn sign_in(frame: &Frame<'_>, people: &[&str]) -> Markup {
    let _ = people;
    layout(frame, "Sign in", &html! {})
}
