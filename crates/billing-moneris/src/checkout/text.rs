//! A text of Checkout's answers, where anything may be a text, the text `null`, a null, or of another kind.

use serde_json::Value;

/// What is there to read: `None` for a null, the text `null`, an empty text, and what is no text at all.
pub(super) fn text(value: &Value) -> Option<&str> {
    let text = value.as_str()?.trim();
    (!text.is_empty() && text != "null").then_some(text)
}

/// The text at the end of `path`.
pub(super) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    let found = path.iter().try_fold(value, |value, name| value.get(name))?;
    text(found)
}
