//! Moneris Checkout as a server calls it: `preload` makes a ticket, `receipt` says what became of it. No browser here.

pub(super) mod cardholder;
pub(super) mod pay;
mod preload;
mod receipt;
pub(super) mod request;
pub(super) mod tickets;

use serde_json::{Value, json};

use super::state::State;
use request::Asked;

/// What is wrong with a request: a field, and the reason.
type Wrong = (&'static str, &'static str);

pub(super) fn answer(state: &mut State, asked: &Asked) -> Value {
    let result = credentials(state, asked).and_then(|()| match asked.text("action") {
        Some("preload") => preload::preload(state, asked),
        Some("receipt") => receipt::receipt(state, asked),
        _ => Err(("action", "invalid action")),
    });
    result.map_or_else(refusal, |response| json!({ "response": response }))
}

/// What a request that is no JSON gets.
pub(super) fn malformed() -> Value {
    refusal(("request", "invalid JSON"))
}

fn refusal((field, message): Wrong) -> Value {
    json!({ "response": { "success": "false", "error": { "field": field, "message": message } } })
}

/// Store, token, checkout id and environment belong together, or none is believed.
fn credentials(state: &State, asked: &Asked) -> Result<(), Wrong> {
    let store = asked.text("store_id").and_then(|id| state.stores.get(id));
    let spec = &store.ok_or(("store_id", "invalid store id"))?.spec;
    if asked.text("api_token") != Some(&spec.api_token) {
        return Err(("api_token", "invalid api token"));
    }
    if asked.text("checkout_id").is_none() || asked.text("checkout_id") != spec.checkout_id.as_deref() {
        return Err(("checkout_id", "invalid checkout id"));
    }
    if asked.text("environment") != Some(spec.environment.word()) {
        return Err(("environment", "invalid environment"));
    }
    Ok(())
}
