//! The fake Stripe in a test's hands, in process or over HTTP, as the conformance suite and our own tests want it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_credentials::{NoticeEndpoint, OpenedAccount, ProcessorConnector, fields};
use billing_domain::payment::{Capture, Reference};
use billing_domain::{
    AccountId, AccountRef, Begun, ChargeFact, ChargeOrder, ChargePlace, Difference, DispensaryId, Handover,
    Money, PaymentProcessor, ProcessorId, PublicFields, RefundOrder,
};
use billing_stripe::{StripeConfig, StripeConnector, StripeElements};
use billing_testkit::conformance::processor::{Call, Card, Disturbance, Harness, Truth, order, refund_order};
use billing_testkit::stripe::{AccountSpec, Cardholder, FakeAccount, FakeServer, FakeStripe, Fault, Mode};
use billing_testkit::stripe::{Card as TestCard, RecordedRequest};
use billing_transport::{
    Delivery, Exchange, HttpConfig, HttpExchange, Request, Response, SendError, SendErrorKind,
};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use uuid::Uuid;

pub(crate) const CREATE: &str = "POST /v1/payment_intents";
pub(crate) const CANCEL: &str = "POST /v1/payment_intents/{id}/cancel";
pub(crate) const RETRIEVE: &str = "GET /v1/payment_intents/{id}";
pub(crate) const LIST: &str = "GET /v1/payment_intents";
pub(crate) const REFUND: &str = "POST /v1/refunds";
pub(crate) const RETRIEVE_REFUND: &str = "GET /v1/refunds/{id}";
pub(crate) const LIST_REFUNDS: &str = "GET /v1/refunds";

/// A fake, one account of it, and our adapter on that account.
#[derive(Debug)]
pub(crate) struct Stripe {
    pub(crate) fake: FakeStripe,
    pub(crate) account: FakeAccount,
    config: StripeConfig,
    exchange: Arc<dyn Exchange>,
    _server: Option<FakeServer>,
}

impl Stripe {
    /// In process, with the deadlines that hosts have; for a paused clock.
    pub(crate) fn in_process() -> Self {
        let fake = FakeStripe::new();
        let exchange = fake.exchange();
        Self::on(fake, exchange, StripeConfig::default(), None)
    }

    /// Over HTTP, with deadlines short enough to wait for.
    pub(crate) async fn over_http() -> Self {
        let fake = FakeStripe::new();
        let server = fake.serve().await.unwrap();
        let mut config = StripeConfig::new(&server.base_url);
        config.send_deadline = Duration::from_millis(1_500);
        config.call_deadline = Duration::from_secs(4);
        config.sends_max = 2;
        let exchange = Arc::new(HttpExchange::new(HttpConfig::default()).unwrap());
        Self::on(fake, exchange, config, Some(server))
    }

    fn on(
        fake: FakeStripe,
        exchange: Arc<dyn Exchange>,
        config: StripeConfig,
        server: Option<FakeServer>,
    ) -> Self {
        let account = fake.account(AccountSpec::new("acct_1PgafTB7WZ01zgkW"));
        Self { fake, account, config, exchange, _server: server }
    }

    pub(crate) fn connector(&self) -> StripeConnector {
        StripeConnector::new(Arc::clone(&self.exchange), self.config.clone())
    }

    /// The port on the account, with this secret key.
    pub(crate) fn port_with(&self, secret: &str) -> Arc<dyn PaymentProcessor> {
        self.connector().connect(&self.opened(secret))
    }

    pub(crate) fn port(&self) -> Arc<dyn PaymentProcessor> {
        self.port_with(&self.account.secret_key(Mode::Live))
    }

    pub(crate) fn notices(&self) -> Arc<dyn NoticeEndpoint> {
        self.connector().notices().expect("Stripe sends notices")
    }

    pub(crate) fn opened(&self, secret: &str) -> OpenedAccount {
        OpenedAccount {
            account: AccountRef {
                dispensary: DispensaryId::new(Uuid::from_u128(1)),
                processor: ProcessorId::STRIPE,
                account: AccountId::new(Uuid::from_u128(2)),
            },
            version: 1,
            public: self.public(),
            secrets: [(fields::SECRET_KEY, secret)].into_iter().collect(),
        }
    }

    pub(crate) fn order(&self, number: u128) -> ChargeOrder {
        order(self, number)
    }

    /// An order handed over, and what its browser got.
    pub(crate) async fn handed_over(&self, number: u128) -> (ChargeOrder, Handover) {
        let mut order = self.order(number);
        match self.port().begin(&order).await {
            Ok(Begun::HandOver { reference, handover, .. }) => {
                order.reference = Some(reference);
                (order, handover)
            }
            other => panic!("{other:?}"),
        }
    }

    /// An order paid with `card`, whatever came of it.
    pub(crate) async fn tried(&self, number: u128, card: TestCard) -> ChargeOrder {
        let (order, handover) = self.handed_over(number).await;
        self.browser(&handover).pay(card).await.unwrap();
        order
    }

    /// What `order` took, with a card whose refunds go as `card` says.
    pub(crate) async fn captured(&self, number: u128, card: TestCard) -> (ChargeOrder, Capture) {
        let order = self.tried(number, card).await;
        match self.port().observe(&order).await {
            Ok(ChargeFact::Succeeded(capture)) => (order, capture),
            other => panic!("{other:?}"),
        }
    }

    /// A refund of 4.00 of a charge that was paid with `card`, not yet asked for.
    pub(crate) async fn refund_of(&self, number: u128, card: TestCard) -> RefundOrder {
        let (order, capture) = self.captured(number, card).await;
        refund_order(self, &order, &capture, number, 400)
    }

    pub(crate) fn browser(&self, handover: &Handover) -> Cardholder {
        let elements = StripeElements::try_from(handover).unwrap();
        self.fake.cardholder(&exposed(&elements.client_secret), &elements.publishable_key)
    }

    /// The server's own requests, without the browser's.
    pub(crate) fn ours(&self) -> Vec<RecordedRequest> {
        self.fake.requests().into_iter().filter(|request| !request.is_from_browser()).collect()
    }
}

/// Our reader of notices, which needs nobody for reading.
pub(crate) fn notices() -> Arc<dyn NoticeEndpoint> {
    Stripe::in_process().notices()
}

#[expect(clippy::disallowed_methods, reason = "the browser is given the client secret, as it must be")]
pub(crate) fn exposed(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}

/// Where the requests of a call go.
fn patterns(call: Call) -> &'static [&'static str] {
    match call {
        Call::Begin => &[CREATE],
        Call::Cancel => &[CANCEL],
        Call::CheckRefund => &[RETRIEVE_REFUND, LIST_REFUNDS],
        Call::Observe => &[RETRIEVE],
        Call::ObserveMany => &[LIST],
        Call::Refund => &[REFUND],
        other => panic!("no endpoint for {other:?}"),
    }
}

fn fault(call: Call, disturbance: Disturbance) -> Fault {
    let is_refund = matches!(call, Call::CheckRefund | Call::Refund);
    if call == Call::ObserveMany {
        return fault_in_list(disturbance);
    }
    match disturbance {
        Disturbance::AnswerLost => Fault::DropAfterEffect,
        Disturbance::CutShort => Fault::TruncatedBody,
        Disturbance::Differs(Difference::Amount) => Fault::wrong_amount(),
        Disturbance::Differs(Difference::Currency) => Fault::wrong_currency(),
        Disturbance::Differs(Difference::InvoiceId) => {
            Fault::Overwrite("/metadata/invoice_id", "inv-9".into())
        }
        Disturbance::Differs(Difference::Mode) => Fault::wrong_mode(),
        Disturbance::Differs(Difference::PaymentId) => Fault::wrong_metadata(),
        Disturbance::Differs(Difference::Reference) if is_refund => Fault::wrong_payment_intent(),
        Disturbance::Differs(Difference::Reference) => Fault::wrong_id(),
        Disturbance::Differs(Difference::RefundId) => Fault::wrong_refund_metadata(),
        Disturbance::Empty => Fault::Overwrite("", Value::Null),
        Disturbance::FailsAfterEffect => Fault::FailAfterEffect,
        Disturbance::Hangs => Fault::DelayAfterEffect(Duration::from_mins(10)),
        Disturbance::Html => Fault::HtmlAfterEffect,
        Disturbance::Refused => Fault::RateLimited("endpoint-rate"),
        Disturbance::Unheard => Fault::DropBeforeEffect,
        Disturbance::UnknownStatus => Fault::unknown_status(),
        other => panic!("no fault for {other:?}"),
    }
}

/// The same, of the newest in a list.
fn fault_in_list(disturbance: Disturbance) -> Fault {
    let (pointer, value) = match fault(Call::Observe, disturbance) {
        Fault::Overwrite("/amount", value) => ("/data/0/amount", value),
        Fault::Overwrite("/currency", value) => ("/data/0/currency", value),
        Fault::Overwrite("/id", value) => ("/data/0/id", value),
        Fault::Overwrite("/livemode", value) => ("/data/0/livemode", value),
        Fault::Overwrite("/metadata", value) => ("/data/0/metadata", value),
        Fault::Overwrite("/metadata/invoice_id", value) => ("/data/0/metadata/invoice_id", value),
        Fault::Overwrite("/status", value) => ("/data/0/status", value),
        fault => return fault,
    };
    Fault::Overwrite(pointer, value)
}

#[async_trait]
impl Harness for Stripe {
    fn charged(&self) -> ChargePlace {
        ChargePlace::InBrowser
    }

    fn processor(&self) -> Arc<dyn PaymentProcessor> {
        self.port()
    }

    fn with_unknown_keys(&self) -> Arc<dyn PaymentProcessor> {
        self.port_with("sk_live_51PgafTB7WZ01zgkWthisKeyWasNeverIssued")
    }

    fn unreachable(&self) -> Arc<dyn PaymentProcessor> {
        let connector = StripeConnector::new(Arc::new(Unplugged), self.config.clone());
        connector.connect(&self.opened(&self.account.secret_key(Mode::Live)))
    }

    fn public(&self) -> PublicFields {
        [(fields::PUBLISHABLE_KEY, self.account.publishable_key(Mode::Live))].into_iter().collect()
    }

    fn unknown_reference(&self) -> Reference {
        Reference("pi_3PgafyB7WZ01zgkWneverGiven".to_owned())
    }

    fn now(&self) -> Timestamp {
        self.fake.now()
    }

    fn unknown_refund(&self) -> Option<Reference> {
        Some(Reference("re_3PgafyB7WZ01zgkWneverGiven".to_owned()))
    }

    /// A refund says no mode: the key it is asked with has one, and so has the intent it names.
    fn echoes(&self, call: Call) -> Vec<Difference> {
        use Difference as D;
        match call {
            Call::CheckRefund | Call::Refund => vec![D::Amount, D::Currency, D::Reference, D::RefundId],
            _ => vec![D::Amount, D::Currency, D::InvoiceId, D::Mode, D::PaymentId, D::Reference],
        }
    }

    fn disturb(&self, call: Call, disturbance: Disturbance) {
        for pattern in patterns(call) {
            self.fake.faults().every(1, pattern, fault(call, disturbance));
        }
    }

    fn disturb_once(&self, call: Call, disturbance: Disturbance) {
        self.fake.faults().next(patterns(call)[0], fault(call, disturbance));
    }

    fn calm(&self) {
        self.fake.faults().clear();
    }

    async fn pay(&self, handover: &Handover, card: Card) {
        let card = match card {
            Card::Approved => TestCard::VISA,
            _ => TestCard::STOLEN,
        };
        self.browser(handover).pay(card).await.unwrap();
    }

    fn truth(&self) -> Truth {
        let ledger = self.fake.ledger(self.account.id());
        let refunds = ledger.entries.iter().flat_map(|entry| &entry.refunds);
        let standing: Vec<_> = refunds.filter(|refund| refund.stands()).collect();
        Truth {
            objects: ledger.entries.len(),
            captures: ledger.entries.iter().map(|entry| entry.successful_charges).sum(),
            refunds: standing.len(),
            given_back: standing.iter().map(|refund| refund.amount).sum(),
            details: format!("{ledger:?}"),
        }
    }

    fn requests(&self) -> usize {
        self.ours().len()
    }

    fn sent(&self, call: Call) -> Vec<String> {
        let requests: Vec<_> = patterns(call).iter().flat_map(|at| self.fake.requests_to(at)).collect();
        requests.last().map(|request| leaves(&request.params)).unwrap_or_default()
    }

    fn constants(&self) -> Vec<String> {
        ["card", "automatic"].map(str::to_owned).into()
    }

    fn written(&self, amount: Money) -> String {
        amount.minor().to_string()
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.account.secret_key(Mode::Live), "thisKeyWasNeverIssued".to_owned()]
    }

    fn deadline(&self) -> Duration {
        self.config.call_deadline
    }
}

fn leaves(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(leaves).collect(),
        Value::Object(fields) => fields.values().flat_map(leaves).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

/// A network that reaches nobody.
#[derive(Debug)]
struct Unplugged;

#[async_trait]
impl Exchange for Unplugged {
    async fn send(&self, _: Request) -> Result<Response, SendError> {
        Err(SendError::new(SendErrorKind::Connect, Delivery::NotSent))
    }
}
