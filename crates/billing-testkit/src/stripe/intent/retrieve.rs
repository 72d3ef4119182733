//! `GET /v1/payment_intents/{id}`, by a secret key or by a browser that holds the client secret. Changes nothing.

use serde_json::{Map, Value};

use super::super::error::ApiError;
use super::super::keys::Caller;
use super::super::params::Fields;
use super::super::state::State;
use super::Intent;
use super::payload::{self, View};

pub(in crate::stripe) fn retrieve(
    state: &mut State,
    caller: &Caller,
    id: &str,
    params: Map<String, Value>,
) -> Result<Value, ApiError> {
    let mut fields = Fields::new(params);
    let view = View::read(caller, &mut fields, "latest_charge")?;
    let secret = read_client_secret(caller, &mut fields)?;
    fields.finish()?;
    let intent = state.intents.own(caller, id)?;
    check_client_secret(intent, secret.as_deref())?;
    Ok(payload::intent(intent, view))
}

/// A browser must show the client secret; a server may.
pub(super) fn read_client_secret(caller: &Caller, fields: &mut Fields) -> Result<Option<String>, ApiError> {
    if caller.is_browser() {
        fields.required("client_secret").map(Some)
    } else {
        fields.text("client_secret")
    }
}

pub(in crate::stripe) fn check_client_secret(intent: &Intent, secret: Option<&str>) -> Result<(), ApiError> {
    match secret {
        Some(secret) if secret != intent.client_secret => {
            let message = "The client_secret provided does not match the client_secret associated with the \
                           PaymentIntent.";
            Err(ApiError::invalid(message).code("payment_intent_invalid_parameter").param("client_secret"))
        }
        _ => Ok(()),
    }
}
