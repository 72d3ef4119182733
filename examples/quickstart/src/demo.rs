//! How a host puts the library together: a store, a key ring, a connector per processor, one facade. And the fakes,
//! which a real host does not have.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use billing_app::Billing;
use billing_domain::{BillingStore, Clock as _, Dispensary, DispensaryId, DispensaryKind};
use billing_moneris::{MonerisConfig, MonerisConnector};
use billing_store::{SqliteOptions, SqliteStore};
use billing_stripe::{StripeConfig, StripeConnector};
use billing_transport::{HttpConfig, HttpExchange};
use tempfile::TempDir;

use crate::clock::StoryClock;
use crate::fakes::Fakes;
use crate::people::People;
use crate::processor::Processor;
use crate::{Told, seal_key};

/// The one dispensary of this installation, and the office it is: a host has its own table of them.
const DISPENSARY: &str = "01930000-0000-7000-8000-000000000001";
const OFFICE: &str = "01930000-0000-7000-8000-000000000002";

/// A clinic with its software, and the accounts it opened last week.
#[derive(Debug)]
pub(crate) struct Demo {
    /// The library.
    pub(crate) billing: Billing,
    clock: Arc<StoryClock>,
    /// The processors, to look at what they really did.
    pub(crate) fakes: Fakes,
    pub(crate) people: People,
    pub(crate) data: PathBuf,
    /// Where the sealing key came from.
    pub(crate) seal_key: String,
    /// The new folder that the data is in, removed after everything above unless it is kept.
    folder: Option<TempDir>,
}

impl Demo {
    /// Opens `data`, or a new file in a new temporary folder, and starts the fakes.
    pub(crate) async fn start(data: Option<&Path>) -> Told<Self> {
        let (folder, data) = match data {
            Some(chosen) => (None, chosen.to_owned()),
            None => {
                let new = tempfile::Builder::new().prefix("billing-quickstart-").tempdir()?;
                let data = new.path().join("billing.sqlite");
                (Some(new), data)
            }
        };
        SqliteStore::migrate(&data)?;
        let store: Arc<dyn BillingStore> = Arc::new(SqliteStore::open(&data, SqliteOptions::default())?);
        let dispensary: DispensaryId = DISPENSARY.parse()?;

        let fakes = Fakes::start(store.next_invoice_number(dispensary).await?).await?;

        let (key_ring, seal_key) = seal_key::ring(&data)?;
        // One exchange, and so one pool of connections, for every dispensary and processor.
        let exchange = Arc::new(HttpExchange::new(HttpConfig::default())?);
        // A real host says `StripeConfig::default()` and `MonerisConfig::default()`: the processors' own addresses.
        let stripe = StripeConfig::new(fakes.url(Processor::Stripe));
        let moneris = MonerisConfig::default().at(fakes.url(Processor::Moneris));
        // A real host leaves the clock out, too: the system's is the usual one.
        let clock = Arc::new(StoryClock::default());
        let billing = Billing::builder(Arc::clone(&store), Arc::new(key_ring))
            .connector(Arc::new(StripeConnector::new(exchange.clone(), stripe)))
            .connector(Arc::new(MonerisConnector::new(exchange, moneris)))
            .clock(clock.clone())
            .build();

        let people = People::of(dispensary)?;
        // At every start: the same one again is fine.
        let office = DispensaryKind::Office(OFFICE.parse()?);
        let clinic = Dispensary::new(dispensary, office, "Maple Street Clinic");
        billing.add_dispensary(&people.owner, clinic).await?;
        Ok(Self { billing, clock, fakes, people, data, seal_key, folder })
    }

    /// Leaves the data where it is when this ends. The folder, if it is a new one that nobody asked for.
    pub(crate) fn keep_data(&mut self) -> Option<PathBuf> {
        self.folder.take().map(TempDir::keep)
    }

    /// Moves the time ahead, here and at the processors, so that nobody has to wait.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.fakes.set_now(self.clock.now());
    }
}
