//! Refund lists: of an intent, of a charge, page by page.

use std::time::Duration;

use billing_testkit::stripe::Card;
use serde_json::json;

use crate::support::{Answer, Clinic};

/// Three refunds, the middle one of another intent; oldest first.
async fn three(clinic: &Clinic) -> (String, Vec<String>) {
    let (one, two) = (clinic.paid(Card::VISA).await, clinic.paid(Card::VISA).await);
    let mut made = Vec::new();
    for id in [&one, &two, &one] {
        made.push(clinic.refund(id, "amount=100").await.id());
        clinic.fake.advance(Duration::from_secs(10));
    }
    (one, made)
}

fn ids(answer: &Answer) -> Vec<&str> {
    answer.body["data"].as_array().unwrap().iter().map(|refund| refund["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn refunds_are_listed_newest_first_and_filtered_by_what_they_refund() {
    let clinic = Clinic::new();
    let (one, made) = three(&clinic).await;
    let all = clinic.get("/v1/refunds").await;
    assert_eq!(ids(&all), [&*made[2], &*made[1], &*made[0]]);
    assert_eq!((&all.body["object"], &all.body["url"]), (&json!("list"), &json!("/v1/refunds")));
    assert_eq!(all.body["data"][0], clinic.look_at_refund(&made[2]).await);

    let charge = clinic.charge(&one).await["id"].as_str().unwrap().to_owned();
    for query in [format!("payment_intent={one}"), format!("charge={charge}")] {
        let list = clinic.get(&format!("/v1/refunds?{query}")).await;
        assert_eq!(
            (ids(&list), &list.body["has_more"]),
            (vec![&*made[2], &*made[0]], &json!(false)),
            "{query}"
        );
    }
}

#[tokio::test]
async fn pages_walk_from_refund_to_refund() {
    let clinic = Clinic::new();
    let (one, made) = three(&clinic).await;
    let first = clinic.get("/v1/refunds?limit=2").await;
    assert_eq!((ids(&first), &first.body["has_more"]), (vec![&*made[2], &*made[1]], &json!(true)));
    let last = clinic.get(&format!("/v1/refunds?limit=2&starting_after={}", made[1])).await;
    assert_eq!((ids(&last), &last.body["has_more"]), (vec![&*made[0]], &json!(false)));
    let own =
        clinic.get(&format!("/v1/refunds?payment_intent={one}&limit=1&starting_after={}", made[2])).await;
    assert_eq!((ids(&own), &own.body["has_more"]), (vec![&*made[0]], &json!(false)));
    let since = clinic.fake.now().as_second() - 10;
    assert_eq!(ids(&clinic.get(&format!("/v1/refunds?created[gte]={since}")).await), [&*made[2]]);
}

#[tokio::test]
async fn an_intent_without_refunds_has_an_empty_list_and_an_unknown_one_has_none() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::VISA).await;
    let empty = clinic.get(&format!("/v1/refunds?payment_intent={id}")).await;
    assert_eq!((empty.status, ids(&empty).len()), (200, 0));
    for query in ["payment_intent=pi_unknown", "charge=ch_unknown"] {
        let unknown = clinic.get(&format!("/v1/refunds?{query}")).await;
        assert_eq!((unknown.status, unknown.code()), (404, "resource_missing"), "{query}");
    }
}

#[tokio::test]
async fn bad_list_parameters_are_refused() {
    let clinic = Clinic::new();
    for query in
        ["limit=0", "limit=101", "starting_after=re_unknown", "metadata[refund_id]=r-1", "expand[]=data"]
    {
        assert_eq!(clinic.get(&format!("/v1/refunds?{query}")).await.status, 400, "{query}");
    }
}
