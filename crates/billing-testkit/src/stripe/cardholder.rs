//! The cardholder's browser: what Stripe.js would send with a client secret. Never holds a secret key.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use billing_transport::{Exchange, Limits, Request, SendError};
use bytes::Bytes;
use http::{HeaderValue, Method};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::FakeStripe;
use super::cards::Card;
use super::intent::charge::Maker;
use super::reply::API_VERSION;
use super::state::State;

const LIMITS: Limits = Limits { total: Duration::from_mins(1), body_bytes: 1 << 20 };

/// A person at a browser that was given a client secret and a publishable key.
#[derive(Clone)]
pub struct Cardholder {
    client_secret: String,
    exchange: Arc<dyn Exchange>,
    fake: FakeStripe,
    name: String,
    publishable_key: String,
}

impl fmt::Debug for Cardholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cardholder").finish_non_exhaustive()
    }
}

/// How the bank's challenge ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// The cardholder fails or gives up.
    Fails,
    /// The cardholder proves who they are.
    Passes,
}

/// What the browser got back.
#[derive(Clone)]
pub struct BrowserAnswer {
    /// The whole body.
    pub body: Value,
    /// The HTTP status.
    pub status: u16,
}

impl fmt::Debug for BrowserAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserAnswer")
            .field("status", &self.status)
            .field("intent_status", &self.intent_status())
            .field("code", &self.code())
            .finish_non_exhaustive()
    }
}

impl BrowserAnswer {
    /// The intent's status, whether it came plain or inside an error.
    pub fn intent_status(&self) -> Option<&str> {
        let inside = self.body.pointer("/error/payment_intent/status");
        inside.or_else(|| self.body.get("status")).and_then(Value::as_str)
    }

    /// The error's code.
    pub fn code(&self) -> Option<&str> {
        self.body.pointer("/error/code").and_then(Value::as_str)
    }

    /// The error's decline code.
    pub fn decline_code(&self) -> Option<&str> {
        self.body.pointer("/error/decline_code").and_then(Value::as_str)
    }
}

impl Cardholder {
    pub(super) fn new(fake: FakeStripe, client_secret: &str, publishable_key: &str) -> Self {
        Self {
            client_secret: client_secret.to_owned(),
            exchange: fake.exchange(),
            fake,
            name: "Jane Cardholder".to_owned(),
            publishable_key: publishable_key.to_owned(),
        }
    }

    /// The name typed beside the card.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Types `card` and presses Pay.
    pub async fn pay(&self, card: Card) -> Result<BrowserAnswer, SendError> {
        let year = self.fake.now().to_zoned(TimeZone::UTC).year();
        let pairs = [
            ("payment_method_data[type]", "card".to_owned()),
            ("payment_method_data[card][number]", card.number.to_owned()),
            ("payment_method_data[card][exp_month]", "12".to_owned()),
            ("payment_method_data[card][exp_year]", year.saturating_add(3).to_string()),
            ("payment_method_data[card][cvc]", "314".to_owned()),
            ("payment_method_data[billing_details][name]", self.name.clone()),
            ("client_secret", self.client_secret.clone()),
        ];
        let form: Vec<String> =
            pairs.iter().map(|(key, value)| format!("{}={}", escape(key), escape(value))).collect();
        self.send(Method::POST, "/confirm", form.join("&")).await
    }

    /// Answers the bank's challenge, then looks, as Stripe.js does. Without an open challenge it only looks.
    pub async fn authenticate(&self, ends: Authentication) -> Result<BrowserAnswer, SendError> {
        self.fake.answer_challenge(&self.client_secret, ends);
        self.look().await
    }

    /// Retrieves the intent with the publishable key.
    pub async fn look(&self) -> Result<BrowserAnswer, SendError> {
        let query = format!("?client_secret={}", escape(&self.client_secret));
        self.send(Method::GET, &query, String::new()).await
    }

    async fn send(&self, method: Method, rest: &str, form: String) -> Result<BrowserAnswer, SendError> {
        let mut headers = vec![
            (http::header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
            (http::HeaderName::from_static("stripe-version"), HeaderValue::from_static(API_VERSION)),
        ];
        if let Ok(mut key) = HeaderValue::from_str(&format!("Bearer {}", self.publishable_key)) {
            key.set_sensitive(true);
            headers.push((http::header::AUTHORIZATION, key));
        }
        let id = intent_id(&self.client_secret);
        let url = format!("https://api.stripe.com/v1/payment_intents/{id}{rest}");
        let request = Request { method, url, headers, body: Bytes::from(form), limits: LIMITS };
        let response = self.exchange.send(request).await?;
        let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
        Ok(BrowserAnswer { body, status: response.status.as_u16() })
    }
}

impl FakeStripe {
    /// The bank's part: nothing of it passes through Stripe's API. Without an open challenge nothing happens.
    pub(super) fn answer_challenge(&self, client_secret: &str, ends: Authentication) {
        self.change(|State { intents, ids, now, webhooks, .. }| {
            let own = intents.any(intent_id(client_secret));
            if let Some(intent) = own.filter(|intent| intent.client_secret == client_secret) {
                let mut maker = Maker { ids, now: now.as_second() };
                let before = webhooks.before(intent);
                intent.authenticate(ends == Authentication::Passes, &mut maker);
                webhooks.after(before, intent, &mut maker);
            }
        });
    }
}

/// A client secret begins with its intent's id.
pub(super) fn intent_id(client_secret: &str) -> &str {
    client_secret.split("_secret_").next().unwrap_or_default()
}

fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
