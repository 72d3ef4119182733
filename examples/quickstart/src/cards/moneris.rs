//! The fake Moneris's cards.

pub(crate) use billing_testkit::moneris::Card;

use super::Choice;

pub(super) const ALL: &[Choice<Card>] = &[
    Choice::new("visa", Card::VISA, "approved"),
    Choice::new("mastercard", Card::MASTERCARD, "approved"),
    Choice::new("amex", Card::AMEX, "approved"),
    Choice::new("declined", Card::DECLINED, "declined, no reason given"),
    Choice::new("insufficient", Card::INSUFFICIENT_FUNDS, "declined, not enough funds"),
    Choice::new("lost", Card::LOST_OR_STOLEN, "declined, reported lost or stolen"),
    Choice::new("expired", Card::EXPIRED, "declined, expired"),
    Choice::new("number", Card::BAD_NUMBER, "mistyped number: refused by the frame, nobody is charged"),
    Choice::new("times-out", Card::TIMES_OUT_PAID, "the answer is lost; the status check finds the money"),
    Choice::new(
        "times-out-unpaid",
        Card::TIMES_OUT,
        "the answer is lost; the check finds nothing, a person looks",
    ),
    Choice::new("refund-declined", Card::REFUND_DECLINED, "approved; a --refund of a part is declined"),
];
