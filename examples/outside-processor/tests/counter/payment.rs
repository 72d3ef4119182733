//! The use cases take payments at Counter: no crate of the library knows it, the host only names it.

use std::sync::Arc;
use std::time::Duration;

use billing_app::{
    Actor, Billing, BillingConfig, PayableSource, Permission, Ranking, RefundRequest, SaveKeys, SendRequest,
    Sent,
};
use billing_credentials::{KeyError, SealKey, SealKeyId, StaticKeyRing, Submitted};
use billing_domain::payment::{CaptureId, PaymentState};
use billing_domain::refund::RefundState;
use billing_domain::{
    ActorId, BillingName, Currency, Dispensary, DispensaryId, DispensaryKind, Handover, Money, OfficeId,
    Payable, PayableId, PayableStatus, PaymentId, ProcessorId, RefundId,
};
use billing_testkit::store::MemoryStore;
use outside_processor::fake::{FakeCounter, Fault};
use outside_processor::{COUNTER, CounterConnector, MERCHANT, SIGNING_KEY};
use secrecy::ExposeSecret;
use uuid::Uuid;

struct Clinic {
    counter: FakeCounter,
    billing: Billing,
    staff: Actor,
}

impl Clinic {
    /// A host that ranks Counter first, with keys saved and checked.
    async fn open() -> Self {
        let counter = FakeCounter::start().await.unwrap();
        let connector = CounterConnector::new(counter.address(), Duration::from_secs(5));
        let ring = StaticKeyRing::new(SealKeyId::parse("2026").unwrap(), SealKey::from_bytes([7; 32]));
        let billing = Billing::builder(Arc::new(MemoryStore::new()), Arc::new(ring))
            .connector(Arc::new(connector))
            .config(BillingConfig {
                ranking: Ranking(vec![COUNTER, ProcessorId::STRIPE, ProcessorId::MONERIS]),
                ..BillingConfig::default()
            })
            .build();
        let here = DispensaryId::new(Uuid::from_u128(1));
        let may = [Permission::ManageBillingSettings, Permission::RefundPayment, Permission::TakePayment];
        let staff = Actor::new(ActorId::parse("user-17").unwrap(), here, may);
        let kind = DispensaryKind::Office(OfficeId::new(Uuid::from_u128(2)));
        billing.add_dispensary(&staff, Dispensary::new(here, kind, "Main Street")).await.unwrap();
        let saved = billing.save_keys(&staff, SaveKeys::checked(COUNTER, pasted(FakeCounter::LIVE_KEY)));
        let saved = saved.await.unwrap().pane.saved.unwrap();
        assert_eq!(saved.business_name.as_deref(), Some("The clinic at the corner"));
        assert_eq!(saved.masked.field(SIGNING_KEY), Some("live_…0001"));
        Self { counter, billing, staff }
    }

    /// The window is opened and Send Request pressed.
    async fn send(&self) -> (PaymentId, Result<Sent, billing_app::BillingError>) {
        let window = self.billing.open_window(&self.staff, invoice()).await.unwrap();
        assert_eq!(window.processor, COUNTER);
        let request = SendRequest {
            payment: window.payment,
            payable: invoice(),
            expected_total: window.total,
            expected_account: window.account,
        };
        (window.payment, self.billing.send_request(&self.staff, request).await)
    }

    /// The cardholder pays on Counter's page, and the browser comes back.
    async fn pay(&self, payment: PaymentId, sent: Sent, approved: bool) -> PaymentState {
        let Sent::HandOver(handover) = sent else { panic!("a hand-over is due") };
        self.counter.pay(&ticket(&handover), approved);
        self.billing.settle(&self.staff, payment).await.unwrap().state
    }

    async fn status(&self) -> PayableStatus {
        let PayableSource::Host(payable) = invoice() else { panic!("the invoice is the host's") };
        let state = self.billing.payable(&self.staff, &payable.id).await.unwrap();
        state.unwrap().status().unwrap()
    }
}

fn pasted(key: &str) -> Submitted {
    Submitted::from_iter([(MERCHANT, FakeCounter::MERCHANT), (SIGNING_KEY, key)])
}

fn invoice() -> PayableSource {
    let cad = |cents| Money::new(cents, Currency::CAD);
    let (id, name) = (PayableId::parse("INV-1042").unwrap(), BillingName::parse("Zoé O’Brien").unwrap());
    PayableSource::Host(Payable::new(id, 1, cad(12_345), cad(0), name).unwrap())
}

#[expect(clippy::disallowed_methods, reason = "the browser is given the ticket, as it must be")]
fn ticket(handover: &Handover) -> String {
    handover.secret.as_ref().unwrap().expose_secret().to_owned()
}

#[tokio::test]
async fn from_saved_keys_to_a_paid_invoice() {
    let clinic = Clinic::open().await;
    let (payment, sent) = clinic.send().await;
    assert_eq!(clinic.pay(payment, sent.unwrap(), true).await, PaymentState::Succeeded);
    assert_eq!(clinic.status().await, PayableStatus::Paid);
}

#[tokio::test]
async fn a_refused_card_ends_the_attempt_and_the_next_one_pays() {
    let clinic = Clinic::open().await;
    let (payment, sent) = clinic.send().await;
    assert_eq!(clinic.pay(payment, sent.unwrap(), false).await, PaymentState::Declined);
    let (again, sent) = clinic.send().await;
    assert_eq!(clinic.pay(again, sent.unwrap(), true).await, PaymentState::Succeeded);
    assert_eq!(clinic.counter.truth().1, 1, "paid once");
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_and_charged_once() {
    let clinic = Clinic::open().await;
    clinic.counter.disturb_once("open", Fault::AnswerLost);
    let (_, lost) = clinic.send().await;
    assert!(lost.is_err(), "{lost:?}");
    let (payment, sent) = clinic.send().await;
    assert_eq!(clinic.pay(payment, sent.unwrap(), true).await, PaymentState::Succeeded);
    let (checkouts, paid, _) = clinic.counter.truth();
    assert_eq!((checkouts, paid), (1, 1));
}

#[tokio::test]
async fn a_lost_answer_to_a_refund_is_asked_for_again_and_given_once() {
    let clinic = Clinic::open().await;
    let (payment, sent) = clinic.send().await;
    clinic.pay(payment, sent.unwrap(), true).await;
    let refund = RefundId::new(Uuid::from_u128(9));
    let amount = Money::new(2_345, Currency::CAD);
    let request = RefundRequest { refund, payment, capture: CaptureId::Attempt(1), amount };
    clinic.counter.disturb_once("return", Fault::AnswerLost);
    let asked = clinic.billing.refund(&clinic.staff, request.clone()).await.unwrap();
    assert_eq!(asked.refund.state, RefundState::Unknown);
    let given = clinic.billing.settle_refund(&clinic.staff, payment, refund).await.unwrap();
    assert_eq!(given.refund.state, RefundState::Succeeded);
    let again = clinic.billing.refund(&clinic.staff, request).await.unwrap();
    assert_eq!(again.refund, given.refund);
    assert_eq!(clinic.counter.given_back(), (1, 2_345), "once");
    assert_eq!(clinic.status().await, PayableStatus::PartlyPaid);
}

#[tokio::test]
async fn a_test_key_and_a_short_number_are_refused_together() {
    let clinic = Clinic::open().await;
    let wrong = Submitted::from_iter([(MERCHANT, "2026"), (SIGNING_KEY, "test_made_up_for_tests_0001")]);
    let refused = clinic.billing.save_keys(&clinic.staff, SaveKeys::checked(COUNTER, wrong)).await;
    let Err(billing_app::BillingError::Keys(errors)) = refused else { panic!("{refused:?}") };
    assert_eq!(errors.of(MERCHANT), Some(KeyError::TooShort { min: 8 }));
    assert_eq!(errors.of(SIGNING_KEY), Some(KeyError::UnknownPrefix { expected: "live_" }));
}
