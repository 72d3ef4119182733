//! Stripe's error shape and the refusals that any endpoint can give (<https://docs.stripe.com/error-codes>).

use serde_json::{Map, Value, json};

use super::keys::Mode;

/// An answer that is not a success.
pub(super) struct ApiError {
    pub(super) status: u16,
    /// Whether the endpoint had begun executing: only then is the answer kept under the idempotency key.
    pub(super) executed: bool,
    fields: Map<String, Value>,
}

impl ApiError {
    fn new(status: u16, kind: &str, message: &str) -> Self {
        let mut fields = Map::new();
        fields.insert("message".to_owned(), message.into());
        fields.insert("type".to_owned(), kind.into());
        Self { status, executed: false, fields }
    }

    /// A 400 that Stripe gives before it begins executing.
    pub(super) fn invalid(message: &str) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    /// A 402: the parameters were good, the card was not.
    pub(super) fn card(code: &str, message: &str) -> Self {
        Self::new(402, "card_error", message).code(code).executed()
    }

    /// Stripe's own failure.
    pub(super) fn server(status: u16) -> Self {
        let message = "An unknown error occurred. Retry the request with the same idempotency key.";
        Self::new(status, "api_error", message)
    }

    pub(super) fn code(mut self, code: &str) -> Self {
        let url = format!("https://docs.stripe.com/error-codes#{}", code.replace('_', "-"));
        self.fields.insert("code".to_owned(), code.into());
        self.fields.insert("doc_url".to_owned(), url.into());
        self
    }

    pub(super) fn executed(mut self) -> Self {
        self.executed = true;
        self
    }

    pub(super) fn param(self, name: &str) -> Self {
        self.with("param", name)
    }

    pub(super) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(field.to_owned(), value.into());
        self
    }

    /// The fields of `error`, as `last_payment_error` repeats them.
    pub(super) fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    pub(super) fn body(&self, request_id: &str) -> Value {
        let mut fields = self.fields.clone();
        let url = format!("https://dashboard.stripe.com/logs/{request_id}");
        fields.insert("request_log_url".to_owned(), url.into());
        json!({ "error": fields })
    }
}

/// Keys: 401 and 403.
impl ApiError {
    pub(super) fn key_missing() -> Self {
        let message = "You did not provide an API key. You need to provide your API key in the Authorization \
                       header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').";
        Self::new(401, "invalid_request_error", message)
    }

    pub(super) fn key_invalid(masked: &str) -> Self {
        Self::new(401, "invalid_request_error", &format!("Invalid API Key provided: {masked}"))
    }

    pub(super) fn key_expired(masked: &str) -> Self {
        let message = format!("Expired API Key provided: {masked}");
        Self::new(401, "invalid_request_error", &message).code("api_key_expired")
    }

    pub(super) fn permission_missing(masked: &str, account: &str, permission: &str) -> Self {
        let message = format!(
            "The provided key '{masked}' does not have the required permissions for this endpoint on account \
             '{account}'. Having the '{permission}' permission would allow this request to continue."
        );
        Self::new(403, "invalid_request_error", &message)
    }

    /// The fake's own: its browser origin has no use for another key, and says so before it looks at one.
    pub(super) fn publishable_key_required() -> Self {
        let message = "This origin serves browsers: it takes publishable keys only.";
        Self::new(403, "invalid_request_error", message)
    }

    pub(super) fn secret_key_required() -> Self {
        let message = "This API call cannot be made with a publishable API key. Please use a secret API key.";
        Self::new(403, "invalid_request_error", message).code("secret_key_required")
    }
}

/// Lookups, idempotency and limits.
impl ApiError {
    /// A 404. `noun` and `param` are Stripe's words for the object; `mode` is set if the other mode has it.
    pub(super) fn no_such(noun: &str, id: &str, param: &str, mode: Option<Mode>) -> Self {
        let hint = mode.map_or_else(String::new, |mode| {
            let used = if mode.is_live() { Mode::Test } else { Mode::Live };
            format!(
                "; a similar object exists in {} mode, but a {} mode key was used to make this request.",
                mode.word(),
                used.word()
            )
        });
        let message = format!("No such {noun}: '{id}'{hint}");
        Self::new(404, "invalid_request_error", &message).code("resource_missing").param(param).executed()
    }

    pub(super) fn no_such_url(method: &str, path: &str) -> Self {
        let message = format!("Unrecognized request URL ({method}: {path}).");
        Self::new(404, "invalid_request_error", &message)
    }

    pub(super) fn idempotency_mismatch(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. \
             Try using a key other than '{key}' if you meant to execute a different request."
        );
        Self::new(400, "idempotency_error", &message)
    }

    pub(super) fn idempotency_in_use() -> Self {
        let message = "There is currently another in-progress request using this Idempotent Key (that probably \
                       means you submitted twice, and the other request is still going through).";
        Self::new(409, "invalid_request_error", message).code("idempotency_key_in_use")
    }

    pub(super) fn lock_timeout() -> Self {
        let message = "This object cannot be accessed right now because another API request or Stripe process is \
                       currently accessing it.";
        Self::new(429, "invalid_request_error", message).code("lock_timeout")
    }

    pub(super) fn rate_limited() -> Self {
        Self::new(429, "invalid_request_error", "Request rate limit exceeded.").code("rate_limit")
    }
}
