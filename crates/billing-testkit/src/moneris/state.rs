//! Everything the fake remembers, behind one lock that is never held across a wait.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::checkout::tickets::Ticket;
use super::faults::FaultPlan;
use super::flights::Flights;
use super::ids::IdMaker;
use super::log::RecordedRequest;
use super::readings::Readings;
use super::stores::Store;
use super::tokens::Token;

#[derive(Deserialize, Serialize)]
pub(super) struct State {
    /// How many requests arrived in this process; never kept.
    #[serde(skip)]
    pub(super) arrivals: u64,
    /// Of the tests of one process; never kept.
    #[serde(skip)]
    pub(super) faults: FaultPlan,
    /// What is on its way in this process; never kept.
    #[serde(skip)]
    pub(super) flights: Flights,
    pub(super) ids: IdMaker,
    pub(super) now: Timestamp,
    pub(super) readings: Readings,
    /// As they came, with API tokens; never kept.
    #[serde(skip)]
    pub(super) requests: Vec<RecordedRequest>,
    /// By store id.
    pub(super) stores: BTreeMap<String, Store>,
    /// By ticket.
    pub(super) tickets: BTreeMap<String, Ticket>,
    /// By data key.
    pub(super) tokens: BTreeMap<String, Token>,
}

impl State {
    pub(super) fn new(seed: u64, now: Timestamp) -> Self {
        Self {
            arrivals: 0,
            faults: FaultPlan::default(),
            flights: Flights::default(),
            ids: IdMaker::new(seed),
            now,
            readings: Readings::default(),
            requests: Vec::new(),
            stores: BTreeMap::new(),
            tickets: BTreeMap::new(),
            tokens: BTreeMap::new(),
        }
    }
}
