//! From an answer that is not a success, or no answer, to the domain's errors. Stripe's own sentences end here: what goes
//! on are its short names, checked, because bodies hold client secrets and masked keys.

use billing_domain::{Certainty, ProcessorError, ProcessorErrorKind, ProcessorId, QueryError, SubmitError};
use billing_transport::{ClientError, Delivery, SendErrorKind};
use http::StatusCode;

use crate::api::Reply;
use crate::wire;

/// What Stripe said in refusing a request: the source of a [`ProcessorError`], for operators.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Stripe answered {status}{}{}", named(" ", code.as_deref()), named(" about ", param.as_deref()))]
#[non_exhaustive]
pub struct StripeRefusal {
    /// Stripe's code (<https://docs.stripe.com/error-codes>).
    pub code: Option<String>,
    /// The parameter it is about.
    pub param: Option<String>,
    /// The HTTP status.
    pub status: u16,
}

fn named(before: &str, name: Option<&str>) -> String {
    name.map(|name| format!("{before}{name}")).unwrap_or_default()
}

/// A refusal, understood.
pub(crate) struct Refusal {
    pub(crate) cause: ProcessorError,
    pub(crate) code: Option<String>,
    /// Stripe itself says that it did nothing.
    pub(crate) is_clear: bool,
    pub(crate) permission: Option<String>,
    pub(crate) status: StatusCode,
    /// The account has as many webhook endpoints as it may have. Stripe gives it no code of its own.
    pub(crate) too_many_endpoints: bool,
}

impl Refusal {
    pub(crate) fn of(reply: &Reply) -> Self {
        let failure = serde_json::from_slice(&reply.body).ok().map(|body: wire::ErrorBody<'_>| body.error);
        let failure = failure.as_ref();
        let text = |field: Option<&wire::Text<'_>>| field.and_then(|text| short_name(text.as_str()));
        let code = text(failure.and_then(|failure| failure.code.as_ref()));
        let param = text(failure.and_then(|failure| failure.param.as_ref()));
        let message = failure.and_then(|failure| failure.message.as_ref());
        let permission = message.and_then(|message| permission_in(message.as_str()));
        let is_mix_up = failure.is_some_and(|failure| failure.kind.as_str() == "idempotency_error");
        let kind = kind(reply.status, failure.is_some(), code.as_deref(), permission.clone());
        let source = StripeRefusal { code: code.clone(), param, status: reply.status.as_u16() };
        Self {
            cause: ProcessorError {
                retry_after: reply.retry_after,
                ..processor_error(kind, reply.request_id.clone(), Some(Box::new(source)))
            },
            code,
            is_clear: failure.is_some() && !is_mix_up && refuses(reply.status),
            permission,
            status: reply.status,
            too_many_endpoints: message.is_some_and(|message| is_of_the_endpoint_limit(message.as_str())),
        }
    }

    /// Stripe does not know the object: a wrong account or mode, most often. It proves nothing.
    pub(crate) fn is_not_found(&self) -> bool {
        self.status == StatusCode::NOT_FOUND && self.code.as_deref() == Some("resource_missing")
    }

    pub(crate) fn is_unexpected_state(&self) -> bool {
        self.code.as_deref() == Some("payment_intent_unexpected_state")
    }

    /// The stored outcome of a key's first send counts even after a send in doubt: it is that send's.
    pub(crate) fn into_submit(self, reply: &Reply) -> SubmitError {
        let counts = reply.stored || reply.doubt == Delivery::NotSent;
        let certainty = if self.is_clear && counts { Certainty::Refused } else { Certainty::Unknown };
        SubmitError { certainty, stored: reply.stored, cause: self.cause }
    }

    pub(crate) fn into_query(self) -> QueryError {
        QueryError { sent: true, cause: self.cause }
    }
}

/// No answer at all.
#[derive(Debug)]
pub(crate) struct NoReply {
    pub(crate) delivery: Delivery,
    pub(crate) cause: ProcessorError,
}

impl NoReply {
    pub(crate) fn into_submit(self) -> SubmitError {
        let certainty = match self.delivery {
            Delivery::NotSent => Certainty::NotSent,
            Delivery::MaybeSent => Certainty::Unknown,
        };
        SubmitError { certainty, stored: false, cause: self.cause }
    }

    pub(crate) fn into_query(self) -> QueryError {
        QueryError { sent: self.delivery == Delivery::MaybeSent, cause: self.cause }
    }
}

impl From<ClientError> for NoReply {
    fn from(error: ClientError) -> Self {
        let kind = match error.last.kind {
            SendErrorKind::GateClosed => ProcessorErrorKind::Late,
            SendErrorKind::TooLarge => ProcessorErrorKind::Malformed,
            _ => ProcessorErrorKind::Unavailable,
        };
        Self { delivery: error.delivery, cause: processor_error(kind, None, Some(Box::new(error))) }
    }
}

/// Nothing left this machine.
pub(crate) fn not_sent(kind: ProcessorErrorKind) -> NoReply {
    NoReply { delivery: Delivery::NotSent, cause: processor_error(kind, None, None) }
}

/// An answer that could not be read. The reader's own error is dropped: it may quote the body.
pub(crate) fn malformed(reply: &Reply) -> ProcessorError {
    processor_error(ProcessorErrorKind::Malformed, reply.request_id.clone(), None)
}

pub(crate) fn processor_error(
    kind: ProcessorErrorKind,
    request_id: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
) -> ProcessorError {
    ProcessorError { processor: ProcessorId::STRIPE, kind, request_id, retry_after: None, source }
}

/// The statuses by which Stripe says that it did nothing (<https://docs.stripe.com/error-low-level>).
fn refuses(status: StatusCode) -> bool {
    matches!(status.as_u16(), 400 | 401 | 402 | 403 | 404 | 429)
}

/// Status first, then code, as Stripe's own libraries do.
fn kind(
    status: StatusCode,
    is_stripes: bool,
    code: Option<&str>,
    permission: Option<String>,
) -> ProcessorErrorKind {
    match status.as_u16() {
        409 | 424 | 500.. => ProcessorErrorKind::Unavailable,
        // Something between us and Stripe answered.
        _ if !is_stripes => ProcessorErrorKind::Malformed,
        401 | 403 if permission.is_some() => ProcessorErrorKind::PermissionMissing(permission),
        401 => ProcessorErrorKind::CredentialsRejected,
        403 => ProcessorErrorKind::PermissionMissing(None),
        429 => ProcessorErrorKind::RateLimited,
        400 if code == Some("rate_limit") => ProcessorErrorKind::RateLimited,
        400..=499 => ProcessorErrorKind::Rejected(code.map(str::to_owned)),
        _ => ProcessorErrorKind::Malformed,
    }
}

/// A code or a parameter's name, if it looks like one: short and lower case, which no key and no client secret is.
pub(crate) fn short_name(text: &str) -> Option<String> {
    let allowed =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '[' | ']' | '.');
    let plain = (1..=64).contains(&text.len()) && text.chars().all(allowed) && !text.contains("_secret_");
    plain.then(|| text.to_owned())
}

/// The permission that a restricted key lacks: Stripe names it in the sentence only, under 403 or, it is said, 401.
fn permission_in(message: &str) -> Option<String> {
    let start = message.find("rak_")?;
    let name: String = message
        .get(start..)?
        .chars()
        .take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_')
        .collect();
    short_name(&name)
}

/// "You have reached the maximum of 16 test webhook endpoints.", as people who met it quote Stripe; the number and the mode differ.
fn is_of_the_endpoint_limit(message: &str) -> bool {
    message.contains("maximum of ") && message.contains("webhook endpoints")
}

#[cfg(test)]
mod tests {
    use super::{is_of_the_endpoint_limit, permission_in, short_name};

    #[test]
    fn a_name_is_short_plain_and_no_secret() {
        assert_eq!(short_name("parameter_missing").as_deref(), Some("parameter_missing"));
        assert_eq!(short_name("payment_method_data[card]").as_deref(), Some("payment_method_data[card]"));
        for text in ["", "pi_1_secret_abcdef", "sk_live_51Abc", "a b", &"x".repeat(65)] {
            assert_eq!(short_name(text), None, "{text}");
        }
    }

    #[test]
    fn a_missing_permission_is_found_in_the_sentence() {
        let message =
            "Having the 'rak_payment_intent_write' permission would allow this request to continue.";
        assert_eq!(permission_in(message).as_deref(), Some("rak_payment_intent_write"));
        assert_eq!(permission_in("Invalid API Key provided: rk_live_****abcd"), None);
    }

    #[test]
    fn a_full_account_is_told_by_the_sentence_alone() {
        for (message, is_full) in [
            ("You have reached the maximum of 16 test webhook endpoints.", true),
            ("You have reached the maximum of 100 webhook endpoints.", true),
            ("Invalid URL: webhook endpoints must be publicly accessible", false),
            ("maximum of 22 characters", false),
        ] {
            assert_eq!(is_of_the_endpoint_limit(message), is_full, "{message}");
        }
    }
}
