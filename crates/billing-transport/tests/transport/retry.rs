//! When a request is sent again, and what is known after all sends. Time is paused: waits are exact and free.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use billing_transport::{
    Client, Delivery, DispatchGate, Exchange, Request, Response, Retry, RetryPlan, RetryPolicy, SendError,
    SendErrorKind,
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use crate::server::post;

/// Plays outcomes in order and notes when it was asked; at the end of the script it hangs.
#[derive(Debug)]
struct Script {
    outcomes: Mutex<VecDeque<Result<u16, SendErrorKind>>>,
    started: Instant,
    sent_after_ms: Mutex<Vec<u128>>,
}

#[async_trait]
impl Exchange for Script {
    async fn send(&self, _: Request) -> Result<Response, SendError> {
        self.sent_after_ms.lock().unwrap().push(self.started.elapsed().as_millis());
        let next = self.outcomes.lock().unwrap().pop_front();
        match next {
            Some(Ok(status)) => Ok(Response {
                status: StatusCode::from_u16(status).unwrap(),
                headers: HeaderMap::new(),
                body: Bytes::new(),
            }),
            Some(Err(kind)) => Err(SendError::new(kind, delivery(kind))),
            None => std::future::pending().await,
        }
    }
}

fn delivery(kind: SendErrorKind) -> Delivery {
    match kind {
        SendErrorKind::Build | SendErrorKind::Connect => Delivery::NotSent,
        _ => Delivery::MaybeSent,
    }
}

fn script(outcomes: impl IntoIterator<Item = Result<u16, SendErrorKind>>) -> (Arc<Script>, Client) {
    let script = Arc::new(Script {
        outcomes: Mutex::new(outcomes.into_iter().collect()),
        started: Instant::now(),
        sent_after_ms: Mutex::new(Vec::new()),
    });
    let client = Client::new(Arc::<Script>::clone(&script), RetryPolicy::default());
    (script, client)
}

impl Script {
    fn sent_after_ms(&self) -> Vec<u128> {
        self.sent_after_ms.lock().unwrap().clone()
    }
}

fn request() -> Request {
    post("https://api.example/v1/x".to_owned())
}

/// 409 and 5xx again, 429 after a minute.
fn decide(answer: &Response) -> Retry {
    match answer.status.as_u16() {
        409 | 500.. => Retry::Yes,
        429 => Retry::After(Duration::from_mins(1)),
        _ => Retry::No,
    }
}

fn plan() -> RetryPlan {
    RetryPlan::new("pay_1-1", decide)
}

const LOST: Result<u16, SendErrorKind> = Err(SendErrorKind::Interrupted);
const REFUSED: Result<u16, SendErrorKind> = Err(SendErrorKind::Connect);

#[tokio::test(start_paused = true)]
async fn a_first_answer_stands_without_doubt() {
    let (script, client) = script([Ok(200)]);
    let answer = client.execute(request(), plan()).await.unwrap();
    assert_eq!((answer.response.status.as_u16(), answer.sends, answer.doubt), (200, 1, Delivery::NotSent));
    assert_eq!(script.sent_after_ms(), [0]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_a_lost_send_does_not_remove_the_doubt() {
    let (_, client) = script([LOST, Ok(401)]);
    let answer = client.execute(request(), plan().idempotent()).await.unwrap();
    assert_eq!((answer.response.status.as_u16(), answer.sends, answer.doubt), (401, 2, Delivery::MaybeSent));
}

#[tokio::test(start_paused = true)]
async fn doubt_outlives_sends_that_never_left() {
    let (_, client) = script([LOST, REFUSED, REFUSED]);
    let error = client.execute(request(), plan().idempotent()).await.unwrap_err();
    assert_eq!((error.sends, error.delivery), (3, Delivery::MaybeSent));
    assert_eq!((error.last.kind, error.last.delivery), (SendErrorKind::Connect, Delivery::NotSent));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_not_wanted_has_arrived_too() {
    let (_, client) = script([Ok(500), Ok(401)]);
    let answer = client.execute(request(), plan().idempotent()).await.unwrap();
    assert_eq!(answer.doubt, Delivery::MaybeSent);
}

#[tokio::test(start_paused = true)]
async fn sends_that_never_left_leave_no_doubt() {
    let (_, client) = script([REFUSED, REFUSED, Ok(200)]);
    let answer = client.execute(request(), plan()).await.unwrap();
    assert_eq!((answer.sends, answer.doubt), (3, Delivery::NotSent));

    let (_, client) = self::script([REFUSED, REFUSED, REFUSED]);
    let error = client.execute(request(), plan()).await.unwrap_err();
    assert_eq!((error.sends, error.delivery), (3, Delivery::NotSent));
}

#[tokio::test(start_paused = true)]
async fn what_must_not_happen_twice_is_not_sent_again_once_in_doubt() {
    for outcome in [LOST, Err(SendErrorKind::Timeout), Err(SendErrorKind::Body)] {
        let (script, client) = script([outcome]);
        let error = client.execute(request(), plan()).await.unwrap_err();
        assert_eq!((error.sends, error.delivery), (1, Delivery::MaybeSent));
        assert_eq!(script.sent_after_ms(), [0]);
    }
    let (script, client) = script([Ok(500)]);
    let answer = client.execute(request(), plan()).await.unwrap();
    assert_eq!((answer.response.status.as_u16(), answer.sends), (500, 1));
    assert_eq!(script.sent_after_ms(), [0]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_fare_better_is_not_sent_again() {
    for kind in [SendErrorKind::Build, SendErrorKind::TooLarge] {
        let (_, client) = script([Err(kind)]);
        let error = client.execute(request(), plan().idempotent()).await.unwrap_err();
        assert_eq!((error.sends, error.last.kind), (1, kind));
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_answer_stands_when_the_sends_are_used_up() {
    let (script, client) = script([Ok(409), Ok(409), Ok(503)]);
    let answer = client.execute(request(), plan().idempotent()).await.unwrap();
    assert_eq!((answer.response.status.as_u16(), answer.sends), (503, 3));
    assert_eq!(script.sent_after_ms().len(), 3);

    let (script, client) = self::script([Ok(409)]);
    let answer = client.execute(request(), plan().idempotent().max_sends(1)).await.unwrap();
    assert_eq!((answer.sends, script.sent_after_ms().len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_closed_gate_lets_nothing_out() {
    let (script, client) = script([Ok(200)]);
    let gated = plan().dispatch_by(DispatchGate::new(|| false));
    let error = client.execute(request(), gated).await.unwrap_err();
    assert_eq!((error.sends, error.delivery), (0, Delivery::NotSent));
    assert_eq!(error.last.kind, SendErrorKind::GateClosed);
    assert!(script.sent_after_ms().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_gate_is_asked_again_after_the_wait() {
    for first in [LOST, REFUSED] {
        let (script, client) = script([first, Ok(200)]);
        let opened = Instant::now();
        let gate = DispatchGate::new(move || opened.elapsed() < Duration::from_millis(499));
        let error = client.execute(request(), plan().idempotent().dispatch_by(gate)).await.unwrap_err();
        assert_eq!((error.sends, error.delivery), (1, delivery(first.unwrap_err())));
        assert_eq!(script.sent_after_ms(), [0]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_key_waits_the_same_times() {
    let mut runs = Vec::new();
    for key in ["pay_1-1", "pay_1-1", "pay_1-2"] {
        let (script, client) = script([LOST, LOST, LOST, LOST, LOST]);
        let plan = RetryPlan::new(key, decide).idempotent().max_sends(5);
        let error = client.execute(request(), plan).await.unwrap_err();
        assert_eq!(error.sends, 5);
        runs.push(script.sent_after_ms());
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    assert_eq!(runs[0][..2], [0, 500]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_asked_for_is_kept_in_bounds() {
    let (script, client) = script([Ok(429), Ok(200)]);
    let answer = client.execute(request(), plan().idempotent()).await.unwrap();
    assert_eq!(answer.sends, 2);
    assert_eq!(script.sent_after_ms(), [0, 5000]);
}

#[tokio::test(start_paused = true)]
async fn a_send_that_outlasts_the_deadline_is_in_doubt() {
    let (script, client) = script([REFUSED]);
    let error = client.execute(request(), plan().within(Duration::from_secs(2))).await.unwrap_err();
    assert_eq!((error.sends, error.delivery), (2, Delivery::MaybeSent));
    assert_eq!(error.last.kind, SendErrorKind::Timeout);
    assert_eq!(script.started.elapsed(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn no_wait_begins_that_would_end_after_the_deadline() {
    let (script, client) = script([Ok(429)]);
    let plan = plan().idempotent().within(Duration::from_secs(4));
    let answer = client.execute(request(), plan).await.unwrap();
    assert_eq!((answer.response.status.as_u16(), answer.sends), (429, 1));
    assert_eq!(script.started.elapsed(), Duration::ZERO);
}
