//! What a Checkout request asks: a JSON object whose plain fields are texts. Judges no value.

use std::fmt;

use serde_json::{Map, Value};

use super::Wrong;

/// One request as it was meant.
pub(in crate::moneris) struct Asked(Map<String, Value>);

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").field("action", &self.text("action")).finish_non_exhaustive()
    }
}

impl Asked {
    /// None if the body is no JSON object.
    pub(in crate::moneris) fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok().map(Self)
    }

    /// The field, if it is a text.
    pub(in crate::moneris) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Refuses a field that is not in the list.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Wrong> {
        let envelope = ["action", "api_token", "checkout_id", "environment", "store_id"];
        let is_known = |name: &str| envelope.contains(&name) || known.contains(&name);
        if self.0.keys().all(|name| is_known(name)) { Ok(()) } else { Err(("request", "unknown field")) }
    }
}
