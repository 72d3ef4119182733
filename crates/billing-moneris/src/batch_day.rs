//! Whether money goes back by taking the charge out of Moneris's open batch or as a refund. Pure.

use billing_domain::payment::Capture;
use billing_domain::{Money, RefundPlan};
use jiff::Timestamp;
use jiff::civil::Time;

use crate::eastern;

/// Batches close by themselves between 22:00 and 23:00 Eastern, unless the store has set another time
/// (<https://paya.helpjuice.com/44500-moneris-resources/308663-moneris-ca-how-to-settle-batches-in-eselect-plus>). A quarter of an hour
/// is left for clocks that differ and for the refund's own way. In a store that closes earlier a reversal is refused, and moves nothing.
const LAST_CALL: Time = Time::constant(21, 45, 0, 0);

/// How `amount` of `capture` goes back at `at`, when `given_back` of it went back before.
///
/// | | plan |
/// |---|---|
/// | the whole capture, nothing of it given back, on the capture's own Eastern day, before 21:45 | reversal |
/// | anything else, or a capture whose time is not known | refund |
///
/// A reversal has no amount on the wire, so it must never be chosen for less than everything.
pub(crate) fn plan(capture: &Capture, given_back: Money, amount: Money, at: Timestamp) -> RefundPlan {
    let is_everything = given_back.is_zero() && amount == capture.amount;
    if is_everything && capture.captured_at.is_some_and(|taken| is_batch_open(taken, at)) {
        RefundPlan::Reversal
    } else {
        RefundPlan::Refund
    }
}

fn is_batch_open(taken: Timestamp, at: Timestamp) -> bool {
    let (Some(taken), Some(now)) = (eastern::clock(taken), eastern::clock(at)) else { return false };
    now >= taken && now.date() == taken.date() && now.time() < LAST_CALL
}

#[cfg(test)]
mod tests {
    use billing_domain::Currency;
    use billing_domain::payment::{CaptureSource, Reference};

    use super::*;

    fn cad(cents: i64) -> Money {
        Money::new(cents, Currency::CAD)
    }

    fn taken(at: Option<&str>) -> Capture {
        Capture {
            amount: cad(1_050),
            reference: Reference("order-1".to_owned()),
            charge: Some("81-0_900".to_owned()),
            auth_code: None,
            receipt_number: None,
            brand: None,
            last4: None,
            captured_at: at.map(|at| at.parse().unwrap()),
            source: CaptureSource::Processor,
        }
    }

    fn whole(taken_at: &str, at: &str) -> RefundPlan {
        plan(&taken(Some(taken_at)), cad(0), cad(1_050), at.parse().unwrap())
    }

    #[test]
    fn a_whole_capture_of_today_is_reversed_until_a_quarter_to_ten() {
        use RefundPlan::{Refund, Reversal};
        for (taken_at, at, planned) in [
            // Winter: 21:45 Eastern is 02:45 UTC of the next day.
            ("2026-01-15T15:00:00Z", "2026-01-15T15:00:01Z", Reversal),
            ("2026-01-15T15:00:00Z", "2026-01-16T02:44:59Z", Reversal),
            ("2026-01-15T15:00:00Z", "2026-01-16T02:45:00Z", Refund),
            ("2026-01-15T15:00:00Z", "2026-01-16T04:59:59Z", Refund),
            ("2026-01-15T15:00:00Z", "2026-01-16T15:00:00Z", Refund),
            // Taken shortly before midnight UTC is still the same Eastern day.
            ("2026-01-15T23:59:00Z", "2026-01-16T00:01:00Z", Reversal),
            // Taken after the last call: tomorrow's batch, which nobody can tell, so never reversed.
            ("2026-01-16T03:30:00Z", "2026-01-16T03:31:00Z", Refund),
            ("2026-01-16T03:30:00Z", "2026-01-16T15:00:00Z", Refund),
            // Before it was taken, by a clock that is wrong.
            ("2026-01-15T15:00:00Z", "2026-01-15T14:59:59Z", Refund),
            // A year later.
            ("2026-01-15T15:00:00Z", "2027-01-15T15:00:01Z", Refund),
        ] {
            assert_eq!(whole(taken_at, at), planned, "taken {taken_at}, asked {at}");
        }
    }

    #[test]
    fn the_clock_that_counts_is_eastern_on_both_sides_of_daylight_saving() {
        use RefundPlan::{Refund, Reversal};
        for (taken_at, at, planned) in [
            // Summer: 21:45 Eastern is 01:45 UTC.
            ("2026-07-15T15:00:00Z", "2026-07-16T01:44:59Z", Reversal),
            ("2026-07-15T15:00:00Z", "2026-07-16T01:45:00Z", Refund),
            // The day the clocks go forward (8 March) ends in summer time, and begins in winter time.
            ("2026-03-08T05:30:00Z", "2026-03-09T01:44:59Z", Reversal),
            ("2026-03-08T05:30:00Z", "2026-03-09T01:45:00Z", Refund),
            // The day they go back (1 November) ends in winter time.
            ("2026-11-01T04:30:00Z", "2026-11-02T02:44:59Z", Reversal),
            ("2026-11-01T04:30:00Z", "2026-11-02T02:45:00Z", Refund),
        ] {
            assert_eq!(whole(taken_at, at), planned, "taken {taken_at}, asked {at}");
        }
    }

    #[test]
    fn part_of_a_capture_and_what_is_left_of_one_are_never_reversed() {
        let (capture, at) = (taken(Some("2026-01-15T15:00:00Z")), "2026-01-15T15:01:00Z".parse().unwrap());
        assert_eq!(plan(&capture, cad(0), cad(1_049), at), RefundPlan::Refund);
        assert_eq!(plan(&capture, cad(50), cad(1_000), at), RefundPlan::Refund);
        assert_eq!(plan(&capture, cad(1), cad(1_050), at), RefundPlan::Refund);
    }

    #[test]
    fn a_capture_whose_time_nobody_knows_is_refunded() {
        let at = "2026-01-15T15:01:00Z".parse().unwrap();
        assert_eq!(plan(&taken(None), cad(0), cad(1_050), at), RefundPlan::Refund);
    }
}
