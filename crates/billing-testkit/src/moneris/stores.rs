//! Stores and what their owner handles: credentials, profile, checkout, batch. Never a transaction.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::FakeMoneris;
use super::batch::Batch;
use super::orders::Order;
use super::state::State;

/// The machine a store belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Environment {
    /// `prod`.
    Production,
    /// `qa`.
    Test,
}

impl Environment {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Production => "prod",
            Self::Test => "qa",
        }
    }
}

/// A store to be set up.
#[derive(Clone, Deserialize, Serialize)]
pub struct StoreSpec {
    /// The API token: a secret, sent inside every request's body.
    pub api_token: String,
    /// When its batch closes by itself, on the Eastern clock: 22:00 at first.
    pub batch_closes_at: Time,
    /// The Checkout id (`chkt…`), if it has one.
    pub checkout_id: Option<String>,
    /// Production at first.
    pub environment: Environment,
    /// The hosted tokenization profile (`ht…`), if it has one.
    pub profile_id: Option<String>,
    /// The one origin whose pages may embed the frame (`https://emr.example`); any, if there is none.
    pub source_origin: Option<String>,
    /// The store id.
    pub store_id: String,
}

impl fmt::Debug for StoreSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreSpec")
            .field("store_id", &self.store_id)
            .field("profile_id", &self.profile_id)
            .field("checkout_id", &self.checkout_id)
            .finish_non_exhaustive()
    }
}

impl StoreSpec {
    /// A production store with these credentials; profile and checkout ids are made from the store id.
    pub fn new(store_id: impl Into<String>, api_token: impl Into<String>) -> Self {
        let store_id = store_id.into();
        Self {
            api_token: api_token.into(),
            batch_closes_at: Time::constant(22, 0, 0, 0),
            checkout_id: Some(format!("chkt5BF66{store_id}")),
            environment: Environment::Production,
            profile_id: Some(format!("ht4RXX{store_id}")),
            source_origin: None,
            store_id,
        }
    }
}

/// What the fake keeps of a store.
#[derive(Deserialize, Serialize)]
pub(super) struct Store {
    pub(super) batches_closed: u32,
    /// Status checks per order id.
    pub(super) checks: BTreeMap<String, u32>,
    pub(super) orders: BTreeMap<String, Order>,
    pub(super) penny_simulator: bool,
    pub(super) spec: StoreSpec,
    /// The last four digits of its terminal; no two stores share them.
    pub(super) terminal: u32,
    /// How many transactions it had.
    pub(super) transactions: u32,
}

impl Store {
    fn new(spec: StoreSpec, terminal: u32) -> Self {
        Self {
            batches_closed: 0,
            checks: BTreeMap::new(),
            orders: BTreeMap::new(),
            penny_simulator: false,
            spec,
            terminal,
            transactions: 0,
        }
    }

    /// The batch that is open at `now`.
    pub(super) fn batch(&self, now: Timestamp) -> Batch {
        Batch::at(now, self.spec.batch_closes_at, self.batches_closed)
    }
}

/// A store in the hands of its owner.
#[derive(Clone)]
pub struct FakeStore {
    fake: FakeMoneris,
    id: String,
}

impl fmt::Debug for FakeStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeStore").field("id", &self.id).finish_non_exhaustive()
    }
}

impl FakeStore {
    pub(super) fn set_up(fake: FakeMoneris, spec: StoreSpec) -> Self {
        let id = spec.store_id.clone();
        fake.change(|state| {
            let terminal = u32::try_from(state.stores.len()).unwrap_or_default() + 8895;
            match state.stores.get_mut(&id) {
                None => drop(state.stores.insert(id.clone(), Store::new(spec, terminal))),
                Some(store) => store.spec = spec,
            }
        });
        Self { fake, id }
    }

    /// The store id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The API token in force.
    pub fn api_token(&self) -> String {
        self.spec(|spec| spec.api_token.clone())
    }

    /// The Checkout id; empty if it has none.
    pub fn checkout_id(&self) -> String {
        self.spec(|spec| spec.checkout_id.clone().unwrap_or_default())
    }

    /// The hosted tokenization profile; empty if it has none.
    pub fn profile_id(&self) -> String {
        self.spec(|spec| spec.profile_id.clone().unwrap_or_default())
    }

    /// From now on only this token is the store's.
    pub fn replace_api_token(&self, token: impl Into<String>) {
        let token = token.into();
        self.change(|store| store.spec.api_token = token);
    }

    /// From now on the amount decides what the bank answers, or again the card.
    pub fn penny_simulator(&self, on: bool) {
        self.change(|store| store.penny_simulator = on);
    }

    /// Closes the open batch by hand: what is in it can be refunded, and no longer corrected.
    pub fn close_batch(&self) {
        self.change(|store| store.batches_closed += 1);
    }

    fn spec(&self, read: impl FnOnce(&StoreSpec) -> String) -> String {
        self.fake.state().stores.get(&self.id).map(|store| read(&store.spec)).unwrap_or_default()
    }

    fn change(&self, change: impl FnOnce(&mut Store)) {
        self.fake.change(|State { stores, .. }| {
            if let Some(store) = stores.get_mut(&self.id) {
                change(store);
            }
        });
    }
}
