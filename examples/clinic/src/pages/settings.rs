//! Billing Settings: the two panes. A saved secret is never shown, and a secret typed is never shown again.

use billing_app::{BillingError, BillingSettings};
use billing_credentials::FieldErrors;
use billing_domain::ProcessorId;
use maud::{Markup, html};

use crate::pages::{Frame, layout};

/// What the settings page shows besides the settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct SettingsExtras<'a> {
    /// A form that was refused.
    pub refused: Option<Refused<'a>>,
    /// The stand-in's keys, to copy; never with real ones.
    pub offered_keys: Option<OfferedKeys<'a>>,
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
    /// Its fields.
    Fields(&'a FieldErrors),
    /// Removing was not confirmed.
    NotConfirmed,
}

/// The keys of the stand-in's made-up account.
#[derive(Clone, Copy, Debug)]
pub struct OfferedKeys<'a> {
    /// The publishable key.
    pub publishable: &'a str,
    /// The secret key.
    pub secret: &'a str,
}

/// The two panes.
pub fn settings(frame: &Frame<'_>, settings: &BillingSettings, extras: &SettingsExtras<'_>) -> Markup {
    let _ = (settings, extras);
    layout(frame, "Billing Settings", &html! {})
}
