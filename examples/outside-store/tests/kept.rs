//! What outlives the process: a file is closed and opened again, below the port and below the use cases.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use billing_app::{
    Actor, Billing, BillingConfig, PayableSource, Permission, Ranking, SaveKeys, SendRequest, Sent,
};
use billing_credentials::{SealKey, SealKeyId, StaticKeyRing, Submitted};
use billing_domain::payment::PaymentState;
use billing_domain::{
    ActorId, BillingName, BillingStore, Currency, Dispensary, DispensaryId, DispensaryKind, Handover, Money,
    OfficeId, Payable, PayableId, PayableStatus, StoreError,
};
use billing_testkit::{TestClock, conformance};
use outside_processor::fake::FakeCounter;
use outside_processor::{COUNTER, CounterConnector, MERCHANT, SIGNING_KEY};
use outside_store::RedbStore;
use secrecy::ExposeSecret;
use uuid::Uuid;

#[tokio::test]
async fn what_was_answered_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clinic.redb");
    let open = async || {
        let store: Arc<dyn BillingStore> = Arc::new(RedbStore::open(&path).unwrap());
        store
    };
    conformance::store::what_was_answered_is_there_after_reopening(open).await;
}

#[tokio::test]
async fn a_file_that_is_open_is_not_opened_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clinic.redb");
    let _open = RedbStore::open(&path).unwrap();
    assert!(matches!(RedbStore::open(&path), Err(StoreError::Unavailable(_))));
}

/// The process ends between the cardholder's payment and the answer; the next one finds the payment in the file and settles it.
#[tokio::test]
async fn a_payment_begun_before_the_end_is_settled_by_the_sweep_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clinic.redb");
    let counter = FakeCounter::start().await.unwrap();
    let clock = Arc::new(TestClock::default());

    let billing = process(&path, &counter, &clock);
    billing.add_dispensary(&staff(), dispensary()).await.unwrap();
    let pasted =
        Submitted::from_iter([(MERCHANT, FakeCounter::MERCHANT), (SIGNING_KEY, FakeCounter::LIVE_KEY)]);
    billing.save_keys(&staff(), SaveKeys::checked(COUNTER, pasted)).await.unwrap();
    let window = billing.open_window(&staff(), invoice()).await.unwrap();
    let request = SendRequest {
        payment: window.payment,
        payable: invoice(),
        expected_total: window.total,
        expected_account: window.account,
    };
    let Sent::HandOver(handover) = billing.send_request(&staff(), request).await.unwrap() else {
        panic!("a hand-over is due")
    };
    assert!(billing.shutdown(Duration::from_secs(10)).await);
    drop(billing);
    counter.pay(&ticket(&handover), true);

    let billing = process(&path, &counter, &clock);
    let open = billing.payment(&staff(), window.payment).await.unwrap();
    assert_eq!(open.state, PaymentState::Open);
    clock.advance(Duration::from_mins(5));
    let report = billing.sweep(100).await.unwrap();
    assert_eq!((report.looked_at, report.ended, report.next_due), (1, 1, None));
    let paid = billing.payment(&staff(), window.payment).await.unwrap();
    assert_eq!(paid.state, PaymentState::Succeeded);
    let PayableSource::Host(payable) = invoice() else { panic!("the invoice is the host's") };
    let state = billing.payable(&staff(), &payable.id).await.unwrap().unwrap();
    assert_eq!(state.status().unwrap(), PayableStatus::Paid);
}

/// A process of the host's: the file opened anew, the same sealing key, the same clock on the wall.
fn process(path: &Path, counter: &FakeCounter, clock: &Arc<TestClock>) -> Billing {
    let ring = StaticKeyRing::new(SealKeyId::parse("2026").unwrap(), SealKey::from_bytes([7; 32]));
    let connector = CounterConnector::new(counter.address(), Duration::from_secs(5));
    Billing::builder(Arc::new(RedbStore::open(path).unwrap()), Arc::new(ring))
        .connector(Arc::new(connector))
        .clock(clock.clone())
        .config(BillingConfig { ranking: Ranking(vec![COUNTER]), ..BillingConfig::default() })
        .build()
}

fn here() -> DispensaryId {
    DispensaryId::new(Uuid::from_u128(1))
}

fn staff() -> Actor {
    let may = [Permission::ManageBillingSettings, Permission::TakePayment];
    Actor::new(ActorId::parse("user-17").unwrap(), here(), may)
}

fn dispensary() -> Dispensary {
    Dispensary::new(here(), DispensaryKind::Office(OfficeId::new(Uuid::from_u128(2))), "Main Street")
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
