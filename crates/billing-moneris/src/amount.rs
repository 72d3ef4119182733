//! Between our money and Moneris's dollars: text with exactly two decimals. Whole cents only; nothing is rounded.
//!
//! The gateway has no field for a currency: whatever it is sent it charges in Canadian dollars.

use billing_domain::{AmountBound, Currency, Money, ProcessorErrorKind};

/// The most that can be written: seven digits before the point (<https://github.com/Moneris/Gateway-HostedSolutions>).
const MOST_CENTS: i64 = 999_999_999;

/// The text that stands for `amount` at Moneris, or why there is none.
pub(crate) fn to_wire(amount: Money) -> Result<String, ProcessorErrorKind> {
    let refused = |bound| ProcessorErrorKind::AmountRefused { amount, bound };
    let cents = amount.minor();
    if amount.currency() != Currency::CAD {
        Err(refused(AmountBound::Currency))
    } else if cents < 1 {
        Err(refused(AmountBound::TooSmall))
    } else if cents > MOST_CENTS {
        Err(refused(AmountBound::TooLarge))
    } else {
        Ok(format!("{}.{:02}", cents / 100, cents % 100))
    }
}

/// The money that `text` stands for; `None` unless it is 1 to 7 digits, a point and two digits.
pub(crate) fn from_wire(text: &str) -> Option<Money> {
    let (dollars, cents) = text.split_once('.')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=7).contains(&dollars.len()) || cents.len() != 2 || !digits(dollars) || !digits(cents) {
        return None;
    }
    let dollars: i64 = dollars.parse().ok()?;
    let cents: i64 = cents.parse().ok()?;
    Some(Money::new(dollars * 100 + cents, Currency::CAD))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cad(cents: i64) -> Money {
        Money::new(cents, Currency::CAD)
    }

    #[test]
    fn an_amount_has_exactly_two_decimals() {
        for (cents, text) in [
            (1, "0.01"),
            (10, "0.10"),
            (100, "1.00"),
            (1_000, "10.00"),
            (1_050, "10.50"),
            (100_000, "1000.00"),
            (999_999_999, "9999999.99"),
        ] {
            assert_eq!(to_wire(cad(cents)).as_deref(), Ok(text));
            assert_eq!(from_wire(text), Some(cad(cents)));
        }
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let bound = |amount| match to_wire(amount) {
            Err(ProcessorErrorKind::AmountRefused { bound, amount: refused }) if refused == amount => bound,
            other => panic!("{other:?}"),
        };
        assert_eq!(bound(cad(0)), AmountBound::TooSmall);
        assert_eq!(bound(cad(-100)), AmountBound::TooSmall);
        assert_eq!(bound(cad(1_000_000_000)), AmountBound::TooLarge);
        assert_eq!(bound(cad(i64::MAX)), AmountBound::TooLarge);
    }

    #[test]
    fn anything_but_canadian_dollars_is_refused() {
        for code in ["USD", "JPY", "EUR"] {
            let amount = Money::new(1_000, code.parse().unwrap());
            let refused = ProcessorErrorKind::AmountRefused { amount, bound: AmountBound::Currency };
            assert_eq!(to_wire(amount), Err(refused));
        }
    }

    #[test]
    fn nothing_but_plain_dollars_is_read() {
        for text in [
            "",
            "null",
            "10",
            "10.5",
            "10.500",
            "1,000.00",
            "1e2",
            "-1.00",
            "+1.00",
            " 1.00",
            ".50",
            "1.",
            "1.0a",
            "٣.٠٠",
            "10000000.00",
            "1.00.00",
        ] {
            assert_eq!(from_wire(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_comes_back_exactly(cents in any::<i64>()) {
            if let Ok(text) = to_wire(cad(cents)) {
                prop_assert!((1..=MOST_CENTS).contains(&cents));
                prop_assert_eq!(from_wire(&text), Some(cad(cents)));
            }
        }
    }
}
