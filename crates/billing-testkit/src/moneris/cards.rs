//! The test cards and what each does, and what the fake keeps of any card. No number is kept.

use serde::{Deserialize, Serialize};

use super::host::HostAnswer;

/// A test card. A number that is not listed is declined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    /// The card's number, as typed.
    pub number: &'static str,
    pub(super) act: Act,
}

/// What happens when the card is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) enum Act {
    Answer(HostAnswer),
    /// Approved, though the security code does not match.
    CvdMismatch,
    /// Approved; a refund of it is declined.
    RefuseRefund,
    /// Nobody learns in time what the bank says.
    TimeOut {
        paid: bool,
    },
}

impl Card {
    /// American Express: approved.
    pub const AMEX: Self = approved("373599005095005");
    /// Fails its check digit: the frame refuses it with 943.
    pub const BAD_NUMBER: Self = answers("4242424242424241", HostAnswer::DECLINED);
    /// Approved; the security code does not match.
    pub const CVD_MISMATCH: Self = Self { number: "4012000000000057", act: Act::CvdMismatch };
    /// Declined, 481.
    pub const DECLINED: Self = answers("4012000000000420", HostAnswer::DECLINED);
    /// Declined as expired, 482, whatever date was typed.
    pub const EXPIRED: Self = answers("4355310002576375", HostAnswer::EXPIRED);
    /// Declined for insufficient funds, 076.
    pub const INSUFFICIENT_FUNDS: Self = answers("4485621544903528", HostAnswer::FUNDS);
    /// Declined as lost or stolen, 059.
    pub const LOST_OR_STOLEN: Self = answers("4012000000000073", HostAnswer::LOST_OR_STOLEN);
    /// Mastercard: approved.
    pub const MASTERCARD: Self = approved("5454545454545454");
    /// Declined, 421: the bank wants the card.
    pub const PICK_UP: Self = answers("4012000000000115", HostAnswer::PICK_UP);
    /// Approved; a refund of it is declined.
    pub const REFUND_DECLINED: Self = Self { number: "5306123456789015", act: Act::RefuseRefund };
    /// `TimedOut` is true in the answer, and nothing was taken.
    pub const TIMES_OUT: Self = Self { number: "4012000000000123", act: Act::TimeOut { paid: false } };
    /// `TimedOut` is true in the answer, but the money was taken.
    pub const TIMES_OUT_PAID: Self = Self { number: "4012000000000131", act: Act::TimeOut { paid: true } };
    /// Visa: approved.
    pub const VISA: Self = approved("4242424242424242");
    /// Another Visa: approved.
    pub const VISA_OTHER: Self = approved("4005554444444403");

    /// Every card of the table.
    pub const ALL: &'static [Self] = &[
        Self::AMEX,
        Self::BAD_NUMBER,
        Self::CVD_MISMATCH,
        Self::DECLINED,
        Self::EXPIRED,
        Self::INSUFFICIENT_FUNDS,
        Self::LOST_OR_STOLEN,
        Self::MASTERCARD,
        Self::PICK_UP,
        Self::REFUND_DECLINED,
        Self::TIMES_OUT,
        Self::TIMES_OUT_PAID,
        Self::VISA,
        Self::VISA_OTHER,
    ];

    /// The last four digits, as they come back in a masked number.
    pub fn last4(&self) -> &'static str {
        self.number.len().checked_sub(4).and_then(|at| self.number.get(at..)).unwrap_or_default()
    }
}

const fn approved(number: &'static str) -> Card {
    answers(number, HostAnswer::APPROVED)
}

const fn answers(number: &'static str, answer: HostAnswer) -> Card {
    Card { number, act: Act::Answer(answer) }
}

/// Whose card it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) enum Brand {
    Amex,
    Diners,
    Mastercard,
    Other,
    Visa,
}

impl Brand {
    fn of(number: &str) -> Self {
        match number.as_bytes() {
            [b'3', b'4' | b'7', ..] => Self::Amex,
            [b'3', b'6', ..] => Self::Diners,
            [b'4', ..] => Self::Visa,
            [b'2' | b'5', ..] => Self::Mastercard,
            _ => Self::Other,
        }
    }

    /// `CardType`.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Amex => "AX",
            Self::Diners => "DC",
            Self::Mastercard => "M",
            Self::Other => "NO",
            Self::Visa => "V",
        }
    }
}

/// What is left of a card once its number was forgotten.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct KnownCard {
    pub(super) act: Act,
    pub(super) brand: Brand,
    pub(super) first6: String,
    pub(super) last4: String,
}

impl KnownCard {
    pub(super) fn of(number: &str) -> Self {
        let listed = Card::ALL.iter().find(|card| card.number == number);
        let part = |from: usize, to: usize| number.get(from..to).unwrap_or_default().to_owned();
        Self {
            act: listed.map_or(Act::Answer(HostAnswer::DECLINED), |card| card.act),
            brand: Brand::of(number),
            first6: part(0, 6),
            last4: part(number.len().saturating_sub(4), number.len()),
        }
    }

    /// `4242***4242`.
    pub(super) fn masked(&self) -> String {
        format!("{}***{}", self.first6.get(..4).unwrap_or_default(), self.last4)
    }

    /// `4242424242`, as Checkout shows it.
    pub(super) fn first6last4(&self) -> String {
        format!("{}{}", self.first6, self.last4)
    }
}

#[test]
fn every_listed_card_but_one_is_well_formed_and_no_two_end_alike() {
    let wrong: Vec<_> = Card::ALL.iter().filter(|card| !crate::luhn::passes_luhn(card.number)).collect();
    assert_eq!(wrong, [&Card::BAD_NUMBER]);
    let ends: std::collections::BTreeSet<_> = Card::ALL.iter().map(Card::last4).collect();
    assert_eq!(ends.len(), Card::ALL.len());
}

#[test]
fn what_is_kept_of_a_card_is_not_its_number() {
    let card = KnownCard::of(Card::MASTERCARD.number);
    assert_eq!((card.masked().as_str(), card.first6last4().as_str()), ("5454***5454", "5454545454"));
    assert_eq!((card.brand.code(), card.act), ("M", Act::Answer(HostAnswer::APPROVED)));
    assert_eq!(KnownCard::of("4000000000000002").act, Act::Answer(HostAnswer::DECLINED));
}
