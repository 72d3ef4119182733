//! `GET /v1/refunds/{id}` (<https://docs.stripe.com/api/refunds/retrieve>). Changes nothing.

use serde_json::{Map, Value};

use super::super::error::ApiError;
use super::super::keys::Caller;
use super::super::params::Fields;
use super::super::state::State;
use super::payload;

pub(in crate::stripe) fn retrieve(
    state: &State,
    caller: &Caller,
    id: &str,
    params: Map<String, Value>,
) -> Result<Value, ApiError> {
    let fields = Fields::new(params);
    fields.refuse_unmodelled(&["expand"])?;
    fields.finish()?;
    let found = state.intents.iter().find_map(|intent| {
        let refund = intent.refunds.iter().find(|refund| refund.id == id)?;
        Some((intent, refund))
    });
    match found {
        Some((intent, refund)) if intent.belongs_to(caller) => Ok(payload::refund(intent, refund)),
        other => {
            let mode = other.and_then(|(intent, _)| intent.mode_to_hint_at(caller));
            Err(ApiError::no_such("refund", id, "refund", mode))
        }
    }
}
