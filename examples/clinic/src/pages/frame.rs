//! What stands around every page: head, banner, places to go, notice. Never what a page is about.

use billing_app::Permission;
use billing_domain::DispensaryId;
use maud::{DOCTYPE, Markup, html};

use crate::assets::CLINIC_CSS;
use crate::lang::Lang;
use crate::pages::parts::{at, post};
use crate::words::{Notice, Words, person};

/// Who reads a page, where, and in which language.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The language.
    pub lang: Lang,
    /// The session's token for every form.
    pub csrf: &'a str,
    /// Who is signed in: the key of a person, as in [`crate::words::person`].
    pub person: Option<&'a str>,
    /// What they may do.
    pub permissions: &'a [Permission],
    /// The dispensary the page belongs to, if it belongs to one.
    pub place: Option<Place<'a>>,
    /// The path of this page, to come back to after a change of language.
    pub here: &'a str,
    /// What just happened.
    pub notice: Option<Notice>,
}

impl Frame<'_> {
    /// Whether the person may.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    pub(super) fn words(&self) -> &'static Words {
        Words::of(self.lang)
    }

    /// An address in the dispensary of the page.
    pub(super) fn path(&self, rest: impl std::fmt::Display) -> String {
        self.place.map_or_else(|| "/".to_owned(), |place| at(place.id, rest))
    }
}

/// A dispensary, as a page names it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Which.
    pub id: DispensaryId,
    /// The name staff know it by.
    pub name: &'a str,
}

/// A whole page: `main` between banner and footer.
pub fn layout(frame: &Frame<'_>, title: &str, main: &Markup) -> Markup {
    page(frame, title, &html! {}, &html! { h1 { (title) } (main) })
}

/// A whole page that brings its own heading, and scripts if it has any.
pub(super) fn page(frame: &Frame<'_>, title: &str, scripts: &Markup, main: &Markup) -> Markup {
    let words = frame.words();
    html! {
        (DOCTYPE)
        html lang=(frame.lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · " (words.clinic) }
                link rel="icon" href=(ICON);
                link rel="stylesheet" href=(CLINIC_CSS.href());
                (scripts)
            }
            body {
                a class="skip" href="#main" { (words.skip) }
                (banner(frame))
                main id="main" tabindex="-1" {
                    @if let Some(notice) = frame.notice {
                        @let (tone, text) = notice.text(frame.lang);
                        p class={ "notice " (tone.class()) } role="status" { (text) }
                    }
                    (main)
                }
                footer { p { (words.demo) } }
            }
        }
    }
}

/// A cross in a rounded square, drawn here so that nothing is fetched.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect \
    width='16' height='16' rx='4' fill='%230b5f63'/%3E%3Cpath d='M8 4v8M4 8h8' stroke='%23fff' stroke-width='2.4' \
    stroke-linecap='round'/%3E%3C/svg%3E";

fn banner(frame: &Frame<'_>) -> Markup {
    let words = frame.words();
    html! {
        header class="banner" {
            div class="bar" {
                a class="brand" href="/" {
                    span class="mark" aria-hidden="true" {}
                    (words.clinic)
                }
                @if let Some(place) = frame.place {
                    p class="place" { (place.name) }
                }
                div class="session" {
                    @if let Some(key) = frame.person {
                        p class="person" { span class="unseen" { (words.you_are) " " } (person(frame.lang, key)) }
                    }
                    (language(frame))
                    @if frame.person.is_some() {
                        (post(frame, "/sign-out", "inline", &html! { button class="quiet" { (words.sign_out) } }))
                    }
                }
            }
            @if frame.person.is_some() { (menu(frame)) }
        }
    }
}

/// The other language, in its own words.
fn language(frame: &Frame<'_>) -> Markup {
    let (other, name) = match frame.lang {
        Lang::En => (Lang::Fr, "Français"),
        Lang::Fr => (Lang::En, "English"),
    };
    let fields = html! {
        input type="hidden" name="back" value=(frame.here);
        button class="quiet" name="lang" value=(other.code()) lang=(other.tag()) { (name) }
    };
    post(frame, "/language", "inline", &fields)
}

fn menu(frame: &Frame<'_>) -> Markup {
    let words = frame.words();
    let takes_payments = frame.may(Permission::TakePayment);
    let mut links: Vec<(String, &str)> = Vec::new();
    if frame.place.is_some() {
        if takes_payments {
            links.push((frame.path("transactions"), words.transactions));
            links.push((frame.path("payments"), words.payments));
        }
        if frame.may(Permission::ManageBillingSettings) {
            links.push((frame.path("settings"), words.billing_settings));
        }
    }
    if takes_payments {
        links.push(("/dispensaries".to_owned(), words.dispensaries));
    }
    if frame.may(Permission::UnlockProcessor) {
        links.push(("/help-centre".to_owned(), words.help_centre));
    }
    let here = frame.here.split('?').next().unwrap_or_default();
    html! {
        nav class="menu" aria-label=(words.main_menu) {
            ul {
                @for (href, label) in &links {
                    li {
                        a href=(href) aria-current=[(here == href).then_some("page")] { (label) }
                    }
                }
            }
        }
    }
}
