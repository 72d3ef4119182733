//! The request log: complete, countable, and clean of API tokens outside their own place.

use billing_testkit::moneris::Card;

use crate::support::{Clinic, STORE, TOKEN, check, envelope, purchase};

#[tokio::test]
async fn a_request_is_recorded_as_it_came() {
    let clinic = Clinic::new();
    let token = clinic.token(Card::VISA);
    let sale = clinic.purchase("pay-1", "10.00", &token).await;
    clinic.gateway(&check(&purchase("pay-1", "10.00", &token))).await;
    clinic.refund("pay-1", "1.00", sale.get("TransID")).await;
    let requests = clinic.fake.requests();
    let [bought, checked, refunded] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(
        (bought.operation.as_str(), bought.path.as_str()),
        ("res_purchase_cc", "/gateway2/servlet/MpgRequest")
    );
    assert_eq!(bought.body, envelope(STORE, TOKEN, &purchase("pay-1", "10.00", &token)).as_bytes());
    assert_eq!((bought.store_id.as_deref(), bought.order_id.as_deref()), (Some(STORE), Some("pay-1")));
    assert_eq!((bought.amount.as_deref(), bought.data_key.as_deref()), (Some("10.00"), Some(token.as_str())));
    assert_eq!((bought.status, bought.status_check, bought.at), (Some(200), false, clinic.fake.now()));
    assert_eq!((checked.operation.as_str(), checked.status_check), ("status_check", true));
    assert_eq!(refunded.txn_number.as_deref(), Some(sale.get("TransID")));
}

#[tokio::test]
async fn a_checkout_request_is_recorded_too() {
    let clinic = Clinic::new();
    let ticket = clinic.preload("pay-1", "10.00").await;
    clinic.receipt(&ticket).await;
    let preload = clinic.fake.requests_to("preload").remove(0);
    assert_eq!((preload.order_id.as_deref(), preload.amount.as_deref()), (Some("pay-1"), Some("10.00")));
    let receipt = clinic.fake.requests_to("receipt").remove(0);
    assert_eq!((receipt.ticket, receipt.store_id), (Some(ticket), Some(STORE.to_owned())));
}

#[tokio::test]
async fn the_api_token_is_found_in_its_own_place_only() {
    let clinic = Clinic::new();
    clinic.buy("pay-1", Card::VISA).await;
    clinic.preload("pay-2", "10.00").await;
    for request in clinic.fake.requests() {
        assert!(String::from_utf8_lossy(&request.body).contains(TOKEN));
        assert!(!request.outside_token().contains(TOKEN));
        assert!(request.outside_token().contains("pay-"));
        assert!(!format!("{request:?}").contains(TOKEN));
    }
}

#[tokio::test]
async fn no_card_that_a_cardholder_types_is_in_the_log() {
    let clinic = Clinic::new();
    clinic.buy("pay-1", Card::VISA).await;
    let ticket = clinic.preload("pay-2", "10.00").await;
    clinic.fake.checkout_cardholder(&ticket).pay(Card::VISA).unwrap();
    assert!(
        clinic.fake.requests().iter().all(|request| !request.outside_token().contains(Card::VISA.number))
    );
    assert_eq!((clinic.fake.count("*"), clinic.fake.count("res_purchase_cc")), (2, 1));
    clinic.fake.forget_requests();
    assert_eq!(clinic.fake.count("*"), 0);
}
