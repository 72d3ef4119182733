//! The two dispensaries of this demo. A host has its own table of them, and of who works in which.

use billing_domain::{Dispensary, DispensaryId, DispensaryKind, OfficeId, PractitionerId};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;

/// The office's books.
pub const OFFICE: DispensaryId =
    DispensaryId::new(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0001));
/// A practitioner's own books.
pub const PERSONAL: DispensaryId =
    DispensaryId::new(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0002));

const OFFICE_ITSELF: OfficeId = OfficeId::new(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0003));
const PRACTITIONER: PractitionerId =
    PractitionerId::new(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0004));

/// Both, as they are recorded at every start.
pub(crate) fn all() -> [Dispensary; 2] {
    [
        Dispensary::new(OFFICE, DispensaryKind::Office(OFFICE_ITSELF), "Main Street Clinic"),
        Dispensary::new(PERSONAL, DispensaryKind::Personal(PRACTITIONER), "Practitioner’s own books"),
    ]
}

/// Where both stand.
pub(crate) fn time_zone() -> TimeZone {
    // The table is built in, so it is always found.
    TimeZone::get("America/Toronto").unwrap_or(TimeZone::UTC)
}

/// Which day it is there: it decides the tax rates of an invoice.
pub(crate) fn today(now: Timestamp) -> Date {
    now.to_zoned(time_zone()).date()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn late_in_the_evening_it_is_not_tomorrow_yet() {
        let evening: Timestamp = "2026-11-23T02:30:00Z".parse().unwrap();
        assert_eq!(today(evening), date(2026, 11, 22));
    }
}
