//! The fake Stripe's cards. The numbers are Stripe's published test numbers.

use billing_testkit::stripe::{Authentication, Card};

use super::Choice;

/// A card in the hand of its holder, who passes the bank's challenge or not, if there is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hand {
    pub(crate) card: Card,
    pub(crate) challenge: Authentication,
}

pub(super) const ALL: &[Choice<Hand>] = &[
    held("visa", Card::VISA, "succeeds"),
    held("mastercard", Card::MASTERCARD, "succeeds"),
    held("amex", Card::AMEX, "succeeds"),
    held("3ds", Card::AUTHENTICATE_ALWAYS, "the bank asks who it is; then succeeds"),
    Choice::new(
        "3ds-fails",
        Hand { card: Card::AUTHENTICATE_ALWAYS, challenge: Authentication::Fails },
        "the bank asks who it is and is not convinced",
    ),
    held("3ds-declined", Card::AUTHENTICATE_THEN_DECLINE, "the bank asks who it is; then declines"),
    held("processing", Card::PROCESSING, "the bank takes its time; then succeeds"),
    held("declined", Card::GENERIC_DECLINE, "declined, no reason given"),
    held("insufficient", Card::INSUFFICIENT_FUNDS, "declined, not enough funds"),
    held("lost", Card::LOST, "declined, reported lost"),
    held("stolen", Card::STOLEN, "declined, reported stolen"),
    held("expired", Card::EXPIRED, "declined, expired"),
    held("cvc", Card::INCORRECT_CVC, "declined, wrong security code"),
    held("number", Card::INCORRECT_NUMBER, "declined, mistyped number"),
    held("velocity", Card::VELOCITY_EXCEEDED, "declined, used too often"),
    held("processing-error", Card::PROCESSING_ERROR, "declined, the bank could not be reached"),
    held("blocked", Card::RADAR_BLOCK, "declined by Stripe's own fraud rules"),
];

const fn held(name: &'static str, card: Card, about: &'static str) -> Choice<Hand> {
    Choice::new(name, Hand { card, challenge: Authentication::Passes }, about)
}
