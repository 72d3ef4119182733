//! The two ways to the fake, side by side: a caller must not be able to tell them apart.

use std::sync::Arc;
use std::time::Duration;

use billing_testkit::stripe::Fault;
use billing_transport::{Delivery, HttpConfig, HttpExchange, Limits, Request, SendErrorKind};

use crate::support::{Answer, CREATE, Clinic, GOOD, LIMITS, post};

type Seen = Result<u16, (SendErrorKind, Delivery)>;

/// What an adapter sees of a create that meets `fault`, and how many intents it leaves; in process, then over HTTP.
async fn both_ways(fault: &Fault, limits: Limits) -> [(Seen, usize); 2] {
    let in_process = Clinic::new();
    let mut over_http = Clinic::new();
    let server = over_http.fake.serve().await.unwrap();
    over_http.exchange = Arc::new(HttpExchange::new(HttpConfig::default()).unwrap());
    let seen = [
        create(&in_process, "https://api.stripe.com", fault, limits).await,
        create(&over_http, &server.base_url, fault, limits).await,
    ];
    server.stop().await;
    seen
}

async fn create(clinic: &Clinic, base_url: &str, fault: &Fault, limits: Limits) -> (Seen, usize) {
    let request = |limits| {
        let url = format!("{base_url}/v1/payment_intents");
        Request { url, limits, ..post("/v1/payment_intents", GOOD) }
    };
    // The first request warms the connection up, so that the fault meets a kept-alive one.
    assert_eq!(clinic.call(request(LIMITS), &clinic.key()).await.status, 200);
    clinic.fake.faults().next(CREATE, fault.clone());
    let seen = clinic.try_call(request(limits), &clinic.key()).await;
    let seen = seen.map(|Answer { status, .. }| status).map_err(|error| (error.kind, error.delivery));
    (seen, clinic.fake.ledger(clinic.account.id()).entries.len() - 1)
}

#[tokio::test]
async fn every_fault_looks_the_same_in_process_and_over_http() {
    let broken = |kind| Err((kind, Delivery::MaybeSent));
    for (fault, seen, effects) in [
        (Fault::Conflict, Ok(409), 0),
        (Fault::DropAfterEffect, broken(SendErrorKind::Interrupted), 1),
        (Fault::DropBeforeEffect, broken(SendErrorKind::Interrupted), 0),
        (Fault::FailAfterEffect, Ok(500), 1),
        (Fault::FailBeforeEffect(503), Ok(503), 0),
        (Fault::HtmlAfterEffect, Ok(502), 1),
        (Fault::OversizedBody(LIMITS.body_bytes + 1), broken(SendErrorKind::TooLarge), 1),
        (Fault::RateLimited("global-rate"), Ok(429), 0),
        (Fault::SlowBody(Duration::from_millis(1)), Ok(200), 1),
        (Fault::TruncatedBody, broken(SendErrorKind::Body), 1),
    ] {
        assert_eq!(both_ways(&fault, LIMITS).await, [(seen, effects); 2], "{fault:?}");
    }
}

#[tokio::test]
async fn a_late_answer_times_out_either_way() {
    let hurried = Limits { total: Duration::from_secs(2), ..LIMITS };
    let late = Err((SendErrorKind::Timeout, Delivery::MaybeSent));
    let fault = Fault::DelayAfterEffect(Duration::from_secs(20));
    assert_eq!(both_ways(&fault, hurried).await, [(late, 1); 2]);
}

#[tokio::test]
async fn a_server_that_is_gone_is_not_sent() {
    let mut clinic = Clinic::new();
    let server = clinic.fake.serve().await.unwrap();
    let url = format!("{}/v1/payment_intents", server.base_url);
    server.stop().await;
    clinic.exchange = Arc::new(HttpExchange::new(HttpConfig::default()).unwrap());
    let error = clinic.try_call(Request { url, ..post("", GOOD) }, &clinic.key()).await.err().unwrap();
    assert_eq!((error.kind, error.delivery), (SendErrorKind::Connect, Delivery::NotSent));
}
