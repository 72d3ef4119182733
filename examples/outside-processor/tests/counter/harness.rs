//! The fake Counter in a test's hands, as the conformance suite wants it. No expectation of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_credentials::{OpenedAccount, ProcessorConnector};
use billing_domain::payment::Reference;
use billing_domain::{
    AccountId, AccountRef, ChargePlace, Difference, DispensaryId, Handover, Money, PaymentProcessor,
    PublicFields,
};
use billing_testkit::conformance::processor::{Call, Card, Disturbance, Harness, Truth};
use jiff::Timestamp;
use outside_processor::fake::{FakeCounter, Fault};
use outside_processor::{COUNTER, CounterConnector, MERCHANT, SIGNING_KEY};
use secrecy::ExposeSecret;
use uuid::Uuid;

/// Long enough for an answer from this machine, short enough to wait for.
const DEADLINE: Duration = Duration::from_secs(2);
const UNKNOWN_KEY: &str = "live_that_nobody_ever_issued";

/// What a test puts between the suite and the port.
pub(crate) type Wrap = fn(Arc<dyn PaymentProcessor>) -> Arc<dyn PaymentProcessor>;

#[derive(Debug)]
pub(crate) struct Counter {
    fake: FakeCounter,
    wrap: Wrap,
}

impl Counter {
    pub(crate) async fn new() -> Self {
        Self::wrapped(|port| port).await
    }

    pub(crate) async fn wrapped(wrap: Wrap) -> Self {
        Self { fake: FakeCounter::start().await.unwrap(), wrap }
    }

    fn port(&self, address: SocketAddr, key: &str) -> Arc<dyn PaymentProcessor> {
        let account = OpenedAccount {
            account: AccountRef {
                dispensary: DispensaryId::new(Uuid::from_u128(1)),
                processor: COUNTER,
                account: AccountId::new(Uuid::from_u128(2)),
            },
            version: 1,
            public: self.public(),
            secrets: [(SIGNING_KEY, key)].into_iter().collect(),
        };
        (self.wrap)(CounterConnector::new(address, DEADLINE).connect(&account))
    }
}

fn verb(call: Call) -> &'static str {
    match call {
        Call::Begin => "open",
        Call::Cancel => "close",
        Call::CheckRefund => "returned",
        Call::Observe | Call::ObserveMany => "look",
        Call::Refund => "return",
        other => panic!("no verb for {other:?}"),
    }
}

fn fault(disturbance: Disturbance) -> Fault {
    match disturbance {
        Disturbance::AnswerLost => Fault::AnswerLost,
        Disturbance::CutShort => Fault::Half,
        Disturbance::Differs(Difference::Amount) => Fault::Edit("amount", "99.99"),
        Disturbance::Differs(Difference::Currency) => Fault::Edit("currency", "USD"),
        Disturbance::Differs(Difference::InvoiceId) => Fault::Edit("invoice", "inv-9"),
        Disturbance::Differs(Difference::Mode) => Fault::Edit("mode", "test"),
        Disturbance::Differs(Difference::PaymentId) => Fault::Edit("payment", "another"),
        Disturbance::Differs(Difference::Reference) => Fault::Edit("checkout", "ck-999999"),
        Disturbance::Differs(Difference::RefundId) => Fault::Edit("refund", "another"),
        Disturbance::Empty => Fault::Instead("\n\n"),
        Disturbance::FailsAfterEffect => Fault::Broken,
        Disturbance::Hangs => Fault::Hang,
        Disturbance::Html => Fault::Instead("<html><body>502 Bad Gateway</body></html>"),
        Disturbance::Refused => Fault::Busy,
        Disturbance::Unheard => Fault::Unheard,
        Disturbance::UnknownStatus => Fault::Edit("state", "pondering"),
        other => panic!("no fault for {other:?}"),
    }
}

#[async_trait]
impl Harness for Counter {
    fn charged(&self) -> ChargePlace {
        ChargePlace::InBrowser
    }

    fn processor(&self) -> Arc<dyn PaymentProcessor> {
        self.port(self.fake.address(), FakeCounter::LIVE_KEY)
    }

    fn with_unknown_keys(&self) -> Arc<dyn PaymentProcessor> {
        self.port(self.fake.address(), UNKNOWN_KEY)
    }

    /// A port that is bound and let go again: whoever connects is turned away.
    fn unreachable(&self) -> Arc<dyn PaymentProcessor> {
        let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        self.port(nobody, FakeCounter::LIVE_KEY)
    }

    fn public(&self) -> PublicFields {
        [(MERCHANT, FakeCounter::MERCHANT)].into_iter().collect()
    }

    fn unknown_reference(&self) -> Reference {
        Reference("ck-888888".to_owned())
    }

    /// Nothing here depends on the hour.
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn unknown_refund(&self) -> Option<Reference> {
        Some(Reference("rt-888888".to_owned()))
    }

    /// Counter repeats everything it was asked for, with its own number and the mode of the key.
    fn echoes(&self, call: Call) -> Vec<Difference> {
        use Difference as D;
        match call {
            Call::CheckRefund | Call::Refund => {
                vec![D::Amount, D::Currency, D::Mode, D::Reference, D::RefundId]
            }
            _ => vec![D::Amount, D::Currency, D::InvoiceId, D::Mode, D::PaymentId, D::Reference],
        }
    }

    fn disturb(&self, call: Call, disturbance: Disturbance) {
        self.fake.disturb(verb(call), fault(disturbance));
    }

    fn disturb_once(&self, call: Call, disturbance: Disturbance) {
        self.fake.disturb_once(verb(call), fault(disturbance));
    }

    fn calm(&self) {
        self.fake.calm();
    }

    #[expect(clippy::disallowed_methods, reason = "the browser is given the ticket, as it must be")]
    async fn pay(&self, handover: &Handover, card: Card) {
        let ticket = handover.secret.as_ref().unwrap().expose_secret();
        self.fake.pay(ticket, card == Card::Approved);
    }

    fn truth(&self) -> Truth {
        let (objects, captures, details) = self.fake.truth();
        let (refunds, given_back) = self.fake.given_back();
        Truth { objects, captures, refunds, given_back, details }
    }

    fn requests(&self) -> usize {
        self.fake.requests()
    }

    fn sent(&self, call: Call) -> Vec<String> {
        self.fake.newest(verb(call))
    }

    fn constants(&self) -> Vec<String> {
        ["open", "return", "returned", FakeCounter::MERCHANT, FakeCounter::LIVE_KEY].map(str::to_owned).into()
    }

    fn written(&self, amount: Money) -> String {
        amount.to_decimal().to_string()
    }

    fn secrets(&self) -> Vec<String> {
        vec![FakeCounter::LIVE_KEY.to_owned(), UNKNOWN_KEY.to_owned()]
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }
}
