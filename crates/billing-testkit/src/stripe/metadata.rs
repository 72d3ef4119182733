//! The metadata of a new object and its limits (<https://docs.stripe.com/metadata>). Never looks for a key.

use serde_json::{Map, Value};

use super::error::ApiError;
use super::params::Fields;

/// Reads `metadata` within its limits.
pub(super) fn read(fields: &mut Fields) -> Result<Map<String, Value>, ApiError> {
    let Some(given) = fields.nested("metadata")? else { return Ok(Map::new()) };
    let pairs = given.into_texts()?;
    let refused = |what: &str| Err(ApiError::invalid(&format!("Invalid metadata: {what}")).param("metadata"));
    if pairs.len() > 50 {
        return refused("up to 50 keys");
    }
    if pairs.iter().any(|(key, _)| key.chars().count() > 40) {
        return refused("keys of up to 40 characters");
    }
    if pairs.iter().any(|(_, value)| value.chars().count() > 500) {
        return refused("values of up to 500 characters");
    }
    // An empty value unsets a key, so a new object does not get it.
    Ok(pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (key, value.into()))
        .collect())
}
