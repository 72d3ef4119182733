//! The one place where this crate reads a secret: the builders of requests, and the look at a grant's form.

use secrecy::{ExposeSecret, SecretString};

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where this crate reads a secret: into a request"
)]
pub(crate) fn expose(secret: &SecretString) -> &str {
    secret.expose_secret()
}
