//! Corrections and the batch that must be open for one.

use std::time::Duration;

use billing_testkit::moneris::{Card, FakeMoneris, StoreSpec};
use jiff::civil::Time;

use crate::support::{Clinic, STORE, TOKEN};

#[tokio::test]
async fn a_correction_takes_the_whole_purchase_back() {
    let clinic = Clinic::new();
    let sale = clinic.buy("pay-1", Card::VISA).await;
    let receipt = clinic.correct("pay-1", sale.get("TransID")).await;
    for (name, text) in
        [("ResponseCode", "027"), ("TransType", "11"), ("TransAmount", "10.00"), ("TransID", "2-1_895")]
    {
        assert_eq!(receipt.get(name), text, "{name}");
    }
    let entry = clinic.entry("pay-1");
    assert_eq!((entry.captured, entry.corrected, entry.refunded), (1_000, 1_000, 0));
}

#[tokio::test]
async fn a_purchase_goes_back_once_by_one_way() {
    let clinic = Clinic::new();
    let corrected = clinic.buy("pay-1", Card::VISA).await;
    clinic.correct("pay-1", corrected.get("TransID")).await;
    assert_eq!(clinic.correct("pay-1", corrected.get("TransID")).await.code(), "null");
    assert_eq!(clinic.refund("pay-1", "1.00", corrected.get("TransID")).await.code(), "null");
    let refunded = clinic.buy("pay-2", Card::VISA).await;
    clinic.refund("pay-2", "1.00", refunded.get("TransID")).await;
    assert_eq!(clinic.correct("pay-2", refunded.get("TransID")).await.code(), "null");
    let ledger = clinic.fake.ledger(STORE);
    assert_eq!((ledger.total_corrected(), ledger.total_refunded()), (1_000, 100));
}

#[tokio::test]
async fn after_ten_in_the_evening_eastern_a_purchase_is_refunded_and_no_longer_corrected() {
    let clinic = Clinic::new();
    let first = clinic.buy("pay-1", Card::VISA).await;
    let second = clinic.buy("pay-2", Card::VISA).await;
    // The clock began at seven.
    clinic.fake.advance(Duration::from_hours(3) - Duration::from_secs(1));
    assert_eq!(clinic.correct("pay-1", first.get("TransID")).await.code(), "027");
    clinic.fake.advance(Duration::from_secs(1));
    let late = clinic.correct("pay-2", second.get("TransID")).await;
    assert_eq!((late.code(), late.get("Complete")), ("null", "false"));
    assert!(late.message().contains("batch"), "{}", late.message());
    assert_eq!(clinic.refund("pay-2", "10.00", second.get("TransID")).await.code(), "027");
}

#[tokio::test]
async fn a_store_may_close_its_batch_at_another_time_or_by_hand() {
    let eleven = Time::constant(23, 0, 0, 0);
    let spec = StoreSpec { batch_closes_at: eleven, ..StoreSpec::new(STORE, TOKEN) };
    let clinic = Clinic::at(FakeMoneris::new(), spec);
    let first = clinic.buy("pay-1", Card::VISA).await;
    let second = clinic.buy("pay-2", Card::VISA).await;
    clinic.fake.advance(Duration::from_mins(3 * 60 + 30));
    assert_eq!(clinic.correct("pay-1", first.get("TransID")).await.code(), "027");
    clinic.store.close_batch();
    assert_eq!(clinic.correct("pay-2", second.get("TransID")).await.code(), "null");
}
