//! What operators see of each send.
//!
//! One test in a process of its own: `tracing` remembers per process which events are wanted, and tests running beside
//! it without a subscriber would decide that for it.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

#[allow(dead_code, reason = "shared with the other tests, which use the rest")]
#[path = "transport/server.rs"]
mod server;

use std::io;
use std::sync::{Arc, Mutex};

use billing_transport::{Client, Request, Retry, RetryPlan, RetryPolicy, bearer};
use bytes::Bytes;
use http::header;
use tracing_subscriber::fmt::MakeWriter;

use server::{Act, Server, exchange, ok, post};

/// Part of every secret below, and of nothing else.
const SECRET: &str = "XSECRETX";

fn secretive(url: &str) -> Request {
    let mut request = post(format!("{url}?client_secret={SECRET}"));
    request.headers.push((header::AUTHORIZATION, bearer(&SECRET.into()).unwrap()));
    request.body = Bytes::from(format!("token={SECRET}"));
    request
}

/// Collects what a subscriber writes.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn operators_see_each_send_and_no_secret() {
    let lines = Lines::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(lines.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let server = Server::start([Act::Close, Act::Send(ok(SECRET))]).await;
    let client = Client::new(Arc::new(exchange()), RetryPolicy::default());
    let plan = RetryPlan::new("key", |_| Retry::No).idempotent();
    let _ = client.execute(secretive(&server.url("/v1/items/pi_1")), plan.clone()).await.unwrap();
    let templated = plan.path_template("/v1/items/{id}");
    let _ = client.execute(secretive(&server.url("/v1/items/pi_2")), templated).await.unwrap();

    let seen = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let ours: Vec<_> = seen.lines().filter(|line| line.contains("billing_transport")).collect();
    let [lost, answered, templated] = &ours[..] else { panic!("{seen}") };
    assert!(lost.contains("WARN") && lost.contains("Interrupted") && lost.contains("send=1"), "{lost}");
    for part in
        ["POST", "path=\"/v1/items/pi_1\"", "status=200", "request_id=\"req_1\"", "send=2", "elapsed_ms="]
    {
        assert!(answered.contains(part), "{part} in {answered}");
    }
    assert!(templated.contains("/v1/items/{id}"), "{templated}");
    assert!(!seen.contains(SECRET) && !seen.contains("127.0.0.1/v1"), "{seen}");
}
