//! The cards a visitor can play with, by short names. The numbers are Stripe's published test numbers.

use std::str::FromStr;

use billing_testkit::stripe::{Authentication, Card};

/// A card of the fake's, and how its holder answers the bank's challenge if there is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    pub(crate) card: Card,
    pub(crate) challenge: Authentication,
    /// What will happen, for `--help`.
    about: &'static str,
}

impl Choice {
    pub(crate) const VISA: Self = Self::new("visa", Card::VISA, "succeeds");

    const ALL: &'static [Self] = &[
        Self::VISA,
        Self::new("mastercard", Card::MASTERCARD, "succeeds"),
        Self::new("amex", Card::AMEX, "succeeds"),
        Self::new("3ds", Card::AUTHENTICATE_ALWAYS, "the bank asks who it is; then succeeds"),
        Self {
            challenge: Authentication::Fails,
            ..Self::new(
                "3ds-fails",
                Card::AUTHENTICATE_ALWAYS,
                "the bank asks who it is and is not convinced",
            )
        },
        Self::new("3ds-declined", Card::AUTHENTICATE_THEN_DECLINE, "the bank asks who it is; then declines"),
        Self::new("processing", Card::PROCESSING, "the bank takes its time; then succeeds"),
        Self::new("declined", Card::GENERIC_DECLINE, "declined, no reason given"),
        Self::new("insufficient", Card::INSUFFICIENT_FUNDS, "declined, not enough funds"),
        Self::new("lost", Card::LOST, "declined, reported lost"),
        Self::new("stolen", Card::STOLEN, "declined, reported stolen"),
        Self::new("expired", Card::EXPIRED, "declined, expired"),
        Self::new("cvc", Card::INCORRECT_CVC, "declined, wrong security code"),
        Self::new("number", Card::INCORRECT_NUMBER, "declined, mistyped number"),
        Self::new("velocity", Card::VELOCITY_EXCEEDED, "declined, used too often"),
        Self::new("processing-error", Card::PROCESSING_ERROR, "declined, the bank could not be reached"),
        Self::new("blocked", Card::RADAR_BLOCK, "declined by Stripe's own fraud rules"),
    ];

    const fn new(name: &'static str, card: Card, about: &'static str) -> Self {
        Self { name, card, challenge: Authentication::Passes, about }
    }

    /// Every card with what it does, one per line.
    pub(crate) fn table() -> String {
        let lines: Vec<_> =
            Self::ALL.iter().map(|choice| format!("  {:<18}{}", choice.name, choice.about)).collect();
        lines.join("\n")
    }
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let names = || Self::ALL.iter().map(|choice| choice.name).collect::<Vec<_>>().join(", ");
        let found = Self::ALL.iter().find(|choice| choice.name == name);
        found.copied().ok_or_else(|| format!("there is no such card; the cards are {}", names()))
    }
}
