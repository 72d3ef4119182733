//! Temporary tokens: how a card becomes one, when it can be charged, and what a lookup says of it.

use std::time::Duration;

use billing_testkit::moneris::{Card, Cardholder, FakeMoneris, Fault, Readings, StoreSpec, TokenReuse};

use crate::support::{Clinic, STORE, TOKEN, envelope};

#[tokio::test]
async fn a_token_is_charged_once_unless_read_otherwise() {
    let clinic = Clinic::new();
    let token = clinic.token(Card::VISA);
    assert!(token.starts_with("ot-") && token.len() == 28, "{token}");
    assert_eq!(clinic.purchase("pay-1", "10.00", &token).await.code(), "027");
    let again = clinic.purchase("pay-2", "10.00", &token).await;
    assert_eq!(
        (again.code(), again.message(), again.get("ResSuccess")),
        ("null", "Invalid data key", "false")
    );
    clinic.fake.set_readings(Readings { token_reuse: TokenReuse::Allowed, ..Readings::default() });
    assert_eq!(clinic.purchase("pay-2", "10.00", &token).await.code(), "027");
}

#[tokio::test]
async fn a_token_lives_fifteen_minutes() {
    let clinic = Clinic::new();
    let (first, second) = (clinic.token(Card::VISA), clinic.token(Card::VISA));
    assert_ne!(first, second);
    clinic.fake.advance(Duration::from_secs(15 * 60 - 1));
    assert_eq!(clinic.purchase("pay-1", "10.00", &first).await.code(), "027");
    clinic.fake.advance(Duration::from_secs(1));
    assert_eq!(clinic.purchase("pay-2", "10.00", &second).await.message(), "Invalid data key");
    assert_eq!(clinic.fake.ledger(STORE).entries.len(), 1, "what was not sent uses up no order id");
}

#[tokio::test]
async fn a_token_is_of_one_store() {
    let clinic = Clinic::new();
    let other = Clinic::at(clinic.fake.clone(), StoreSpec::new("monca00099", TOKEN));
    let token = clinic.token(Card::VISA);
    assert_eq!(other.purchase("pay-1", "10.00", &token).await.message(), "Invalid data key");
}

#[tokio::test]
async fn a_frame_says_everything_that_is_wrong_with_a_card() {
    let clinic = Clinic::new();
    let cardholder = clinic.fake.cardholder(&clinic.store.profile_id());
    let refused = |cardholder: &Cardholder, card| cardholder.tokenize(card).unwrap_err();
    assert_eq!(refused(&cardholder, Card::BAD_NUMBER), ["943"]);
    assert_eq!(refused(&cardholder.clone().typing_expiry("1026"), Card::VISA), ["944"]);
    assert_eq!(refused(&cardholder.clone().typing_cvd("12"), Card::VISA), ["945"]);
    let all_wrong = cardholder.typing_expiry("1326").typing_cvd("x");
    assert_eq!(refused(&all_wrong, Card::BAD_NUMBER), ["943", "944", "945"]);
}

#[tokio::test]
async fn a_profile_is_known_and_its_page_is_allowed() {
    let spec =
        StoreSpec { source_origin: Some("https://emr.example".into()), ..StoreSpec::new(STORE, TOKEN) };
    let fake = FakeMoneris::new();
    let profile = fake.store(spec).profile_id();
    let codes =
        |profile: &str, origin: &str| fake.cardholder(profile).at(origin).tokenize(Card::VISA).map(drop);
    assert_eq!(codes("", "https://emr.example"), Err(vec!["940"]));
    assert_eq!(codes("htUnknown", "https://emr.example"), Err(vec!["942"]));
    assert_eq!(codes(&profile, "https://elsewhere.example"), Err(vec!["942"]));
    assert_eq!(fake.cardholder(&profile).tokenize(Card::VISA), Err(vec!["942"]));
    assert_eq!(codes(&profile, "https://emr.example"), Ok(()));
}

#[tokio::test]
async fn a_frame_can_be_made_to_refuse() {
    let clinic = Clinic::new();
    clinic.fake.faults().next("*", Fault::Unavailable);
    clinic.fake.faults().next("tokenize", Fault::TokenRefused(&["940", "941", "942"]));
    let cardholder = clinic.fake.cardholder(&clinic.store.profile_id());
    assert_eq!(cardholder.tokenize(Card::VISA), Err(vec!["940", "941", "942"]));
    assert!(cardholder.tokenize(Card::VISA).is_ok());
    assert_eq!(clinic.fake.faults().armed(), 1, "a cardholder is no server");
}

#[tokio::test]
async fn a_lookup_moves_nothing_and_uses_nothing_up() {
    let clinic = Clinic::new();
    let lookup = |key: &str| format!("<res_lookup_masked><data_key>{key}</data_key></res_lookup_masked>");
    let unknown = clinic.gateway(&lookup("ot-none")).await;
    assert_eq!(
        (unknown.code(), unknown.message(), unknown.get("ResSuccess")),
        ("null", "Invalid data key", "false")
    );
    let token = clinic.token(Card::AMEX);
    let known = clinic.gateway(&lookup(&token)).await;
    assert_eq!(
        (known.get("ResSuccess"), known.get("masked_pan"), known.get("TransID")),
        ("true", "3735***5005", "null")
    );
    assert_eq!(clinic.purchase("pay-1", "10.00", &token).await.code(), "027");
    clinic.store.replace_api_token("rotated");
    let old = envelope(STORE, TOKEN, &lookup("ot-none"));
    assert_eq!(clinic.raw(&old).await.message(), "API token mismatch");
    assert_eq!(clinic.gateway(&lookup("ot-none")).await.message(), "Invalid data key");
}
