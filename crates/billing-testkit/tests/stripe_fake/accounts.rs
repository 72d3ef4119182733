//! Keys and what they open: refused, rolled, expired, restricted, live and test.

use std::time::Duration;

use billing_testkit::stripe::{AccountSpec, Card, Mode, Permission};
use billing_transport::Request;

use crate::support::{Clinic, GOOD, get, post, with_header};

#[tokio::test]
async fn balance_tells_the_mode_and_account_tells_who() {
    let clinic = Clinic::new();
    assert_eq!(clinic.get("/v1/balance").await.body["livemode"], true);
    let test = clinic.call(get("/v1/balance"), &clinic.account.secret_key(Mode::Test)).await;
    assert_eq!(test.body["livemode"], false);
    let account = clinic.get("/v1/account").await;
    assert_eq!(account.body["id"], clinic.account.id());
    assert_eq!(account.body["charges_enabled"], true);
    assert_eq!(account.body["business_profile"]["name"], "Fake Clinic");
    assert!(account.body.get("livemode").is_none());
}

#[tokio::test]
async fn money_taken_shows_as_pending_balance() {
    let clinic = Clinic::new();
    clinic.intent().await.1.pay(Card::VISA).await.unwrap();
    assert_eq!(clinic.get("/v1/balance").await.body["pending"][0]["amount"], 4525);
}

#[tokio::test]
async fn keys_say_their_mode_and_embed_the_account() {
    let clinic = Clinic::new();
    assert!(clinic.key().starts_with("sk_live_51PgafTB7WZ01zgkW"));
    assert!(clinic.account.secret_key(Mode::Test).starts_with("sk_test_51PgafTB7WZ01zgkW"));
    assert!(clinic.account.publishable_key(Mode::Live).starts_with("pk_live_51PgafTB7WZ01zgkW"));
    assert!(clinic.account.restricted_key(Mode::Live, &[]).starts_with("rk_live_51PgafTB7WZ01zgkW"));
}

#[tokio::test]
async fn unknown_missing_revoked_and_expired_keys_are_401() {
    let clinic = Clinic::new();
    let unknown = clinic.call(get("/v1/balance"), "sk_live_unknown").await;
    assert_eq!((unknown.status, unknown.code()), (401, ""));
    assert!(unknown.body["error"]["message"].as_str().unwrap().starts_with("Invalid API Key provided"));
    let missing = clinic.exchange.send(get("/v1/balance")).await.unwrap();
    assert_eq!(missing.status, 401);

    let key = clinic.key();
    clinic.account.expire(&key);
    let expired = clinic.call(get("/v1/balance"), &key).await;
    assert_eq!((expired.status, expired.code()), (401, "api_key_expired"));
    clinic.account.revoke(&key);
    let revoked = clinic.call(get("/v1/balance"), &key).await;
    assert_eq!((revoked.status, revoked.code()), (401, ""));
    assert!(!revoked.raw.body.windows(key.len()).any(|part| part == key.as_bytes()), "shown in full");
}

#[tokio::test]
async fn a_rolled_key_dies_at_once_or_after_seven_days() {
    let clinic = Clinic::new();
    let first = clinic.key();
    let second = clinic.account.roll_secret(Mode::Live, false);
    assert_eq!(clinic.key(), second);
    assert_eq!(clinic.call(get("/v1/balance"), &first).await.status, 200);
    clinic.fake.advance(Duration::from_hours(7 * 24));
    assert_eq!(clinic.call(get("/v1/balance"), &first).await.code(), "api_key_expired");
    assert_eq!(clinic.call(get("/v1/balance"), &second).await.status, 200);
    let third = clinic.account.roll_secret(Mode::Live, true);
    assert_eq!(clinic.call(get("/v1/balance"), &second).await.code(), "api_key_expired");
    assert_eq!(clinic.call(get("/v1/balance"), &third).await.status, 200);
}

#[tokio::test]
async fn a_restricted_key_does_what_it_may_and_is_told_what_it_lacks() {
    let clinic = Clinic::new();
    let writer = clinic.account.restricted_key(Mode::Live, &[Permission::PaymentIntentWrite]);
    let made = clinic.call(post("/v1/payment_intents", GOOD), &writer).await;
    assert_eq!(made.status, 200);
    assert_eq!(clinic.call(get("/v1/payment_intents?limit=1"), &writer).await.status, 200);
    let refused = clinic.call(get("/v1/balance"), &writer).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body["error"]["message"].as_str().unwrap().contains("Having the 'rak_balance_read'"));

    let reader = clinic.account.restricted_key(Mode::Live, &[Permission::PaymentIntentRead]);
    assert_eq!(clinic.call(post("/v1/payment_intents", ""), &reader).await.status, 403);
    assert_eq!(clinic.call(post("/v1/payment_intents", ""), &writer).await.status, 400);
}

#[tokio::test]
async fn an_account_that_is_not_activated_makes_no_live_charges() {
    let clinic = Clinic::new();
    let asleep = AccountSpec { charges_enabled: false, ..AccountSpec::new("acct_1SleepingSleeping1") };
    let asleep = clinic.fake.account(asleep);
    let live = clinic.call(post("/v1/payment_intents", GOOD), &asleep.secret_key(Mode::Live)).await;
    assert_eq!((live.status, live.code()), (400, "testmode_charges_only"));
    let test = clinic.call(post("/v1/payment_intents", GOOD), &asleep.secret_key(Mode::Test)).await;
    assert_eq!(test.status, 200);
    asleep.set_charges_enabled(true);
    let live = clinic.call(post("/v1/payment_intents", GOOD), &asleep.secret_key(Mode::Live)).await;
    assert_eq!(live.status, 200);
}

#[tokio::test]
async fn a_missing_or_foreign_version_is_refused_and_counted() {
    let clinic = Clinic::new();
    let key = format!("Bearer {}", clinic.key());
    let bare: Request = with_header(get("/v1/balance"), "authorization", &key);
    assert_eq!(clinic.exchange.send(bare.clone()).await.unwrap().status, 400);
    assert_eq!(clinic.fake.count_without_version(), 1);
    let old = with_header(bare, "stripe-version", "2024-06-20");
    assert_eq!(clinic.exchange.send(old).await.unwrap().status, 400);
    assert_eq!(clinic.fake.count_without_version(), 1);
}
