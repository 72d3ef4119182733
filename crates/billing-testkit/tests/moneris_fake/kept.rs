//! A fake that outlives its process: what the next one finds, and what is never written down.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use billing_testkit::moneris::{Card, FakeMoneris, Fault, Readings, SecondCheck};
use tempfile::TempDir;

use crate::support::{Clinic, STORE};

fn open(path: &Path) -> Clinic {
    Clinic::of(FakeMoneris::kept_in(path).unwrap())
}

#[tokio::test]
async fn the_next_process_finds_everything_as_it_was() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("moneris.json");
    let clinic = open(&path);
    let sale = clinic.buy("pay-1", Card::VISA).await;
    let unused = clinic.token(Card::DECLINED);
    let ticket = clinic.preload("pay-2", "12.00").await;
    clinic.fake.set_readings(Readings { second_check: SecondCheck::Refused, ..Readings::default() });
    clinic.check("pay-1").await;
    drop(clinic);

    let next = open(&path);
    assert_eq!(next.entry("pay-1").captured, 1_000);
    assert!(next.buy("pay-1", Card::VISA).await.message().contains("duplicate order id"));
    assert_eq!(next.check("pay-1").await.get("status_code"), "", "the second check is refused");
    assert_eq!(next.refund("pay-1", "1.00", sale.get("TransID")).await.get("TransID"), "2-1_895");
    assert_eq!(next.purchase("pay-3", "10.00", &unused).await.code(), "481");
    next.fake.checkout_cardholder(&ticket).pay(Card::AMEX).unwrap();
    assert_eq!(open(&path).receipt(&ticket).await["receipt"]["result"], "a");
}

#[tokio::test]
async fn no_card_is_written_down() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("moneris.json");
    let clinic = open(&path);
    for (place, card) in Card::ALL.iter().filter(|card| **card != Card::BAD_NUMBER).enumerate() {
        clinic.buy(&format!("pay-{place}"), *card).await;
        clinic.token(*card);
    }
    let ticket = clinic.preload("checkout-1", "12.00").await;
    clinic.fake.checkout_cardholder(&ticket).pay(Card::VISA).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("pay-1") && text.contains(&ticket));
    assert!(Card::ALL.iter().all(|card| !text.contains(card.number)));
}

#[tokio::test]
async fn faults_and_the_log_are_of_one_process() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("moneris.json");
    let clinic = open(&path);
    clinic.fake.faults().next("*", Fault::Unavailable);
    let next = open(&path);
    assert_eq!((next.fake.faults().armed(), next.fake.count("*")), (0, 0));
}

#[test]
fn a_damaged_file_is_left_as_it_is() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("moneris.json");
    for text in ["", "{}", "{\"format\":1,\"state\":{}}"] {
        fs::write(&path, text).unwrap();
        let error = FakeMoneris::kept_in(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert!(error.to_string().contains("no state of a fake Moneris"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_written_down_answers_500() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("below").join("moneris.json");
    fs::create_dir(path.parent().unwrap()).unwrap();
    let clinic = open(&path);
    let token = clinic.token(Card::VISA);
    fs::remove_dir_all(path.parent().unwrap()).unwrap();
    assert!(clinic.purchase("pay-1", "10.00", &token).await.0.contains("500"));
    fs::create_dir(path.parent().unwrap()).unwrap();
    assert_eq!(clinic.check("pay-1").await.code(), "027");
    assert_eq!(open(&path).fake.ledger(STORE).total_captured(), 1_000);
}
