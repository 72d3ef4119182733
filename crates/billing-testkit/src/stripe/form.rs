//! Decodes `application/x-www-form-urlencoded` with Stripe's nesting. Knows no parameter by name.

use serde_json::{Map, Value};

use super::error::ApiError;

const MAX_DEPTH: usize = 8;
const MAX_PAIRS: usize = 1_000;

/// Adds the pairs of `text` to `params`: `a[b]=`, `a[]=` and `a[0]=`, brackets raw or percent-encoded.
pub(super) fn decode_into(params: &mut Map<String, Value>, text: &str) -> Result<(), ApiError> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    for (count, pair) in pairs.enumerate() {
        if count >= MAX_PAIRS {
            return Err(ApiError::invalid("Too many parameters."));
        }
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (unescape(key)?, unescape(value)?);
        let path = split_key(&key)?;
        let (first, rest) = path.split_first().ok_or_else(|| malformed(&key))?;
        insert_into_map(params, first, rest, value).ok_or_else(|| malformed(&key))?;
    }
    Ok(())
}

/// `a[b][]` is `["a", "b", ""]`.
fn split_key(key: &str) -> Result<Vec<String>, ApiError> {
    let (name, mut rest) = match key.find('[') {
        Some(at) => key.split_at(at),
        None => (key, ""),
    };
    if name.is_empty() {
        return Err(malformed(key));
    }
    let mut path = vec![name.to_owned()];
    while !rest.is_empty() {
        let inside = rest.strip_prefix('[').and_then(|text| text.split_once(']'));
        let (part, after) = inside.ok_or_else(|| malformed(key))?;
        if part.contains('[') || path.len() >= MAX_DEPTH {
            return Err(malformed(key));
        }
        path.push(part.to_owned());
        rest = after;
    }
    Ok(path)
}

fn insert_into_map(map: &mut Map<String, Value>, name: &str, rest: &[String], value: String) -> Option<()> {
    let Some((next, deeper)) = rest.split_first() else {
        // A repeated scalar: the last one counts. A scalar over a nested value contradicts itself.
        return match map.insert(name.to_owned(), Value::String(value)) {
            None | Some(Value::String(_)) => Some(()),
            Some(_) => None,
        };
    };
    if is_index(next) {
        let list = map.entry(name).or_insert_with(|| Value::Array(Vec::new())).as_array_mut()?;
        insert_into_list(list, next, deeper, value)
    } else {
        let inner = map.entry(name).or_insert_with(|| Value::Object(Map::new())).as_object_mut()?;
        insert_into_map(inner, next, deeper, value)
    }
}

fn insert_into_list(list: &mut Vec<Value>, index: &str, rest: &[String], value: String) -> Option<()> {
    let place = if index.is_empty() { list.len() } else { index.parse().ok()? };
    if place > list.len() {
        return None;
    }
    let Some((next, deeper)) = rest.split_first() else {
        if place < list.len() {
            return None;
        }
        list.push(Value::String(value));
        return Some(());
    };
    if place == list.len() {
        list.push(Value::Object(Map::new()));
    }
    insert_into_map(list.get_mut(place)?.as_object_mut()?, next, deeper, value)
}

fn is_index(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_digit())
}

fn unescape(text: &str) -> Result<String, ApiError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex_pair(rest.next(), rest.next())
                .ok_or_else(|| ApiError::invalid("Invalid percent-encoding in the request."))?,
            plain => plain,
        });
    }
    String::from_utf8(bytes).map_err(|_| ApiError::invalid("Invalid UTF-8 in the request."))
}

fn hex_pair(high: Option<u8>, low: Option<u8>) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high?)? * 16 + digit(low?)?)
}

fn malformed(key: &str) -> ApiError {
    ApiError::invalid(&format!("Invalid parameter name: {key}")).param(key)
}
