//! The two ways to the fake, side by side: a caller must not be able to tell them apart.

use std::sync::Arc;
use std::time::Duration;

use billing_testkit::moneris::{Card, Fault};
use billing_transport::{Delivery, HttpConfig, HttpExchange, Limits, Request, SendErrorKind};

use crate::support::{Clinic, LIMITS, STORE, TOKEN, envelope, purchase, to_gateway};

type Seen = Result<u16, (SendErrorKind, Delivery)>;

/// What a caller sees of a purchase that meets `fault`, and how many it leaves; in process, then over HTTP.
async fn both_ways(fault: Fault, limits: Limits) -> [(Seen, usize); 2] {
    let in_process = Clinic::new();
    let mut over_http = Clinic::new();
    let server = over_http.fake.serve().await.unwrap();
    over_http.exchange = Arc::new(HttpExchange::new(HttpConfig::default()).unwrap());
    let seen = [
        buy(&in_process, "https://mpg1.moneris.io", fault, limits).await,
        buy(&over_http, &server.base_url, fault, limits).await,
    ];
    server.stop().await;
    seen
}

async fn buy(clinic: &Clinic, base_url: &str, fault: Fault, limits: Limits) -> (Seen, usize) {
    let request = |order: &str, limits| {
        let body = envelope(STORE, TOKEN, &purchase(order, "10.00", &clinic.token(Card::VISA)));
        Request { url: format!("{base_url}/gateway2/servlet/MpgRequest"), limits, ..to_gateway(&body) }
    };
    // The first request warms the connection up, so that the fault meets a kept-alive one.
    assert_eq!(clinic.exchange.send(request("pay-1", LIMITS)).await.unwrap().status, 200);
    clinic.fake.faults().next("res_purchase_cc", fault);
    let seen = clinic.exchange.send(request("pay-2", limits)).await;
    let seen = seen.map(|answer| answer.status.as_u16()).map_err(|error| (error.kind, error.delivery));
    (seen, clinic.fake.ledger(STORE).entries.len() - 1)
}

#[tokio::test]
async fn every_fault_looks_the_same_in_process_and_over_http() {
    let broken = |kind| Err((kind, Delivery::MaybeSent));
    for (fault, seen, effects) in [
        (Fault::DropAfterEffect, broken(SendErrorKind::Interrupted), 1),
        (Fault::DropBeforeEffect, broken(SendErrorKind::Interrupted), 0),
        (Fault::EmptyAfterEffect, Ok(200), 1),
        (Fault::HalfDocument, Ok(200), 1),
        (Fault::HtmlAfterEffect, Ok(502), 1),
        (Fault::OversizedBody(LIMITS.body_bytes + 1), broken(SendErrorKind::TooLarge), 1),
        (Fault::SlowBody(Duration::from_millis(1)), Ok(200), 1),
        (Fault::TruncatedBody, broken(SendErrorKind::Body), 1),
        (Fault::Unavailable, Ok(503), 0),
    ] {
        assert_eq!(both_ways(fault, LIMITS).await, [(seen, effects); 2], "{fault:?}");
    }
}

#[tokio::test]
async fn a_late_answer_times_out_either_way() {
    let hurried = Limits { total: Duration::from_secs(2), ..LIMITS };
    let late = Err((SendErrorKind::Timeout, Delivery::MaybeSent));
    let fault = Fault::DelayAfterEffect(Duration::from_secs(20));
    assert_eq!(both_ways(fault, hurried).await, [(late, 1); 2]);
}
