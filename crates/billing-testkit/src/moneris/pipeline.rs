//! What every request of a server goes through: it is read, recorded, meets its fault, runs, and is kept. Knows no order.

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use http::request::Parts;
use tokio::time::sleep;

use super::FakeMoneris;
use super::checkout;
use super::faults::Injection;
use super::flights::Flight;
use super::gateway;
use super::gateway::receipt::Shape;
use super::host::HostAnswer;
use super::log::RecordedRequest;
use super::readings::InFlightCheck;
use super::reply::{Answer, Reply};
use super::state::State;
use crate::carriage::Carriage;

const MAX_BODY_BYTES: usize = 1 << 20;

/// What servers call.
pub(super) fn router() -> Router<FakeMoneris> {
    Router::new()
        .route("/gateway2/servlet/MpgRequest", post(at_gateway))
        .route("/chktv2/request/request.php", post(at_checkout))
}

async fn at_gateway(Shared(fake): Shared<FakeMoneris>, request: Request) -> Response {
    let read = |body: &[u8]| gateway::request::Asked::read(body).map_or(Call::NotXml, Call::Gateway);
    answer(fake, request, read).await
}

async fn at_checkout(Shared(fake): Shared<FakeMoneris>, request: Request) -> Response {
    let read = |body: &[u8]| checkout::request::Asked::read(body).map_or(Call::NotJson, Call::Checkout);
    answer(fake, request, read).await
}

async fn answer(fake: FakeMoneris, request: Request, read: impl FnOnce(&[u8]) -> Call) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return Reply::html(413).into_response();
    };
    let call = read(&body);
    let injection = fake.state().faults.take(call.operation());
    if injection.refuses_connection() {
        return Reply::carried(Carriage::Refused).into_response();
    }
    let number = record(&mut fake.state(), &call, &head, body);
    let reply = match injection.instead(call.shape()) {
        Some(reply) => reply,
        None => run_to_the_end(&fake, call, injection).await,
    };
    if !matches!(reply.carriage, Carriage::Cut | Carriage::Refused) {
        note_status(&mut fake.state(), number, reply.status);
    }
    reply.into_response()
}

/// A caller who hangs up while Moneris is slow does not stop Moneris.
async fn run_to_the_end(fake: &FakeMoneris, call: Call, injection: Injection) -> Reply {
    if injection.delay_before().is_none() && injection.delay_after().is_none() {
        return carry_out(fake.clone(), call, injection, None).await;
    }
    // Before the first wait, so that whoever comes later finds it under way.
    let flight = injection.delay_before().and_then(|_| call.purchases());
    if let Some(flight) = flight.clone() {
        fake.state().flights.depart(flight);
    }
    let running = tokio::spawn(carry_out(fake.clone(), call, injection, flight));
    running.await.unwrap_or_else(|_| Reply::html(500))
}

async fn carry_out(fake: FakeMoneris, call: Call, injection: Injection, flight: Option<Flight>) -> Reply {
    if let Some(awaited) = call.waits_for(&fake) {
        fake.wait_for(&awaited).await;
    }
    if let Some(delay) = injection.delay_before() {
        sleep(delay).await;
    }
    let answer = call.run(&mut fake.state(), injection.host());
    if let Some(flight) = &flight {
        fake.state().flights.land(flight);
    }
    // No wait stands between the effect and this, so a caller who hangs up cannot part them.
    if fake.keep().is_err() {
        return Reply::html(500);
    }
    if let Some(delay) = injection.delay_after() {
        sleep(delay).await;
    }
    injection.spoil(answer)
}

/// One request as it was meant.
enum Call {
    Checkout(checkout::request::Asked),
    Gateway(gateway::request::Asked),
    NotJson,
    NotXml,
}

impl Call {
    fn operation(&self) -> &str {
        match self {
            Self::Checkout(asked) => asked.text("action").unwrap_or("unreadable"),
            Self::Gateway(asked) => asked.operation(),
            Self::NotJson | Self::NotXml => "unreadable",
        }
    }

    /// Only the gateway has receipts of a shape.
    fn shape(&self) -> Option<Shape> {
        match self {
            Self::Checkout(_) | Self::NotJson => None,
            Self::Gateway(asked) => Some(asked.shape()),
            Self::NotXml => Some(Shape::Plain),
        }
    }

    /// The order that it is about to charge.
    fn purchases(&self) -> Option<Flight> {
        self.order().filter(|_| self.operation() == "res_purchase_cc")
    }

    /// The purchase that a status check waits for, under the reading that it does.
    fn waits_for(&self, fake: &FakeMoneris) -> Option<Flight> {
        let waits = fake.state().readings.in_flight_check == InFlightCheck::Waits;
        self.order().filter(|_| waits && self.operation() == "status_check")
    }

    /// The order that it is about at the gateway.
    fn order(&self) -> Option<Flight> {
        let Self::Gateway(asked) = self else { return None };
        Some((asked.store_id.clone(), asked.fields.get("order_id")?.clone()))
    }

    fn run(&self, state: &mut State, host: Option<HostAnswer>) -> Answer {
        match self {
            Self::Checkout(asked) => Answer::Checkout(checkout::answer(state, asked)),
            Self::Gateway(asked) => Answer::Gateway(gateway::answer(state, asked, host)),
            Self::NotJson => Answer::Checkout(checkout::malformed()),
            Self::NotXml => Answer::Gateway(gateway::malformed()),
        }
    }
}

/// Writes the request into the log and gives its number.
fn record(state: &mut State, call: &Call, head: &Parts, body: Bytes) -> u64 {
    state.arrivals = state.arrivals.wrapping_add(1);
    let text = |at_gateway: &str, at_checkout: &str| match call {
        Call::Checkout(asked) => asked.text(at_checkout).map(str::to_owned),
        Call::Gateway(asked) => asked.fields.get(at_gateway).cloned(),
        Call::NotJson | Call::NotXml => None,
    };
    let (store_id, api_token) = match call {
        Call::Gateway(asked) => (Some(asked.store_id.clone()), Some(asked.api_token.clone())),
        _ => (text("", "store_id"), text("", "api_token")),
    };
    state.requests.push(RecordedRequest {
        amount: text("amount", "txn_total"),
        at: state.now,
        api_token,
        body,
        data_key: text("data_key", ""),
        headers: head.headers.clone(),
        number: state.arrivals,
        operation: call.operation().to_owned(),
        order_id: text("order_id", "order_no"),
        path: head.uri.path().to_owned(),
        status: None,
        status_check: matches!(call, Call::Gateway(asked) if asked.status_check),
        store_id,
        ticket: text("", "ticket"),
        txn_number: text("txn_number", ""),
    });
    state.arrivals
}

/// The log may have been emptied meanwhile.
fn note_status(state: &mut State, number: u64, status: u16) {
    if let Some(request) = state.requests.iter_mut().rev().find(|request| request.number == number) {
        request.status = Some(status);
    }
}
