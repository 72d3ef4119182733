//! A request as whoever stands at the processor's door reads it: what is asked, about which payment, and with whose keys.

use billing_domain::{BillingStore as _, PaymentId};
use billing_transport::{Request, Response};
use serde_json::Value;

use super::chance::word;
use super::lock;
use super::names::{readable, subject};
use super::network::At;
use super::outcome::Rule;
use super::truth::{payment_named, seen_at_moneris, seen_at_stripe};
use super::world::World;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Begin,
    Cancel,
    Charge,
    Look,
    Other,
    Refund,
}

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    at: At,
    pub(super) kind: Kind,
    path: String,
    /// Whose keys it carries: a secret key, or a store and its token.
    keys: String,
    /// The object that it names: an intent, a refund, an order id, a ticket.
    object: Option<String>,
    /// The payment, if the request itself names it.
    payment: Option<PaymentId>,
}

impl Asked {
    pub(super) fn read(at: At, request: &Request) -> Self {
        let path = request.url.split_once("://").map_or("", |(_, rest)| rest);
        let path = path.find('/').and_then(|from| path.get(from..)).unwrap_or_default();
        let body = std::str::from_utf8(&request.body).unwrap_or_default();
        match at {
            At::Moneris => Self::at_moneris(path, body),
            At::Stripe => Self::at_stripe(request, path, body),
        }
    }

    fn at_stripe(request: &Request, path: &str, body: &str) -> Self {
        let authorization = request.headers.iter().find(|(name, _)| *name == http::header::AUTHORIZATION);
        let keys = authorization.and_then(|(_, value)| value.to_str().ok()).unwrap_or_default();
        let segments: Vec<&str> = path.split(['/', '?']).collect();
        let parameters = if body.is_empty() { path.split('?').nth(1).unwrap_or_default() } else { body };
        let (kind, object) = match (request.method.as_str(), segments.as_slice()) {
            ("POST", [_, "v1", "payment_intents"]) => (Kind::Begin, None),
            ("POST", [_, "v1", "payment_intents", id, "cancel"]) => (Kind::Cancel, Some(*id)),
            ("GET", [_, "v1", "payment_intents", id, ..]) if id.starts_with("pi_") => (Kind::Look, Some(*id)),
            ("POST", [_, "v1", "refunds"]) => (Kind::Refund, field(parameters, "payment_intent")),
            ("GET", [_, "v1", "refunds", id, ..]) if id.starts_with("re_") => (Kind::Look, Some(*id)),
            ("GET", [_, "v1", "refunds", ..]) => (Kind::Look, field(parameters, "payment_intent")),
            _ => (Kind::Other, None),
        };
        Self {
            at: At::Stripe,
            kind,
            path: format!("{} {}", request.method, segments.get(1..).unwrap_or_default().join("/")),
            keys: keys.trim_start_matches("Bearer ").to_owned(),
            object: object.map(str::to_owned),
            payment: field(parameters, "metadata[payment_id]").and_then(|id| id.parse().ok()),
        }
    }

    fn at_moneris(path: &str, body: &str) -> Self {
        let json: Option<Value> = body.starts_with('{').then(|| serde_json::from_str(body).ok()).flatten();
        let text = |name: &str| match &json {
            Some(json) => json.get(name).and_then(Value::as_str).map(str::to_owned),
            None => element(body, name).map(str::to_owned),
        };
        let order = text("order_id").or_else(|| text("order_no"));
        let (kind, operation) = match text("action").as_deref() {
            Some("preload") => (Kind::Begin, "preload"),
            Some(_) => (Kind::Look, "receipt"),
            None if body.contains("<status_check>") => (Kind::Look, "status_check"),
            None if body.contains("<res_purchase_cc>") => (Kind::Charge, "res_purchase_cc"),
            None if body.contains("<refund>") => (Kind::Refund, "refund"),
            None if body.contains("<purchasecorrection>") => (Kind::Refund, "purchasecorrection"),
            None => (Kind::Other, path),
        };
        let store = text("store_id").unwrap_or_default();
        Self {
            at: At::Moneris,
            kind,
            path: operation.to_owned(),
            keys: format!("{store}/{}", text("api_token").unwrap_or_default()),
            payment: order.as_deref().and_then(payment_named),
            object: order.or_else(|| text("ticket")),
        }
    }

    /// Whether it asks who the account of its keys is.
    pub(super) fn is_about_who(&self) -> bool {
        self.path == "GET v1/account"
    }

    /// The payment it is about.
    fn payment(&self, world: &World) -> Option<PaymentId> {
        let object = self.object.as_deref();
        self.payment.or_else(|| match self.at {
            At::Moneris => lock(&world.truth).payment_of_ticket(object?),
            At::Stripe => payment_at_stripe(world, object?),
        })
    }

    /// What it is about, as a number that does not depend on when it was made.
    pub(super) fn about(&self, world: &World) -> u64 {
        let payment = self.payment(world).map_or(0, |payment| subject(payment.uuid()));
        payment ^ word(self.path.split('_').next().unwrap_or_default()).rotate_left(17)
    }

    pub(super) fn tell(&self, world: &World) -> String {
        let payment = self.payment(world).map_or("-".to_owned(), |payment| readable(payment.uuid()));
        format!("{:?} {} for payment {payment}", self.at, self.path)
    }

    /// A call about a payment carries the keys of the account that the payment is pinned to.
    pub(super) async fn must_go_to_its_own_account(&self, world: &World) {
        let Some(payment) = self.payment(world) else { return };
        let (goes_to, dispensary) = {
            let truth = lock(&world.truth);
            (truth.owner_of(&self.keys), truth.dispensary_of(payment))
        };
        let Some(dispensary) = dispensary else { return };
        let stored = world.store.payment(dispensary, payment).await.ok().flatten();
        let Some(stored) = stored else { return };
        let accounts = world.store.accounts(dispensary).await.unwrap_or_default();
        let pinned = accounts.into_iter().find(|record| record.account == stored.account);
        let belongs_to = pinned.and_then(|record| record.external_id);
        if goes_to.is_none() || goes_to != belongs_to {
            let told = format!("{} went to {goes_to:?}, and belongs to {belongs_to:?}", self.path);
            world.broken(Rule::WrongAccount, Some(payment), &told);
        }
    }

    /// What became of money by it.
    pub(super) fn learn(&self, world: &World, answer: Option<&Response>) {
        match (self.at, self.kind) {
            (At::Moneris, Kind::Begin) => {
                let ticket = answer.and_then(|answer| {
                    let body: Value = serde_json::from_slice(&answer.body).ok()?;
                    body.pointer("/response/ticket")?.as_str().map(str::to_owned)
                });
                if let (Some(ticket), Some(payment)) = (ticket, self.payment) {
                    lock(&world.truth).ticket(ticket, payment);
                }
            }
            (At::Moneris, Kind::Charge | Kind::Refund) => {
                let store = self.keys.split('/').next().unwrap_or_default();
                // A mistake of the run may have changed the order id on the way: whatever was made last counts as well.
                seen_at_moneris(world, store, self.object.as_deref().unwrap_or_default());
            }
            (At::Stripe, Kind::Cancel | Kind::Refund) => {
                seen_at_stripe(world, self.object.as_deref().unwrap_or_default());
            }
            _ => {}
        }
    }
}

/// The payment of an intent or a refund.
fn payment_at_stripe(world: &World, object: &str) -> Option<PaymentId> {
    if let Some(known) = lock(&world.truth).payment_of_object(object) {
        return Some(known);
    }
    let entries = world.accounts.iter().flat_map(|account| world.stripe.ledger(account.id()).entries);
    let found = entries
        .into_iter()
        .find(|entry| entry.id == object || entry.refunds.iter().any(|refund| refund.id == object))?;
    let payment = found.metadata.get("payment_id")?.parse().ok()?;
    lock(&world.truth).object(object, payment);
    Some(payment)
}

/// The field of a form, if its value needs no decoding.
fn field<'a>(form: &'a str, name: &str) -> Option<&'a str> {
    form.split('&')
        .find_map(|pair| pair.split_once('=').filter(|(known, _)| *known == name))
        .map(|(_, value)| value)
}

/// The text of the first XML element of this name.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = xml.split_once(&format!("<{name}>"))?;
    after.split('<').next()
}
