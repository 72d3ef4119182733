//! When an account itself, not a payment of it, needs something done next. Pure.

use billing_domain::{AccountRecord, AccountState, SubscriptionState, later};
use jiff::Timestamp;

use crate::BillingConfig;
use crate::payments::wait;

/// The earliest of its subscription's work and the end of its draining; never once its keys are erased.
pub(crate) fn account_due(
    record: &AccountRecord,
    now: Timestamp,
    config: &BillingConfig,
) -> Option<Timestamp> {
    let drained = match record.state {
        AccountState::Active => None,
        AccountState::Draining { until, .. } => Some(until),
        AccountState::Erased { .. } => return None,
    };
    let subscription = record.subscription.as_ref().and_then(|subscription| match subscription.state {
        SubscriptionState::Wanted | SubscriptionState::Unwanted => Some(match subscription.failures {
            0 => now,
            failures => later(
                now,
                wait(config.first_look_after, config.look_at_least_every, failures.saturating_sub(1)),
            ),
        }),
        _ => None,
    });
    drained.into_iter().chain(subscription).min()
}
