//! The fake Moneris in a test's hands, in either flow, in process or over HTTP, as the conformance suite wants it.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use billing_credentials::fields::{API_TOKEN, CHECKOUT_ID, PROFILE_ID, STORE_ID};
use billing_credentials::{OpenedAccount, ProcessorConnector};
use billing_domain::payment::Reference;
use billing_domain::{
    CardGrant, ChargePlace, Difference, Flow, Handover, Money, PaymentProcessor, PublicFields,
};
use billing_moneris::{CheckoutTicket, FLOW_CHECKOUT, HostedTokenization, MonerisConfig, MonerisConnector};
use billing_testkit::conformance::processor::{Call, Card, Disturbance, Harness, Truth};
use billing_testkit::moneris::{Card as TestCard, FakeMoneris, FakeServer, FakeStore, Fault, StoreSpec};
use billing_transport::{
    Delivery, Exchange, HttpConfig, HttpExchange, Request, Response, SendError, SendErrorKind,
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;

use crate::answers::{STORE, TOKEN, account, not_passed_on};
use crate::secrets::exposed;

/// A fake, one store of it, and our adapter on that store.
#[derive(Debug)]
pub(crate) struct Moneris {
    pub(crate) fake: FakeMoneris,
    pub(crate) store: FakeStore,
    config: MonerisConfig,
    exchange: Refusing,
    flow: Flow,
    _server: Option<FakeServer>,
}

impl Moneris {
    /// In process, with the deadlines that hosts have; for a paused clock.
    pub(crate) fn in_process(flow: Flow) -> Self {
        let fake = FakeMoneris::new();
        let exchange = fake.exchange();
        Self::on(fake, exchange, MonerisConfig::default(), flow, None)
    }

    /// Over HTTP, with deadlines short enough to wait for.
    pub(crate) async fn over_http(flow: Flow) -> Self {
        let fake = FakeMoneris::new();
        let server = fake.serve().await.unwrap();
        let mut config = MonerisConfig::default().at(&server.base_url);
        config.send_deadline = Duration::from_millis(1_500);
        let exchange = Arc::new(HttpExchange::new(HttpConfig::default()).unwrap());
        Self::on(fake, exchange, config, flow, Some(server))
    }

    fn on(
        fake: FakeMoneris,
        inner: Arc<dyn Exchange>,
        config: MonerisConfig,
        flow: Flow,
        server: Option<FakeServer>,
    ) -> Self {
        let store = fake.store(StoreSpec::new(STORE, TOKEN));
        let exchange = Refusing { armed: Arc::default(), count: Arc::default(), fake: fake.clone(), inner };
        Self { fake, store, config, exchange, flow, _server: server }
    }

    fn port_over(&self, exchange: Arc<dyn Exchange>, token: &str) -> Arc<dyn PaymentProcessor> {
        MonerisConnector::new(exchange, self.config.clone()).connect(&OpenedAccount {
            account: account(),
            version: 1,
            public: self.public(),
            secrets: [(API_TOKEN, token)].into_iter().collect(),
        })
    }

    fn is_checkout(&self) -> bool {
        self.flow == FLOW_CHECKOUT
    }

    fn arm(&self, call: Call, disturbance: Disturbance, arm: impl Fn(&str, Fault)) {
        if disturbance == Disturbance::Refused {
            self.exchange.armed.lock().unwrap_or_else(PoisonError::into_inner).push(call);
        } else {
            for operation in operations(call) {
                arm(operation, fault(call, disturbance));
            }
        }
    }
}

/// What the fake calls the requests of a call.
fn operations(call: Call) -> &'static [&'static str] {
    match call {
        Call::Begin => &["preload"],
        Call::Charge => &["res_purchase_cc"],
        Call::Check => &["status_check"],
        Call::Observe => &["receipt"],
        Call::Refund => &["refund", "purchasecorrection"],
        other => panic!("no request for {other:?}"),
    }
}

fn fault(call: Call, disturbance: Disturbance) -> Fault {
    match disturbance {
        Disturbance::AnswerLost => Fault::DropAfterEffect,
        Disturbance::CutShort => Fault::HalfDocument,
        Disturbance::Differs(Difference::Amount) => Fault::WRONG_AMOUNT,
        Disturbance::Differs(Difference::InvoiceId) => {
            Fault::Overwrite(&[("/response/request/cust_id", "inv-9999")])
        }
        Disturbance::Differs(Difference::Reference) => Fault::WRONG_ORDER,
        Disturbance::Empty => Fault::EmptyAfterEffect,
        Disturbance::FailsAfterEffect | Disturbance::Html => Fault::HtmlAfterEffect,
        Disturbance::Hangs => Fault::DelayAfterEffect(Duration::from_mins(10)),
        Disturbance::TimesOut => Fault::TimedOutAfterEffect,
        Disturbance::Unheard => Fault::DropBeforeEffect,
        Disturbance::UnknownStatus if call == Call::Begin => {
            Fault::Overwrite(&[("/response/success", "perhaps")])
        }
        Disturbance::UnknownStatus => Fault::CODE_NOT_A_NUMBER,
        other => panic!("no fault for {other:?}"),
    }
}

#[async_trait]
impl Harness for Moneris {
    fn charged(&self) -> ChargePlace {
        if self.is_checkout() { ChargePlace::InBrowser } else { ChargePlace::OnReturn }
    }

    fn processor(&self) -> Arc<dyn PaymentProcessor> {
        self.port_over(Arc::new(self.exchange.clone()), &self.store.api_token())
    }

    fn with_unknown_keys(&self) -> Arc<dyn PaymentProcessor> {
        self.port_over(Arc::new(self.exchange.clone()), "neverIssuedToken0001")
    }

    fn unreachable(&self) -> Arc<dyn PaymentProcessor> {
        self.port_over(Arc::new(Unplugged), &self.store.api_token())
    }

    fn public(&self) -> PublicFields {
        let (name, id) = if self.is_checkout() {
            (CHECKOUT_ID, self.store.checkout_id())
        } else {
            (PROFILE_ID, self.store.profile_id())
        };
        [(STORE_ID, self.store.id().to_owned()), (name, id)].into_iter().collect()
    }

    fn now(&self) -> Timestamp {
        self.fake.now()
    }

    fn unknown_reference(&self) -> Reference {
        Reference("01930000-0000-7000-8000-00000000ffff-1".to_owned())
    }

    fn unknown_secret(&self) -> Option<SecretString> {
        let never =
            if self.is_checkout() { "1795305600neverGivenNeverGiven" } else { "ot-neverGivenNeverGiven01" };
        Some(SecretString::from(never))
    }

    fn unknown_refund(&self) -> Option<Reference> {
        None
    }

    /// The gateway echoes the order id and the amount: no currency, no invoice, and not whether it is the test one. Our payment's id
    /// is in the order id. Checkout repeats the invoice's id as well.
    fn echoes(&self, call: Call) -> Vec<Difference> {
        use Difference as D;
        match call {
            Call::Observe => vec![D::Amount, D::InvoiceId, D::Reference],
            _ => vec![D::Amount, D::Reference],
        }
    }

    fn disturb(&self, call: Call, disturbance: Disturbance) {
        self.arm(call, disturbance, |operation, fault| self.fake.faults().always(operation, fault));
    }

    fn disturb_once(&self, call: Call, disturbance: Disturbance) {
        // The suite's refunds of a part go one way: the other way's fault would stay armed.
        let operation = operations(call)[0];
        self.fake.faults().next(operation, fault(call, disturbance));
    }

    fn calm(&self) {
        self.fake.faults().clear();
        self.exchange.armed.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    async fn pay(&self, handover: &Handover, card: Card) {
        let ticket = exposed(&CheckoutTicket::try_from(handover).unwrap().ticket);
        self.fake.checkout_cardholder(&ticket).pay(test_card(card)).unwrap();
    }

    async fn grant(&self, handover: &Handover, card: Card) -> CardGrant {
        let view = HostedTokenization::try_from(handover).unwrap();
        let token = self.fake.cardholder(&view.profile_id).tokenize(test_card(card)).unwrap();
        CardGrant { reference: Reference(view.order_id), token: SecretString::from(token) }
    }

    fn truth(&self) -> Truth {
        let ledger = self.fake.ledger(self.store.id());
        let made = self.fake.requests_to("preload").len();
        let tried: usize = ledger.entries.iter().map(|entry| entry.tries).sum();
        let succeeded = ledger.entries.iter().flat_map(|entry| &entry.refunds);
        let reversed = ledger.entries.iter().filter(|entry| entry.corrected > 0).count();
        Truth {
            objects: if self.is_checkout() { made } else { tried },
            captures: ledger.entries.iter().map(|entry| entry.successful_charges).sum(),
            refunds: succeeded.filter(|refund| refund.succeeded).count() + reversed,
            given_back: ledger.total_refunded() + ledger.total_corrected(),
            details: format!("{ledger:?}"),
        }
    }

    fn requests(&self) -> usize {
        self.fake.count("*") + self.exchange.count.load(Ordering::SeqCst)
    }

    fn sent(&self, call: Call) -> Vec<String> {
        let requests = self.fake.requests();
        let ours =
            requests.into_iter().rfind(|request| operations(call).contains(&request.operation.as_str()));
        ours.map(|request| values(&request.body)).unwrap_or_default()
    }

    fn constants(&self) -> Vec<String> {
        let public = self.public().0.into_values();
        let words = ["7", "true", "prod", "preload", "receipt"].map(str::to_owned);
        public.chain(words).chain([self.store.api_token()]).collect()
    }

    fn written(&self, amount: Money) -> String {
        amount.to_decimal().to_string()
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.store.api_token(), "neverIssuedToken0001".to_owned()]
    }

    fn deadline(&self) -> Duration {
        self.config.send_deadline
    }
}

fn test_card(card: Card) -> TestCard {
    match card {
        Card::Approved => TestCard::VISA,
        _ => TestCard::LOST_OR_STOLEN,
    }
}

/// The texts of a document, XML or JSON, without its names.
fn values(body: &[u8]) -> Vec<String> {
    if let Ok(Value::Object(fields)) = serde_json::from_slice(body) {
        return fields.values().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    let text = String::from_utf8_lossy(body);
    let leaf = |piece: &str| Some(piece.split_once('>')?.1.to_owned()).filter(|text| !text.is_empty());
    text.split('<').filter_map(leaf).collect()
}

/// The fake's network, on which Moneris clearly says no to what is armed: the fake, being truthful, says no only to what is wrong.
#[derive(Clone)]
struct Refusing {
    armed: Arc<Mutex<Vec<Call>>>,
    count: Arc<AtomicUsize>,
    fake: FakeMoneris,
    inner: Arc<dyn Exchange>,
}

impl fmt::Debug for Refusing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusing").finish_non_exhaustive()
    }
}

impl Refusing {
    fn refuses(&self, body: &str) -> bool {
        let armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        // What is armed for once comes first.
        let is_met = |call: &Call| operations(*call).iter().any(|operation| body.contains(*operation));
        self.fake.faults().armed() == 0 && armed.iter().any(is_met)
    }
}

#[async_trait]
impl Exchange for Refusing {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        if !self.refuses(&body) {
            return self.inner.send(request).await;
        }
        self.count.fetch_add(1, Ordering::SeqCst);
        let no = if body.starts_with('{') {
            r#"{"response":{"success":"false","error":{"field":"txn_total","message":"invalid total"}}}"#
                .to_owned()
        } else {
            not_passed_on("Invalid amount parameter").xml()
        };
        Ok(Response { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::from(no) })
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
