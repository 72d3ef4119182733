//! When the sweep looks at an attempt next. Pure.

use std::time::Duration;

use billing_domain::later;
use billing_domain::payment::{Attempt, AttemptState, CheckStep, StatusCheck};
use jiff::Timestamp;

use crate::BillingConfig;

/// When a status check that could not be asked is tried again.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// When `attempt` is due after a look at `now`; never once it has ended.
pub(crate) fn next_look(attempt: &Attempt, now: Timestamp, config: &BillingConfig) -> Option<Timestamp> {
    match attempt.state {
        AttemptState::Succeeded(_) | AttemptState::Dead(_) => None,
        AttemptState::Sending => Some(attempt.begin_deadline.max(now)),
        AttemptState::Charging | AttemptState::Unknown if check_of(attempt).is_some() => check_of(attempt)
            .map(|check| match check.step(now) {
                CheckStep::Ask => later(now, ASK_AGAIN_AFTER),
                CheckStep::GiveUp | CheckStep::Nothing => now,
                CheckStep::Wait(until) => until,
            }),
        // Until its charge is made there is nothing to learn.
        AttemptState::AwaitingCardholder if attempt.charge.is_some() => {
            Some(attempt.handed_over_at.map_or(now, |at| later(at, config.abandon_after)).max(now))
        }
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

fn check_of(attempt: &Attempt) -> Option<StatusCheck> {
    attempt.charge.and_then(|charge| charge.check)
}

/// `first`, doubled for every idle look, at most `longest`.
pub(crate) fn wait(first: Duration, longest: Duration, idle: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(idle)).min(longest)
}
