//! Amounts, dates and times as people in Canada write them, in both languages. No arithmetic on money, no rounding.

use billing_domain::invoice::{Percent, Quantity};
use billing_domain::{Currency, Money};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::lang::Lang;
use crate::places::time_zone;

/// `$1,234.50` in English and `1 234,50 $` in French, with spaces that do not break. Other currencies keep their code.
///
/// ```
/// use billing_domain::{Currency, Money};
/// use clinic::{figures::money, lang::Lang};
/// let owed = Money::new(123_450, Currency::CAD);
/// assert_eq!(money(Lang::En, owed), "$1,234.50");
/// assert_eq!(money(Lang::Fr, owed), "1\u{a0}234,50\u{a0}$");
/// ```
pub fn money(lang: Lang, amount: Money) -> String {
    let minus = if amount.minor() < 0 { "−" } else { "" };
    let figure = grouped(lang, amount);
    match (lang, amount.currency()) {
        (Lang::En, Currency::CAD) => format!("{minus}${figure}"),
        (Lang::Fr, Currency::CAD) => format!("{minus}{figure}\u{a0}$"),
        (_, other) => format!("{minus}{figure}\u{a0}{other}"),
    }
}

/// `1.5`, in French `1,5`.
pub fn quantity(lang: Lang, quantity: Quantity) -> String {
    decimal(lang, &quantity.value().to_string())
}

/// `9.975%`, in French `9,975 %`.
pub fn percent(lang: Lang, percent: Percent) -> String {
    decimal(lang, &percent.value().to_string()) + lang.pick("%", "\u{a0}%")
}

/// `November 3, 2026`, in French `3 novembre 2026`.
pub fn date(lang: Lang, date: Date) -> String {
    let (year, day) = (date.year(), date.day());
    let month = month(lang, date);
    match lang {
        Lang::En => format!("{month} {day}, {year}"),
        Lang::Fr if day == 1 => format!("1er {month} {year}"),
        Lang::Fr => format!("{day} {month} {year}"),
    }
}

/// `November 3, 2026, 14:05`, in French `3 novembre 2026, 14 h 05`: on the clocks where the clinic stands.
pub fn time(lang: Lang, at: Timestamp) -> String {
    let there = at.to_zoned(time_zone());
    let day = date(lang, there.date());
    let (hour, minute) = (there.hour(), there.minute());
    match lang {
        Lang::En => format!("{day}, {hour:02}:{minute:02}"),
        Lang::Fr => format!("{day}, {hour:02}\u{a0}h\u{a0}{minute:02}"),
    }
}

/// The digits of an amount without its sign, in groups of three.
fn grouped(lang: Lang, amount: Money) -> String {
    let plain = amount.to_decimal().abs().to_string();
    let (whole, cents) = plain.split_once('.').map_or((plain.as_str(), None), |(w, c)| (w, Some(c)));
    let mut figure = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            figure.push_str(lang.pick(",", "\u{a0}"));
        }
        figure.push(digit);
    }
    if let Some(cents) = cents {
        figure.push_str(lang.pick(".", ","));
        figure.push_str(cents);
    }
    figure
}

fn decimal(lang: Lang, plain: &str) -> String {
    plain.replace('.', lang.pick(".", ","))
}

fn month(lang: Lang, date: Date) -> &'static str {
    match date.month() {
        1 => lang.pick("January", "janvier"),
        2 => lang.pick("February", "février"),
        3 => lang.pick("March", "mars"),
        4 => lang.pick("April", "avril"),
        5 => lang.pick("May", "mai"),
        6 => lang.pick("June", "juin"),
        7 => lang.pick("July", "juillet"),
        8 => lang.pick("August", "août"),
        9 => lang.pick("September", "septembre"),
        10 => lang.pick("October", "octobre"),
        11 => lang.pick("November", "novembre"),
        _ => lang.pick("December", "décembre"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cad(cents: i64) -> Money {
        Money::new(cents, Currency::CAD)
    }

    #[test]
    fn amounts_are_written_as_each_language_writes_them() {
        for (cents, english, french) in [
            (0, "$0.00", "0,00\u{a0}$"),
            (5, "$0.05", "0,05\u{a0}$"),
            (12_345, "$123.45", "123,45\u{a0}$"),
            (100_000, "$1,000.00", "1\u{a0}000,00\u{a0}$"),
            (123_456_789, "$1,234,567.89", "1\u{a0}234\u{a0}567,89\u{a0}$"),
            (-1_250, "−$12.50", "−12,50\u{a0}$"),
            (-123_456, "−$1,234.56", "−1\u{a0}234,56\u{a0}$"),
        ] {
            assert_eq!(money(Lang::En, cad(cents)), english);
            assert_eq!(money(Lang::Fr, cad(cents)), french);
        }
    }

    #[test]
    fn the_largest_and_the_smallest_amount_are_exact() {
        assert_eq!(money(Lang::En, cad(i64::MAX)), "$92,233,720,368,547,758.07");
        assert_eq!(money(Lang::En, cad(i64::MIN)), "−$92,233,720,368,547,758.08");
    }

    #[test]
    fn another_currency_keeps_its_code_and_its_digits() {
        assert_eq!(money(Lang::En, Money::new(1_234, Currency::USD)), "12.34\u{a0}USD");
        let yen = "JPY".parse().unwrap();
        assert_eq!(money(Lang::Fr, Money::new(1_234, yen)), "1\u{a0}234\u{a0}JPY");
    }

    #[test]
    fn dates_and_times_are_written_out() {
        let first = Date::constant(2026, 2, 1);
        assert_eq!(date(Lang::En, first), "February 1, 2026");
        assert_eq!(date(Lang::Fr, first), "1er février 2026");
        let at: Timestamp = "2026-11-03T09:05:59Z".parse().unwrap();
        assert_eq!(time(Lang::En, at), "November 3, 2026, 04:05");
        assert_eq!(time(Lang::Fr, at), "3 novembre 2026, 04\u{a0}h\u{a0}05");
    }

    #[test]
    fn rates_and_quantities_have_the_language_s_comma() {
        let quebec = Percent::new("9.975".parse().unwrap()).unwrap();
        assert_eq!(
            (percent(Lang::En, quebec), percent(Lang::Fr, quebec)),
            ("9.975%".into(), "9,975\u{a0}%".into())
        );
        let hours = Quantity::new("1.5".parse().unwrap()).unwrap();
        assert_eq!((quantity(Lang::En, hours), quantity(Lang::Fr, hours)), ("1.5".into(), "1,5".into()));
    }
}
