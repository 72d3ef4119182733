//! Connections are used again, and a used one never makes a request arrive twice.

use billing_transport::{Delivery, Exchange};

use crate::server::{Act, Server, exchange, get, ok, post};

const CALLS: usize = 300;

async fn connections_of_calls_in_a_row() -> usize {
    let server = Server::start([Act::Send(ok("{}"))]).await;
    let exchange = exchange();
    for _ in 0..CALLS {
        exchange.send(get(server.url("/"))).await.unwrap();
    }
    assert_eq!(server.requests().len(), CALLS);
    server.connections()
}

#[tokio::test]
async fn calls_in_a_row_use_one_connection() {
    assert_eq!(connections_of_calls_in_a_row().await, 1);
}

/// The task that puts a connection back races with the next call. When it loses, the pool gains a spare connection;
/// the more it has, the less there is to lose, so there are a few of them however many calls follow.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_in_a_row_use_few_connections_on_many_threads() {
    let connections = connections_of_calls_in_a_row().await;
    assert!(connections <= CALLS / 10, "{connections}");
}

#[tokio::test]
async fn clones_share_their_connections() {
    let server = Server::start([Act::Send(ok("{}"))]).await;
    let exchange = exchange();
    exchange.clone().send(get(server.url("/"))).await.unwrap();
    exchange.send(get(server.url("/"))).await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_post_lost_on_a_kept_connection_is_not_sent_again() {
    let server = Server::start([Act::Send(ok("{}")), Act::Close]).await;
    let exchange = exchange();
    exchange.send(get(server.url("/"))).await.unwrap();
    let error = exchange.send(post(server.url("/"))).await.unwrap_err();
    assert_eq!(error.delivery, Delivery::MaybeSent);
    assert_eq!((server.requests().len(), server.connections()), (2, 1));
}

#[tokio::test]
async fn a_post_that_meets_a_closed_connection_arrives_at_most_once() {
    for _ in 0..50 {
        let server = Server::start([Act::SendAndClose(ok("{}")), Act::Send(ok("{}"))]).await;
        let exchange = exchange();
        exchange.send(get(server.url("/"))).await.unwrap();
        server.done().await;
        // Whether the client has noticed by now is a race; both ends of it are allowed, two arrivals are not.
        let outcome = exchange.send(post(server.url("/"))).await;
        let posts = server.requests().iter().filter(|request| request.starts_with("POST")).count();
        match outcome {
            Ok(_) => assert_eq!(posts, 1),
            Err(error) => assert_eq!((posts, error.delivery), (0, Delivery::MaybeSent)),
        }
    }
}
