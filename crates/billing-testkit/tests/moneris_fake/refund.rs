//! Refunds: what they need, and that never more is given back than was taken.

use billing_testkit::moneris::{Card, Fault, StoreSpec};

use crate::support::{Clinic, STORE, TOKEN};

const NO_MATCH: &str = "No Pre-auth corresponds to the store Id and order Id and transaction Id entered";

#[tokio::test]
async fn a_refund_gives_back_a_part_and_has_its_own_transaction_id() {
    let clinic = Clinic::new();
    let sale = clinic.buy("pay-1", Card::VISA).await;
    let receipt = clinic.refund("pay-1", "4.00", sale.get("TransID")).await;
    for (name, text) in [
        ("ReceiptId", "pay-1"),
        ("ResponseCode", "027"),
        ("TransType", "04"),
        ("TransAmount", "4.00"),
        ("TransID", "2-1_895"),
        ("Complete", "true"),
        ("CardType", "V"),
    ] {
        assert_eq!(receipt.get(name), text, "{name}");
    }
    let entry = clinic.entry("pay-1");
    assert_eq!((entry.captured, entry.refunded, entry.refunds.len()), (1_000, 400, 1));
}

#[tokio::test]
async fn refunds_never_add_up_to_more_than_was_taken() {
    let clinic = Clinic::new();
    let sale = clinic.buy("pay-1", Card::VISA).await;
    assert_eq!(clinic.refund("pay-1", "6.00", sale.get("TransID")).await.code(), "027");
    let too_much = clinic.refund("pay-1", "4.01", sale.get("TransID")).await;
    assert_eq!((too_much.code(), too_much.get("Complete")), ("null", "false"));
    assert_eq!(clinic.refund("pay-1", "4.00", sale.get("TransID")).await.code(), "027");
    assert_eq!(clinic.fake.ledger(STORE).total_refunded(), 1_000);
    assert!(clinic.fake.ledger(STORE).over_refunded().is_empty());
}

#[tokio::test]
async fn a_refund_that_names_no_sale_of_the_store_matches_nothing() {
    let clinic = Clinic::new();
    let other = Clinic::at(clinic.fake.clone(), StoreSpec::new("monca00099", TOKEN));
    let sale = clinic.buy("pay-1", Card::VISA).await;
    let declined = clinic.buy("pay-2", Card::DECLINED).await;
    for receipt in [
        clinic.refund("pay-9", "1.00", sale.get("TransID")).await,
        clinic.refund("pay-1", "1.00", "7-0_895").await,
        clinic.refund("pay-2", "1.00", declined.get("TransID")).await,
        other.refund("pay-1", "1.00", sale.get("TransID")).await,
        clinic.correct("pay-1", "7-0_895").await,
    ] {
        assert_eq!(receipt.message(), NO_MATCH);
        for name in ["ReceiptId", "ResponseCode", "TransID", "TransAmount"] {
            assert_eq!(receipt.get(name), "null", "{name}");
        }
        assert_eq!(receipt.get("Complete"), "false");
    }
    assert_eq!(clinic.fake.ledger(STORE).total_refunded(), 0);
}

#[tokio::test]
async fn a_bank_may_decline_a_refund() {
    let clinic = Clinic::new();
    let sale = clinic.buy("pay-1", Card::REFUND_DECLINED).await;
    assert_eq!(clinic.refund("pay-1", "1.00", sale.get("TransID")).await.code(), "481");
    let sale = clinic.buy("pay-2", Card::VISA).await;
    clinic.fake.faults().next("refund", Fault::HostSays(96));
    assert_eq!(clinic.refund("pay-2", "1.00", sale.get("TransID")).await.code(), "096");
    let ledger = clinic.fake.ledger(STORE);
    assert_eq!((ledger.total_refunded(), ledger.entry("pay-2").unwrap().refunds[0].succeeded), (0, false));
}

#[tokio::test]
async fn what_checkout_took_can_be_refunded_at_the_gateway() {
    let clinic = Clinic::new();
    let ticket = clinic.preload("pay-1", "10.00").await;
    clinic.fake.checkout_cardholder(&ticket).pay(Card::AMEX).unwrap();
    let receipt = clinic.receipt(&ticket).await;
    let transaction = receipt["receipt"]["cc"]["transaction_no"].as_str().unwrap();
    let refund = clinic.refund("pay-1", "2.50", transaction).await;
    assert_eq!((refund.code(), refund.get("CardType")), ("027", "AX"));
    assert_eq!(clinic.entry("pay-1").refunded, 250);
}
