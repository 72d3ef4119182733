//! The sign-in page of a demo without passwords.

use maud::{Markup, html};

use crate::pages::parts::post;
use crate::pages::{Frame, layout};
use crate::words::person;

/// Choose who you are: `people` are keys of [`crate::words::person`].
pub fn sign_in(frame: &Frame<'_>, people: &[&str]) -> Markup {
    let words = frame.words();
    let choices = html! {
        ul class="choices" {
            @for key in people {
                li {
                    button name="person" value=(key) {
                        span class="hint" { (words.work_as) " " }
                        strong { (person(frame.lang, key)) }
                    }
                }
            }
        }
    };
    let main = html! {
        p class="lead" { (words.sign_in_hint) }
        (post(frame, "/sign-in", "", &choices))
    };
    layout(frame, words.sign_in, &main)
}
