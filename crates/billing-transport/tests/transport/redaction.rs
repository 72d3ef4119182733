//! What must not be seen is not seen: in errors and in Debug.

use std::error::Error;
use std::fmt::Write;
use std::sync::Arc;

use billing_transport::{
    Client, Exchange, Request, Retry, RetryPlan, RetryPolicy, SendError, SendErrorKind, bearer,
};
use bytes::Bytes;
use http::header;
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::server::{Act, Server, exchange, ok, post};

/// Part of every secret below, and of nothing else.
const SECRET: &str = "XSECRETX";

fn secretive(url: &str) -> Request {
    let mut request = post(format!("{url}?client_secret={SECRET}"));
    request.headers.push((header::AUTHORIZATION, bearer(&SECRET.into()).unwrap()));
    request.body = Bytes::from(format!("token={SECRET}"));
    request
}

/// All texts of an error and its causes.
fn texts(error: &dyn Error) -> String {
    let mut texts = format!("{error:?}");
    let mut cause = Some(error);
    while let Some(error) = cause {
        write!(texts, " {error} {error:?}").unwrap();
        cause = error.source();
    }
    texts
}

async fn failure(url: &str) -> SendError {
    exchange().send(secretive(url)).await.unwrap_err()
}

async fn unreachable() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("https://{}/", listener.local_addr().unwrap())
}

#[tokio::test]
async fn errors_hold_no_secret() {
    let leaky = format!("HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n{SECRET}");
    let closing = Server::start([Act::Close]).await;
    let cutting = Server::start([Act::SendAndClose(leaky)]).await;
    let babbling = Server::start([Act::SendAndClose(format!("{SECRET}\r\n\r\n"))]).await;
    let large = Server::start([Act::Send(ok(&SECRET.repeat(10)))]).await;
    let addresses = [
        closing.url("/"),
        cutting.url("/"),
        babbling.url("/"),
        large.url("/"),
        unreachable().await,
        "http://api.example/".to_owned(),
        "no address".to_owned(),
        format!("https://{{{SECRET}}}/"),
    ];
    for address in addresses {
        let texts = texts(&failure(&address).await);
        assert!(!texts.contains(SECRET), "{address}: {texts}");
    }
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let server = Server::start([Act::Send(ok(SECRET))]).await;
    let client = Client::new(Arc::new(exchange()), RetryPolicy::default());
    let request = secretive(&server.url("/"));
    let plan = RetryPlan::new(SECRET, |_| Retry::No);
    let mut seen = format!("{client:?} {request:?} {plan:?} {:?}", request.headers);
    write!(seen, "{:?}", client.execute(request, plan).await.unwrap()).unwrap();
    assert!(!seen.contains(SECRET), "{seen}");
}

#[test]
fn a_key_that_fits_no_header_is_refused_unseen() {
    for key in [format!("{SECRET}\n"), format!("{SECRET}\r\nX-Other: 1"), format!("{SECRET}\0")] {
        let error = bearer(&SecretString::from(key)).unwrap_err();
        assert_eq!(error.kind, SendErrorKind::Build);
        assert!(!texts(&error).contains(SECRET));
    }
}

#[test]
fn a_bearer_value_is_sensitive_and_complete() {
    let value = bearer(&SecretString::from("key_1")).unwrap();
    assert!(value.is_sensitive());
    assert_eq!(value, "Bearer key_1");
}
