//! A stateful fake of Moneris: the gateway's XML, hosted tokenization and Checkout; one router, over loopback HTTP or in
//! process. It never reaches the network, reads no real clock and draws no random number.
//!
//! Its clock stands at 2026-11-22 until somebody moves it: beside a library that tells the time by the system's clock,
//! [`set_now`](FakeMoneris::set_now) it, or its charges lie in another day.
//!
//! ```
//! use billing_testkit::moneris::{Card, FakeMoneris, Fault, StoreSpec};
//!
//! let fake = FakeMoneris::new();
//! let store = fake.store(StoreSpec::new("monca04321", "KJ7l2AsX0n93"));
//! fake.faults().next("res_purchase_cc", Fault::DropAfterEffect);
//! let exchange = fake.exchange(); // an `Exchange` for an adapter
//! let data_key = fake.cardholder(&store.profile_id()).tokenize(Card::VISA).unwrap();
//! assert!(data_key.starts_with("ot-"));
//! assert_eq!(fake.ledger(store.id()).total_captured(), 0);
//! # drop(exchange);
//! ```

mod batch;
mod browser;
mod cardholder;
mod cards;
mod checkout;
mod dollars;
mod faults;
mod flights;
mod gateway;
mod host;
mod ids;
mod keeper;
mod ledger;
mod log;
mod orders;
mod penny;
mod pipeline;
mod readings;
mod reply;
mod state;
mod stores;
mod tokens;

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use billing_transport::Exchange;
use jiff::Timestamp;

pub use crate::carriage::FakeServer;
pub use cardholder::Cardholder;
pub use cards::Card;
pub use checkout::cardholder::{CheckoutCardholder, CheckoutEnd};
pub use faults::{Fault, Faults};
pub use ledger::{Ledger, LedgerEntry, LedgerRefund};
pub use log::RecordedRequest;
pub use readings::{
    ChangedCheck, DeclinedCheck, DeclinedCheckout, InFlightCheck, Readings, SecondCheck, TokenReuse,
};
pub use stores::{Environment, FakeStore, StoreSpec};

use crate::carriage::InProcess;
use crate::keeper::Keeper;
use state::State;

/// Where every fake's clock starts: 2026-11-22, midnight UTC, which is seven in the evening in Toronto.
const START: Timestamp = Timestamp::constant(1_795_305_600, 0);

const SEED: u64 = 1;

/// A Moneris of one's own. Clones share one state.
#[derive(Clone)]
pub struct FakeMoneris {
    keeper: Option<Arc<Keeper>>,
    state: Arc<Mutex<State>>,
}

impl fmt::Debug for FakeMoneris {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeMoneris").finish_non_exhaustive()
    }
}

impl Default for FakeMoneris {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeMoneris {
    /// A Moneris without stores. Its clock stands at 2026-11-22, midnight UTC.
    pub fn new() -> Self {
        Self::seeded(SEED)
    }

    /// The same; another seed makes other tokens and tickets.
    pub fn seeded(seed: u64) -> Self {
        Self { keeper: None, state: Arc::new(Mutex::new(State::new(seed, START))) }
    }

    /// A Moneris that outlives its process: it begins with what the file says, or as [`new`](Self::new) if there is none,
    /// and every request is written down before its answer leaves. A request that cannot be answers 500, its effect
    /// unknown to the caller.
    ///
    /// The whole state is written each time, and while it is nothing else is answered: for a demonstration, not for a
    /// load. One process at a time may keep a file. Cards are not in it, by number or by code; armed faults and the
    /// request log are not either, so both begin empty. The clock goes on from where it was last written:
    /// [`set_now`](Self::set_now) it.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written, or it is damaged (`InvalidData`). A damaged file is left as it is.
    pub fn kept_in(path: impl AsRef<Path>) -> io::Result<Self> {
        let keeper = Keeper::new(path.as_ref(), "Moneris", keeper::FORMATS);
        let state = keeper.open()?.unwrap_or_else(|| State::new(SEED, START));
        let fake = Self { keeper: Some(Arc::new(keeper)), state: Arc::new(Mutex::new(state)) };
        fake.keep()?;
        Ok(fake)
    }

    /// Sets up a store. An id that exists gets the new spec and keeps its orders.
    pub fn store(&self, spec: StoreSpec) -> FakeStore {
        FakeStore::set_up(self.clone(), spec)
    }

    /// This Moneris in process, for an adapter that takes an [`Exchange`].
    pub fn exchange(&self) -> Arc<dyn Exchange> {
        Arc::new(InProcess::new(self.router()))
    }

    /// This Moneris over HTTP on a free loopback port, until the server is dropped: what servers call, and what browsers
    /// load as well.
    pub async fn serve(&self) -> io::Result<FakeServer> {
        FakeServer::start(self.router(), (Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// A person at a page that embeds this profile's tokenization frame.
    pub fn cardholder(&self, profile_id: &str) -> Cardholder {
        Cardholder::new(self.clone(), profile_id)
    }

    /// A person at a page that opened this Checkout ticket.
    pub fn checkout_cardholder(&self, ticket: &str) -> CheckoutCardholder {
        CheckoutCardholder::new(self.clone(), ticket)
    }

    /// Arms faults.
    pub fn faults(&self) -> Faults {
        Faults::of(self.clone())
    }

    /// How the fake reads what no document settles.
    pub fn readings(&self) -> Readings {
        self.state().readings
    }

    /// Reads it so from now on.
    pub fn set_readings(&self, readings: Readings) {
        self.change(|state| state.readings = readings);
    }

    /// The fake's time.
    pub fn now(&self) -> Timestamp {
        self.state().now
    }

    /// Sets the fake's time.
    pub fn set_now(&self, now: Timestamp) {
        self.state().now = now;
    }

    /// Moves the fake's time forward; it stops at the end of time.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state();
        state.now = state.now.saturating_add(by).unwrap_or(Timestamp::MAX);
    }

    fn router(&self) -> axum::Router {
        pipeline::router().merge(browser::router()).with_state(self.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
