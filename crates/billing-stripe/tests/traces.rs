//! What operators see of a payment's life: no key, no client secret, no signing secret, no body.
//!
//! One test in a process of its own: `tracing` remembers per process which events are wanted.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use billing_credentials::{Endpoint, KeyPolicy, OpenedAccount, ProcessorConnector, Submitted, fields};
use billing_domain::payment::{Capture, CaptureSource, Reference, SubmitKey};
use billing_domain::{
    AccountId, AccountRef, Begun, ChargeOrder, Currency, DispensaryId, Money, PayableId, PaymentId,
    ProcessorId, RefundId, RefundOrder, RefundPlan,
};
use billing_stripe::{FLOW, StripeConfig, StripeConnector, StripeElements};
use billing_testkit::stripe::{AccountSpec, Card, FakeStripe, Fault, Mode};
use secrecy::ExposeSecret;
use tracing_subscriber::fmt::MakeWriter;
use uuid::Uuid;

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

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "to look for the client secret in what was traced")]
async fn no_key_and_no_client_secret_is_traced() {
    let lines = Lines::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(lines.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let fake = FakeStripe::new();
    let account = fake.account(AccountSpec::new("acct_1PgafTB7WZ01zgkW"));
    let (publishable, secret) = (account.publishable_key(Mode::Live), account.secret_key(Mode::Live));
    let connector = StripeConnector::new(fake.exchange(), StripeConfig::default());
    let pasted = Submitted::from_iter([
        (fields::PUBLISHABLE_KEY, publishable.as_str()),
        (fields::SECRET_KEY, secret.as_str()),
    ]);
    let candidate = connector.parse(&pasted, KeyPolicy::LiveOnly).unwrap();
    connector.verify(&candidate).await.unwrap();

    let account = AccountRef {
        dispensary: DispensaryId::new(Uuid::from_u128(1)),
        processor: ProcessorId::STRIPE,
        account: AccountId::new(Uuid::from_u128(2)),
    };
    let opened = OpenedAccount {
        account: account.clone(),
        version: 1,
        public: candidate.public.clone(),
        secrets: candidate.secrets,
    };
    let port = connector.connect(&opened);
    let payment = PaymentId::new(Uuid::from_u128(3));
    let mut order = ChargeOrder {
        account,
        flow: FLOW,
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
    fake.faults().next("*", Fault::DropAfterEffect);
    fake.faults().next("*", Fault::FailBeforeEffect(500));
    let Begun::HandOver { reference, handover, .. } = port.begin(&order).await.unwrap() else {
        panic!("a fresh order is handed over")
    };
    order.reference = Some(reference);
    let elements = StripeElements::try_from(&handover).unwrap();
    let client_secret = elements.client_secret.expose_secret();
    fake.cardholder(client_secret, &publishable).pay(Card::STOLEN).await.unwrap();
    port.observe(&order).await.unwrap();
    port.cancel(&order, 1).await.unwrap();
    let refund = refund_of(&order);
    port.refund(&refund).await.unwrap_err();
    port.observe_refund(&refund).await.unwrap();

    let notices = connector.notices().unwrap();
    let endpoint = Endpoint { address: "https://emr.example/notices/1/2".to_owned(), known: None };
    fake.faults().next("POST /v1/webhook_endpoints", Fault::DropAfterEffect);
    let lost = notices.register(&opened, &endpoint).await.unwrap_err();
    let made = notices.register(&opened, &endpoint).await.unwrap();
    let signing_secret = made.secret.clone().unwrap();
    let signing_secret = signing_secret.expose_secret();
    for shown in [format!("{notices:?} {made:?}"), format!("{lost} {lost:?}")] {
        assert!(!shown.contains(signing_secret) && !shown.contains("whsec_"), "{shown}");
    }

    let traced = String::from_utf8(lines.0.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap();
    for path in
        ["/v1/payment_intents/{id}/cancel", "/v1/refunds", "/v1/refunds/{id}", "/v1/webhook_endpoints/{id}"]
    {
        assert!(traced.contains(path), "the calls are traced: {traced}");
    }
    for hidden in [&secret[8..], client_secret, "_secret_", signing_secret, "whsec_", "metadata", "Bearer"] {
        assert!(!traced.contains(hidden), "{hidden:?} is traced");
    }
}

/// A refund of what was never paid, under an id that Stripe never gave.
fn refund_of(order: &ChargeOrder) -> RefundOrder {
    let refund = RefundId::new(Uuid::from_u128(4));
    RefundOrder {
        account: order.account.clone(),
        refund,
        capture: Capture {
            amount: order.amount,
            reference: order.reference.clone().unwrap(),
            charge: None,
            auth_code: None,
            receipt_number: None,
            brand: None,
            last4: None,
            captured_at: None,
            source: CaptureSource::Processor,
        },
        charge_key: order.key.clone(),
        amount: order.amount,
        plan: RefundPlan::Refund,
        key: SubmitKey::of_refund(refund),
        reference: Some(Reference("re_3NeverGiven".to_owned())),
        first_sent_at: order.first_sent_at,
    }
}
