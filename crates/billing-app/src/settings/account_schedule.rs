//! When an account itself, not a payment of it, needs something done next. Pure.

use billing_domain::{AccountRecord, AccountState, SubscriptionState, later};
use jiff::Timestamp;

use crate::BillingConfig;
use crate::payments::wait;

/// When `record`, written at `now`, is due: for its subscription, or at the end of its draining, whichever is first.
pub(crate) fn account_due(
    record: &AccountRecord,
    now: Timestamp,
    config: &BillingConfig,
) -> Option<Timestamp> {
    let drained = match record.state {
        AccountState::Draining { until, .. } => Some(until),
        AccountState::Active => None,
        AccountState::Erased { .. } => return None,
    };
    drained.into_iter().chain(subscription_due(record, now, config)).min()
}

/// At once, and after a failure at the pace of the looks at an open payment.
fn subscription_due(record: &AccountRecord, now: Timestamp, config: &BillingConfig) -> Option<Timestamp> {
    let subscription = record.subscription.as_ref()?;
    match subscription.state {
        SubscriptionState::Unwanted | SubscriptionState::Wanted => {
            Some(subscription.failures.checked_sub(1).map_or(now, |repeated| {
                later(now, wait(config.first_look_after, config.look_at_least_every, repeated))
            }))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use billing_domain::{
        AccountId, AccountRef, ActorId, DispensaryId, ProcessorId, PublicFields, Subscription,
        SubscriptionRefusal,
    };
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_795_305_600, 0);

    fn after(seconds: u64) -> Timestamp {
        later(NOW, Duration::from_secs(seconds))
    }

    fn record(state: AccountState, subscription: Option<(SubscriptionState, u32)>) -> AccountRecord {
        AccountRecord {
            account: AccountRef {
                dispensary: DispensaryId::new(Uuid::from_u128(1)),
                processor: ProcessorId::STRIPE,
                account: AccountId::new(Uuid::from_u128(2)),
            },
            version: 1,
            state,
            public: PublicFields(BTreeMap::new()),
            masked: PublicFields(BTreeMap::new()),
            sealed: None,
            external_id: None,
            business_name: None,
            verified_at: None,
            remarks: Vec::new(),
            trouble: None,
            saved_at: NOW,
            saved_by: ActorId::system(),
            subscription: subscription.map(|(state, failures)| Subscription {
                state,
                address: "https://billing.example/1/2".to_owned(),
                endpoint: None,
                sealed: None,
                failures,
            }),
            due_at: None,
            revision: 1,
        }
    }

    #[test]
    fn an_account_is_due_for_its_subscription_or_the_end_of_its_draining_whichever_is_first() {
        use SubscriptionState as S;
        let draining = AccountState::Draining { since: NOW, until: after(600) };
        let refused = S::Refused(SubscriptionRefusal::TooMany);
        let table = [
            (AccountState::Active, None, None),
            (AccountState::Active, Some((S::Active, 0)), None),
            (AccountState::Active, Some((refused, 3)), None),
            (AccountState::Active, Some((S::Wanted, 0)), Some(NOW)),
            (AccountState::Active, Some((S::Wanted, 1)), Some(after(60))),
            (AccountState::Active, Some((S::Wanted, 3)), Some(after(240))),
            (AccountState::Active, Some((S::Wanted, 99)), Some(after(900))),
            (draining, None, Some(after(600))),
            (draining, Some((S::Unwanted, 0)), Some(NOW)),
            (draining, Some((S::Unwanted, 99)), Some(after(600))),
            (AccountState::Erased { since: NOW }, None, None),
        ];
        for (state, subscription, expected) in table {
            let due = account_due(&record(state, subscription), NOW, &BillingConfig::default());
            assert_eq!(due, expected, "{state:?} {subscription:?}");
        }
    }
}
