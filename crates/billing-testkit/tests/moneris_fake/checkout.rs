//! Checkout: tickets, what their receipts say before and after, and that one order is paid once.

use std::time::Duration;

use billing_testkit::moneris::{Card, CheckoutEnd, DeclinedCheckout, Fault, Readings};
use serde_json::{Value, json};

use crate::support::{Clinic, STORE};

fn is_incomplete(receipt: &Value) -> bool {
    let error = json!({ "field": "ticket", "message": "invalid ticket or transaction is not complete" });
    receipt["success"] == "false" && receipt["error"] == error
}

#[tokio::test]
async fn a_ticket_that_is_paid_has_a_whole_receipt() {
    let clinic = Clinic::new();
    let fields = [("order_no", "pay-1"), ("txn_total", "10.00"), ("cust_id", "INV-1"), ("language", "fr")];
    let made = clinic.checkout("preload", &fields).await;
    assert_eq!(made["success"], "true");
    let ticket = made["ticket"].as_str().unwrap();
    assert_eq!(ticket.len(), 40);
    assert!(is_incomplete(&clinic.receipt(ticket).await));
    assert_eq!(clinic.fake.checkout_cardholder(ticket).pay(Card::AMEX), Ok(CheckoutEnd::Approved));
    let receipt = clinic.receipt(ticket).await;
    for (place, text) in [
        ("/success", "true"),
        ("/request/txn_total", "10.00"),
        ("/request/order_no", "pay-1"),
        ("/request/ticket", ticket),
        ("/request/cust_id", "INV-1"),
        ("/request/cc/first6last4", "3735995005"),
        ("/request/cc/expiry", "1229"),
        ("/receipt/result", "a"),
        ("/receipt/cc/result", "a"),
        ("/receipt/cc/order_no", "pay-1"),
        ("/receipt/cc/transaction_no", "1-0_895"),
        ("/receipt/cc/transaction_code", "00"),
        ("/receipt/cc/transaction_date_time", "2026-11-21 19:00:00"),
        ("/receipt/cc/amount", "10.00"),
        ("/receipt/cc/response_code", "027"),
        ("/receipt/cc/iso_response_code", "01"),
        ("/receipt/cc/card_type", "AX"),
        ("/receipt/cc/issuer_id", "null"),
        ("/receipt/cc/ecr_no", "66018895"),
    ] {
        assert_eq!(receipt.pointer(place), Some(&Value::from(text)), "{place}");
    }
    assert!(receipt["receipt"]["cc"]["avs_result_code"].is_null());
    assert_eq!(clinic.entry("pay-1").ticket.as_deref(), Some(ticket));
}

#[tokio::test]
async fn a_ticket_is_paid_once() {
    let clinic = Clinic::new();
    let ticket = clinic.preload("pay-1", "10.00").await;
    let cardholder = clinic.fake.checkout_cardholder(&ticket);
    cardholder.pay(Card::VISA).unwrap();
    assert_eq!(cardholder.pay(Card::VISA), Err(vec!["2002"]));
    assert_eq!(clinic.fake.checkout_cardholder("1764000000nobody").pay(Card::VISA), Err(vec!["2001"]));
    assert_eq!(clinic.entry("pay-1").successful_charges, 1);
}

#[tokio::test]
async fn two_tickets_of_one_order_pay_it_once() {
    let clinic = Clinic::new();
    let (first, second) = (clinic.preload("pay-1", "10.00").await, clinic.preload("pay-1", "10.00").await);
    clinic.fake.checkout_cardholder(&first).pay(Card::VISA).unwrap();
    assert_eq!(clinic.fake.checkout_cardholder(&second).pay(Card::VISA), Err(vec!["2002"]));
    assert!(is_incomplete(&clinic.receipt(&second).await));
    let late = clinic.checkout("preload", &[("order_no", "pay-1"), ("txn_total", "10.00")]).await;
    assert_eq!((&late["success"], &late["error"]["field"]), (&json!("false"), &json!("order_no")));
    assert!(clinic.buy("pay-1", Card::VISA).await.message().contains("duplicate order id"));
    assert_eq!(clinic.fake.ledger(STORE).total_captured(), 1_000);
}

#[tokio::test]
async fn a_ticket_expires_on_the_fakes_clock() {
    let clinic = Clinic::new();
    let ticket = clinic.preload("pay-1", "10.00").await;
    clinic.fake.advance(Duration::from_hours(1));
    assert_eq!(clinic.fake.checkout_cardholder(&ticket).pay(Card::VISA), Err(vec!["2003"]));
    assert!(is_incomplete(&clinic.receipt(&ticket).await));
    clinic.fake.set_readings(Readings { ticket_lives: Duration::from_hours(2), ..Readings::default() });
    assert_eq!(clinic.fake.checkout_cardholder(&ticket).pay(Card::VISA), Ok(CheckoutEnd::Approved));
    clinic.fake.advance(Duration::from_hours(100));
    assert_eq!(clinic.receipt(&ticket).await["receipt"]["result"], "a", "a receipt stays");
}

#[tokio::test]
async fn a_decline_leaves_a_ticket_open_or_ends_it_by_reading() {
    for (declined_checkout, end, result) in [
        (DeclinedCheckout::Final, CheckoutEnd::Declined, "d"),
        (DeclinedCheckout::Incomplete, CheckoutEnd::DeclinedForNow, ""),
        (DeclinedCheckout::Provisional, CheckoutEnd::DeclinedForNow, "d"),
    ] {
        let clinic = Clinic::new();
        clinic.fake.set_readings(Readings { declined_checkout, ..Readings::default() });
        let ticket = clinic.preload("pay-1", "10.00").await;
        let cardholder = clinic.fake.checkout_cardholder(&ticket);
        assert_eq!(cardholder.pay(Card::INSUFFICIENT_FUNDS), Ok(end));
        let receipt = clinic.receipt(&ticket).await;
        assert_eq!(receipt["receipt"]["cc"]["result"].as_str().unwrap_or(""), result);
        let again = cardholder.pay(Card::VISA);
        match declined_checkout {
            DeclinedCheckout::Final => assert_eq!(again, Err(vec!["2002"])),
            _ => {
                assert_eq!(again, Ok(CheckoutEnd::Approved));
                assert_eq!(clinic.receipt(&ticket).await["receipt"]["cc"]["response_code"], "027");
                assert_eq!((clinic.entry("pay-1").tries, clinic.entry("pay-1").captured), (2, 1_000));
            }
        }
    }
}

#[tokio::test]
async fn what_times_out_in_checkout_has_a_receipt_if_it_was_paid() {
    let clinic = Clinic::new();
    for (order, card, paid) in [("pay-1", Card::TIMES_OUT, false), ("pay-2", Card::TIMES_OUT_PAID, true)] {
        let ticket = clinic.preload(order, "10.00").await;
        assert_eq!(clinic.fake.checkout_cardholder(&ticket).pay(card), Err(vec!["2004"]));
        assert_eq!(is_incomplete(&clinic.receipt(&ticket).await), !paid);
    }
}

#[tokio::test]
async fn zero_verifies_a_card_under_an_order_of_its_own() {
    let clinic = Clinic::new();
    let ticket = clinic.preload("pay-1", "0.00").await;
    clinic.fake.checkout_cardholder(&ticket).pay(Card::VISA).unwrap();
    let receipt = clinic.receipt(&ticket).await;
    assert_eq!(receipt["receipt"]["cc"]["order_no"], "pay-1_veri");
    assert_eq!(receipt["receipt"]["cc"]["transaction_code"], "06");
    assert_eq!(clinic.fake.ledger(STORE).total_captured(), 0);
    assert_eq!(clinic.buy("pay-1", Card::VISA).await.code(), "027");
}

#[tokio::test]
async fn what_checkout_does_not_know_is_an_error_of_its_field() {
    let clinic = Clinic::new();
    let good = json!({
        "store_id": STORE, "api_token": clinic.store.api_token(), "checkout_id": clinic.store.checkout_id(),
        "environment": "prod", "action": "preload", "order_no": "pay-1", "txn_total": "10.00",
    });
    for (field, value) in [
        ("store_id", json!("nobody")),
        ("api_token", json!("wrong")),
        ("checkout_id", json!("chktOther")),
        ("environment", json!("qa")),
        ("action", json!("refund")),
        ("order_no", json!("a=b")),
        ("order_no", json!(7)),
        ("txn_total", json!(10.0)),
        ("txn_total", json!("10")),
        ("language", json!("de")),
        ("dynamic_descriptor", json!("more than twenty characters")),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let answer = clinic.checkout_raw(&body.to_string()).await;
        assert_eq!((&answer["success"], &answer["error"]["field"]), (&json!("false"), &json!(field)));
    }
    assert_eq!(clinic.checkout_raw("not json").await["success"], "false");
    assert_eq!(clinic.checkout_raw(&good.to_string()).await["success"], "true");
}

#[tokio::test]
async fn the_bank_can_be_made_to_speak_in_checkout() {
    let clinic = Clinic::new();
    let ticket = clinic.preload("pay-1", "10.00").await;
    clinic.fake.faults().next("pay", Fault::HostSays(486));
    let end = clinic.fake.checkout_cardholder(&ticket).pay(Card::VISA);
    assert_eq!(end, Ok(CheckoutEnd::DeclinedForNow));
    assert_eq!(clinic.receipt(&ticket).await["receipt"]["cc"]["response_code"], "486");
}
