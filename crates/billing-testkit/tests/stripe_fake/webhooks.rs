//! Webhooks: endpoints as Stripe keeps them, an event for every change, and deliveries that a host can check.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::post as on_post;
use billing_testkit::stripe::{
    API_VERSION, Authentication, Card, Delivery, FakeStripe, Mode, Permission, RefundOutcome,
};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::Value;

use crate::support::{ACCOUNT, Answer, Clinic, get, open, post};

const PATH: &str = "/v1/webhook_endpoints";
const URL: &str = "https://emr.example/notices";

async fn endpoint(clinic: &Clinic, events: &[&str]) -> Answer {
    let events: Vec<_> = events.iter().map(|event| format!("enabled_events[]={event}")).collect();
    clinic.post(PATH, &format!("url={URL}&api_version={API_VERSION}&{}", events.join("&"))).await
}

async fn delete(clinic: &Clinic, id: &str) -> Answer {
    let mut request = get(&format!("{PATH}/{id}"));
    request.method = Method::DELETE;
    clinic.call(request, &clinic.key()).await
}

fn kinds(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery.kind.as_str()).collect()
}

fn event(delivery: &Delivery) -> Value {
    serde_json::from_slice(&delivery.body).unwrap()
}

#[tokio::test]
async fn the_secret_is_told_once_and_the_version_stays() {
    let clinic = Clinic::new();
    let made = endpoint(&clinic, &["payment_intent.succeeded"]).await;
    assert!(made.body["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(
        (made.body["livemode"].as_bool(), made.body["status"].as_str()),
        (Some(true), Some("enabled"))
    );
    let id = made.id();
    let changed = clinic.post(&format!("{PATH}/{id}"), "enabled_events[]=*&disabled=true").await;
    assert_eq!(
        (changed.body["status"].as_str(), changed.body["enabled_events"][0].as_str()),
        (Some("disabled"), Some("*"))
    );
    let refused = clinic.post(&format!("{PATH}/{id}"), "api_version=2020-08-27").await;
    assert_eq!((refused.status, refused.code()), (400, "parameter_unknown"));
    let listed = clinic.get(PATH).await;
    assert_eq!(listed.body["data"][0]["url"], URL);
    for shown in [&changed.body, &listed.body["data"][0]] {
        assert!(shown.get("secret").is_none());
    }
    assert_eq!(clinic.fake.endpoints(ACCOUNT)[0].secret, made.body["secret"].as_str().unwrap());
    assert_eq!(delete(&clinic, &id).await.body["deleted"], true);
    assert_eq!(delete(&clinic, &id).await.code(), "resource_missing");
}

#[tokio::test]
async fn what_stripe_refuses_is_refused() {
    let clinic = Clinic::new();
    for form in [
        "enabled_events[]=*".to_owned(),
        format!("url={URL}"),
        format!("url={URL}&enabled_events[]=payment_intent.invented"),
        format!("url={URL}&enabled_events[]=*&api_version=newest"),
        format!("url={URL}&enabled_events[]=*&secret=whsec_mine"),
        "url=http://emr.example&enabled_events[]=*".to_owned(),
        "url=https://localhost/n&enabled_events[]=*".to_owned(),
        "url=https://127.0.0.1:8080/n&enabled_events[]=*".to_owned(),
        "url=emr.example&enabled_events[]=*".to_owned(),
    ] {
        assert_eq!(clinic.post(PATH, &form).await.status, 400, "{form}");
    }
    clinic.fake.allow_any_endpoint_address(true);
    assert_eq!(clinic.post(PATH, "url=http://localhost:8080/n&enabled_events[]=*").await.status, 200);
    for number in 1..16 {
        assert_eq!(endpoint(&clinic, &["*"]).await.status, 200, "{number}");
    }
    let full = endpoint(&clinic, &["*"]).await;
    assert_eq!((full.status, full.message()), (400, "You have reached the maximum of 16 webhook endpoints."));
    let test_key = clinic.account.secret_key(Mode::Test);
    let of_test_mode = clinic.call(post(PATH, &format!("url={URL}&enabled_events[]=*")), &test_key).await;
    assert_eq!(of_test_mode.status, 200, "each mode has its own");
}

#[tokio::test]
async fn a_restricted_key_needs_the_permission() {
    let clinic = Clinic::new();
    let form = format!("url={URL}&enabled_events[]=*");
    let reads = clinic.account.restricted_key(Mode::Live, &[Permission::WebhookRead]);
    let writes = clinic.account.restricted_key(Mode::Live, &[Permission::WebhookWrite]);
    assert_eq!(clinic.call(get(PATH), &reads).await.status, 200);
    let refused = clinic.call(post(PATH, &form), &reads).await;
    assert!(refused.status == 403 && refused.message().contains("'rak_webhook_write'"));
    assert_eq!(clinic.call(post(PATH, &form), &writes).await.status, 200);
    assert_eq!(clinic.call(get(PATH), &writes).await.status, 200);
}

#[tokio::test]
async fn every_change_of_a_payment_is_an_event() {
    let clinic = Clinic::new();
    endpoint(&clinic, &["*"]).await;
    let (id, cardholder) = clinic.intent().await;
    cardholder.pay(Card::RADAR_BLOCK).await.unwrap();
    cardholder.pay(Card::AUTHENTICATE).await.unwrap();
    cardholder.authenticate(Authentication::Fails).await.unwrap();
    cardholder.pay(Card::VISA).await.unwrap();
    let refund = clinic.refund(&id, "amount=100").await.id();
    clinic.fake.finish_refund(&refund, RefundOutcome::Failed("unknown"));
    let (dropped, _) = clinic.intent().await;
    clinic.post(&format!("/v1/payment_intents/{dropped}/cancel"), "").await;
    let deliveries = clinic.fake.take_deliveries(ACCOUNT);
    let expected = [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "payment_intent.requires_action",
        "payment_intent.payment_failed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
        "refund.updated",
        "charge.refund.updated",
        "refund.failed",
        "payment_intent.created",
        "payment_intent.canceled",
    ];
    assert_eq!(kinds(&deliveries), expected);
    assert!(clinic.fake.deliveries(ACCOUNT).is_empty());
    for delivery in &deliveries {
        let event = event(delivery);
        assert_eq!((event["object"].as_str(), event["livemode"].as_bool()), (Some("event"), Some(true)));
        assert_eq!(event["id"], *delivery.event_id);
        assert_eq!(event["type"], *delivery.kind);
        let object = &event["data"]["object"];
        let named =
            if object["object"] == "payment_intent" { &object["id"] } else { &object["payment_intent"] };
        assert!(*named == *id || *named == *dropped, "{event}");
    }
}

#[tokio::test]
async fn a_refund_that_fails_afterwards_is_told_as_it_was_made_and_as_it_failed() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::REFUND_FAILS).await;
    endpoint(&clinic, &["refund.created", "refund.failed"]).await;
    clinic.refund(&id, "").await;
    let deliveries = clinic.fake.take_deliveries(ACCOUNT);
    let told: Vec<_> = deliveries
        .iter()
        .map(|one| event(one)["data"]["object"]["status"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        (kinds(&deliveries), told),
        (vec!["refund.created", "refund.failed"], vec!["succeeded".to_owned(), "failed".to_owned()])
    );
}

#[tokio::test]
async fn only_what_was_asked_for_is_told_and_only_to_its_own_account_and_mode() {
    let clinic = Clinic::new();
    clinic.paid(Card::VISA).await;
    assert_eq!(clinic.fake.deliveries_waiting(), 0, "nobody listens");
    let made = endpoint(&clinic, &["payment_intent.succeeded"]).await;
    clinic.account.add_endpoint(Mode::Test, URL);
    let other = clinic.fake.account(billing_testkit::stripe::AccountSpec::new("acct_1RRXLsOtherOther1"));
    other.add_endpoint(Mode::Live, URL);
    clinic.paid(Card::VISA).await;
    clinic.call(post("/v1/payment_intents", crate::support::GOOD), &other.secret_key(Mode::Live)).await;
    assert_eq!(clinic.fake.deliveries_waiting(), 2);
    assert_eq!(kinds(&clinic.fake.deliveries(ACCOUNT)), ["payment_intent.succeeded"]);
    assert_eq!(kinds(&clinic.fake.take_deliveries(other.id())), ["payment_intent.created"]);
    clinic.post("/v1/payment_intents", "amount=0").await;
    clinic.create_with("key-1").await;
    clinic.create_with("key-1").await;
    assert_eq!(clinic.fake.deliveries_waiting(), 1, "a refusal and a replay change nothing");
    assert_eq!(kinds(&clinic.fake.take_all_deliveries()), ["payment_intent.succeeded"]);
    clinic.fake.disable_endpoint(&made.id());
    clinic.paid(Card::VISA).await;
    assert_eq!(clinic.fake.deliveries_waiting(), 0, "nothing goes to one that is disabled");
}

#[tokio::test]
async fn an_endpoint_of_another_version_is_told_in_its_own_shape() {
    let clinic = Clinic::new();
    let id = clinic.account.add_endpoint(Mode::Live, URL);
    clinic.paid(Card::VISA).await;
    let paid = clinic.fake.take_deliveries(ACCOUNT).pop().unwrap();
    let old = event(&paid);
    assert_ne!(old["api_version"], API_VERSION);
    assert!(old["data"]["object"].get("latest_charge").is_none());
    assert_eq!(old["data"]["object"]["charges"]["data"][0]["paid"], true);
    clinic.fake.set_endpoint_version(&id, API_VERSION);
    clinic.paid(Card::VISA).await;
    let new = event(&clinic.fake.take_deliveries(ACCOUNT).pop().unwrap());
    assert_eq!(new["api_version"], API_VERSION);
    assert!(new["data"]["object"]["latest_charge"].is_string());
}

#[tokio::test]
async fn the_variants_of_a_delivery_are_what_they_say() {
    let clinic = Clinic::new();
    endpoint(&clinic, &["payment_intent.succeeded"]).await;
    clinic.paid(Card::VISA).await;
    let whole = clinic.fake.deliveries(ACCOUNT).remove(0);
    let signature = |delivery: &Delivery| {
        let headers: Vec<_> =
            delivery.headers.iter().filter(|(name, _)| name == "Stripe-Signature").collect();
        assert_eq!(headers.len(), 1);
        headers[0].1.clone()
    };
    let again = clinic.fake.take_deliveries(ACCOUNT).remove(0);
    assert_eq!((signature(&again), &again.body), (signature(&whole), &whole.body));
    let now = clinic.fake.now();
    assert!(signature(&whole).starts_with(&format!("t={},v1=", now.as_second())));
    let early = whole.clone().at(now - SignedDuration::from_mins(10));
    assert_eq!((early.signed_at(), &early.body), (now - SignedDuration::from_mins(10), &whole.body));
    let v1 = |delivery: &Delivery| signature(delivery).split(',').nth(1).unwrap().to_owned();
    for changed in [
        &early,
        &whole.clone().with_secret("whsec_wrong"),
        &whole.clone().of_other_mode(),
        &whole.clone().thin(),
    ] {
        assert_ne!(v1(changed), v1(&whole));
    }
    assert!(signature(&whole.clone().also_with("whsec_new")).contains(&v1(&whole)));
    assert_eq!(event(&whole.clone().of_other_mode())["livemode"], false);
    assert_eq!(event(&whole.clone().thin())["object"], "v2.core.event");
    assert_eq!(
        event(&whole.clone().saying("/data/object/id", "pi_9".into()))["data"]["object"]["id"],
        "pi_9"
    );
    assert!(!format!("{whole:?}").contains("whsec") && !format!("{whole:?}").contains("_secret_"));
}

#[tokio::test]
async fn what_waits_and_where_it_goes_outlive_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stripe.json");
    let before = open(&path);
    let made = endpoint(&before, &["payment_intent.succeeded"]).await;
    before.paid(Card::VISA).await;
    let waiting = before.fake.deliveries(ACCOUNT).remove(0);
    drop(before);
    let after = open(&path);
    let still = after.fake.take_deliveries(ACCOUNT).remove(0);
    assert_eq!((still.body, still.headers), (waiting.body, waiting.headers));
    assert_eq!(after.fake.endpoints(ACCOUNT)[0].id, made.id());
    assert!(FakeStripe::kept_in(&path).unwrap().deliveries(ACCOUNT).is_empty());
}

#[tokio::test]
async fn a_list_that_lags_does_not_show_the_newest() {
    let clinic = Clinic::new();
    let old = clinic.create().await.id();
    clinic.fake.advance(Duration::from_secs(30));
    clinic.create().await;
    clinic.fake.let_lists_lag(Duration::from_secs(10));
    let listed = clinic.get("/v1/payment_intents").await;
    assert_eq!(listed.body["data"].as_array().unwrap().len(), 1);
    assert_eq!(listed.body["data"][0]["id"], old);
}

#[tokio::test]
async fn a_list_is_whole_although_a_clock_was_set_back() {
    let clinic = Clinic::new();
    let start = clinic.fake.now();
    let mut made = Vec::new();
    for seconds in [100, 0, 50, 200] {
        clinic.fake.set_now(start + SignedDuration::from_secs(seconds));
        made.push((seconds, clinic.create().await.id()));
    }
    let query = format!("created[gte]={}&created[lte]={}", start.as_second() + 50, start.as_second() + 100);
    let listed = clinic.get(&format!("/v1/payment_intents?{query}")).await;
    let ids: Vec<_> =
        listed.body["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [&made[2].1, &made[0].1]);
    let after = clinic
        .get(&format!(
            "/v1/payment_intents?created[lte]={}&starting_after={}",
            start.as_second() + 50,
            made[3].1
        ))
        .await;
    assert_eq!(after.body["data"].as_array().unwrap().len(), 2, "a page may begin outside its bounds");
}

/// Headers and bodies, as they came.
type Heard = Arc<Mutex<Vec<(http::HeaderMap, Vec<u8>)>>>;

/// A host that answers 500, then a redirect, then takes everything.
async fn host() -> (String, Heard) {
    let heard = Heard::default();
    let taken = Arc::clone(&heard);
    let take = move |headers: http::HeaderMap, body: bytes::Bytes| async move {
        let mut taken = taken.lock().unwrap();
        taken.push((headers, body.to_vec()));
        [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::FOUND]
            .get(taken.len() - 1)
            .copied()
            .unwrap_or(StatusCode::OK)
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/notices", on_post(take));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, heard)
}

#[tokio::test]
async fn a_deliverer_carries_to_this_machine_until_it_is_taken() {
    let (address, heard) = host().await;
    let clinic = Clinic::new();
    endpoint(&clinic, &["payment_intent.succeeded"]).await;
    let _deliverer = clinic
        .fake
        .deliver(move |url| url.strip_prefix("https://emr.example").map(|path| format!("{address}{path}")))
        .unwrap();
    clinic.paid(Card::VISA).await;
    while clinic.fake.deliveries_waiting() > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), 3, "a failure and a redirect are no answers");
    assert!(
        heard.iter().all(|(headers, body)| headers.contains_key("stripe-signature") && *body == heard[0].1)
    );
}

#[tokio::test]
async fn nothing_is_carried_to_another_machine() {
    let clinic = Clinic::new();
    endpoint(&clinic, &["payment_intent.succeeded"]).await;
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let _deliverer = clinic.fake.deliver(move |url| {
        *count.lock().unwrap() += 1;
        Some(url.to_owned())
    });
    clinic.paid(Card::VISA).await;
    while *asked.lock().unwrap() < 3 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(clinic.fake.deliveries_waiting(), 1);
}
