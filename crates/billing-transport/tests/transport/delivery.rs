//! What one send over HTTP says about whether the request arrived.

use billing_transport::{Delivery, Exchange, SendError, SendErrorKind, USER_AGENT};
use bytes::Bytes;
use http::header;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::server::{Act, Server, answer, chunked, exchange, get, ok, post};

fn assert_is(error: &SendError, kind: SendErrorKind, delivery: Delivery) {
    assert_eq!((error.kind, error.delivery), (kind, delivery), "{error:?}");
}

#[tokio::test]
async fn an_answer_comes_back_whole() {
    let server = Server::start([Act::Send(answer("402 Payment Required", "declined"))]).await;
    let answer = exchange().send(post(server.url("/v1/x"))).await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (402, &b"declined"[..]));
    assert_eq!(answer.headers["request-id"], "req_1");
    assert!(server.requests()[0].ends_with("\r\n\r\namount=100"));
}

#[tokio::test]
async fn an_empty_post_says_that_it_is_empty() {
    let server = Server::start([Act::Send(ok(""))]).await;
    let mut request = post(server.url("/v1/x/cancel"));
    request.body = Bytes::new();
    exchange().send(request).await.unwrap();
    exchange().send(get(server.url("/v1/x"))).await.unwrap();
    let [post, get] = &server.requests()[..] else { panic!("two requests") };
    assert_eq!(post.to_lowercase().matches("content-length: 0").count(), 1, "{post}");
    assert!(!get.to_lowercase().contains("content-length"), "{get}");
}

#[tokio::test]
async fn an_adapter_may_name_itself() {
    let server = Server::start([Act::Send(ok(""))]).await;
    let mut request = get(server.url("/"));
    exchange().send(request.clone()).await.unwrap();
    request.headers.push((header::USER_AGENT, "adapter/1".parse().unwrap()));
    exchange().send(request).await.unwrap();
    let [ours, theirs] = &server.requests()[..] else { panic!("two requests") };
    assert!(ours.contains(USER_AGENT), "{ours}");
    assert!(theirs.contains("adapter/1") && !theirs.contains(USER_AGENT), "{theirs}");
}

#[tokio::test]
async fn a_refused_connection_proves_that_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = exchange().send(post(url)).await.unwrap_err();
    assert_is(&error, SendErrorKind::Connect, Delivery::NotSent);
}

#[tokio::test]
async fn a_failed_tls_handshake_proves_that_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/path", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut seen = vec![0; 4096];
        let read = stream.read(&mut seen).await.unwrap();
        stream.write_all(b"HTTP/1.1 400 no TLS here\r\n\r\n").await.unwrap();
        seen.truncate(read);
        seen
    });
    let error = exchange().send(post(url)).await.unwrap_err();
    assert_is(&error, SendErrorKind::Connect, Delivery::NotSent);
    let seen = server.await.unwrap();
    assert!(!String::from_utf8_lossy(&seen).contains("/path"));
}

#[tokio::test]
async fn a_tls_handshake_that_never_ends_proves_that_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/path", listener.local_addr().unwrap());
    let sending = tokio::spawn(async move { exchange().send(post(url)).await });
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.readable().await.unwrap();
    // The connect timeout comes before the request's own limit: paused time jumps to it.
    tokio::time::pause();
    let error = sending.await.unwrap().unwrap_err();
    assert_is(&error, SendErrorKind::Connect, Delivery::NotSent);
    let mut seen = Vec::new();
    stream.read_to_end(&mut seen).await.unwrap();
    assert!(!String::from_utf8_lossy(&seen).contains("/path"));
}

#[tokio::test]
async fn a_connection_dropped_before_the_answer_leaves_doubt() {
    let server = Server::start([Act::Close]).await;
    let error = exchange().send(post(server.url("/"))).await.unwrap_err();
    assert_is(&error, SendErrorKind::Interrupted, Delivery::MaybeSent);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_cut_short_is_no_answer() {
    let whole = [ok("0123456789"), chunked("0123456789")];
    for whole in whole {
        let cut = whole[..whole.find("789").unwrap()].to_owned();
        let server = Server::start([Act::SendAndClose(cut)]).await;
        let error = exchange().send(post(server.url("/"))).await.unwrap_err();
        assert_is(&error, SendErrorKind::Body, Delivery::MaybeSent);
    }
}

#[tokio::test]
async fn an_answer_over_the_limit_is_no_answer() {
    let large = "x".repeat(65);
    for answer in [ok(&large), chunked(&large)] {
        let server = Server::start([Act::Send(answer)]).await;
        let error = exchange().send(post(server.url("/"))).await.unwrap_err();
        assert_is(&error, SendErrorKind::TooLarge, Delivery::MaybeSent);
    }
    let largest = "x".repeat(64);
    for answer in [ok(&largest), chunked(&largest)] {
        let server = Server::start([Act::Send(answer)]).await;
        assert_eq!(exchange().send(post(server.url("/"))).await.unwrap().body.len(), 64);
    }
}

#[tokio::test]
async fn a_declared_length_over_the_limit_is_refused_before_the_body_comes() {
    let server =
        Server::start([Act::SendAndHang("HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n".to_owned())]).await;
    let error = exchange().send(post(server.url("/"))).await.unwrap_err();
    assert_is(&error, SendErrorKind::TooLarge, Delivery::MaybeSent);
}

#[tokio::test]
async fn a_body_that_stops_coming_runs_out_of_time() {
    let partial = ok("0123456789").trim_end_matches("789").to_owned();
    for sent in [String::new(), partial] {
        let server = Server::start([Act::SendAndHang(sent)]).await;
        let sending = tokio::spawn({
            let request = post(server.url("/"));
            async move { exchange().send(request).await }
        });
        server.done().await;
        // From here on nothing can happen but the limit: paused time jumps to it.
        tokio::time::pause();
        let error = sending.await.unwrap().unwrap_err();
        assert_is(&error, SendErrorKind::Timeout, Delivery::MaybeSent);
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = Server::start([Act::Send(ok(""))]).await;
    let moved = format!(
        "HTTP/1.1 301 Moved Permanently\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
        elsewhere.url("/")
    );
    let server = Server::start([Act::Send(moved)]).await;
    let answer = exchange().send(get(server.url("/"))).await.unwrap();
    assert_eq!(answer.status.as_u16(), 301);
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn plain_http_leaves_this_machine_for_nobody() {
    let addresses = [
        "http://192.0.2.1/",
        "http://api.example/",
        "http://localhost.example/",
        "http://127.0.0.1.example/",
        "http://[2001:db8::1]/",
        "ftp://127.0.0.1/",
        "no address",
        "https://name:word@127.0.0.1/",
    ];
    for address in addresses {
        let error = exchange().send(post(address.to_owned())).await.unwrap_err();
        assert_is(&error, SendErrorKind::Build, Delivery::NotSent);
    }
}
