//! Everything the fake remembers, behind one lock that is never held across a wait.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::accounts::Account;
use super::error::ApiError;
use super::faults::FaultPlan;
use super::idempotency::Idempotency;
use super::ids::IdMaker;
use super::intent::Intents;
use super::keys::{Caller, Key};
use super::log::RecordedRequest;
use super::webhook::Webhooks;

#[derive(Deserialize, Serialize)]
pub(super) struct State {
    pub(super) accounts: BTreeMap<String, Account>,
    /// New refunds wait for money. Not in a file from before refunds.
    #[serde(default)]
    pub(super) balance_short: bool,
    pub(super) cancel_while_processing: bool,
    /// Of the tests of one process; never kept.
    #[serde(skip)]
    pub(super) faults: FaultPlan,
    pub(super) idempotency: Idempotency,
    pub(super) ids: IdMaker,
    pub(super) intents: Intents,
    pub(super) keys: Vec<Key>,
    /// How many seconds lists are behind; never kept.
    #[serde(skip)]
    pub(super) lists_behind: i64,
    pub(super) now: Timestamp,
    /// As they came, with cards and keys; never kept.
    #[serde(skip)]
    pub(super) requests: Vec<RecordedRequest>,
    /// Not in a file from before webhooks.
    #[serde(default)]
    pub(super) webhooks: Webhooks,
}

impl State {
    pub(super) fn new(seed: u64, now: Timestamp) -> Self {
        Self {
            accounts: BTreeMap::new(),
            balance_short: false,
            cancel_while_processing: false,
            faults: FaultPlan::default(),
            idempotency: Idempotency::default(),
            ids: IdMaker::new(seed),
            intents: Intents::default(),
            keys: Vec::new(),
            lists_behind: 0,
            now,
            requests: Vec::new(),
            webhooks: Webhooks::default(),
        }
    }

    /// An account that is not activated charges in test mode only.
    pub(super) fn must_be_able_to_charge(&self, caller: &Caller) -> Result<(), ApiError> {
        let enabled = self.accounts.get(&caller.account).is_some_and(|account| account.spec.charges_enabled);
        if enabled || !caller.mode.is_live() {
            return Ok(());
        }
        let message = "Your account cannot currently make live charges.";
        Err(ApiError::invalid(message).code("testmode_charges_only"))
    }
}
