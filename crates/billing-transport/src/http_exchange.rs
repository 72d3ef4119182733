//! The [`Exchange`] over HTTPS: one client and one connection pool for all dispensaries. It holds no key and reads no meaning.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue};
use http::{HeaderName, Method};
use reqwest::Url;

use crate::{Delivery, Exchange, Request, Response, SendError, SendErrorKind, USER_AGENT, tls};

/// Performs exchanges over HTTPS, and over plain HTTP with loopback hosts only.
///
/// Make one and share it: a clone uses the same connections. It is HTTP/1.1 with the operating system's trust store,
/// follows no redirect, uses no proxy and reads no environment variable for one.
#[derive(Clone)]
pub struct HttpExchange {
    client: reqwest::Client,
}

impl HttpExchange {
    /// An exchange with its own connection pool.
    pub fn new(config: HttpConfig) -> Result<Self, SetupError> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::client_config().map_err(SetupError::new)?)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            // A host may switch on reqwest's decoders elsewhere in its tree; here answers stay as they were sent.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            // reqwest re-sends "protocol NACKs" by default. With no retries it does not keep a copy of the request either.
            //
            // What cannot be switched off lies beneath, in hyper-util (`retry_canceled_requests`): a request handed to
            // an idle connection that turns out to be closed is handed to another one. It does so only when hyper gives
            // the request back, which it does only before the first byte is encoded, so it is still one send.
            .retry(reqwest::retry::never().max_retries_per_request(0))
            .connect_timeout(config.connect_timeout)
            .pool_idle_timeout(config.idle_timeout)
            .pool_max_idle_per_host(config.idle_connections)
            .tcp_nodelay(true)
            .tcp_keepalive(TCP_KEEPALIVE)
            .user_agent(USER_AGENT)
            .build()
            .map_err(SetupError::new)?;
        Ok(Self { client })
    }
}

impl fmt::Debug for HttpExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpExchange").finish_non_exhaustive()
    }
}

#[async_trait]
impl Exchange for HttpExchange {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let limits = request.limits;
        let request = prepare(request)?;
        tokio::time::timeout(limits.total, self.perform(request, limits.body_bytes))
            .await
            // The connection may have been made and used by now: nobody can tell.
            .unwrap_or(Err(SendError::new(SendErrorKind::Timeout, Delivery::MaybeSent)))
    }
}

impl HttpExchange {
    async fn perform(&self, request: reqwest::Request, body_bytes: usize) -> Result<Response, SendError> {
        let mut answer = self.client.execute(request).await.map_err(not_answered)?;
        let body = read_whole(&mut answer, body_bytes).await?;
        Ok(Response { status: answer.status(), headers: std::mem::take(answer.headers_mut()), body })
    }
}

/// How connections are made and kept.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HttpConfig {
    /// The longest time for name lookup, TCP and TLS together. Default 3 s.
    pub connect_timeout: Duration,
    /// The most idle connections kept per processor. Default 64.
    pub idle_connections: usize,
    /// How long an unused connection is kept. Default 45 s: below the 60 s after which common load balancers close
    /// one, since a request that meets a closing connection is in doubt.
    pub idle_timeout: Duration,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            idle_connections: 64,
            idle_timeout: Duration::from_secs(45),
        }
    }
}

/// The client could not be set up; most often the operating system has no trust store (on Linux: no `ca-certificates`).
#[derive(Debug, thiserror::Error)]
#[error("the HTTPS client could not be set up")]
pub struct SetupError(#[source] Box<dyn Error + Send + Sync>);

impl SetupError {
    fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// Finds a dead peer before the next request does.
const TCP_KEEPALIVE: Duration = Duration::from_secs(15);

fn prepare(request: Request) -> Result<reqwest::Request, SendError> {
    let url = Url::parse(&request.url).map_err(|error| not_built(Some(error.into())))?;
    if !may_carry_secrets(&url) || has_user_info(&url) {
        return Err(not_built(None));
    }
    let mut prepared = reqwest::Request::new(request.method, url);
    *prepared.headers_mut() = headers(request.headers);
    if !request.body.is_empty() {
        *prepared.body_mut() = Some(request.body.into());
    } else if prepared.method() == Method::POST {
        // hyper leaves the length of an empty body out, and some servers answer 411 to that.
        prepared.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    Ok(prepared)
}

/// `Accept`, `Content-Length` and `Host`: with room for them the map does not grow again on its way down.
const ADDED_BENEATH: usize = 3;

fn headers(pairs: Vec<(HeaderName, HeaderValue)>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(pairs.len() + ADDED_BENEATH);
    for (name, value) in pairs {
        headers.append(name, value);
    }
    headers
}

/// HTTPS, or a server on this very machine, where tests and fakes run.
fn may_carry_secrets(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && url.host_str().is_some_and(is_loopback))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A name or password in the address would be dropped silently; it is a mistake in the caller.
fn has_user_info(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Reads to the very end, which also lets the connection be used again.
async fn read_whole(answer: &mut reqwest::Response, limit: usize) -> Result<Bytes, SendError> {
    let declared = match answer.content_length().map(usize::try_from) {
        Some(Ok(length)) if length <= limit => length,
        Some(_) => return Err(too_large()),
        None => 0,
    };
    // Most answers come in one piece, which is then not copied.
    let first = next_piece(answer, limit).await?.unwrap_or_default();
    let Some(second) = next_piece(answer, limit - first.len()).await? else { return Ok(first) };
    let mut body = BytesMut::with_capacity(declared);
    body.extend([first, second]);
    while let Some(piece) = next_piece(answer, limit - body.len()).await? {
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}

/// The next piece of the body, for which there is this much room; `None` at its end.
async fn next_piece(answer: &mut reqwest::Response, room: usize) -> Result<Option<Bytes>, SendError> {
    let piece = answer.chunk().await.map_err(not_whole)?;
    if piece.as_ref().is_some_and(|piece| piece.len() > room) { Err(too_large()) } else { Ok(piece) }
}

fn not_built(source: Option<Box<dyn Error + Send + Sync>>) -> SendError {
    SendError { kind: SendErrorKind::Build, delivery: Delivery::NotSent, source }
}

/// Only a connection that was never made proves that nothing was sent: the request follows TCP, TLS and no earlier.
fn not_answered(error: reqwest::Error) -> SendError {
    let (kind, delivery) = match &error {
        error if error.is_builder() => (SendErrorKind::Build, Delivery::NotSent),
        error if error.is_connect() => (SendErrorKind::Connect, Delivery::NotSent),
        error if error.is_timeout() => (SendErrorKind::Timeout, Delivery::MaybeSent),
        _ => (SendErrorKind::Interrupted, Delivery::MaybeSent),
    };
    SendError { kind, delivery, source: Some(error.without_url().into()) }
}

fn not_whole(error: reqwest::Error) -> SendError {
    let kind = if error.is_timeout() { SendErrorKind::Timeout } else { SendErrorKind::Body };
    SendError { kind, delivery: Delivery::MaybeSent, source: Some(error.without_url().into()) }
}

fn too_large() -> SendError {
    SendError::new(SendErrorKind::TooLarge, Delivery::MaybeSent)
}
