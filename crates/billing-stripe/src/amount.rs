//! Between our money and Stripe's integers. Whole numbers only; nothing is rounded.
//!
//! Stripe counts most currencies in hundredths, some in whole units, some in thousandths, and two in hundredths that must
//! be whole all the same (<https://docs.stripe.com/currencies>): its table is not ISO 4217's.

use billing_domain::{AmountBound, Currency, Money, ProcessorErrorKind};

/// The largest integer a `PaymentIntent` takes: eight digits (<https://docs.stripe.com/api/payment_intents/create>).
const LARGEST: i64 = 99_999_999;

const ZERO_DECIMAL: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF",
];

/// Sent in thousandths, the last digit being 0.
const THREE_DECIMAL: &[&str] = &["BHD", "JOD", "KWD", "OMR", "TND"];

/// The integer that stands for `amount` at Stripe, or why there is none.
pub(crate) fn to_wire(amount: Money) -> Result<i64, ProcessorErrorKind> {
    let refused = |bound| ProcessorErrorKind::AmountRefused { amount, bound };
    let grid = Grid::of(amount.currency()).ok_or(ProcessorErrorKind::Unsupported)?;
    if !amount.is_positive() {
        return Err(refused(AmountBound::TooSmall));
    }
    let wire = match grid.step {
        Step::Divide(by) if amount.minor() % by == 0 => Some(amount.minor() / by),
        Step::Divide(_) => return Err(refused(AmountBound::OffGrid)),
        Step::Multiply(by) => amount.minor().checked_mul(by),
    };
    match wire {
        Some(wire) if wire % grid.multiple_of != 0 => Err(refused(AmountBound::OffGrid)),
        Some(wire) if wire <= LARGEST => Ok(wire),
        _ => Err(refused(AmountBound::TooLarge)),
    }
}

/// The money that `wire` of `currency` (any case) stands for; `None` for what our money cannot hold exactly.
pub(crate) fn from_wire(wire: i64, currency: &str) -> Option<Money> {
    let currency: Currency = currency.parse().ok()?;
    let minor = match Grid::of(currency)?.step {
        Step::Divide(by) => wire.checked_mul(by)?,
        Step::Multiply(by) if wire % by == 0 => wire / by,
        Step::Multiply(_) => return None,
    };
    Some(Money::new(minor, currency))
}

/// How Stripe counts a currency, seen from our minor units.
struct Grid {
    step: Step,
    /// Stripe refuses an integer that is not a multiple of this.
    multiple_of: i64,
}

enum Step {
    Divide(i64),
    Multiply(i64),
}

impl Grid {
    /// `None` for a currency whose digits are in doubt: three in ISO 4217, and not in Stripe's list.
    fn of(currency: Currency) -> Option<Self> {
        let stripe_digits = if ZERO_DECIMAL.contains(&currency.code()) {
            0
        } else if THREE_DECIMAL.contains(&currency.code()) {
            3
        } else {
            2
        };
        let step = match (currency.exponent(), stripe_digits) {
            (0, 2) => Step::Multiply(100),
            (2, 0) => Step::Divide(100),
            (ours, theirs) if ours == theirs => Step::Multiply(1),
            _ => return None,
        };
        Some(Self { step, multiple_of: if stripe_digits == 3 { 10 } else { 1 } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, code.parse().unwrap())
    }

    fn bound(amount: Money) -> AmountBound {
        match to_wire(amount) {
            Err(ProcessorErrorKind::AmountRefused { bound, amount: refused }) if refused == amount => bound,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_kind_of_currency_is_counted_as_stripe_counts_it() {
        let table = [
            (money(1_050, "CAD"), 1_050),
            (money(500, "JPY"), 500),
            (money(5, "ISK"), 500),
            (money(5, "UGX"), 500),
            (money(500, "MGA"), 5),
            (money(1_230, "KWD"), 1_230),
            (money(10_045, "HUF"), 10_045),
            (money(10_045, "TWD"), 10_045),
        ];
        for (ours, theirs) in table {
            assert_eq!(to_wire(ours), Ok(theirs), "{ours}");
            assert_eq!(from_wire(theirs, &ours.currency().code().to_lowercase()), Some(ours));
        }
    }

    #[test]
    fn an_amount_off_the_grid_is_refused_and_never_rounded() {
        assert_eq!(bound(money(1_234, "KWD")), AmountBound::OffGrid);
        assert_eq!(bound(money(150, "MGA")), AmountBound::OffGrid);
        assert_eq!(from_wire(550, "isk"), None);
    }

    #[test]
    fn nothing_less_than_nothing_and_more_than_eight_digits_are_refused() {
        assert_eq!(bound(money(0, "CAD")), AmountBound::TooSmall);
        assert_eq!(bound(money(-1, "CAD")), AmountBound::TooSmall);
        assert_eq!(to_wire(money(99_999_999, "CAD")), Ok(99_999_999));
        assert_eq!(bound(money(100_000_000, "CAD")), AmountBound::TooLarge);
        assert_eq!(bound(money(i64::MAX, "ISK")), AmountBound::TooLarge);
    }

    #[test]
    fn a_currency_whose_digits_are_in_doubt_is_not_taken() {
        assert_eq!(to_wire(money(1_000, "IQD")), Err(ProcessorErrorKind::Unsupported));
        assert_eq!(from_wire(1_000, "xyz"), None);
    }

    proptest! {
        #[test]
        fn what_is_taken_comes_back_exactly(
            minor in any::<i64>(),
            code in prop::sample::select(vec!["CAD", "JPY", "ISK", "UGX", "MGA", "KWD", "USD"]),
        ) {
            let amount = money(minor, code);
            if let Ok(wire) = to_wire(amount) {
                prop_assert!((1..=LARGEST).contains(&wire));
                prop_assert_eq!(from_wire(wire, code), Some(amount));
            }
        }
    }
}
