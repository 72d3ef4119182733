//! The cardholder's bank: takes the answer to its 3-D Secure challenge. Not a part of Stripe's API, so not in its log.

use axum::body::to_bytes;
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use serde_json::{Map, json};

use super::super::FakeStripe;
use super::super::cardholder::{Authentication, intent_id};
use super::super::error::ApiError;
use super::super::form;
use super::super::intent::retrieve::check_client_secret;
use super::super::keys::authenticate;
use super::super::params::Fields;
use super::super::reply::{Reply, pretty};
use super::publishable_key;

const MAX_BODY_BYTES: usize = 4 << 10;

/// `client_secret=…&ends=passes|fails`, with the account's publishable key. Without an open challenge nothing happens.
pub(super) async fn challenge(Shared(fake): Shared<FakeStripe>, request: Request) -> Response {
    let reply = match answer(&fake, request).await {
        Ok(()) => Reply::json(200, pretty(&json!({})), ""),
        Err(error) => Reply::error(&error, ""),
    };
    reply.into_response()
}

async fn answer(fake: &FakeStripe, request: Request) -> Result<(), ApiError> {
    let key = publishable_key(&request)?;
    let unreadable = || ApiError::invalid("The request's body is too large or broken.");
    let body = to_bytes(request.into_body(), MAX_BODY_BYTES).await.map_err(|_| unreadable())?;
    let mut params = Map::new();
    form::decode_into(&mut params, std::str::from_utf8(&body).map_err(|_| unreadable())?)?;
    let mut fields = Fields::new(params);
    let secret = fields.required("client_secret")?;
    let ends = fields.one_of("ends", &["fails", "passes"])?.ok_or_else(|| fields.missing("ends"))?;
    fields.finish()?;
    {
        let mut state = fake.state();
        let caller = authenticate(&state.keys, Some(&key), state.now)?;
        check_client_secret(state.intents.own(&caller, intent_id(&secret))?, Some(&secret))?;
    }
    let ends = if ends == "passes" { Authentication::Passes } else { Authentication::Fails };
    fake.answer_challenge(&secret, ends);
    Ok(())
}
