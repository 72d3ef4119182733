//! Moneris's clock: the dates and times of its answers, and its day, are Eastern. No host's clock and no system's zone is asked.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Toronto's rule since 2007. Written out, so that no machine's time zone data decides.
static EASTERN: LazyLock<Option<TimeZone>> = LazyLock::new(|| TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").ok());

/// What an Eastern clock shows at `at`.
pub(crate) fn clock(at: Timestamp) -> Option<Zoned> {
    EASTERN.clone().map(|zone| at.to_zoned(zone))
}

/// The years in which a date of Moneris's can lie. Money whose date is no such date is money all the same, of an unknown time: a store
/// may be unable to keep the time, and would then keep nothing of it.
const YEARS: RangeInclusive<i16> = 2000..=2199;

/// The instant at which an Eastern clock shows `2024-09-18` and `02:11:35`. Of an hour shown twice, the first.
pub(crate) fn instant(date: &str, time: &str) -> Option<Timestamp> {
    let date: Date = date.parse().ok().filter(|date: &Date| YEARS.contains(&date.year()))?;
    let time: Time = time.parse().ok()?;
    let shown = DateTime::from_parts(date, time);
    Some(shown.to_zoned(EASTERN.clone()?).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_date_and_time_are_read_as_eastern_summer_and_winter() {
        assert_eq!(instant("2024-09-18", "02:11:35"), Some(at("2024-09-18T06:11:35Z")));
        assert_eq!(instant("2024-12-18", "02:11:35"), Some(at("2024-12-18T07:11:35Z")));
    }

    #[test]
    fn the_change_of_the_clock_is_where_toronto_has_it() {
        assert_eq!(clock(at("2026-03-08T06:59:59Z")).unwrap().time().hour(), 1);
        assert_eq!(clock(at("2026-03-08T07:00:00Z")).unwrap().time().hour(), 3);
        assert_eq!(instant("2026-11-01", "01:30:00"), Some(at("2026-11-01T05:30:00Z")));
        assert_eq!(clock(at("2026-11-01T06:30:00Z")).unwrap().time().hour(), 1);
    }

    #[test]
    fn what_is_no_date_or_no_time_is_no_instant() {
        for (date, time) in [
            ("null", "02:11:35"),
            ("2024-09-18", "null"),
            ("2024-13-18", "02:11:35"),
            ("2024-09-18", "25:11:35"),
            ("1999-12-31", "02:11:35"),
            ("2300-01-01", "02:11:35"),
            ("9999-12-31", "23:59:59"),
            ("-009999-01-01", "00:00:00"),
            ("", ""),
        ] {
            assert_eq!(instant(date, time), None, "{date} {time}");
        }
    }
}
