//! When the sweep looks at a refund next. Pure.

use billing_domain::later;
use billing_domain::refund::{Refund, RefundState};
use jiff::Timestamp;

use crate::BillingConfig;
use crate::payments::wait;

/// When `refund` is due after a look at `now`; never once it has ended.
pub(super) fn next_look(refund: &Refund, now: Timestamp, config: &BillingConfig) -> Option<Timestamp> {
    let longest = match refund.state {
        RefundState::Failed(_) | RefundState::Succeeded => return None,
        RefundState::Sending => return Some(refund.answer_deadline.max(now)),
        RefundState::Unknown => config.look_at_least_every,
        RefundState::NeedsReview(_) | RefundState::Pending => config.review_look_at_least_every,
    };
    Some(later(now, wait(config.first_look_after, longest, refund.idle_checks)))
}
