//! The one server that all contenders call: answers every create with a `PaymentIntent` of Stripe's size. It keeps nothing but counts.
//!
//! A process of its own, so that its work is not counted as a contender's. It obeys the pipe it was started with (see [`serve`]).

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, BufReader};
use tokio::net::TcpListener;

use super::driver::Failure;
use super::{distance, intent, trust};

/// Serves until its standard input ends, so that it never outlives who started it.
///
/// Prints one line with the addresses (plain, TLS, and TLS far away) once it listens; then, for every line it reads, one line with how
/// many connections and creates there have been.
pub async fn serve(certificate_file: &str) -> Result<(), Failure> {
    let counts = Arc::new(Counts::default());
    let (plain, tls, far) = (listen().await?, listen().await?, listen().await?);
    let near = tls.local_addr()?;
    let port = |listener: &TcpListener| listener.local_addr().map(|address| address.port());
    // By name, as Stripe is called: a number is parsed by other code than a name.
    println!(
        "http://localhost:{} https://localhost:{} https://localhost:{}",
        port(&plain)?,
        port(&tls)?,
        port(&far)?
    );

    let acceptor = trust::acceptor(certificate_file)?;
    tokio::spawn(accept(plain, {
        let counts = Arc::clone(&counts);
        move |stream| answer(stream, Arc::clone(&counts))
    }));
    tokio::spawn(accept(tls, {
        let counts = Arc::clone(&counts);
        move |stream| {
            let (acceptor, counts) = (acceptor.clone(), Arc::clone(&counts));
            async move {
                // A handshake that fails is the contender's to report.
                if let Ok(stream) = acceptor.accept(stream).await {
                    answer(stream, counts).await;
                }
            }
        }
    }));
    tokio::spawn(accept(far, move |stream| distance::carry(stream, near)));

    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while lines.next_line().await?.is_some() {
        println!("{} {}", counts.connections.load(Ordering::SeqCst), counts.creates.load(Ordering::SeqCst));
    }
    Ok(())
}

/// What has happened since the start.
#[derive(Debug, Default)]
struct Counts {
    /// Connections on which something was created.
    connections: AtomicU64,
    creates: AtomicU64,
}

async fn listen() -> std::io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await
}

async fn accept<F>(listener: TcpListener, handle: impl Fn(tokio::net::TcpStream) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                tokio::spawn(handle(stream));
            }
            // Out of descriptors, most likely: the next contender should not find a dead server.
            Err(error) => eprintln!("the stub could not accept: {error}"),
        }
    }
}

/// Answers on one connection until the other side closes it.
async fn answer(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, counts: Arc<Counts>) {
    let is_used = AtomicBool::new(false);
    let service = service_fn(|request| {
        if !is_used.swap(true, Ordering::SeqCst) {
            counts.connections.fetch_add(1, Ordering::SeqCst);
        }
        create(request, &counts)
    });
    // How a connection ends says nothing about the calls that were answered on it.
    let _ =
        http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn create(request: Request<Incoming>, counts: &Counts) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.method() != Method::POST || request.uri().path() != "/v1/payment_intents" {
        return Ok(refusal(StatusCode::NOT_FOUND));
    }
    let key = request.headers().get("idempotency-key").cloned();
    let form = request.into_body().collect().await.map(http_body_util::Collected::to_bytes);
    let number = counts.creates.fetch_add(1, Ordering::SeqCst);
    let answer = form.ok().and_then(|form| intent::answer(number, &form)).zip(key);
    Ok(answer.map_or_else(
        || refusal(StatusCode::BAD_REQUEST),
        |(intent, key)| {
            let mut answer = Response::new(Full::from(intent));
            for (name, value) in intent::headers(key) {
                answer.headers_mut().insert(name, value);
            }
            answer
        },
    ))
}

fn refusal(status: StatusCode) -> Response<Full<Bytes>> {
    let body = r#"{"error":{"type":"invalid_request_error","message":"The stub creates PaymentIntents, whole ones only."}}"#;
    let mut answer = Response::new(Full::from(body));
    *answer.status_mut() = status;
    answer
}
