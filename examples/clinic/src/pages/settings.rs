//! Billing Settings: the two panes. A saved secret is never shown, and a secret typed is never shown again.

use billing_app::{BillingError, BillingSettings, NoticesOnPane, Pane, PaneState, SavedAccount};
use billing_credentials::{Field, FieldError, FieldErrors};
use billing_domain::ProcessorId;
use maud::{Markup, Render, html};

use crate::pages::draining::draining;
use crate::pages::parts::{self, alert, error_summary, facts, instant, pill, post, post_button};
use crate::pages::{Frame, layout};
use crate::words::{
    field_hint, field_label, key_error, pane_state, person, processor, refusal, told_at_once, trouble,
};

/// What the settings page shows besides the settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct SettingsExtras<'a> {
    /// A form that was refused.
    pub refused: Option<Refused<'a>>,
    /// The stand-ins' keys, to copy; never with real ones.
    pub offered_keys: &'a [OfferedKeys],
}

/// A pane's form that was refused.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'a> {
    /// Which pane.
    pub processor: &'a ProcessorId,
    /// Why.
    pub why: Rejection<'a>,
    /// The public fields as typed, by name. Never a secret.
    pub typed: &'a [(&'a str, &'a str)],
}

/// Why a pane's form was refused.
#[derive(Clone, Copy, Debug)]
pub enum Rejection<'a> {
    /// Something else than its fields.
    Billing(&'a BillingError),
    /// Erasing was not confirmed.
    EraseNotConfirmed,
    /// Its fields.
    Fields(&'a FieldErrors),
    /// Removing was not confirmed.
    RemovalNotConfirmed,
}

/// The keys of a stand-in's made-up account.
#[derive(Clone, Debug)]
pub struct OfferedKeys {
    /// Whose pane they fill.
    pub processor: ProcessorId,
    /// Each field's name and what to copy into it.
    pub fields: Vec<(&'static str, String)>,
}

/// The two panes, in the order of precedence.
pub fn settings(frame: &Frame<'_>, settings: &BillingSettings, extras: &SettingsExtras<'_>) -> Markup {
    let words = frame.words();
    let main = html! {
        p class="lead" { (words.precedence) }
        div class="panes" {
            @for pane in [&settings.stripe, &settings.moneris] { (pane_card(frame, pane, extras)) }
        }
    };
    layout(frame, words.billing_settings, &main)
}

fn pane_card(frame: &Frame<'_>, pane: &Pane, extras: &SettingsExtras<'_>) -> Markup {
    let words = frame.words();
    let refused = extras.refused.filter(|refused| *refused.processor == pane.processor);
    let heading = format!("pane-{}", pane.processor);
    let is_its = |keys: &&OfferedKeys| pane.may_save && keys.processor == pane.processor;
    let offered = extras.offered_keys.iter().find(is_its);
    html! {
        section class="card pane" aria-labelledby=(heading) {
            header class="headline" {
                h2 id=(heading) { (processor(&pane.processor)) }
                (pill(pane_state(frame.lang, pane.state)))
            }
            @if let PaneState::NeedsAttention { since, kind } = pane.state {
                p class="alert" { (trouble(frame.lang, kind)) " (" (instant(frame.lang, since)) ")" }
            }
            @if pane.state == PaneState::ConfiguredInactive {
                p class="notice idle" { (words.configured_inactive_hint) }
            }
            @if let Some(refused) = refused { (refusals(frame, refused)) }
            @if let Some(saved) = &pane.saved { (saved_account(frame, saved)) }
            @if pane.may_save { (keys_form(frame, pane, refused)) }
            @if let Some(keys) = offered { (offered_keys(frame, keys)) }
            @if pane.saved.is_some() { (removal(frame, &pane.processor)) }
            @for account in &pane.draining { (draining(frame, account, &pane.fields)) }
        }
    }
}

/// What was wrong with the form, all of it.
fn refusals(frame: &Frame<'_>, refused: Refused<'_>) -> Markup {
    let (words, lang) = (frame.words(), frame.lang);
    match refused.why {
        Rejection::Billing(why) => alert(refusal(lang, why)),
        Rejection::EraseNotConfirmed => alert(words.erase_unconfirmed),
        Rejection::Fields(errors) => {
            let told = |wrong: &FieldError| {
                let id = input_id(refused.processor, wrong.field);
                (Some(id), key_error(lang, wrong.field, wrong.error))
            };
            error_summary(words.errors_title, &errors.iter().map(told).collect::<Vec<_>>())
        }
        Rejection::RemovalNotConfirmed => alert(words.remove_unconfirmed),
    }
}

fn saved_account(frame: &Frame<'_>, saved: &SavedAccount) -> Markup {
    let (words, lang) = (frame.words(), frame.lang);
    let mut rows = Vec::new();
    if let Some(name) = &saved.business_name {
        rows.push((words.business_name.to_owned(), html! { (name) }));
    }
    if let Some(id) = &saved.external_id {
        rows.push((words.account.to_owned(), html! { code { (id) } }));
    }
    for (name, value) in saved.public.0.iter().chain(&saved.masked.0) {
        rows.push((field_label(lang, name).to_owned(), html! { code { (value) } }));
    }
    rows.push((
        words.checked_at.to_owned(),
        saved.verified_at.map_or_else(|| html! { (words.never_checked) }, |at| instant(lang, at)),
    ));
    rows.push((
        words.saved_at.to_owned(),
        html! { (instant(lang, saved.saved_at)) ", " (person(lang, saved.saved_by.as_str())) },
    ));
    rows.push((words.key_version.to_owned(), html! { (saved.version) }));
    if saved.notices != NoticesOnPane::Off {
        rows.push((words.told_at_once.to_owned(), html! { (told_at_once(lang, saved.notices)) }));
    }
    let rows: Vec<_> = rows.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let check = pane_at(frame, &saved.account.processor, "check");
    html! {
        h3 { (words.saved_keys) }
        (facts(&rows))
        @if saved.shared { p class="notice wait" { (words.shared) } }
        @if !saved.remarks.is_empty() {
            div class="notice wait" {
                p { (words.remarks) }
                // The processor's adapter speaks English.
                ul lang="en" { @for remark in &saved.remarks { li { (remark) } } }
            }
        }
        (post_button(frame, &check, "", words.check_keys))
    }
}

fn keys_form(frame: &Frame<'_>, pane: &Pane, refused: Option<Refused<'_>>) -> Markup {
    let words = frame.words();
    let action = pane_at(frame, &pane.processor, "keys");
    let hint = match &pane.saved {
        Some(_) => words.keys_replace_hint,
        None if pane.processor == ProcessorId::MONERIS => words.store_new_hint,
        None => words.keys_new_hint,
    };
    let fields = html! {
        p class="hint" { (hint) }
        @for field in &pane.fields { (key_field(frame, &pane.processor, *field, refused)) }
        button class="primary" { (words.save_keys) }
    };
    post(frame, &action, "stack", &fields)
}

fn key_field(frame: &Frame<'_>, of: &ProcessorId, field: Field, refused: Option<Refused<'_>>) -> Markup {
    let error = refused.and_then(|refused| match refused.why {
        Rejection::Fields(errors) => errors.of(field.name),
        _ => None,
    });
    let error = error.map(|error| key_error(frame.lang, field.name, error));
    let typed = refused.and_then(|refused| refused.typed.iter().find(|(name, _)| *name == field.name));
    parts::Field {
        name: field.name,
        id: Some(&input_id(of, field.name)),
        label: field_label(frame.lang, field.name),
        hint: field_hint(frame.lang, field.name),
        // Whatever the caller passes: what is secret is typed again.
        value: typed.filter(|_| !field.secret).map_or("", |(_, value)| *value),
        error: error.as_deref(),
        is_secret: field.secret,
        is_required: field.required,
        ..parts::Field::default()
    }
    .render()
}

fn offered_keys(frame: &Frame<'_>, keys: &OfferedKeys) -> Markup {
    let words = frame.words();
    let row =
        |(name, value): &(&'static str, String)| (field_label(frame.lang, name), html! { code { (value) } });
    let rows: Vec<_> = keys.fields.iter().map(row).collect();
    html! {
        details {
            summary { (words.demo_keys) }
            p class="hint" { (words.demo_keys_hint) }
            (facts(&rows))
        }
    }
}

fn removal(frame: &Frame<'_>, of: &ProcessorId) -> Markup {
    let words = frame.words();
    let fields = html! {
        p class="hint" { (words.remove_hint) }
        label class="check" { input type="checkbox" name="confirm" value="yes" required; " " (words.remove_confirm) }
        button class="danger" { (words.remove_account) }
    };
    html! {
        details {
            summary { (words.remove_account) }
            (post(frame, &pane_at(frame, of, "remove"), "stack", &fields))
        }
    }
}

fn pane_at(frame: &Frame<'_>, of: &ProcessorId, what: &str) -> String {
    frame.path(format_args!("settings/{of}/{what}"))
}

/// Both panes are on one page, and may have fields of one name.
fn input_id(of: &ProcessorId, field: &str) -> String {
    format!("{of}-{field}")
}
