//! A clinic: the facade over a real store and the real adapters, talking HTTP to the fake Stripe and the fake Moneris.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use billing_app::{
    Billing, BillingConfig, BillingError, PayableSource, PaymentView, PaymentWindow, SaveKeys, Saved,
    SendRequest, Sent,
};
use billing_credentials::{KeyRing, SealKey, SealKeyId, StaticKeyRing, Submitted, fields};
use billing_domain::invoice::{BillingAddress, LineDetails, LineItem, PatientRef, Quantity, TaxStatus};
use billing_domain::{
    BillingName, BillingStore, Currency, Dispensary, DispensaryId, DispensaryKind, Handover, Invoice,
    InvoiceId, Money, OfficeId, PayableStatus, PaymentId, ProcessorId,
};
use billing_moneris::{MonerisConfig, MonerisConnector};
use billing_stripe::{StripeConfig, StripeConnector, StripeElements};
use billing_testkit::moneris::{FakeMoneris, FakeStore, StoreSpec};
use billing_testkit::stripe::{AccountSpec, Cardholder, FakeAccount, FakeServer, FakeStripe, Mode};
use billing_testkit::{RecordedAlarms, TestClock};
use billing_transport::{HttpConfig, HttpExchange};
use jiff::civil::date;
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use crate::books::Books;
use crate::{front_desk, help_centre, owner};

/// A clinic of one dispensary, and all that stands around it.
#[derive(Debug)]
pub struct Clinic {
    /// The facade.
    pub billing: Billing,
    /// The fake Stripe, over HTTP.
    pub stripe: FakeStripe,
    /// The clinic's account there.
    pub account: FakeAccount,
    /// The fake Moneris, over HTTP.
    pub moneris: FakeMoneris,
    /// The clinic's store there.
    pub till: FakeStore,
    /// The library's clock.
    pub clock: Arc<TestClock>,
    /// What a person was called for.
    pub alarms: Arc<RecordedAlarms>,
    /// The store under the facade.
    pub store: Arc<dyn BillingStore>,
    /// The dispensary.
    pub dispensary: DispensaryId,
    books: Books,
    config: BillingConfig,
    servers: Servers,
}

impl Clinic {
    /// A clinic whose Stripe is locked and that has no keys. Its sweep does not wait for seconds to pass.
    pub async fn locked() -> Self {
        Self::with(BillingConfig { sweep_calls_per_second: 1_000, ..BillingConfig::default() }).await
    }

    /// A clinic whose Stripe is unlocked and that has no keys.
    pub async fn unlocked() -> Self {
        let clinic = Self::locked().await;
        clinic.unlock_stripe().await;
        clinic
    }

    /// A clinic with live Stripe keys saved.
    pub async fn with_stripe() -> Self {
        let clinic = Self::unlocked().await;
        clinic.save_stripe().await.unwrap();
        clinic
    }

    /// A clinic with other rules.
    pub async fn with(config: BillingConfig) -> Self {
        let stripe = FakeStripe::new();
        let account = stripe.account(AccountSpec::new("acct_1PgafTB7WZ01zgkW"));
        let moneris = FakeMoneris::new();
        let till = moneris.store(StoreSpec::new("gwca001234", "Ab12Cd34Ef56Gh78"));
        let servers =
            Servers { stripe: stripe.serve().await.unwrap(), moneris: moneris.serve().await.unwrap() };
        let books = Books::durable().await;
        let store = books.open().await;
        let clock = Arc::new(TestClock::default());
        let alarms = Arc::new(RecordedAlarms::default());
        let parts = (Arc::clone(&store), Arc::clone(&clock), Arc::clone(&alarms));
        let billing = facade(parts, servers.urls(), config.clone());
        let dispensary = DispensaryId::new(Uuid::from_u128(0xd1));
        let clinic = Self {
            billing,
            stripe,
            account,
            moneris,
            till,
            clock,
            alarms,
            store,
            dispensary,
            books,
            config,
            servers,
        };
        clinic.add_dispensary(dispensary).await;
        clinic
    }

    /// Records another dispensary of the same host.
    pub async fn add_dispensary(&self, dispensary: DispensaryId) {
        let kind = DispensaryKind::Office(OfficeId::new(Uuid::from_u128(0x0f)));
        let added = Dispensary::new(dispensary, kind, "Main Street Clinic");
        self.billing.add_dispensary(&owner(dispensary), added).await.unwrap();
    }

    /// The process dies wherever it is and a new one starts on the same database.
    pub async fn crash_and_restart(&mut self) {
        self.billing.abort();
        self.restart().await;
    }

    /// A new process on the same database; the one before may still be running.
    pub async fn restart(&mut self) {
        self.store = self.books.open().await;
        let parts = (Arc::clone(&self.store), Arc::clone(&self.clock), Arc::clone(&self.alarms));
        self.billing = facade(parts, self.servers.urls(), self.config.clone());
    }

    /// Another process on the same database, from which Moneris cannot be reached.
    pub async fn billing_without_moneris(&self) -> Billing {
        let gone = self.moneris.serve().await.unwrap();
        let base_url = gone.base_url.clone();
        gone.stop().await;
        let parts = (Arc::clone(&self.store), Arc::clone(&self.clock), Arc::clone(&self.alarms));
        facade(parts, (&self.servers.stripe.base_url, &base_url), self.config.clone())
    }

    /// The database file.
    pub fn database(&self) -> &Path {
        self.books.file()
    }

    /// Time goes by, here and at the processors.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.stripe.advance(by);
        self.moneris.advance(by);
    }

    /// The help centre unlocks Stripe.
    pub async fn unlock_stripe(&self) {
        let help_centre = help_centre(self.dispensary);
        self.billing.unlock_processor(&help_centre, ProcessorId::STRIPE).await.unwrap();
    }

    /// The owner pastes the account's live keys and saves.
    pub async fn save_stripe(&self) -> Result<Saved, BillingError> {
        let (publishable, secret) =
            (self.account.publishable_key(Mode::Live), self.account.secret_key(Mode::Live));
        self.save_stripe_keys(&publishable, &secret).await
    }

    /// The owner pastes these keys and saves.
    pub async fn save_stripe_keys(&self, publishable: &str, secret: &str) -> Result<Saved, BillingError> {
        let pasted =
            Submitted::from_iter([(fields::PUBLISHABLE_KEY, publishable), (fields::SECRET_KEY, secret)]);
        let keys = SaveKeys::checked(ProcessorId::STRIPE, pasted);
        self.billing.save_keys(&owner(self.dispensary), keys).await
    }

    /// A finalised invoice of this total, tax-exempt.
    pub async fn invoice(&self, total: &str) -> InvoiceId {
        self.invoice_in(self.dispensary, total, Currency::CAD).await
    }

    /// A finalised invoice of another dispensary or currency.
    pub async fn invoice_in(&self, dispensary: DispensaryId, total: &str, currency: Currency) -> InvoiceId {
        let desk = front_desk(dispensary);
        let id = InvoiceId::new(Uuid::now_v7());
        let draft = self.draft(id, dispensary, total, currency);
        self.billing.save_draft(&desk, draft, None).await.unwrap();
        self.billing.finalise_invoice(&desk, id, date(2026, 11, 22)).await.unwrap();
        id
    }

    /// A draft with one line.
    pub fn draft(&self, id: InvoiceId, dispensary: DispensaryId, total: &str, currency: Currency) -> Invoice {
        let name = BillingName::parse("Zoé O’Brien").unwrap();
        let patient = PatientRef::parse("patient-7731").unwrap();
        let mut invoice = Invoice::draft(id, dispensary, patient, BillingAddress::of(name), currency);
        let line = LineDetails {
            description: "Initial visit".parse().unwrap(),
            practitioner: None,
            quantity: Quantity::new(1.into()).unwrap(),
            unit_price: money(total, currency),
            discount: None,
            tax: TaxStatus::Exempt,
        };
        invoice.add_line(LineItem::new(line).unwrap()).unwrap();
        invoice
    }

    /// The front desk opens the payment window.
    pub async fn window(&self, invoice: InvoiceId) -> Result<PaymentWindow, BillingError> {
        self.billing.open_window(&front_desk(self.dispensary), PayableSource::Invoice(invoice)).await
    }

    /// The front desk opens the window and presses Send Request.
    pub async fn send(&self, invoice: InvoiceId) -> Result<(PaymentId, Sent), BillingError> {
        let window = self.window(invoice).await?;
        let sent = self.press_send(&window, invoice).await?;
        Ok((window.payment, sent))
    }

    /// The front desk presses Send Request in a window that is open.
    pub async fn press_send(&self, window: &PaymentWindow, invoice: InvoiceId) -> Result<Sent, BillingError> {
        self.billing.send_request(&front_desk(self.dispensary), request(window, invoice)).await
    }

    /// Window, Send Request, and the browser that was given the hand-over.
    pub async fn hand_over(&self, invoice: InvoiceId) -> (PaymentId, Cardholder) {
        let (payment, sent) = self.send(invoice).await.unwrap();
        (payment, self.browser(&handover_of(sent)))
    }

    /// The cardholder's browser, given a hand-over.
    pub fn browser(&self, handover: &Handover) -> Cardholder {
        browser_of(&self.stripe, handover)
    }

    /// The browser comes back and the host settles.
    pub async fn settle(&self, payment: PaymentId) -> PaymentView {
        self.billing.settle(&front_desk(self.dispensary), payment).await.unwrap()
    }

    /// The payment as it is stored.
    pub async fn payment(&self, payment: PaymentId) -> PaymentView {
        self.billing.payment(&front_desk(self.dispensary), payment).await.unwrap()
    }

    /// How far an invoice is paid.
    pub async fn status(&self, invoice: InvoiceId) -> PayableStatus {
        let state = self.billing.payable(&front_desk(self.dispensary), &invoice.into()).await.unwrap();
        state.expect("a finalised invoice has a payable").status().unwrap()
    }

    /// Sweeps until nothing is due now.
    pub async fn sweep(&self) {
        for _ in 0..100 {
            let report = self.billing.sweep(100).await.unwrap();
            if report.looked_at == 0 {
                return;
            }
        }
        panic!("the sweep never came to rest");
    }
}

/// What the window sends back.
pub fn request(window: &PaymentWindow, invoice: InvoiceId) -> SendRequest {
    SendRequest {
        payment: window.payment,
        payable: PayableSource::Invoice(invoice),
        expected_total: window.total,
        expected_account: window.account.clone(),
    }
}

/// The hand-over; a story that has none stops here.
pub fn handover_of(sent: Sent) -> Handover {
    match sent {
        Sent::HandOver(handover) => handover,
        Sent::Known(view) => panic!("no hand-over: the payment is {:?}", view.state),
    }
}

/// The browser that was given this hand-over.
#[expect(clippy::disallowed_methods, reason = "the browser is given the client secret, as it must be")]
pub(crate) fn browser_of(stripe: &FakeStripe, handover: &Handover) -> Cardholder {
    let elements = StripeElements::try_from(handover).unwrap();
    stripe.cardholder(elements.client_secret.expose_secret(), &elements.publishable_key)
}

/// An amount from its figure.
pub fn money(figure: &str, currency: Currency) -> Money {
    Money::from_decimal(figure.parse().unwrap(), currency).unwrap()
}

type Parts = (Arc<dyn BillingStore>, Arc<TestClock>, Arc<RecordedAlarms>);

#[derive(Debug)]
struct Servers {
    moneris: FakeServer,
    stripe: FakeServer,
}

impl Servers {
    /// Stripe's and Moneris's.
    fn urls(&self) -> (&str, &str) {
        (&self.stripe.base_url, &self.moneris.base_url)
    }
}

fn facade((store, clock, alarms): Parts, (stripe, moneris): (&str, &str), config: BillingConfig) -> Billing {
    let exchange = Arc::new(HttpExchange::new(HttpConfig::default()).unwrap());
    let stripe = StripeConnector::new(exchange.clone(), StripeConfig::new(stripe));
    let moneris = MonerisConnector::new(exchange, MonerisConfig::default().at(moneris));
    Billing::builder(store, key_ring())
        .connector(Arc::new(stripe))
        .connector(Arc::new(moneris))
        .clock(clock)
        .alarm(alarms)
        .config(config)
        .build()
}

/// A key ring with one key, for tests only.
pub fn key_ring() -> Arc<dyn KeyRing> {
    let id = SealKeyId::parse("2026").unwrap();
    Arc::new(StaticKeyRing::new(id, SealKey::from_bytes([7; 32])))
}
