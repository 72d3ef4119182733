//! Which batch a moment belongs to: batches close daily by the Eastern clock, or by hand. Never closes one by itself.

use jiff::civil::{Date, Time};
use jiff::tz::{self, TimeZone};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

/// One batch of a store. Two moments with the same one have no close between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Batch {
    /// How many were closed by hand before.
    closed_by_hand: u32,
    /// The Eastern day on which it closes by itself.
    closes_on: Date,
}

impl Batch {
    pub(super) fn at(now: Timestamp, closes_at: Time, closed_by_hand: u32) -> Self {
        let now = eastern(now);
        let today = now.date();
        let closes_on = if now.time() < closes_at { today } else { today.tomorrow().unwrap_or(today) };
        Self { closed_by_hand, closes_on }
    }

    /// Three digits that no neighbouring batch has.
    pub(super) fn number(self) -> u32 {
        let day = u32::try_from(self.closes_on.day_of_year()).unwrap_or_default();
        (day + self.closed_by_hand) % 1000
    }
}

/// What a clock in Toronto shows.
pub(super) fn eastern(now: Timestamp) -> Zoned {
    let zone = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0");
    now.to_zoned(zone.unwrap_or_else(|_| TimeZone::fixed(tz::offset(-5))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: Time = Time::constant(22, 0, 0, 0);

    fn batch(at: &str) -> Batch {
        Batch::at(at.parse().unwrap(), TEN, 0)
    }

    #[test]
    fn it_closes_at_ten_in_the_evening_in_winter_and_in_summer() {
        assert_eq!(batch("2026-01-15T03:00:00Z"), batch("2026-01-16T02:59:59Z"));
        assert_ne!(batch("2026-01-16T02:59:59Z"), batch("2026-01-16T03:00:00Z"));
        assert_eq!(batch("2026-07-15T02:00:00Z"), batch("2026-07-16T01:59:59Z"));
        assert_ne!(batch("2026-07-16T01:59:59Z"), batch("2026-07-16T02:00:00Z"));
    }

    #[test]
    fn closing_by_hand_begins_another() {
        let now = "2026-01-15T12:00:00Z".parse().unwrap();
        assert_ne!(Batch::at(now, TEN, 0), Batch::at(now, TEN, 1));
        assert_ne!(Batch::at(now, TEN, 0).number(), Batch::at(now, TEN, 1).number());
    }
}
