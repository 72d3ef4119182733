//! Many charges with a few pages of Stripe's list: the same facts as one by one, for far fewer calls, and never by its silence.

use std::time::Duration;

use billing_domain::payment::Reference;
use billing_domain::{ChargeFact, ChargeOrder, Difference, ManyFact, Proof, QueryError};
use billing_testkit::conformance::processor::Harness;
use billing_testkit::stripe::{Card, Fault};
use serde_json::{Value, json};

use crate::canned::{Said, intent, port, refused, said};
use crate::harness::{LIST, RETRIEVE, Stripe};

impl Stripe {
    /// An order handed over now, on both clocks.
    async fn open_now(&self, number: u128) -> ChargeOrder {
        let (order, _) = self.handed_over(number).await;
        ChargeOrder { first_sent_at: self.fake.now(), ..order }
    }

    async fn many(&self, orders: &[ChargeOrder]) -> Result<Vec<ManyFact>, QueryError> {
        self.port().observe_many(orders).await
    }
}

/// In the order they were asked for.
fn sorted(mut facts: Vec<ManyFact>) -> Vec<ManyFact> {
    facts.sort_by_key(|fact| fact.payment);
    facts
}

#[tokio::test]
async fn a_thousand_open_charges_are_seen_with_a_dozen_calls() {
    let stripe = Stripe::in_process();
    let mut orders = Vec::new();
    for number in 0..1_000 {
        orders.push(stripe.open_now(number).await);
        if number % 10 == 0 {
            stripe.fake.advance(Duration::from_secs(1));
        }
    }
    let facts = stripe.many(&orders).await.unwrap();
    let calls = stripe.fake.count(LIST);
    println!("{calls} calls for 1,000 open charges");
    assert!(calls <= 12, "{calls} calls");
    assert_eq!(facts.len(), 1_000);
    assert!(facts.iter().all(|seen| seen.fact == ChargeFact::Live { last: None }));
    assert_eq!(stripe.fake.count(RETRIEVE), 0);
}

#[tokio::test]
async fn a_page_of_a_hundred_paid_charges_can_be_read() {
    let stripe = Stripe::in_process();
    let mut orders = Vec::new();
    for number in 0..100 {
        let order = stripe.tried(number, Card::VISA).await;
        orders.push(ChargeOrder { first_sent_at: stripe.fake.now(), ..order });
    }
    let facts = stripe.many(&orders).await.unwrap();
    assert_eq!((facts.len(), stripe.fake.count(LIST)), (100, 1));
    assert!(facts.iter().all(|seen| matches!(seen.fact, ChargeFact::Succeeded(_))));
}

#[tokio::test]
async fn what_a_list_shows_is_what_each_intent_says() {
    let stripe = Stripe::in_process();
    let mut orders = vec![stripe.open_now(0).await];
    for (number, card) in [(1, Card::VISA), (2, Card::STOLEN), (3, Card::AUTHENTICATE)] {
        let order = stripe.tried(number, card).await;
        orders.push(ChargeOrder { first_sent_at: stripe.fake.now(), ..order });
    }
    let ended = stripe.open_now(4).await;
    stripe.port().cancel(&ended, 1).await.unwrap();
    orders.push(ended);
    stripe.open_now(5).await;

    let facts = sorted(stripe.many(&orders).await.unwrap());
    assert_eq!(facts.len(), orders.len(), "one that was not asked about is not told of");
    for (order, seen) in orders.iter().zip(&facts) {
        assert_eq!((seen.payment, seen.attempt_no), (order.payment, order.attempt_no));
        assert_eq!(seen.fact, stripe.port().observe(order).await.unwrap());
    }
    assert!(
        matches!(&facts[1].fact, ChargeFact::Succeeded(capture) if capture.brand.is_some() && capture.auth_code.is_some())
    );
    assert_eq!(facts[4].fact, ChargeFact::Dead(Proof::Canceled));
    let list = stripe.fake.requests_to(LIST);
    let from = stripe.fake.now().as_second() - 300;
    let query =
        format!("created[gte]={from}&created[lte]={}&expand[]=data.latest_charge&limit=100", from + 601);
    assert_eq!(list.iter().map(|request| request.query.as_str()).collect::<Vec<_>>(), [query.as_str()]);
}

#[tokio::test]
async fn nothing_is_told_of_what_was_not_seen() {
    let stripe = Stripe::in_process();
    let order = stripe.open_now(1).await;
    let without = ChargeOrder { reference: None, ..stripe.order(2) };
    assert_eq!(stripe.many(&[]).await.unwrap(), []);
    assert_eq!(stripe.many(std::slice::from_ref(&without)).await.unwrap(), []);
    assert!(stripe.fake.count(LIST) == 0, "an order without a reference is in no list");

    let unknown = ChargeOrder {
        reference: Some(stripe.unknown_reference()),
        first_sent_at: stripe.fake.now(),
        ..stripe.order(3)
    };
    let facts = stripe.many(&[without, unknown, order.clone()]).await.unwrap();
    assert_eq!(facts.iter().map(|seen| seen.payment).collect::<Vec<_>>(), [order.payment]);

    stripe.fake.let_lists_lag(Duration::from_mins(1));
    assert_eq!(
        stripe.many(std::slice::from_ref(&order)).await.unwrap(),
        [],
        "a list that is behind shows nothing yet"
    );
    stripe.fake.advance(Duration::from_mins(1));
    assert_eq!(stripe.many(std::slice::from_ref(&order)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn clocks_may_differ_by_minutes() {
    let stripe = Stripe::in_process();
    let order = stripe.open_now(1).await;
    let created = stripe.fake.now();
    for (apart, is_seen) in [(0, true), (299, true), (-299, true), (301, false), (-302, false)] {
        let first_sent_at = created + jiff::SignedDuration::from_secs(apart);
        let facts = stripe.many(&[ChargeOrder { first_sent_at, ..order.clone() }]).await.unwrap();
        assert_eq!(facts.len() == 1, is_seen, "{apart}");
    }
}

#[tokio::test]
async fn orders_far_apart_are_listed_apart_and_the_most_first() {
    let stripe = Stripe::in_process();
    let mut orders = vec![stripe.open_now(0).await];
    for day in 1..=4 {
        stripe.fake.advance(Duration::from_hours(24));
        for number in 0..day {
            orders.push(stripe.open_now(day * 10 + number).await);
        }
    }
    // Six hundred that nobody asks about, in between.
    stripe.fake.advance(Duration::from_hours(1));
    for number in 1_000..1_600 {
        stripe.open_now(number).await;
    }
    let facts = stripe.many(&orders).await.unwrap();
    assert_eq!(stripe.fake.count(LIST), 2, "two calls for so few orders");
    assert_eq!(facts.len(), 4 + 3, "the two stretches with the most orders");
}

#[tokio::test]
async fn the_calls_end_where_they_must() {
    let stripe = Stripe::in_process();
    let first = stripe.open_now(0).await;
    for number in 1..500 {
        stripe.open_now(number).await;
    }
    let last = stripe.open_now(500).await;
    let facts = stripe.many(&[first, last.clone()]).await.unwrap();
    assert_eq!(facts.iter().map(|seen| seen.payment).collect::<Vec<_>>(), [last.payment]);
    assert_eq!(stripe.fake.count(LIST), 2);
}

#[tokio::test]
async fn a_list_is_as_strict_as_a_look() {
    let stripe = Stripe::in_process();
    let order = stripe.tried(1, Card::VISA).await;
    let order = ChargeOrder { first_sent_at: stripe.fake.now(), ..order };
    for (pointer, value, difference) in [
        ("/data/0/amount", json!(1_234_567), Difference::Amount),
        ("/data/0/amount_received", json!(1), Difference::Amount),
        ("/data/0/currency", json!("usd"), Difference::Currency),
        ("/data/0/livemode", json!(false), Difference::Mode),
        ("/data/0/metadata/invoice_id", json!("inv-9"), Difference::InvoiceId),
        ("/data/0/metadata/payment_id", json!("somebody's"), Difference::PaymentId),
    ] {
        stripe.fake.faults().next(LIST, Fault::Overwrite(pointer, value));
        let facts = stripe.many(std::slice::from_ref(&order)).await.unwrap();
        let [ManyFact { fact: ChargeFact::Mismatch(observed), .. }] = facts.as_slice() else {
            panic!("{pointer}: {facts:?}")
        };
        assert_eq!(observed.differs, [difference], "{pointer}");
    }
    stripe.fake.faults().next(LIST, Fault::Overwrite("/data/0/status", "requires_a_miracle".into()));
    assert_eq!(
        stripe.many(std::slice::from_ref(&order)).await.unwrap(),
        [],
        "what is not known is no evidence"
    );
    stripe.fake.faults().next(LIST, Fault::Overwrite("/data/0/id", "pi_3NotTheOneYouAskedFor0000".into()));
    assert_eq!(stripe.many(std::slice::from_ref(&order)).await.unwrap(), []);
    let stranger = ChargeOrder {
        reference: Some(Reference("pi_3NotTheOneYouAskedFor0000".to_owned())),
        ..stripe.order(2)
    };
    assert_eq!(
        stripe.many(&[ChargeOrder { first_sent_at: stripe.fake.now(), ..stranger }]).await.unwrap(),
        []
    );
}

#[tokio::test]
async fn an_intent_shown_twice_is_told_of_once() {
    let (_, order) = port(vec![Said::Lost]);
    let mut shown = intent(&order, "canceled");
    let order = ChargeOrder { reference: Some(Reference(shown["id"].as_str().unwrap().to_owned())), ..order };
    shown["something"] = Value::Null;
    let page = said(200, &json!({ "object": "list", "data": [shown, shown], "has_more": true }));
    let (port, _) = port(vec![page]);
    assert_eq!(port.observe_many(std::slice::from_ref(&order)).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_cannot_be_read_is_an_error_unless_something_was_seen() {
    let stripe = Stripe::in_process();
    let mut orders = vec![stripe.open_now(0).await];
    for number in 1..150 {
        orders.push(stripe.open_now(number).await);
    }
    for fault in [
        Fault::FailBeforeEffect(500),
        Fault::DropAfterEffect,
        Fault::RateLimited("endpoint-rate"),
        Fault::HtmlAfterEffect,
    ] {
        stripe.fake.forget_requests();
        stripe.fake.faults().next(LIST, fault.clone());
        let unread = stripe.many(&orders).await.unwrap_err();
        assert!(unread.sent, "{fault:?}");
        assert_eq!(stripe.fake.count(LIST), 1, "a hint is not worth a second send");
        stripe.fake.faults().every(2, LIST, fault);
        assert_eq!(stripe.many(&orders).await.unwrap().len(), 100, "the first page is told of");
        stripe.fake.faults().clear();
    }
    let (denied, order) = port(vec![refused(401, "invalid_request_error", None)]);
    let order = ChargeOrder { reference: Some(Reference("pi_1".to_owned())), ..order };
    assert!(denied.observe_many(&[order]).await.is_err());
}

#[tokio::test]
async fn orders_of_another_account_are_not_listed() {
    let stripe = Stripe::in_process();
    let mine = stripe.open_now(1).await;
    let mut theirs = stripe.order(2);
    theirs.account.account = billing_domain::AccountId::new(uuid::Uuid::from_u128(99));
    let refused = stripe.many(&[mine, theirs]).await.unwrap_err();
    assert!(!refused.sent);
    assert_eq!(stripe.fake.count(LIST), 0);
}
