//! The same fake over loopback HTTP, with connections that break for real.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use billing_testkit::stripe::{API_VERSION, Fault};

use crate::support::{CREATE, Clinic, GOOD};

/// Everything the server sends until it closes, and how it closed.
async fn create(base_url: &str, key: &str) -> (String, Result<(), ErrorKind>) {
    let address = base_url.trim_start_matches("http://").to_owned();
    let request = format!(
        "POST /v1/payment_intents HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
         Stripe-Version: {API_VERSION}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{GOOD}",
        GOOD.len()
    );
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let closed = stream.read_to_end(&mut answer).map(drop).map_err(|error| error.kind());
        (String::from_utf8(answer).unwrap(), closed)
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn the_http_fake_and_the_in_process_fake_are_one() {
    let clinic = Clinic::new();
    let server = clinic.fake.serve().await.unwrap();
    let (answer, _) = create(&server.base_url, &clinic.key()).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("request-id: req_"));
    let list = clinic.get("/v1/payment_intents").await;
    assert_eq!(list.body["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_dropped_connection_brings_not_one_byte() {
    for (fault, effects, logged) in
        [(Fault::DropBeforeEffect, 0, 1), (Fault::DropAfterEffect, 1, 1), (Fault::RefuseConnection, 0, 0)]
    {
        let clinic = Clinic::new();
        let server = clinic.fake.serve().await.unwrap();
        clinic.fake.faults().next(CREATE, fault);
        let (answer, _) = create(&server.base_url, &clinic.key()).await;
        assert_eq!(answer, "");
        assert_eq!(clinic.fake.ledger(clinic.account.id()).entries.len(), effects);
        assert_eq!(clinic.fake.count(CREATE), logged);
        assert!(create(&server.base_url, &clinic.key()).await.0.starts_with("HTTP/1.1 200 OK"));
    }
}

#[tokio::test]
async fn a_truncated_answer_promises_more_than_it_brings() {
    let clinic = Clinic::new();
    let server = clinic.fake.serve().await.unwrap();
    clinic.fake.faults().next(CREATE, Fault::TruncatedBody);
    let (answer, _) = create(&server.base_url, &clinic.key()).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let promised = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let promised: usize = promised.parse().unwrap();
    assert!(body.len() > promised / 3 && body.len() < promised, "{} of {promised}", body.len());
    assert_eq!(clinic.fake.ledger(clinic.account.id()).entries.len(), 1);
}

#[tokio::test]
async fn a_slow_answer_arrives_whole() {
    let clinic = Clinic::new();
    let server = clinic.fake.serve().await.unwrap();
    clinic.fake.faults().next(CREATE, Fault::SlowBody(std::time::Duration::from_millis(1)));
    let (answer, _) = create(&server.base_url, &clinic.key()).await;
    assert!(answer.ends_with('}'), "{answer}");
}

#[tokio::test]
async fn a_stopped_server_refuses_connections() {
    let clinic = Clinic::new();
    let server = clinic.fake.serve().await.unwrap();
    let address = server.base_url.trim_start_matches("http://").to_owned();
    server.stop().await;
    let refused = TcpStream::connect(address).map(drop).map_err(|error| error.kind());
    assert_eq!(refused, Err(ErrorKind::ConnectionRefused));
}
