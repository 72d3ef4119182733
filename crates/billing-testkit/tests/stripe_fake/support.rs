//! A clinic's account at a fake Stripe and a plain way to call it. Never asserts.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use billing_testkit::stripe::{
    API_VERSION, AccountSpec, Card, Cardholder, FakeAccount, FakeStripe, Ledger, Mode,
};
use billing_transport::{Exchange, Limits, Request, Response, SendError};
use http::{HeaderName, HeaderValue, Method};
use serde_json::Value;

pub(crate) const ACCOUNT: &str = "acct_1PgafTB7WZ01zgkW";
pub(crate) const CREATE: &str = "POST /v1/payment_intents";
pub(crate) const GOOD: &str = "amount=4525&currency=cad&allowed_payment_method_types[]=card&capture_method=automatic\
                        &metadata[payment_id]=pay-1&metadata[invoice_id]=inv-1";
pub(crate) const LIMITS: Limits = Limits { total: Duration::from_secs(30), body_bytes: 1 << 20 };

pub(crate) struct Clinic {
    pub(crate) fake: FakeStripe,
    pub(crate) account: FakeAccount,
    pub(crate) exchange: Arc<dyn Exchange>,
}

/// What came back, with the body read as JSON where it is JSON.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) raw: Response,
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or("")
    }

    pub(crate) fn error_type(&self) -> &str {
        self.body["error"]["type"].as_str().unwrap_or("")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.raw.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or("")
    }

    pub(crate) fn is_replay(&self) -> bool {
        self.header("idempotent-replayed") == "true"
    }
}

impl Clinic {
    pub(crate) fn new() -> Self {
        let fake = FakeStripe::new();
        let account = fake.account(AccountSpec::new(ACCOUNT));
        Self { exchange: fake.exchange(), account, fake }
    }

    pub(crate) fn key(&self) -> String {
        self.account.secret_key(Mode::Live)
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> Answer {
        self.call(post(path, form), &self.key()).await
    }

    pub(crate) async fn post_with(&self, path: &str, form: &str, idempotency_key: &str) -> Answer {
        self.call(keyed(post(path, form), idempotency_key), &self.key()).await
    }

    pub(crate) async fn create(&self) -> Answer {
        self.post("/v1/payment_intents", GOOD).await
    }

    pub(crate) async fn create_with(&self, idempotency_key: &str) -> Answer {
        self.post_with("/v1/payment_intents", GOOD, idempotency_key).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(get(path), &self.key()).await
    }

    /// An intent and the browser that was given it.
    pub(crate) async fn intent(&self) -> (String, Cardholder) {
        let made = self.create().await;
        let secret = made.body["client_secret"].as_str().unwrap();
        (made.id(), self.fake.cardholder(secret, &self.account.publishable_key(Mode::Live)))
    }

    /// An intent that `card` was charged on, however that ended.
    pub(crate) async fn paid(&self, card: Card) -> String {
        let (id, cardholder) = self.intent().await;
        cardholder.pay(card).await.unwrap();
        id
    }

    /// The intent's latest charge.
    pub(crate) async fn charge(&self, intent_id: &str) -> Value {
        let path = format!("/v1/payment_intents/{intent_id}?expand[]=latest_charge");
        self.get(&path).await.body["latest_charge"].take()
    }

    pub(crate) async fn refund(&self, intent_id: &str, rest: &str) -> Answer {
        self.post("/v1/refunds", &format!("payment_intent={intent_id}&{rest}")).await
    }

    pub(crate) async fn look_at_refund(&self, id: &str) -> Value {
        self.get(&format!("/v1/refunds/{id}")).await.body
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.fake.ledger(self.account.id())
    }

    pub(crate) async fn call(&self, request: Request, key: &str) -> Answer {
        self.try_call(request, key).await.unwrap()
    }

    pub(crate) async fn try_call(&self, request: Request, key: &str) -> Result<Answer, SendError> {
        let request = with_header(request, "authorization", &format!("Bearer {key}"));
        let raw = self.exchange.send(with_header(request, "stripe-version", API_VERSION)).await?;
        let body = serde_json::from_slice(&raw.body).unwrap_or(Value::Null);
        Ok(Answer { status: raw.status.as_u16(), body, raw })
    }
}

/// As a process that starts: nothing is handed over but the file.
pub(crate) fn open(path: &Path) -> Clinic {
    let fake = FakeStripe::kept_in(path).unwrap();
    let account = fake.account(AccountSpec::new(ACCOUNT));
    Clinic { exchange: fake.exchange(), account, fake }
}

pub(crate) fn get(path: &str) -> Request {
    let url = format!("https://api.stripe.com{path}");
    Request { method: Method::GET, url, headers: Vec::new(), body: bytes::Bytes::new(), limits: LIMITS }
}

pub(crate) fn post(path: &str, form: &str) -> Request {
    let request = Request { method: Method::POST, body: form.to_owned().into(), ..get(path) };
    with_header(request, "content-type", "application/x-www-form-urlencoded")
}

pub(crate) fn keyed(request: Request, idempotency_key: &str) -> Request {
    with_header(request, "idempotency-key", idempotency_key)
}

pub(crate) fn with_header(mut request: Request, name: &'static str, value: &str) -> Request {
    request.headers.push((HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
    request
}
