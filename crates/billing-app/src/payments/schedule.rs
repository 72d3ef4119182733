//! When the sweep looks at an attempt next. Pure.

use std::time::Duration;

use billing_domain::later;
use billing_domain::payment::{Attempt, AttemptState};
use jiff::Timestamp;

use crate::BillingConfig;

/// When `attempt` is due after a look at `now`; never once it has ended.
pub(crate) fn next_look(attempt: &Attempt, now: Timestamp, config: &BillingConfig) -> Option<Timestamp> {
    match attempt.state {
        AttemptState::Succeeded(_) | AttemptState::Dead(_) => None,
        AttemptState::Sending => Some(attempt.begin_deadline.max(now)),
        AttemptState::NeedsReview(_) => Some(later(
            now,
            wait(config.first_look_after, config.review_look_at_least_every, attempt.idle_checks),
        )),
        _ => {
            let look =
                later(now, wait(config.first_look_after, config.look_at_least_every, attempt.idle_checks));
            let abandoned = attempt.handed_over_at.map(|at| later(at, config.abandon_after));
            // Past the abandonment the ordinary pace goes on: its cancel may have failed.
            Some(abandoned.filter(|at| *at > now).map_or(look, |at| look.min(at)))
        }
    }
}

/// `first`, doubled for every idle look, at most `longest`.
pub(crate) fn wait(first: Duration, longest: Duration, idle: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(idle)).min(longest)
}
