//! Signed deliveries, as they would arrive at an endpoint, and what can be wrong with one. Never sent from here.

use std::fmt::{self, Write as _};

use billing_credentials::Delivery as Received;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

use super::super::FakeStripe;
use super::super::reply::pretty;
use super::super::state::State;
use super::{Queued, Webhooks};

/// One event on its way to one endpoint, signed as Stripe signs.
///
/// A test makes of it what the network or an attacker would: a clone is a duplicate, a `Vec` of them can be reversed or rotated (an
/// older one last), and the methods here make variants that are signed as they should be, or as they should not.
#[derive(Clone)]
pub struct Delivery {
    /// The account it tells of.
    pub account: String,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// `we_…`.
    pub endpoint: String,
    /// `evt_…`.
    pub event_id: String,
    /// Every header but those of HTTP itself.
    pub headers: Vec<(String, String)>,
    /// Such as `payment_intent.succeeded`.
    pub kind: String,
    /// Where it goes.
    pub url: String,
    secrets: Vec<String>,
    signed_at: Timestamp,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("kind", &self.kind)
            .field("event_id", &self.event_id)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Delivery {
    /// As a host hands it on.
    pub fn received(&self) -> Received {
        Received { headers: self.headers.clone(), body: self.body.clone() }
    }

    /// When it says that it was signed.
    pub fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// The same, truly signed at another time.
    #[must_use]
    pub fn at(mut self, time: Timestamp) -> Self {
        self.signed_at = time;
        self.signed()
    }

    /// The same, signed with this secret alone.
    #[must_use]
    pub fn with_secret(mut self, secret: &str) -> Self {
        self.secrets = vec![secret.to_owned()];
        self.signed()
    }

    /// The same, with a second true signature before its own, as while a secret is rolled.
    #[must_use]
    pub fn also_with(mut self, secret: &str) -> Self {
        self.secrets.insert(0, secret.to_owned());
        self.signed()
    }

    /// Truly signed, and says this at a JSON pointer that is there. A pointer that is not changes nothing.
    #[must_use]
    pub fn saying(mut self, pointer: &str, value: Value) -> Self {
        let mut event = self.event();
        if let Some(place) = event.pointer_mut(pointer) {
            *place = value;
        }
        self.body = pretty(&event).into_bytes();
        self.signed()
    }

    /// Truly signed, and of the other mode.
    #[must_use]
    pub fn of_other_mode(self) -> Self {
        let live = self.event().get("livemode").and_then(Value::as_bool).unwrap_or_default();
        self.saying("/livemode", (!live).into())
    }

    /// Truly signed, and thin: it names the object and tells nothing of it.
    #[must_use]
    pub fn thin(mut self) -> Self {
        let event = self.event();
        let object = |name: &str| event.pointer(&format!("/data/object/{name}")).cloned();
        let thin = json!({
            "id": self.event_id,
            "object": "v2.core.event",
            "type": format!("v1.{}", self.kind),
            "livemode": event.get("livemode"),
            "created": self.signed_at.to_string(),
            "related_object": { "id": object("id"), "type": object("object"), "url": "/v1/somewhere" },
        });
        self.body = pretty(&thin).into_bytes();
        self.signed()
    }

    fn event(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    fn signed(mut self) -> Self {
        self.headers.retain(|(name, _)| name != SIGNATURE);
        self.headers.push((SIGNATURE.to_owned(), signature(&self.secrets, self.signed_at, &self.body)));
        self
    }
}

const SIGNATURE: &str = "Stripe-Signature";

/// `t=…,v1=…`, one `v1` for each secret, and a `v0` that proves nothing, as Stripe adds to test events.
fn signature(secrets: &[String], at: Timestamp, body: &[u8]) -> String {
    let time = at.as_second();
    let mut header = format!("t={time}");
    for secret in secrets {
        // A key of any length is one.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { continue };
        mac.update(format!("{time}.").as_bytes());
        mac.update(body);
        header.push_str(",v1=");
        for byte in mac.finalize().into_bytes() {
            // Writing to a String does not fail.
            let _ = write!(header, "{byte:02x}");
        }
    }
    header.push_str(",v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39");
    header
}

impl Webhooks {
    fn delivery(&self, queued: &Queued, now: Timestamp) -> Option<Delivery> {
        let endpoint = self.endpoints.iter().find(|endpoint| endpoint.id == queued.endpoint)?;
        let headers = [
            ("Accept", "*/*; q=0.5, application/xml"),
            ("Content-Type", "application/json; charset=utf-8"),
            ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
        ];
        let delivery = Delivery {
            account: endpoint.account.clone(),
            body: queued.body.clone().into_bytes(),
            endpoint: endpoint.id.clone(),
            event_id: queued.event.clone(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            kind: queued.kind.clone(),
            url: endpoint.url.clone(),
            secrets: endpoint.secrets(now),
            signed_at: now,
        };
        Some(delivery.signed())
    }

    /// What waits and `wanted` picks, oldest first, signed now.
    pub(super) fn waiting(
        &self,
        now: Timestamp,
        wanted: impl Fn(&Queued) -> bool,
    ) -> impl Iterator<Item = Delivery> {
        self.queue
            .iter()
            .filter(move |queued| wanted(queued))
            .filter_map(move |queued| self.delivery(queued, now))
    }

    /// It is taken off the queue.
    pub(super) fn settle(&mut self, delivery: &Delivery) {
        self.queue.retain(|queued| queued.event != delivery.event_id || queued.endpoint != delivery.endpoint);
    }

    fn belongs_to(&self, queued: &Queued, account: &str) -> bool {
        self.endpoints.iter().any(|one| one.id == queued.endpoint && one.account == account)
    }
}

impl FakeStripe {
    /// What waits to be delivered to the endpoints of `account_id`, oldest first, signed at the fake's time. It goes on waiting.
    ///
    /// Events are written only for endpoints that listen: an account without one costs nothing.
    pub fn deliveries(&self, account_id: &str) -> Vec<Delivery> {
        let State { now, webhooks, .. } = &*self.state();
        webhooks.waiting(*now, |queued| webhooks.belongs_to(queued, account_id)).collect()
    }

    /// The same, and none of it waits any longer.
    pub fn take_deliveries(&self, account_id: &str) -> Vec<Delivery> {
        self.change(|State { now, webhooks, .. }| {
            let taken = webhooks.waiting(*now, |queued| webhooks.belongs_to(queued, account_id)).collect();
            let queue = std::mem::take(&mut webhooks.queue);
            webhooks.queue =
                queue.into_iter().filter(|queued| !webhooks.belongs_to(queued, account_id)).collect();
            taken
        })
    }

    /// The same of every account at once, for long runs with many accounts.
    pub fn take_all_deliveries(&self) -> Vec<Delivery> {
        self.change(|State { now, webhooks, .. }| {
            let taken = webhooks.waiting(*now, |_| true).collect();
            webhooks.queue.clear();
            taken
        })
    }

    /// How many deliveries wait, to whomever.
    pub fn deliveries_waiting(&self) -> usize {
        self.state().webhooks.queue.len()
    }
}
