//! What stands around every page: head, banner, places to go, notice. Never what a page is about.

use billing_app::Permission;
use billing_domain::DispensaryId;
use maud::{DOCTYPE, Markup, html};

use crate::lang::Lang;
use crate::words::Notice;

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
    html! { (DOCTYPE) html lang=(frame.lang.tag()) { head { title { (title) } } body { main { h1 { (title) } (main) } } } }
}
