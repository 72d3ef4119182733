//! Purchases: who pays, what the receipt says, and that an order id is charged once.

use billing_testkit::moneris::{Card, StoreSpec};

use crate::support::{Clinic, STORE, TOKEN};

#[tokio::test]
async fn an_approved_purchase_takes_the_money_and_says_so() {
    let clinic = Clinic::new();
    let token = clinic.token(Card::MASTERCARD);
    let receipt = clinic.purchase("pay-1", "10.00", &token).await;
    for (name, text) in [
        ("DataKey", token.as_str()),
        ("ReceiptId", "pay-1"),
        ("ResponseCode", "027"),
        ("ISO", "01"),
        ("Message", "APPROVED           *                    ="),
        ("TransTime", "19:00:00"),
        ("TransDate", "2026-11-21"),
        ("TransType", "00"),
        ("Complete", "true"),
        ("TransAmount", "10.00"),
        ("CardType", "M"),
        ("TransID", "1-0_895"),
        ("TimedOut", "false"),
        ("ResSuccess", "true"),
        ("masked_pan", "5454***5454"),
        ("IssuerId", "null"),
    ] {
        assert_eq!(receipt.get(name), text, "{name}");
    }
    assert_eq!((receipt.get("ReferenceNum").len(), receipt.get("AuthCode").len()), (18, 6));
    assert!(receipt.0.starts_with("<?xml version=\"1.0\"?><response><receipt>"), "{}", receipt.0);
    let entry = clinic.entry("pay-1");
    assert_eq!((entry.captured, entry.trans_id.as_str()), (1_000, "1-0_895"));
}

#[tokio::test]
async fn a_declined_purchase_is_complete_and_takes_nothing() {
    for (card, code) in [
        (Card::DECLINED, "481"),
        (Card::EXPIRED, "482"),
        (Card::INSUFFICIENT_FUNDS, "076"),
        (Card::LOST_OR_STOLEN, "059"),
        (Card::PICK_UP, "421"),
    ] {
        let clinic = Clinic::new();
        let receipt = clinic.buy("pay-1", card).await;
        assert_eq!(
            (receipt.code(), receipt.get("Complete"), receipt.get("ResSuccess")),
            (code, "true", "true")
        );
        assert_eq!(receipt.get("AuthCode"), "000000");
        assert_eq!((clinic.entry("pay-1").captured, clinic.entry("pay-1").tries), (0, 1));
    }
}

#[tokio::test]
async fn an_order_id_is_charged_once_whatever_became_of_it() {
    for card in [Card::VISA, Card::DECLINED, Card::TIMES_OUT, Card::TIMES_OUT_PAID] {
        let clinic = Clinic::new();
        clinic.buy("pay-1", card).await;
        let before = clinic.fake.ledger(STORE).total_captured();
        let again = clinic.buy("pay-1", Card::VISA).await;
        assert_eq!(
            again.message(),
            "The transaction was not sent to the host because of a duplicate order id"
        );
        for name in ["ReceiptId", "ResponseCode", "ISO", "TransID", "TransAmount", "DataKey"] {
            assert_eq!(again.get(name), "null", "{name}");
        }
        assert_eq!(
            (again.get("Complete"), again.get("TimedOut"), again.get("ResSuccess")),
            ("false", "false", "true")
        );
        assert_eq!(clinic.fake.ledger(STORE).total_captured(), before);
    }
}

#[tokio::test]
async fn a_duplicate_does_not_use_up_its_token() {
    let clinic = Clinic::new();
    clinic.buy("pay-1", Card::VISA).await;
    let token = clinic.token(Card::VISA);
    clinic.purchase("pay-1", "10.00", &token).await;
    assert_eq!(clinic.purchase("pay-2", "10.00", &token).await.code(), "027");
}

#[tokio::test]
async fn a_card_that_times_out_says_nothing_else_paid_or_not() {
    for (card, captured) in [(Card::TIMES_OUT, 0), (Card::TIMES_OUT_PAID, 1_000)] {
        let clinic = Clinic::new();
        let receipt = clinic.buy("pay-1", card).await;
        assert_eq!(
            (receipt.get("TimedOut"), receipt.code(), receipt.get("Complete")),
            ("true", "null", "false")
        );
        assert_eq!(clinic.entry("pay-1").captured, captured);
    }
}

#[tokio::test]
async fn a_security_code_that_does_not_match_does_not_decline() {
    let clinic = Clinic::new();
    let receipt = clinic.buy("pay-1", Card::CVD_MISMATCH).await;
    assert_eq!((receipt.code(), receipt.get("CvdResultCode")), ("027", "1N"));
    assert_eq!(clinic.buy("pay-2", Card::VISA).await.get("CvdResultCode"), "1M");
}

#[tokio::test]
async fn with_the_penny_simulator_the_cents_decide_and_the_card_does_not() {
    let clinic = Clinic::new();
    clinic.store.penny_simulator(true);
    for (order, (amount, code)) in
        [("1.00", "027"), ("2.05", "481"), ("9.08", "004"), ("9.09", "078"), ("7.68", "113")]
            .iter()
            .enumerate()
    {
        let receipt = clinic.purchase(&format!("pay-{order}"), amount, &clinic.token(Card::MASTERCARD)).await;
        assert_eq!(receipt.code(), *code, "{amount}");
    }
    let declined = clinic.token(Card::DECLINED);
    assert_eq!(clinic.purchase("pay-9", "1.00", &declined).await.code(), "027");
    clinic.store.penny_simulator(false);
    let visa = clinic.token(Card::VISA);
    assert_eq!(clinic.purchase("pay-10", "2.05", &visa).await.code(), "027");
}

#[tokio::test]
async fn two_stores_share_no_orders_and_no_transaction_ids() {
    let clinic = Clinic::new();
    let other = Clinic::at(clinic.fake.clone(), StoreSpec::new("monca00099", TOKEN));
    clinic.buy("pay-1", Card::VISA).await;
    let receipt = other.buy("pay-1", Card::VISA).await;
    assert_eq!((receipt.code(), receipt.get("TransID")), ("027", "1-0_896"));
    assert_eq!(clinic.fake.ledger(STORE).entries.len(), 1);
}
