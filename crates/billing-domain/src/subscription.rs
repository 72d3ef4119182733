//! The notices a processor sends about an account: its endpoint there, written down before it is asked for.

use serde::{Deserialize, Serialize};

use crate::SealedBytes;

/// What is known of an account's endpoint at its processor.
///
/// It is recorded before anything is registered, so that an endpoint whose answer was lost is found again by its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Where it stands.
    pub state: SubscriptionState,
    /// Where the processor delivers: ours, and of no other account.
    pub address: String,
    /// The processor's id of the endpoint, once known.
    pub endpoint: Option<String>,
    /// What its signatures are checked with, sealed; absent until the processor told it.
    pub sealed: Option<SealedBytes>,
    /// How many times in a row the processor could not be reached for it.
    pub failures: u32,
}

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SubscriptionState {
    /// The endpoint is there, and its signing secret is known.
    Active,
    /// The processor refused it: the sweep's own looks must do.
    Refused(SubscriptionRefusal),
    /// The endpoint is to be removed.
    Unwanted,
    /// The endpoint is to be registered; it may be there already, with a secret nobody knows.
    Wanted,
}

/// Why a processor refused an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SubscriptionRefusal {
    /// The saved key may not register endpoints.
    PermissionMissing,
    /// The processor refused the request itself, or the address.
    Rejected,
    /// The account has as many endpoints as the processor allows.
    TooMany,
}
