//! An account that was removed or replaced and still finishes what it began: until when, and what an owner can do about it.

use billing_app::DrainingAccount;
use billing_credentials::Field;
use maud::{Markup, Render, html};

use crate::pages::Frame;
use crate::pages::parts::{self, instant, post};
use crate::words::{field_label, trouble};

/// Below the pane of its processor, whose fields these are.
pub(super) fn draining(frame: &Frame<'_>, account: &DrainingAccount, fields: &[Field]) -> Markup {
    let (words, lang) = (frame.words(), frame.lang);
    let id = account.account.account;
    let name = account.business_name.clone().unwrap_or_else(|| id.to_string());
    html! {
        div class="notice wait" {
            p { strong { (words.draining) } " " (name) " (" (words.since) " " (instant(lang, account.since)) ")" }
            p { (words.draining_hint) " " (words.draining_until) " " (instant(lang, account.until)) "." }
            @if let Some(kind) = account.trouble.map(|trouble| trouble.kind) { p { (trouble(lang, kind)) } }
            details {
                summary { (words.drain_keys) }
                (keys_form(frame, account, fields))
            }
            details {
                summary { (words.erase_keys) }
                (erase_form(frame, account))
            }
        }
    }
}

fn keys_form(frame: &Frame<'_>, account: &DrainingAccount, fields: &[Field]) -> Markup {
    let words = frame.words();
    let input = |field: &Field| {
        parts::Field {
            name: field.name,
            id: Some(&format!("{}-{}", account.account.account, field.name)),
            label: field_label(frame.lang, field.name),
            is_secret: field.secret,
            is_required: field.required,
            ..parts::Field::default()
        }
        .render()
    };
    let inputs = html! {
        p class="hint" { (words.drain_keys_hint) }
        @for field in fields { (input(field)) }
        button { (words.save_keys) }
    };
    post(frame, &path(frame, account, "keys"), "stack", &inputs)
}

fn erase_form(frame: &Frame<'_>, account: &DrainingAccount) -> Markup {
    let words = frame.words();
    let inputs = html! {
        p class="hint" { (words.erase_hint) }
        label class="check" { input type="checkbox" name="confirm" value="yes" required; " " (words.erase_confirm) }
        button class="danger" { (words.erase_keys) }
    };
    post(frame, &path(frame, account, "erase"), "stack", &inputs)
}

fn path(frame: &Frame<'_>, account: &DrainingAccount, what: &str) -> String {
    let at = &account.account;
    frame.path(format_args!("settings/{}/draining/{}/{what}", at.processor, at.account))
}
