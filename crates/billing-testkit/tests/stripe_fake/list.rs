//! Listing: order, pages, bounds.

use std::time::Duration;

use billing_testkit::stripe::{AccountSpec, Mode};
use serde_json::Value;

use crate::support::{Answer, Clinic, GOOD, post};

/// Five intents, ten seconds apart, oldest first; plus one of another account.
async fn five(clinic: &Clinic) -> Vec<String> {
    let other = clinic.fake.account(AccountSpec::new("acct_1RRXLsOtherOther1"));
    clinic.call(post("/v1/payment_intents", GOOD), &other.secret_key(Mode::Live)).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(clinic.create().await.id());
        clinic.fake.advance(Duration::from_secs(10));
    }
    ids
}

fn ids(answer: &Answer) -> Vec<&str> {
    answer.body["data"].as_array().unwrap().iter().map(|intent| intent["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_list_is_newest_first_and_the_accounts_own() {
    let clinic = Clinic::new();
    let mut made = five(&clinic).await;
    made.reverse();
    let list = clinic.get("/v1/payment_intents").await;
    assert_eq!(ids(&list), made);
    assert_eq!(list.body["has_more"], false);
    assert_eq!(list.body["object"], "list");
}

#[tokio::test]
async fn pages_walk_both_ways() {
    let clinic = Clinic::new();
    let made = five(&clinic).await;
    let first = clinic.get("/v1/payment_intents?limit=2").await;
    assert_eq!((ids(&first), &first.body["has_more"]), (vec![&*made[4], &*made[3]], &Value::Bool(true)));
    let second = clinic.get(&format!("/v1/payment_intents?limit=2&starting_after={}", made[3])).await;
    assert_eq!((ids(&second), &second.body["has_more"]), (vec![&*made[2], &*made[1]], &Value::Bool(true)));
    let last = clinic.get(&format!("/v1/payment_intents?limit=2&starting_after={}", made[1])).await;
    assert_eq!((ids(&last), &last.body["has_more"]), (vec![&*made[0]], &Value::Bool(false)));
    let back = clinic.get(&format!("/v1/payment_intents?limit=2&ending_before={}", made[0])).await;
    assert_eq!((ids(&back), &back.body["has_more"]), (vec![&*made[2], &*made[1]], &Value::Bool(true)));
}

#[tokio::test]
async fn created_bounds_are_inclusive_where_they_say_so() {
    let clinic = Clinic::new();
    let start = clinic.fake.now().as_second();
    let made = five(&clinic).await;
    for (query, expected) in [
        (format!("created[gte]={}", start + 30), vec![&*made[4], &*made[3]]),
        (format!("created[gt]={}", start + 30), vec![&*made[4]]),
        (format!("created%5Blte%5D={}", start + 10), vec![&*made[1], &*made[0]]),
        (format!("created[lt]={}", start + 10), vec![&*made[0]]),
        (format!("created[gt]={start}&created[lt]={}", start + 20), vec![&*made[1]]),
        (format!("created={}", start + 20), vec![&*made[2]]),
    ] {
        let list = clinic.get(&format!("/v1/payment_intents?{query}")).await;
        assert_eq!(ids(&list), expected, "{query}");
    }
}

#[tokio::test]
async fn bad_list_parameters_are_refused() {
    let clinic = Clinic::new();
    let id = clinic.create().await.id();
    for query in [
        "limit=0",
        "limit=101",
        "limit=ten",
        "starting_after=pi_unknown",
        "created[around]=5",
        "metadata[payment_id]=pay-1",
        &format!("starting_after={id}&ending_before={id}"),
    ] {
        assert_eq!(clinic.get(&format!("/v1/payment_intents?{query}")).await.status, 400, "{query}");
    }
}
