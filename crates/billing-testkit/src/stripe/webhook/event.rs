//! An event as JSON, in the shape of the version of the endpoint it goes to, which is not the version a request says
//! (<https://docs.stripe.com/webhooks/versioning>). Changes nothing.

use serde_json::{Value, json};

use super::super::intent::Intent;
use super::super::reply::API_VERSION;
use super::change::{Change, Subject};

pub(super) fn event(
    id: &str,
    change: &Change,
    intent: &Intent,
    version: &str,
    now: i64,
    listeners: usize,
) -> Value {
    let object = match change.subject {
        Subject::Charge => intent.newest_charge_told(),
        Subject::Intent => intent.told(),
        Subject::Refund(place) => intent.refund_told(place),
    };
    let mut event = json!({
        "id": id,
        "object": "event",
        "api_version": version,
        "created": now,
        "data": { "object": object },
        "livemode": intent.mode.is_live(),
        "pending_webhooks": listeners,
        "request": { "id": null, "idempotency_key": null },
        "type": change.kind,
    });
    if version < API_VERSION {
        grow_old(&mut event, intent);
    }
    event
}

/// What older versions say otherwise: an intent had its charges in a list of its own, and an event its request as a text
/// (<https://docs.stripe.com/changelog>). Not one version exactly, but a shape that a reader must not trip over.
fn grow_old(event: &mut Value, intent: &Intent) {
    if let Some(request) = event.get_mut("request") {
        *request = Value::Null;
    }
    let Some(object) = event.pointer_mut("/data/object").and_then(Value::as_object_mut) else { return };
    if object.get("object").and_then(Value::as_str) == Some("payment_intent") {
        object.remove("latest_charge");
        object.remove("allowed_payment_method_types");
        let charges: Vec<_> = intent.charges.iter().map(|charge| intent.charge_told(charge)).collect();
        let url = format!("/v1/charges?payment_intent={}", intent.id);
        let list = json!({
            "object": "list",
            "data": charges,
            "has_more": false,
            "total_count": charges.len(),
            "url": url,
        });
        object.insert("charges".to_owned(), list);
    }
}
