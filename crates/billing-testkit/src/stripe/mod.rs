//! A stateful fake of Stripe's API, version 2026-10-28.endive: one router, over loopback HTTP or in process.
//! It never reaches the network, reads no real clock and draws no random number.
//!
//! ```
//! use billing_testkit::stripe::{AccountSpec, FakeStripe, Fault, Mode};
//!
//! let fake = FakeStripe::new();
//! let account = fake.account(AccountSpec::new("acct_1PgafTB7WZ01zgkW"));
//! fake.faults().next("POST /v1/payment_intents", Fault::DropAfterEffect);
//! let exchange = fake.exchange(); // an `Exchange` for an adapter
//! assert!(account.secret_key(Mode::Live).starts_with("sk_live_51"));
//! assert_eq!(fake.ledger(account.id()).total_captured(), 0);
//! # drop(exchange);
//! ```

mod accounts;
mod browser;
mod cardholder;
mod cards;
mod currency;
mod error;
mod faults;
mod form;
mod idempotency;
mod ids;
mod intent;
mod keeper;
mod keys;
mod ledger;
mod log;
mod metadata;
mod page;
mod params;
mod pattern;
mod pipeline;
mod refund;
mod reply;
mod routes;
mod state;
mod webhook;

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use billing_transport::Exchange;
use jiff::Timestamp;

pub use crate::carriage::FakeServer;
pub use accounts::{AccountSpec, FakeAccount};
pub use cardholder::{Authentication, BrowserAnswer, Cardholder};
pub use cards::Card;
pub use faults::{Fault, Faults, Injection};
pub use keys::{KeyKind, Mode, Permission};
pub use ledger::{Ledger, LedgerEntry, LedgerRefund};
pub use log::RecordedRequest;
pub use refund::RefundOutcome;
pub use reply::API_VERSION;
pub use webhook::{Deliverer, Delivery, EndpointSeen};

use crate::carriage::InProcess;
use crate::keeper::Keeper;
use intent::charge::Maker;
use state::State;

/// Where every fake's clock starts: 2026-11-22, midnight UTC.
const START: Timestamp = Timestamp::constant(1_795_305_600, 0);

const SEED: u64 = 1;

/// A Stripe of one's own. Clones share one state.
#[derive(Clone)]
pub struct FakeStripe {
    keeper: Option<Arc<Keeper>>,
    state: Arc<Mutex<State>>,
}

impl fmt::Debug for FakeStripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeStripe").finish_non_exhaustive()
    }
}

impl Default for FakeStripe {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeStripe {
    /// A Stripe without accounts. Its clock stands at 2026-11-22, midnight UTC.
    pub fn new() -> Self {
        Self::seeded(SEED)
    }

    /// The same; another seed makes other ids and keys.
    pub fn seeded(seed: u64) -> Self {
        Self { keeper: None, state: Arc::new(Mutex::new(State::new(seed, START))) }
    }

    /// A Stripe that outlives its process: it begins with what the file says, or as [`new`](Self::new) if there is none,
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
        let keeper = Keeper::new(path.as_ref(), "Stripe", keeper::FORMATS);
        let state = keeper.open()?.unwrap_or_else(|| State::new(SEED, START));
        let fake = Self { keeper: Some(Arc::new(keeper)), state: Arc::new(Mutex::new(state)) };
        fake.keep()?;
        Ok(fake)
    }

    /// Sets up an account with live and test keys. An id that exists gets the new spec and keeps its keys.
    pub fn account(&self, spec: AccountSpec) -> FakeAccount {
        FakeAccount::set_up(self.clone(), spec)
    }

    /// This Stripe in process, for an adapter that takes an [`Exchange`].
    pub fn exchange(&self) -> Arc<dyn Exchange> {
        Arc::new(InProcess::new(pipeline::router(self.clone())))
    }

    /// This Stripe over HTTP on a free loopback port, until the server is dropped.
    pub async fn serve(&self) -> io::Result<FakeServer> {
        FakeServer::start(pipeline::router(self.clone()), (Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// A browser with this client secret and publishable key.
    pub fn cardholder(&self, client_secret: &str, publishable_key: &str) -> Cardholder {
        Cardholder::new(self.clone(), client_secret, publishable_key)
    }

    /// Arms faults.
    pub fn faults(&self) -> Faults {
        Faults::of(self.clone())
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

    /// Whether an intent that is processing can be canceled, which Stripe rarely allows. At first it cannot.
    pub fn allow_cancel_while_processing(&self, allowed: bool) {
        self.change(|state| state.cancel_while_processing = allowed);
    }

    /// The bank answers for an intent that is processing. False if there is no such intent.
    pub fn finish_processing(&self, intent_id: &str, paid: bool) -> bool {
        self.change(|State { intents, ids, now, webhooks, .. }| {
            let mut maker = Maker { ids, now: now.as_second() };
            let Some(intent) = intents.any(intent_id) else { return false };
            let before = webhooks.before(intent);
            let finished = intent.finish_processing(paid, &mut maker);
            webhooks.after(before, intent, &mut maker);
            finished
        })
    }

    /// Lists of intents are this far behind: an intent that is younger is not in them. At first they are not behind at all.
    pub fn let_lists_lag(&self, by: Duration) {
        self.state().lists_behind = i64::try_from(by.as_secs()).unwrap_or(i64::MAX);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
