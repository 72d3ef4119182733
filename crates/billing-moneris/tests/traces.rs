//! What operators see of a payment's life: no API token, no ticket, no card's token, no body.
//!
//! One test in a process of its own: `tracing` remembers per process which events are wanted.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use billing_credentials::fields::{API_TOKEN, CHECKOUT_ID, PROFILE_ID, STORE_ID};
use billing_credentials::{KeyPolicy, OpenedAccount, ProcessorConnector, Submitted};
use billing_domain::payment::SubmitKey;
use billing_domain::{
    AccountId, AccountRef, Begun, ChargeOrder, Currency, DispensaryId, Money, PayableId, PaymentId,
    PaymentProcessor, ProcessorId,
};
use billing_moneris::{MonerisConfig, MonerisConnector};
use billing_testkit::moneris::{Card, FakeMoneris, Fault, StoreSpec};
use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::fmt::MakeWriter;
use uuid::Uuid;

const TOKEN: &str = "KJ7l2AsX0n93qqqq";

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// A port of the fake's store, and an order of it.
async fn connected(
    fake: &FakeMoneris,
    number: u128,
    optional: (&str, String),
) -> (Arc<dyn PaymentProcessor>, ChargeOrder) {
    let connector = MonerisConnector::new(fake.exchange(), MonerisConfig::default());
    let pasted = Submitted::from_iter([
        (STORE_ID.to_owned(), "monca04321".to_owned()),
        (API_TOKEN.to_owned(), TOKEN.to_owned()),
        (optional.0.to_owned(), optional.1),
    ]);
    let candidate = connector.parse(&pasted, KeyPolicy::LiveOnly).unwrap();
    connector.verify(&candidate).await.unwrap();
    let account = AccountRef {
        dispensary: DispensaryId::new(Uuid::from_u128(1)),
        processor: ProcessorId::MONERIS,
        account: AccountId::new(Uuid::from_u128(2)),
    };
    let opened = OpenedAccount {
        account: account.clone(),
        version: 1,
        public: candidate.public.clone(),
        secrets: candidate.secrets,
    };
    let port = connector.connect(&opened);
    let payment = PaymentId::new(Uuid::from_u128(number));
    let order = ChargeOrder {
        account,
        flow: port.flow(),
        public: candidate.public,
        payment,
        attempt_no: 1,
        payable: PayableId::parse("inv-1").unwrap(),
        amount: Money::new(1_000, Currency::CAD),
        key: SubmitKey::of_attempt(payment, 1),
        reference: None,
        secret: None,
        first_sent_at: fake.now(),
    };
    (port, order)
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "to look for the ticket in what was traced")]
async fn no_token_and_no_ticket_is_traced() {
    let lines = Lines::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(lines.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let fake = FakeMoneris::new();
    let store = fake.store(StoreSpec::new("monca04321", TOKEN));
    let (port, mut order) = connected(&fake, 1, (PROFILE_ID, store.profile_id())).await;
    port.begin(&order).await.unwrap();
    let data_key = fake.cardholder(&store.profile_id()).tokenize(Card::VISA).unwrap();
    order.secret = Some(SecretString::from(data_key.clone()));
    fake.faults().next("*", Fault::DropAfterEffect);
    port.charge(&order).await.unwrap_err();
    port.observe(&order).await.unwrap();

    let (port, mut order) = connected(&fake, 2, (CHECKOUT_ID, store.checkout_id())).await;
    let Begun::HandOver { keep, .. } = port.begin(&order).await.unwrap() else {
        panic!("a fresh order is handed over")
    };
    let ticket = keep.unwrap().expose_secret().to_owned();
    order.secret = Some(SecretString::from(ticket.clone()));
    fake.checkout_cardholder(&ticket).pay(Card::VISA).unwrap();
    port.observe(&order).await.unwrap();

    let traced = String::from_utf8(lines.0.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap();
    for seen in ["/gateway2/servlet/MpgRequest", "/chktv2/request/request.php"] {
        assert!(traced.contains(seen), "the calls are traced: {traced}");
    }
    for hidden in [TOKEN, &data_key, &ticket, "ot-", "api_token", "data_key", "<request>"] {
        assert!(!traced.contains(hidden), "{hidden:?} is traced");
    }
}
