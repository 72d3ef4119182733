//! Stripe's own list: page by page, newest first, with our ids where there are any.

use std::time::Duration;

use billing_domain::Scan;
use billing_testkit::conformance::processor::Harness;
use billing_testkit::stripe::{Card, Fault};

use crate::canned::{intent, port, said};
use crate::harness::{LIST, Stripe};

fn scan(stripe: &Stripe, limit: u32, after: Option<String>) -> Scan {
    let now = stripe.fake.now();
    Scan { from: now - Duration::from_hours(2), until: now + Duration::from_hours(1), after, limit }
}

#[tokio::test]
async fn every_intent_is_seen_once_over_all_pages() {
    let stripe = Stripe::in_process();
    let paid = stripe.tried(1, Card::VISA).await;
    let open = stripe.handed_over(2).await.0;
    let dead = stripe.handed_over(3).await.0;
    stripe.port().cancel(&dead, 1).await.unwrap();

    let first = stripe.port().scan(&scan(&stripe, 2, None)).await.unwrap();
    let second = stripe.port().scan(&scan(&stripe, 2, first.next.clone())).await.unwrap();
    assert!(first.next.is_some() && second.next.is_none());
    let seen: Vec<_> = first.seen.into_iter().chain(second.seen).collect();
    let told: Vec<_> = seen.iter().map(|seen| (seen.payment.unwrap(), seen.captured)).collect();
    assert_eq!(told, [(dead.payment, Some(false)), (open.payment, None), (paid.payment, Some(true))]);
    assert!(seen.iter().all(|seen| seen.amount == Some(paid.amount)));
    assert_eq!(seen[0].payable, Some(dead.payable));
    assert_eq!(Some(&seen[0].reference), dead.reference.as_ref());
}

#[tokio::test]
async fn the_bounds_are_whole_seconds_that_leave_nothing_out() {
    let stripe = Stripe::in_process();
    let mut wanted = scan(&stripe, 500, None);
    wanted.from += Duration::from_millis(1);
    wanted.until += Duration::from_millis(1);
    stripe.port().scan(&wanted).await.unwrap();
    let now = stripe.fake.now().as_second();
    let query = format!("created[gte]={}&created[lt]={}&limit=100", now - 7_200, now + 3_601);
    assert_eq!(stripe.fake.requests_to(LIST)[0].query, query);
}

#[tokio::test]
async fn an_intent_that_is_not_ours_is_seen_without_our_ids() {
    let mut body = intent(&Stripe::in_process().order(1), "requires_a_miracle");
    body["metadata"] = serde_json::json!({ "payment_id": "order #7", "other": "x" });
    body["currency"] = "xyz".into();
    let (port, _) =
        port(vec![said(200, &serde_json::json!({ "object": "list", "data": [body], "has_more": false }))]);
    let page = port.scan(&scan(&Stripe::in_process(), 10, None)).await.unwrap();
    assert_eq!((page.seen[0].payment, page.seen[0].amount, page.seen[0].captured), (None, None, None));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_cannot_be_read_is_an_error_and_no_empty_list() {
    let stripe = Stripe::in_process();
    stripe.fake.faults().every(1, LIST, Fault::FailBeforeEffect(500));
    assert!(stripe.port().scan(&scan(&stripe, 10, None)).await.is_err());
    let unknown = stripe.with_unknown_keys();
    stripe.fake.faults().clear();
    assert!(unknown.scan(&scan(&stripe, 10, None)).await.is_err());
}
