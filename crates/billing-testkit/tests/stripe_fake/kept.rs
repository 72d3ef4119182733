//! A fake that is kept in a file: what a restart of its process must not lose. Never another fake's file.

use std::fs;
use std::io::ErrorKind;

use billing_testkit::stripe::{Authentication, Card, FakeStripe, Mode};

use crate::support::{ACCOUNT, open};

#[tokio::test]
async fn money_taken_before_a_restart_is_there_after_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stripe.json");
    let before = open(&path);
    let (id, cardholder) = before.intent().await;
    cardholder.pay(Card::VISA).await.unwrap();
    let (declined, cardholder) = before.intent().await;
    cardholder.pay(Card::RADAR_BLOCK).await.unwrap();

    let after = open(&path);
    assert_eq!(after.fake.ledger(ACCOUNT).entry(&id).unwrap().status, "succeeded");
    assert_eq!(after.fake.ledger(ACCOUNT).total_captured(), 4525);
    for id in [&id, &declined] {
        let address = format!("/v1/payment_intents/{id}?expand[]=latest_charge");
        assert_eq!(after.get(&address).await.body, before.get(&address).await.body);
    }
    assert_eq!(after.get("/v1/balance").await.body, before.get("/v1/balance").await.body);
}

#[tokio::test]
async fn a_bank_that_waits_for_the_cardholder_waits_through_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stripe.json");
    let before = open(&path);
    let made = before.create().await;
    let secret = made.body["client_secret"].as_str().unwrap();
    let key = before.account.publishable_key(Mode::Live);
    let cardholder = before.fake.cardholder(secret, &key);
    assert_eq!(cardholder.pay(Card::AUTHENTICATE).await.unwrap().intent_status(), Some("requires_action"));

    let between = open(&path);
    let cardholder = between.fake.cardholder(secret, &key);
    cardholder.authenticate(Authentication::Passes).await.unwrap();

    assert_eq!(open(&path).fake.ledger(ACCOUNT).entry(&made.id()).unwrap().captured, 4525);
}

#[tokio::test]
async fn a_stored_answer_is_replayed_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stripe.json");
    let first = open(&path).create_with("key-1").await;
    let after = open(&path);
    let again = after.create_with("key-1").await;
    assert!(again.is_replay() && again.body == first.body);
    assert_eq!(after.post_with("/v1/payment_intents", "amount=99&currency=cad", "key-1").await.status, 400);
}

#[tokio::test]
async fn keys_stay_and_ids_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stripe.json");
    let before = open(&path);
    let old = before.key();
    let rolled = before.account.roll_secret(Mode::Live, true);
    let first = before.create().await.id();

    let after = open(&path);
    assert_eq!(after.key(), rolled);
    assert_eq!(after.call(crate::support::get("/v1/account"), &old).await.code(), "api_key_expired");
    let second = after.create().await.id();
    assert_ne!(first, second);
    assert_ne!(after.account.roll_secret(Mode::Live, false), rolled);
    let list = after.get("/v1/payment_intents").await;
    assert_eq!(
        (list.body["data"][0]["id"].as_str(), list.body["data"][1]["id"].as_str()),
        (Some(&*second), Some(&*first))
    );
}

#[tokio::test]
async fn no_card_is_written_down() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stripe.json");
    let clinic = open(&path);
    for card in Card::ALL {
        let made = clinic.create().await;
        let secret = made.body["client_secret"].as_str().unwrap();
        let form = format!(
            "client_secret={secret}&payment_method_data[type]=card&payment_method_data[card][number]={}&\
             payment_method_data[card][exp_month]=12&payment_method_data[card][exp_year]=2031&\
             payment_method_data[card][cvc]=8642",
            card.number
        );
        let confirm = crate::support::post(&format!("/v1/payment_intents/{}/confirm", made.id()), &form);
        // Under an idempotency key too, whose request is otherwise kept to be compared.
        let confirm = crate::support::keyed(confirm, &made.id());
        clinic.call(confirm, &clinic.account.publishable_key(Mode::Live)).await;
    }
    let text = fs::read_to_string(&path).unwrap();
    assert!(Card::ALL.iter().all(|card| !text.contains(card.number)) && !text.contains("8642"));
    assert_eq!(open(&path).fake.ledger(ACCOUNT).entries.len(), Card::ALL.len());
}

#[tokio::test]
async fn a_damaged_file_is_an_error_and_is_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stripe.json");
    open(&path).create().await;
    let whole = fs::read(&path).unwrap();
    let other_format = String::from_utf8(whole.clone()).unwrap().replacen("\"format\":3", "\"format\":9", 1);
    for damaged in [whole[..whole.len() / 2].to_vec(), Vec::new(), b"{}".to_vec(), other_format.into_bytes()]
    {
        fs::write(&path, &damaged).unwrap();
        let error = FakeStripe::kept_in(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert!(error.to_string().contains("stripe.json"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), damaged);
    }
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_answered_as_done() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kept/stripe.json");
    assert_eq!(FakeStripe::kept_in(&path).unwrap_err().kind(), ErrorKind::NotFound);
    fs::create_dir(path.parent().unwrap()).unwrap();
    let clinic = open(&path);
    fs::remove_dir_all(path.parent().unwrap()).unwrap();
    let answer = clinic.create_with("key-1").await;
    assert_eq!((answer.status, answer.error_type()), (500, "api_error"));
    fs::create_dir(path.parent().unwrap()).unwrap();
    assert!(clinic.create_with("key-1").await.is_replay());
    assert_eq!(open(&path).fake.ledger(ACCOUNT).entries.len(), 1);
}
