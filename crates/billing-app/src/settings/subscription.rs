//! Whether an account's notices are wanted, and what is done about it: written down first, then asked of the processor. Pure.

use billing_domain::{Subscription, SubscriptionState};

/// A subscription to notices at `address`, not asked for yet.
pub(crate) fn wanted(address: String) -> Subscription {
    Subscription { state: SubscriptionState::Wanted, address, endpoint: None, sealed: None, failures: 0 }
}

/// The subscription once its account's keys were saved or checked: asked for at `address`, where there is one, whatever was answered
/// before.
///
/// One at another address is removed there first, and then asked for at the new one: an endpoint whose answer was lost is found by its
/// address only.
pub(crate) fn asked_anew(known: Option<&Subscription>, address: Option<String>) -> Option<Subscription> {
    match (known, address) {
        (None, address) => address.map(wanted),
        (Some(known), Some(address)) if known.address == address => {
            Some(Subscription { state: SubscriptionState::Wanted, failures: 0, ..known.clone() })
        }
        (Some(known), _) => {
            Some(Subscription { state: SubscriptionState::Unwanted, failures: 0, ..known.clone() })
        }
    }
}

/// The subscription if it has to change because the address did, or because it was refused before.
pub(crate) fn renewed(known: Option<&Subscription>, address: Option<String>) -> Option<Subscription> {
    let is_right = match (known, &address) {
        (None, None) => true,
        (Some(known), Some(address)) => {
            let stands = matches!(known.state, SubscriptionState::Active | SubscriptionState::Wanted);
            known.address == *address && stands
        }
        (Some(known), None) => known.state == SubscriptionState::Unwanted,
        (None, Some(_)) => false,
    };
    if is_right { None } else { asked_anew(known, address) }
}
