//! How a host puts the library together: a store, a key ring, a connector per processor, one facade. And the fake
//! Stripe, which a real host does not have.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use billing_app::Billing;
use billing_domain::{BillingStore, Dispensary, DispensaryId, DispensaryKind};
use billing_store::{SqliteOptions, SqliteStore};
use billing_stripe::{StripeConfig, StripeConnector};
use billing_testkit::stripe::{AccountSpec, FakeAccount, FakeServer, FakeStripe, Mode};
use billing_transport::{HttpConfig, HttpExchange};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::people::People;
use crate::{Told, seal_key};

/// The one dispensary of this installation, and the office it is: a host has its own table of them.
const DISPENSARY: &str = "01930000-0000-7000-8000-000000000001";
const OFFICE: &str = "01930000-0000-7000-8000-000000000002";

/// A clinic with its software, and the Stripe account it opened last week.
#[derive(Debug)]
pub(crate) struct Demo {
    /// The library.
    pub(crate) billing: Billing,
    pub(crate) people: People,
    /// The fake, to look at what it really did.
    pub(crate) stripe: FakeStripe,
    pub(crate) account: FakeAccount,
    pub(crate) server: FakeServer,
    pub(crate) data: PathBuf,
    /// Where the sealing key came from.
    pub(crate) seal_key: String,
    /// The new folder that the data is in, removed after everything above unless it is kept.
    folder: Option<TempDir>,
}

impl Demo {
    /// Opens `data`, or a new file in a new temporary folder, and starts the fake.
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

        let (stripe, account) = fake_stripe(&*store, dispensary).await?;
        let server = stripe.serve().await?;

        let (key_ring, seal_key) = seal_key::ring(&data)?;
        // One exchange, and so one pool of connections, for every dispensary and processor.
        let exchange = Arc::new(HttpExchange::new(HttpConfig::default())?);
        // A real host says `StripeConfig::default()`: https://api.stripe.com.
        let connector = StripeConnector::new(exchange, StripeConfig::new(&server.base_url));
        let billing =
            Billing::builder(Arc::clone(&store), Arc::new(key_ring)).connector(Arc::new(connector)).build();

        let people = People::of(dispensary)?;
        // At every start: the same one again is fine.
        let office = DispensaryKind::Office(OFFICE.parse()?);
        let clinic = Dispensary::new(dispensary, office, "Maple Street Clinic");
        billing.add_dispensary(&people.owner, clinic).await?;
        Ok(Self { billing, people, stripe, account, server, data, seal_key, folder })
    }

    /// Leaves the data where it is when this ends. The folder, if it is a new one that nobody asked for.
    pub(crate) fn keep_data(&mut self) -> Option<PathBuf> {
        self.folder.take().map(TempDir::keep)
    }

    /// The live keys of the clinic's account, as its owner would copy them from Stripe's Dashboard.
    pub(crate) fn own_keys(&self) -> (String, String) {
        (self.account.publishable_key(Mode::Live), self.account.secret_key(Mode::Live))
    }

    /// How many requests reached the fake, the browser's included.
    pub(crate) fn calls(&self) -> usize {
        self.stripe.requests().len()
    }
}

/// A Stripe with the clinic's account. It remembers nothing of former runs, so it must not repeat their ids either: the
/// next invoice number is a seed that no run before it can have used for a payment.
async fn fake_stripe(store: &dyn BillingStore, dispensary: DispensaryId) -> Told<(FakeStripe, FakeAccount)> {
    let stripe = FakeStripe::seeded(store.next_invoice_number(dispensary).await?);
    stripe.set_now(Timestamp::now());
    let account = stripe.account(AccountSpec {
        business_name: "Maple Street Clinic Inc.".to_owned(),
        ..AccountSpec::new("acct_1PgafTB7WZ01zgkW")
    });
    Ok((stripe, account))
}
