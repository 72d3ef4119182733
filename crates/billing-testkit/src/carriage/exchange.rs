//! The fake called in process: no socket, the same router. Never retries, as its contract says.

use std::fmt;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use billing_transport::{Delivery, Exchange, Request, Response, SendError, SendErrorKind};
use tokio::time::{Duration, sleep, timeout};
use tower::ServiceExt;

use super::{Carriage, SLOW_CHUNK_BYTES};

/// An [`Exchange`] that ends in the fake, whatever host the address names.
pub(crate) struct InProcess {
    router: Router,
}

impl InProcess {
    pub(crate) fn new(router: Router) -> Self {
        Self { router }
    }

    async fn carry(&self, request: Request) -> Result<Response, SendError> {
        let limit = request.limits.body_bytes;
        let answer = self.router.clone().oneshot(to_http(request)?).await.map_err(|never| match never {})?;
        let carriage = answer.extensions().get().copied().unwrap_or(Carriage::Whole);
        let (head, body) = answer.into_parts();
        let broken = |kind| SendError::new(kind, Delivery::MaybeSent);
        let body = to_bytes(body, usize::MAX).await.map_err(|_| broken(SendErrorKind::Body))?;
        match carriage {
            Carriage::Cut => return Err(broken(SendErrorKind::Interrupted)),
            Carriage::Refused => return Err(SendError::new(SendErrorKind::Connect, Delivery::NotSent)),
            Carriage::Slow(pause) => trickle(body.len(), pause).await,
            Carriage::Truncated => return Err(broken(SendErrorKind::Body)),
            Carriage::Whole => {}
        }
        if body.len() > limit {
            return Err(broken(SendErrorKind::TooLarge));
        }
        Ok(Response { status: head.status, headers: head.headers, body })
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess").finish_non_exhaustive()
    }
}

#[async_trait]
impl Exchange for InProcess {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let total = request.limits.total;
        let late = |_| SendError::new(SendErrorKind::Timeout, Delivery::MaybeSent);
        timeout(total, self.carry(request)).await.map_err(late)?
    }
}

fn to_http(request: Request) -> Result<http::Request<Body>, SendError> {
    let mut built = http::Request::builder().method(request.method).uri(request.url);
    for (name, value) in request.headers {
        built = built.header(name, value);
    }
    let malformed = |_| SendError::new(SendErrorKind::Build, Delivery::NotSent);
    built.body(Body::from(request.body)).map_err(malformed)
}

async fn trickle(len: usize, pause: Duration) {
    for _ in 0..len.div_ceil(SLOW_CHUNK_BYTES) {
        sleep(pause).await;
    }
}
