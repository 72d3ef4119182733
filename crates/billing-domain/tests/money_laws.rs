//! The laws of money, for every amount: nothing is lost, rounded, wrapped or mixed.

use billing_domain::{Currency, Money, MoneyError};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["BHD", "CAD", "JPY", "USD"])
        .prop_map(|code| code.parse().unwrap_or(Currency::CAD))
}

fn money_in(currency: Currency) -> impl Strategy<Value = Money> {
    any::<i64>().prop_map(move |minor| Money::new(minor, currency))
}

fn cad() -> impl Strategy<Value = Money> {
    money_in(Currency::CAD)
}

fn small_cad() -> impl Strategy<Value = Money> {
    (-1_000_000_000_000_i64..1_000_000_000_000).prop_map(|minor| Money::new(minor, Currency::CAD))
}

proptest! {
    #[test]
    fn adding_is_commutative(a in cad(), b in cad()) {
        prop_assert_eq!(a.checked_add(b), b.checked_add(a));
    }

    #[test]
    fn adding_is_associative_where_it_is_defined(a in small_cad(), b in small_cad(), c in small_cad()) {
        let left = a.checked_add(b).and_then(|sum| sum.checked_add(c));
        let right = b.checked_add(c).and_then(|sum| a.checked_add(sum));
        prop_assert!(left.is_ok());
        prop_assert_eq!(left, right);
    }

    #[test]
    fn subtracting_undoes_adding(a in cad(), b in cad()) {
        if let Ok(sum) = a.checked_add(b) {
            prop_assert_eq!(sum.checked_sub(b), Ok(a));
        }
    }

    #[test]
    fn nothing_changes_nothing(a in cad()) {
        let nothing = Money::zero(Currency::CAD);
        prop_assert_eq!(a.checked_add(nothing), Ok(a));
        prop_assert_eq!(a.checked_sub(nothing), Ok(a));
        prop_assert_eq!(a.checked_sub(a), Ok(nothing));
    }

    #[test]
    fn a_result_beyond_64_bits_is_an_error_never_a_wrap(a in any::<i64>(), b in any::<i64>()) {
        let fits = |exact: i128| {
            i64::try_from(exact).map(|minor| Money::new(minor, Currency::CAD)).map_err(|_| MoneyError::Overflow)
        };
        let (x, y) = (Money::new(a, Currency::CAD), Money::new(b, Currency::CAD));
        prop_assert_eq!(x.checked_add(y), fits(i128::from(a) + i128::from(b)));
        prop_assert_eq!(x.checked_sub(y), fits(i128::from(a) - i128::from(b)));
    }

    #[test]
    fn a_decimal_figure_reads_back_as_the_same_amount(amount in currency().prop_flat_map(money_in)) {
        prop_assert_eq!(Money::from_decimal(amount.to_decimal(), amount.currency()), Ok(amount));
    }

    #[test]
    fn a_digit_too_many_is_refused_never_rounded(
        minor in -1_000_000_000_i64..1_000_000_000,
        digit in 1_i64..10,
        currency in currency(),
    ) {
        let finer = Decimal::new(minor * 10 + digit, currency.exponent() + 1);
        prop_assert_eq!(Money::from_decimal(finer, currency), Err(MoneyError::ExcessDigits));
    }

    #[test]
    fn trailing_zeros_are_no_digits(minor in any::<i32>(), zeros in 0_u32..6) {
        let padded = Decimal::new(i64::from(minor) * 10_i64.pow(zeros), 2 + zeros);
        let amount = Money::new(minor.into(), Currency::CAD);
        prop_assert_eq!(Money::from_decimal(padded, Currency::CAD), Ok(amount));
    }

    #[test]
    fn currencies_never_mix(a in money_in(Currency::CAD), b in money_in(Currency::USD)) {
        prop_assert_eq!(a.checked_add(b), Err(MoneyError::CurrencyMismatch));
        prop_assert_eq!(a.checked_sub(b), Err(MoneyError::CurrencyMismatch));
        prop_assert_eq!(a.compare(b), Err(MoneyError::CurrencyMismatch));
        prop_assert_ne!(a, b);
    }

    #[test]
    fn comparing_agrees_with_subtracting(a in small_cad(), b in small_cad()) {
        let sign = a.checked_sub(b).map(|difference| difference.minor().cmp(&0));
        prop_assert_eq!(a.compare(b), sign);
    }
}

#[test]
fn a_decimal_figure_too_large_is_an_overflow() {
    assert_eq!(Money::from_decimal(Decimal::MAX, Currency::CAD), Err(MoneyError::Overflow));
    let just_too_large = Decimal::from_i128_with_scale(i128::from(i64::MAX) + 1, 2);
    assert_eq!(Money::from_decimal(just_too_large, Currency::CAD), Err(MoneyError::Overflow));
}

#[test]
fn minor_units_follow_the_currency() {
    let yen: Currency = "jpy".parse().unwrap();
    let dinar: Currency = "BHD".parse().unwrap();
    assert_eq!(Money::new(500, yen).to_string(), "500 JPY");
    assert_eq!(Money::new(500, dinar).to_string(), "0.500 BHD");
    assert_eq!(Money::new(-500, Currency::CAD).to_string(), "-5.00 CAD");
    assert_eq!("XXX".parse::<Currency>(), Err(MoneyError::UnknownCurrency));
    assert_eq!("CAD ".parse::<Currency>(), Err(MoneyError::UnknownCurrency));
}
