//! Where pasted keys go: a first account, a roll of one already known, or another one beside it. Pure.

use billing_domain::{
    AccountId, AccountRecord, AccountState, ProcessorId, Subscription, SubscriptionState, later,
};
use jiff::Timestamp;

use crate::BillingConfig;
use crate::settings::account_schedule::account_due;

/// What saving keys does to a dispensary's accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placement {
    /// The account the keys belong to: a known one with its next version, or a new one at version 1.
    pub(crate) target: Target,
    /// The account that was in use and is another one: it drains, one revision on.
    pub(crate) drained: Option<AccountRecord>,
}

/// The account the keys belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// An account already known, whatever its state: the keys are rolled and it is active again.
    Known(Box<AccountRecord>),
    /// An account not known yet.
    New(AccountId),
}

/// Places keys whose account is `external_id` at the processor, or not known when saved unchecked: an unchecked
/// account counts as another one until it is verified.
pub(crate) fn place(
    records: &[AccountRecord],
    processor: &ProcessorId,
    external_id: Option<&str>,
    new: AccountId,
    now: Timestamp,
    config: &BillingConfig,
) -> Placement {
    let mine = || records.iter().filter(|record| record.account.processor == *processor);
    let known = external_id.and_then(|id| mine().find(|record| record.external_id.as_deref() == Some(id)));
    let replaced = mine()
        .find(|record| record.state.is_active())
        .filter(|active| known.is_none_or(|known| known.account != active.account));
    Placement {
        target: known.map_or(Target::New(new), |known| Target::Known(Box::new(known.clone()))),
        drained: replaced.map(|record| drained(record, now, config)),
    }
}

/// The account as it is once removed or replaced at `now`: it only finishes what it began, and its endpoint for notices, if there
/// may be one, is to be removed at once.
pub(crate) fn drained(record: &AccountRecord, now: Timestamp, config: &BillingConfig) -> AccountRecord {
    let mut drained = record.clone();
    drained.state = draining(now, config);
    drained.subscription = drained.subscription.and_then(unwanted);
    drained.due_at = account_due(&drained, now, config);
    drained.revision = drained.revision.saturating_add(1);
    drained
}

/// The state of an account that from `now` on only finishes what it began.
pub(crate) fn draining(now: Timestamp, config: &BillingConfig) -> AccountState {
    AccountState::Draining { since: now, until: later(now, config.drain_within) }
}

fn unwanted(subscription: Subscription) -> Option<Subscription> {
    match subscription.state {
        SubscriptionState::Refused(_) if subscription.endpoint.is_none() => None,
        _ => Some(Subscription { state: SubscriptionState::Unwanted, failures: 0, ..subscription }),
    }
}
