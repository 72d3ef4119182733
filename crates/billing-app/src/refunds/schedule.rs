//! When the sweep looks at a refund next. Pure.

use std::time::Duration;

use billing_domain::later;
use billing_domain::refund::{Refund, RefundState};
use jiff::Timestamp;

use crate::BillingConfig;
use crate::payments::wait;

/// After a refund succeeded, the first look whether it has failed since; each further one after twice as long.
const DONE_LOOK_AFTER: Duration = Duration::from_hours(24);

/// How much longer the last look is tried where the processor cannot be reached or refuses the keys.
const BEYOND: Duration = Duration::from_hours(24 * 7);

/// When `refund` is due after a look at `now`; never once it failed, and for some time after it succeeded.
pub(super) fn next_look(refund: &Refund, now: Timestamp, config: &BillingConfig) -> Option<Timestamp> {
    let longest = match refund.state {
        RefundState::Failed(_) => return None,
        RefundState::Succeeded => {
            let until = later(refund.resolved_at?, config.refunds_may_fail_for);
            let next = later(now, wait(DONE_LOOK_AFTER, config.refunds_may_fail_for, refund.idle_checks));
            // The last one at the end of that time.
            return Some(next.min(until)).filter(|_| now < until);
        }
        RefundState::Sending => return Some(refund.answer_deadline.max(now)),
        RefundState::Unknown => config.look_at_least_every,
        RefundState::NeedsReview(_) | RefundState::Pending => config.review_look_at_least_every,
    };
    Some(later(now, wait(config.first_look_after, longest, refund.idle_checks)))
}

/// When to ask instead about a refund that is done, if nobody could be asked `now`: within a day, and also some days beyond its time.
pub(super) fn put_off(refund: &Refund, now: Timestamp, config: &BillingConfig) -> Option<Timestamp> {
    let until = later(refund.resolved_at?, config.refunds_may_fail_for.saturating_add(BEYOND));
    Some(later(now, config.review_look_at_least_every)).filter(|next| *next < until)
}
