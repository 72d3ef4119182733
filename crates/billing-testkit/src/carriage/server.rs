//! The fake over HTTP on loopback, with connections that can be made to break. Never listens to another machine.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::extract::Request;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep};

use super::{Carriage, SLOW_CHUNK_BYTES};

/// A fake that listens on loopback until it is dropped.
#[derive(Debug)]
pub struct FakeServer {
    /// `http://127.0.0.1:…`, without a slash at the end.
    pub base_url: String,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl FakeServer {
    /// The same for browsers, which may be told where: on any port, but of this machine only.
    pub(crate) async fn start_for_browsers(router: Router, addr: SocketAddr) -> io::Result<Self> {
        if !addr.ip().is_loopback() {
            let message = "a fake takes made-up cards, so it listens to this machine only";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Self::start(router, addr).await
    }

    pub(crate) async fn start(router: Router, addr: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let service =
            router.layer(from_fn(hand_carriage_to_wire)).into_make_service_with_connect_info::<Wire>();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let until = async move { drop(stopped.await) };
            // It ends with an error only if it cannot accept; the tests then see refused connections.
            drop(axum::serve(Loopback(listener), service).with_graceful_shutdown(until).await);
        });
        Ok(Self { base_url, stop: Some(stop), task })
    }

    /// Stops listening and waits until new connections are refused. Answers under way are finished.
    pub async fn stop(mut self) {
        self.stop.take();
        self.task.abort();
        drop((&mut self.task).await);
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.stop.take();
        self.task.abort();
    }
}

/// The router's answer says how it travels; the connection it travels on must know before the first byte.
async fn hand_carriage_to_wire(
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    wire.set(response.extensions().get().copied().unwrap_or(Carriage::Whole));
    response
}

/// How the current answer on one connection travels.
#[derive(Clone)]
struct Wire(Arc<Mutex<Carriage>>);

impl Wire {
    fn carriage(&self) -> Carriage {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, carriage: Carriage) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = carriage;
    }
}

impl Connected<IncomingStream<'_, Loopback>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Loopback>) -> Self {
        stream.io().wire.clone()
    }
}

struct Loopback(TcpListener);

impl Listener for Loopback {
    type Addr = SocketAddr;
    type Io = Breakable;

    async fn accept(&mut self) -> (Breakable, SocketAddr) {
        let (tcp, from) = Listener::accept(&mut self.0).await;
        // Without it a kept-alive connection waits 40 ms for an acknowledgement now and then.
        drop(tcp.set_nodelay(true));
        (Breakable { tcp, wire: Wire(Arc::new(Mutex::new(Carriage::Whole))), pause: None }, from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection that does to the bytes what the answer's carriage says.
struct Breakable {
    tcp: TcpStream,
    wire: Wire,
    pause: Option<Pin<Box<Sleep>>>,
}

impl AsyncRead for Breakable {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Breakable {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(pause) = &mut this.pause {
            ready!(pause.as_mut().poll(cx));
            this.pause = None;
        }
        let carriage = this.wire.carriage();
        let allowed = match carriage {
            Carriage::Cut | Carriage::Refused => {
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
            Carriage::Slow(_) => buf.get(..SLOW_CHUNK_BYTES).unwrap_or(buf),
            Carriage::Truncated => head_and_half_the_body(buf),
            Carriage::Whole => buf,
        };
        let written = ready!(Pin::new(&mut this.tcp).poll_write(cx, allowed))?;
        match carriage {
            Carriage::Slow(pause) => this.pause = Some(Box::pin(sleep(pause))),
            Carriage::Truncated if allowed.len() < buf.len() => this.wire.set(Carriage::Cut),
            _ => {}
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_shutdown(cx)
    }
}

fn head_and_half_the_body(answer: &[u8]) -> &[u8] {
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n").map(|at| at + 4);
    let part = head.and_then(|head| answer.get(..head + (answer.len() - head) / 2));
    part.unwrap_or(answer)
}
