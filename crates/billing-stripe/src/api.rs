//! One call to Stripe: headers, key, retries. It knows no endpoint and reads no body.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use billing_credentials::StripeSecretKey;
use billing_domain::ProcessorErrorKind;
use billing_transport::{
    Answer, Client, Delivery, Exchange, Request, Response, Retry, RetryPlan, RetryPolicy, bearer,
};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use secrecy::SecretString;

use crate::config::{API_VERSION, StripeConfig};
use crate::error::{NoReply, malformed, not_sent};
use crate::form::{Form, escape_into};
use crate::wire;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const STRIPE_VERSION: HeaderName = HeaderName::from_static("stripe-version");
const OUR_NAME: &str = concat!("billing-stripe/", env!("CARGO_PKG_VERSION"));

/// Stripe, as one key sees it.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    client: Client,
    config: Arc<StripeConfig>,
}

/// An endpoint: where it is, and what operators see of where it is.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    path: Cow<'static, str>,
    template: &'static str,
}

impl Endpoint {
    pub(crate) fn fixed(template: &'static str) -> Self {
        Self { path: Cow::Borrowed(template), template }
    }

    /// The template's `{id}`, filled.
    pub(crate) fn of(template: &'static str, id: &str) -> Self {
        let mut escaped = String::new();
        escape_into(&mut escaped, id);
        Self { path: Cow::Owned(template.replace("{id}", &escaped)), template }
    }
}

impl Api {
    pub(crate) fn new(exchange: Arc<dyn Exchange>, config: StripeConfig) -> Self {
        Self { client: Client::new(exchange, RetryPolicy::default()), config: Arc::new(config) }
    }

    /// A read. It may be repeated freely.
    pub(crate) async fn get(
        &self,
        key: &StripeSecretKey,
        endpoint: Endpoint,
        query: &Form,
    ) -> Result<Reply, NoReply> {
        let plan = RetryPlan::new(&endpoint.path, decide).idempotent();
        self.read(key, endpoint, query, plan).await
    }

    /// A read whose answer is a hint: it is not worth a second send, unless nothing of the first left.
    pub(crate) async fn get_hint(
        &self,
        key: &StripeSecretKey,
        endpoint: Endpoint,
        query: &Form,
    ) -> Result<Reply, NoReply> {
        let plan = RetryPlan::new(&endpoint.path, decide);
        self.read(key, endpoint, query, plan).await
    }

    async fn read(
        &self,
        key: &StripeSecretKey,
        endpoint: Endpoint,
        query: &Form,
        plan: RetryPlan,
    ) -> Result<Reply, NoReply> {
        let separator = if query.as_str().is_empty() { "" } else { "?" };
        let url = [self.config.base_url.as_str(), &endpoint.path, separator, query.as_str()].concat();
        let headers = headers(key.secret())?;
        self.send(Method::GET, url, headers, Bytes::new(), plan.path_template(endpoint.template)).await
    }

    /// A read as a browser makes it, with the publishable key.
    pub(crate) async fn get_as_browser(
        &self,
        publishable_key: &str,
        endpoint: Endpoint,
        query: &Form,
    ) -> Result<Reply, NoReply> {
        let url = [self.config.base_url.as_str(), &endpoint.path, "?", query.as_str()].concat();
        let plan = RetryPlan::new(&endpoint.path, decide).idempotent();
        let headers = headers(&SecretString::from(publishable_key))?;
        self.send(Method::GET, url, headers, Bytes::new(), plan.path_template(endpoint.template)).await
    }

    /// A write under its idempotency key: every send of it is the same, byte for byte.
    pub(crate) async fn post(
        &self,
        key: &StripeSecretKey,
        endpoint: Endpoint,
        form: Form,
        idempotency_key: &str,
    ) -> Result<Reply, NoReply> {
        let mut headers = headers(key.secret())?;
        let value = HeaderValue::from_str(idempotency_key);
        let value = value.map_err(|_| not_sent(ProcessorErrorKind::Rejected(None)))?;
        headers.push((IDEMPOTENCY_KEY, value));
        self.write(endpoint, headers, form, RetryPlan::new(idempotency_key, decide).idempotent()).await
    }

    /// An empty write, which cannot succeed.
    pub(crate) async fn post_in_vain(
        &self,
        key: &StripeSecretKey,
        endpoint: Endpoint,
    ) -> Result<Reply, NoReply> {
        self.post_without_key(key, endpoint, Form::new()).await
    }

    /// A write without an idempotency key, so that its answer is never an old one. It is sent once, unless nothing of it left.
    pub(crate) async fn post_without_key(
        &self,
        key: &StripeSecretKey,
        endpoint: Endpoint,
        form: Form,
    ) -> Result<Reply, NoReply> {
        let headers = headers(key.secret())?;
        let plan = RetryPlan::new(&endpoint.path, decide);
        self.write(endpoint, headers, form, plan).await
    }

    /// A deletion. Deleting what is gone changes nothing, so it may be repeated.
    pub(crate) async fn delete(&self, key: &StripeSecretKey, endpoint: Endpoint) -> Result<Reply, NoReply> {
        let url = [self.config.base_url.as_str(), &endpoint.path].concat();
        let plan = RetryPlan::new(&endpoint.path, decide).idempotent().path_template(endpoint.template);
        let headers = headers(key.secret())?;
        self.send(Method::DELETE, url, headers, Bytes::new(), plan).await
    }

    async fn write(
        &self,
        endpoint: Endpoint,
        mut headers: Vec<(HeaderName, HeaderValue)>,
        form: Form,
        plan: RetryPlan,
    ) -> Result<Reply, NoReply> {
        headers.push((CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")));
        let url = [self.config.base_url.as_str(), &endpoint.path].concat();
        let plan = plan.path_template(endpoint.template);
        self.send(Method::POST, url, headers, form.into_body(), plan).await
    }

    async fn send(
        &self,
        method: Method,
        url: String,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: Bytes,
        plan: RetryPlan,
    ) -> Result<Reply, NoReply> {
        let request = Request { method, url, headers, body, limits: self.config.limits() };
        let plan = plan.max_sends(self.config.sends_max).within(self.config.call_deadline);
        Ok(Reply::of(self.client.execute(request, plan).await?))
    }
}

fn headers(key: &SecretString) -> Result<Vec<(HeaderName, HeaderValue)>, NoReply> {
    let authorization = bearer(key).map_err(|_| not_sent(ProcessorErrorKind::CredentialsRejected))?;
    // Room for the idempotency key and the content type of a write.
    let mut headers = Vec::with_capacity(5);
    headers.extend([
        (AUTHORIZATION, authorization),
        (STRIPE_VERSION, HeaderValue::from_static(API_VERSION)),
        (USER_AGENT, HeaderValue::from_static(OUR_NAME)),
    ]);
    Ok(headers)
}

/// An answer with what its headers say. It has no Debug: the body holds client secrets.
pub(crate) struct Reply {
    pub(crate) body: Bytes,
    /// Whether an earlier send of the same request may have arrived.
    pub(crate) doubt: Delivery,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) status: StatusCode,
    /// It is the stored outcome of the key's first send.
    pub(crate) stored: bool,
}

impl Reply {
    fn of(answer: Answer) -> Self {
        let Answer { doubt, response: Response { status, headers, body }, .. } = answer;
        Self {
            body,
            doubt,
            request_id: request_id(&headers),
            retry_after: retry_after(&headers),
            status,
            stored: says(&headers, "idempotent-replayed") == Some(true),
        }
    }

    /// The body of a success.
    pub(crate) fn read<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, billing_domain::ProcessorError> {
        serde_json::from_slice(&self.body).map_err(|_| malformed(self))
    }

    /// The `PaymentIntent` of a success.
    pub(crate) fn intent(&self) -> Result<wire::Intent<'_>, billing_domain::ProcessorError> {
        let intent: wire::Intent<'_> = self.read()?;
        if intent.object.as_str() == "payment_intent" { Ok(intent) } else { Err(malformed(self)) }
    }

    /// The refund of a success.
    pub(crate) fn refund(&self) -> Result<wire::Refund<'_>, billing_domain::ProcessorError> {
        let refund: wire::Refund<'_> = self.read()?;
        if refund.object.as_str() == "refund" { Ok(refund) } else { Err(malformed(self)) }
    }
}

/// Whether to send again: `Stripe-Should-Retry` decides if it is there, else 409 and 5xx are repeated, 429 is not, as in
/// Stripe's own libraries (<https://docs.stripe.com/error-low-level>).
fn decide(answer: &Response) -> Retry {
    let headers = &answer.headers;
    let usual = answer.status == StatusCode::CONFLICT || answer.status.is_server_error();
    // A stored answer comes again and again.
    let stored = says(headers, "idempotent-replayed") == Some(true);
    let again = says(headers, "stripe-should-retry").unwrap_or(usual);
    if answer.status.is_success() || stored || !again {
        return Retry::No;
    }
    retry_after(headers).map_or(Retry::Yes, Retry::After)
}

fn says(headers: &HeaderMap, name: &str) -> Option<bool> {
    match headers.get(name)?.as_bytes() {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}

/// Stripe does not document the header; it is honoured if it comes, for an hour at most.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds.min(3_600)))
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("request-id")?.to_str().ok()?;
    let plain = id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (plain && !id.is_empty()).then(|| id.to_owned())
}
