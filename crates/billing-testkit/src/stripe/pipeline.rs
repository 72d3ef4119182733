//! The one router: records a request, meets its fault, admits it, runs it, keeps its result. Knows no endpoint.

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use http::request::Parts;
use serde_json::{Map, Value};
use tokio::time::sleep;

use super::FakeStripe;
use super::error::ApiError;
use super::faults::{Injection, Inside};
use super::form;
use super::idempotency::{Asked, Kept, Scope};
use super::keys::{Caller, authenticate};
use super::log::RecordedRequest;
use super::reply::{API_VERSION, Reply, pretty};
use super::routes::Operation;
use super::state::State;
use crate::carriage::Carriage;

const MAX_BODY_BYTES: usize = 1 << 20;

pub(super) fn router(fake: FakeStripe) -> Router {
    Router::new().fallback(answer).with_state(fake)
}

pub(super) async fn answer(Shared(fake): Shared<FakeStripe>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let injection = fake.state().faults.take(head.method.as_str(), head.uri.path());
    if injection.refuses_connection() {
        return Reply::carried(Carriage::Refused).into_response();
    }
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return Reply::error(&ApiError::invalid("The request's body is too large or broken."), "")
            .into_response();
    };
    let call = Call::record(&mut fake.state(), &head, body);
    let request_id = call.request_id.clone();
    let reply = match injection.instead(&request_id) {
        Some(reply) => reply,
        None => run_to_the_end(&fake, call, &injection).await,
    };
    let reply = injection.add_retry_header(reply);
    if !matches!(reply.carriage, Carriage::Cut | Carriage::Refused) {
        note(&mut fake.state(), &request_id, |request| request.status = Some(reply.status));
    }
    reply.into_response()
}

/// A caller who hangs up while Stripe is slow does not stop Stripe.
async fn run_to_the_end(fake: &FakeStripe, call: Call, injection: &Injection) -> Reply {
    if injection.delay_before().is_none() && injection.delay_after().is_none() {
        return carry_out(fake.clone(), call, injection.clone()).await;
    }
    let request_id = call.request_id.clone();
    let running = tokio::spawn(carry_out(fake.clone(), call, injection.clone()));
    running.await.unwrap_or_else(|_| Reply::error(&ApiError::server(500), &request_id))
}

async fn carry_out(fake: FakeStripe, call: Call, injection: Injection) -> Reply {
    let request_id = call.request_id.clone();
    let admitted = admit(&mut fake.state(), call);
    let reply = match admitted {
        Err(reply) => reply,
        Ok(job) => {
            if let Some(delay) = injection.delay_before() {
                sleep(delay).await;
            }
            execute(&mut fake.state(), job, &request_id, injection.fails_inside())
        }
    };
    // No wait stands between the effect and this, so a caller who hangs up cannot part them.
    let reply = fake.keep().map_or_else(|_| Reply::error(&ApiError::server(500), &request_id), |()| reply);
    if let Some(delay) = injection.delay_after() {
        sleep(delay).await;
    }
    injection.spoil(reply)
}

/// One request as the endpoints need it.
struct Call {
    authorization: Option<String>,
    idempotency_key: Option<String>,
    method: String,
    params: Result<Map<String, Value>, ApiError>,
    path: String,
    request_id: String,
    stripe_version: Option<String>,
}

impl Call {
    fn record(state: &mut State, head: &Parts, body: Bytes) -> Self {
        let mut headers = head.headers.clone();
        headers.remove(http::header::AUTHORIZATION);
        let query = head.uri.query().unwrap_or_default();
        let call = Self {
            authorization: header(&head.headers, "authorization"),
            idempotency_key: header(&head.headers, "idempotency-key")
                .filter(|_| head.method == http::Method::POST),
            method: head.method.to_string(),
            params: decode(&head.headers, query, &body),
            path: head.uri.path().to_owned(),
            request_id: format!("req_{}", state.ids.text("request", 14)),
            stripe_version: header(&head.headers, "stripe-version"),
        };
        state.requests.push(RecordedRequest {
            account: None,
            at: state.now,
            authorization: call.authorization.clone(),
            body,
            headers,
            idempotency_key: header(&head.headers, "idempotency-key"),
            key_kind: None,
            method: call.method.clone(),
            mode: None,
            params: call.params.as_ref().map_or(Value::Null, |params| Value::Object(params.clone())),
            path: call.path.clone(),
            query: query.to_owned(),
            request_id: call.request_id.clone(),
            status: None,
            stripe_version: call.stripe_version.clone(),
        });
        call
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn decode(headers: &HeaderMap, query: &str, body: &Bytes) -> Result<Map<String, Value>, ApiError> {
    let mut params = Map::new();
    form::decode_into(&mut params, query)?;
    if body.is_empty() {
        return Ok(params);
    }
    let content_type = header(headers, "content-type").unwrap_or_default();
    if !content_type.starts_with("application/x-www-form-urlencoded") {
        let message = format!(
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded). It was \
             '{content_type}'."
        );
        return Err(ApiError::invalid(&message));
    }
    let text = std::str::from_utf8(body).map_err(|_| ApiError::invalid("Invalid UTF-8 in the request."))?;
    form::decode_into(&mut params, text)?;
    Ok(params)
}

/// A request that may run. Its idempotency key, if it has one, is reserved.
struct Job {
    caller: Caller,
    operation: Operation,
    params: Map<String, Value>,
    scope: Option<Scope>,
}

/// Everything that can keep a request from running, a stored result included.
fn admit(state: &mut State, call: Call) -> Result<Job, Reply> {
    let request_id = call.request_id;
    let refuse = |error: ApiError| Reply::error(&error, &request_id);
    let caller = authenticate(&state.keys, call.authorization.as_deref(), state.now).map_err(refuse)?;
    note(state, &request_id, |request| {
        request.account = Some(caller.account.clone());
        request.key_kind = Some(caller.kind);
        request.mode = Some(caller.mode);
    });
    check_version(call.stripe_version.as_deref()).map_err(refuse)?;
    let operation = Operation::find(&call.method, &call.path).map_err(refuse)?;
    let params = call.params.map_err(refuse)?;
    caller.may(operation.permission(), operation.is_open_to_browsers()).map_err(refuse)?;

    let scope =
        call.idempotency_key.map(|key| Scope { account: caller.account.clone(), mode: caller.mode, key });
    if let Some(scope) = &scope {
        let asked = Asked { path: call.path, params: Value::Object(params.clone()) };
        if let Some(kept) = state.idempotency.admit(scope, &asked, state.now).map_err(refuse)? {
            return Err(Reply::replayed(kept, &request_id).with_header("idempotency-key", &scope.key));
        }
    }
    Ok(Job { caller, operation, params, scope })
}

/// The real Stripe falls back to the account's own version; the fake refuses what it does not speak.
fn check_version(version: Option<&str>) -> Result<(), ApiError> {
    match version {
        Some(API_VERSION) => Ok(()),
        Some(other) => {
            let message =
                format!("Invalid Stripe API version: {other}. The fake Stripe speaks {API_VERSION} only.");
            Err(ApiError::invalid(&message))
        }
        None => {
            let message = format!(
                "The request has no Stripe-Version header, so the account's default version would apply. The fake \
                 Stripe speaks {API_VERSION} only."
            );
            Err(ApiError::invalid(&message))
        }
    }
}

/// Runs the job and keeps its result if it began executing.
fn execute(state: &mut State, job: Job, request_id: &str, fails: Option<Inside>) -> Reply {
    let Job { caller, operation, params, scope } = job;
    let mut outcome = match fails {
        Some(Inside::BeforeEffect) => Err(ApiError::server(500).executed()),
        Some(Inside::AfterEffect) | None => operation.run(state, &caller, params),
    };
    if fails == Some(Inside::AfterEffect) && outcome.as_ref().map_or_else(|error| error.executed, |_| true) {
        outcome = Err(ApiError::server(500).executed());
    }
    let (status, executed, body) = match outcome {
        Ok(body) => (200, true, body),
        Err(error) => (error.status, error.executed, error.body(request_id)),
    };
    let body = pretty(&body);
    let Some(scope) = scope else { return Reply::json(status, body, request_id) };
    if executed {
        let kept = Kept { body: body.clone(), request_id: request_id.to_owned(), status };
        state.idempotency.keep(&scope, kept);
    } else {
        state.idempotency.release(&scope);
    }
    Reply::json(status, body, request_id)
        .with_header("idempotency-key", &scope.key)
        .with_header("original-request", request_id)
}

fn note(state: &mut State, request_id: &str, change: impl FnOnce(&mut RecordedRequest)) {
    if let Some(request) = state.requests.iter_mut().rev().find(|request| request.request_id == request_id) {
        change(request);
    }
}
