//! The test cards and what each does (<https://docs.stripe.com/testing>). Never an intent's state.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A test card. In the fake it acts the same in live and in test mode, because what is tested is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    /// The card's number, as typed.
    pub number: &'static str,
    pub(super) act: Act,
    pub(super) checks: Checks,
    pub(super) refund: RefundAct,
}

/// What happens when the card is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Authenticate(After),
    Decline(&'static Refusal),
    Process,
    Succeed,
}

/// What happens after the cardholder has authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    Decline(&'static Refusal),
    Succeed,
}

/// What the issuer says of the security and postal codes; neither refuses the payment by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checks {
    CvcFails,
    Pass,
    ZipFails,
}

/// What becomes of a refund to the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefundAct {
    FailAfterwards,
    Pend,
    Succeed,
}

/// Why a charge was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) decline_code: Option<&'static str>,
    pub(super) advice_code: Option<&'static str>,
    pub(super) blocked_by_stripe: bool,
    pub(super) message: &'static str,
}

impl Card {
    /// American Express: succeeds.
    pub const AMEX: Self = card("378282246310005", Act::Succeed);
    /// Attaches to a customer, then declines: here it declines.
    pub const ATTACHES_THEN_DECLINES: Self = card("4000000000000341", Act::Decline(&GENERIC));
    /// 3-D Secure on every payment in session; then succeeds.
    pub const AUTHENTICATE: Self = card("4000002500003155", Act::Authenticate(After::Succeed));
    /// 3-D Secure always; then succeeds.
    pub const AUTHENTICATE_ALWAYS: Self = card("4000002760003184", Act::Authenticate(After::Succeed));
    /// 3-D Secure, then `insufficient_funds`.
    pub const AUTHENTICATE_THEN_DECLINE: Self =
        card("4000008260003178", Act::Authenticate(After::Decline(&INSUFFICIENT_FUNDS)));
    /// Succeeds straight into the available balance.
    pub const BYPASS_PENDING: Self = card("4000000000000077", Act::Succeed);
    /// Succeeds; the security code does not match.
    pub const CVC_CHECK_FAILS: Self =
        Self { checks: Checks::CvcFails, ..card("4000000000000101", Act::Succeed) };
    /// `expired_card`.
    pub const EXPIRED: Self = card("4000000000000069", Act::Decline(&EXPIRED_CARD));
    /// `card_declined`, `generic_decline`.
    pub const GENERIC_DECLINE: Self = card("4000000000000002", Act::Decline(&GENERIC));
    /// A health spending account's debit card: succeeds.
    pub const HSA: Self = card("4000051230000072", Act::Succeed);
    /// `incorrect_cvc`.
    pub const INCORRECT_CVC: Self = card("4000000000000127", Act::Decline(&BAD_CVC));
    /// A number that fails its check digit: `incorrect_number`.
    pub const INCORRECT_NUMBER: Self = card("4242424242424241", Act::Decline(&GENERIC));
    /// `card_declined`, `insufficient_funds`.
    pub const INSUFFICIENT_FUNDS: Self = card("4000000000009995", Act::Decline(&INSUFFICIENT_FUNDS));
    /// `card_declined`, `lost_card`.
    pub const LOST: Self = card("4000000000009987", Act::Decline(&LOST_CARD));
    /// Mastercard: succeeds.
    pub const MASTERCARD: Self = card("5555555555554444", Act::Succeed);
    /// Succeeds; a refund of it is pending until
    /// [`FakeStripe::finish_refund`](super::FakeStripe::finish_refund).
    pub const PENDING_REFUND: Self =
        Self { refund: RefundAct::Pend, ..card("4000000000007726", Act::Succeed) };
    /// The fake's own: stays `processing` until
    /// [`FakeStripe::finish_processing`](super::FakeStripe::finish_processing).
    pub const PROCESSING: Self = card("4000000000000226", Act::Process);
    /// `processing_error`.
    pub const PROCESSING_ERROR: Self = card("4000000000000119", Act::Decline(&COULD_NOT_PROCESS));
    /// Blocked by Stripe's own fraud rules: `card_declined`, `generic_decline`, outcome `blocked`.
    pub const RADAR_BLOCK: Self = card("4100000000000019", Act::Decline(&BLOCKED));
    /// Succeeds; a refund of it succeeds in the answer that makes it, and has failed whenever it is read afterwards.
    pub const REFUND_FAILS: Self =
        Self { refund: RefundAct::FailAfterwards, ..card("4000000000005126", Act::Succeed) };
    /// `card_declined`, `stolen_card`.
    pub const STOLEN: Self = card("4000000000009979", Act::Decline(&STOLEN_CARD));
    /// `card_declined`, `card_velocity_exceeded`.
    pub const VELOCITY_EXCEEDED: Self = card("4000000000006975", Act::Decline(&VELOCITY));
    /// Visa: succeeds.
    pub const VISA: Self = card("4242424242424242", Act::Succeed);
    /// A Canadian Visa: succeeds.
    pub const VISA_CANADA: Self = card("4000001240000000", Act::Succeed);
    /// Succeeds; the postal code does not match.
    pub const ZIP_CHECK_FAILS: Self =
        Self { checks: Checks::ZipFails, ..card("4000000000000036", Act::Succeed) };

    /// Every card of the table.
    pub const ALL: &'static [Self] = &[
        Self::AMEX,
        Self::ATTACHES_THEN_DECLINES,
        Self::AUTHENTICATE,
        Self::AUTHENTICATE_ALWAYS,
        Self::AUTHENTICATE_THEN_DECLINE,
        Self::BYPASS_PENDING,
        Self::CVC_CHECK_FAILS,
        Self::EXPIRED,
        Self::GENERIC_DECLINE,
        Self::HSA,
        Self::INCORRECT_CVC,
        Self::INCORRECT_NUMBER,
        Self::INSUFFICIENT_FUNDS,
        Self::LOST,
        Self::MASTERCARD,
        Self::PENDING_REFUND,
        Self::PROCESSING,
        Self::PROCESSING_ERROR,
        Self::RADAR_BLOCK,
        Self::REFUND_FAILS,
        Self::STOLEN,
        Self::VELOCITY_EXCEEDED,
        Self::VISA,
        Self::VISA_CANADA,
        Self::ZIP_CHECK_FAILS,
    ];

    /// The card with this number; a number outside the table is declined.
    pub(super) fn with_number(number: &str) -> Option<Self> {
        Self::ALL.iter().find(|card| card.number == number).copied()
    }

    pub(super) fn brand(&self) -> &'static str {
        match self.number.as_bytes().first() {
            Some(b'3') => "amex",
            Some(b'5') => "mastercard",
            _ => "visa",
        }
    }

    pub(super) fn country(&self) -> &'static str {
        if *self == Self::VISA_CANADA { "CA" } else { "US" }
    }

    pub(super) fn last4(&self) -> &'static str {
        self.number.len().checked_sub(4).and_then(|at| self.number.get(at..)).unwrap_or_default()
    }
}

/// A card where state is kept: by its last four digits, which differ throughout the table. No number is written down.
pub(super) mod kept {
    use super::{Card, Deserialize, Deserializer, Serialize, Serializer};
    use serde::de::Error as _;

    pub(in crate::stripe) fn serialize<S: Serializer>(card: &Card, serializer: S) -> Result<S::Ok, S::Error> {
        card.last4().serialize(serializer)
    }

    pub(in crate::stripe) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Card, D::Error> {
        let last4 = String::deserialize(deserializer)?;
        let card = Card::ALL.iter().find(|card| card.last4() == last4).copied();
        card.ok_or_else(|| D::Error::custom("no test card ends so"))
    }
}

const fn card(number: &'static str, act: Act) -> Card {
    Card { number, act, checks: Checks::Pass, refund: RefundAct::Succeed }
}

const fn declined(decline_code: &'static str, advice_code: &'static str, message: &'static str) -> Refusal {
    Refusal {
        code: "card_declined",
        decline_code: Some(decline_code),
        advice_code: Some(advice_code),
        blocked_by_stripe: false,
        message,
    }
}

const fn faulty(code: &'static str, advice_code: Option<&'static str>, message: &'static str) -> Refusal {
    Refusal { code, decline_code: None, advice_code, blocked_by_stripe: false, message }
}

const BAD_CVC: Refusal =
    faulty("incorrect_cvc", Some("confirm_card_data"), "Your card's security code is incorrect.");
const BLOCKED: Refusal = Refusal {
    blocked_by_stripe: true,
    ..declined("generic_decline", "do_not_try_again", "Your card was declined.")
};
const COULD_NOT_PROCESS: Refusal = faulty(
    "processing_error",
    Some("try_again_later"),
    "An error occurred while processing your card. Try again in a little bit.",
);
const EXPIRED_CARD: Refusal = faulty("expired_card", Some("do_not_try_again"), "Your card has expired.");
pub(super) const GENERIC: Refusal = declined("generic_decline", "try_again_later", "Your card was declined.");
const INSUFFICIENT_FUNDS: Refusal =
    declined("insufficient_funds", "try_again_later", "Your card has insufficient funds.");
const LOST_CARD: Refusal = declined("lost_card", "do_not_try_again", "Your card was declined.");
const STOLEN_CARD: Refusal = declined("stolen_card", "do_not_try_again", "Your card was declined.");
const VELOCITY: Refusal = declined(
    "card_velocity_exceeded",
    "try_again_later",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
);

const REFUSALS: &[&Refusal] = &[
    &BAD_CVC,
    &BLOCKED,
    &COULD_NOT_PROCESS,
    &EXPIRED_CARD,
    &GENERIC,
    &INSUFFICIENT_FUNDS,
    &LOST_CARD,
    &STOLEN_CARD,
    &VELOCITY,
];

impl Refusal {
    /// One word for it; no two refusals share one.
    pub(super) fn name(&self) -> &'static str {
        if self.blocked_by_stripe { "blocked" } else { self.decline_code.unwrap_or(self.code) }
    }
}

impl Serialize for Refusal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.name().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for &'static Refusal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let refusal = REFUSALS.iter().find(|refusal| refusal.name() == name).copied();
        refusal.ok_or_else(|| D::Error::custom("no refusal has this name"))
    }
}

#[test]
fn what_is_kept_of_a_card_and_of_a_refusal_names_one() {
    let cards: std::collections::BTreeSet<_> = Card::ALL.iter().map(Card::last4).collect();
    let refusals: std::collections::BTreeSet<_> = REFUSALS.iter().map(|refusal| refusal.name()).collect();
    assert_eq!((cards.len(), refusals.len()), (Card::ALL.len(), REFUSALS.len()));
}
