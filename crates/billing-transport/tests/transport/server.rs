//! A loopback HTTP/1.1 server that does as it is told, and the requests sent to it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use billing_transport::{HttpConfig, HttpExchange, Limits, Request};
use bytes::Bytes;
use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What the server does with one request.
pub(crate) enum Act {
    /// Closes the connection without a word.
    Close,
    /// Answers and keeps the connection.
    Send(String),
    /// Answers and closes the connection without having said so.
    SendAndClose(String),
    /// Sends this much and then nothing.
    SendAndHang(String),
}

/// Does one [`Act`] per request, the last one again and again.
pub(crate) struct Server {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    acts: Mutex<VecDeque<Act>>,
    connections: Mutex<usize>,
    /// After an act that leaves the connection closed or hanging.
    done: Notify,
    requests: Mutex<Vec<String>>,
}

impl Server {
    pub(crate) async fn start(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            acts: Mutex::new(acts.into_iter().collect()),
            connections: Mutex::new(0),
            done: Notify::new(),
            requests: Mutex::new(Vec::new()),
        });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *shared.connections.lock().unwrap() += 1;
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { address, state }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        *self.state.connections.lock().unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.requests.lock().unwrap().clone()
    }

    pub(crate) async fn done(&self) {
        self.state.done.notified().await;
    }
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    while let Some(request) = read_request(&mut stream).await {
        state.requests.lock().unwrap().push(request);
        let act = next(&mut state.acts.lock().unwrap());
        match act {
            Act::Close => break,
            Act::Send(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
            Act::SendAndClose(answer) => {
                stream.write_all(answer.as_bytes()).await.unwrap();
                break;
            }
            Act::SendAndHang(answer) => {
                stream.write_all(answer.as_bytes()).await.unwrap();
                state.done.notify_one();
                std::future::pending::<()>().await;
            }
        }
    }
    drop(stream);
    state.done.notify_one();
}

fn next(acts: &mut VecDeque<Act>) -> Act {
    if acts.len() > 1 {
        return acts.pop_front().unwrap();
    }
    match acts.front().unwrap() {
        Act::Close => Act::Close,
        Act::Send(answer) => Act::Send(answer.clone()),
        Act::SendAndClose(answer) => Act::SendAndClose(answer.clone()),
        Act::SendAndHang(answer) => Act::SendAndHang(answer.clone()),
    }
}

/// One whole request, or `None` at the end of the connection.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(String::from_utf8(bytes).unwrap());
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}

pub(crate) fn ok(body: &str) -> String {
    answer("200 OK", body)
}

pub(crate) fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nRequest-Id: req_1\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

pub(crate) fn chunked(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
}

pub(crate) fn exchange() -> HttpExchange {
    HttpExchange::new(HttpConfig::default()).unwrap()
}

pub(crate) fn get(url: String) -> Request {
    Request { method: Method::GET, body: Bytes::new(), ..post(url) }
}

pub(crate) fn post(url: String) -> Request {
    Request {
        method: Method::POST,
        url,
        headers: Vec::new(),
        body: Bytes::from_static(b"amount=100"),
        limits: Limits { total: Duration::from_secs(35), body_bytes: 64 },
    }
}
