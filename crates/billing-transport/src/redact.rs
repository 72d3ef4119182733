//! How a secret enters a header without being seen on the way. No secret is kept here.

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::{Delivery, SendError, SendErrorKind};

/// The value of an `Authorization: Bearer …` header, marked [sensitive](HeaderValue::set_sensitive).
///
/// A key that no header can hold, such as one with a newline, is [`SendErrorKind::Build`]; the error does not show it.
pub fn bearer(key: &SecretString) -> Result<HeaderValue, SendError> {
    sensitive(["Bearer ", expose(key)].concat())
}

/// A header value that Debug does not show.
fn sensitive(value: String) -> Result<HeaderValue, SendError> {
    let mut value =
        HeaderValue::try_from(value).map_err(|_| SendError::new(SendErrorKind::Build, Delivery::NotSent))?;
    value.set_sensitive(true);
    Ok(value)
}

#[expect(clippy::disallowed_methods, reason = "the one place where this crate reads a secret: into a header")]
fn expose(key: &SecretString) -> &str {
    key.expose_secret()
}
