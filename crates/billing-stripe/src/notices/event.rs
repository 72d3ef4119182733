//! Which intent an event is about. Pure; the rest of an event is skipped, because its shape follows the version of whoever
//! registered the endpoint, and its contents the moment it was made.

use billing_credentials::fields::PUBLISHABLE_KEY;
use billing_credentials::{Heard, NoticeOwner, NoticeRefused};
use billing_domain::NoticeId;
use billing_domain::payment::Reference;

use crate::wire::{Loose, Text};

/// The events we ask for and act on (<https://docs.stripe.com/api/events/types>), in the order of the alphabet. Each is taken as
/// "look at this charge and at its refunds".
///
/// Without `charge.refunded` and `charge.refund.updated`, which tell of the same refunds once more.
pub(super) const USED: [&str; 7] = [
    "payment_intent.canceled",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.succeeded",
    "refund.created",
    "refund.failed",
    "refund.updated",
];

const ANOTHER_ACCOUNT: Heard = Heard::Ignored("another account");
const ANOTHER_MODE: Heard = Heard::Ignored("another mode");
const NOT_USED: Heard = Heard::Ignored("an event that is not used");
const NO_INTENT: Heard = Heard::Ignored("no payment intent is named");

/// All that is read of an event (<https://docs.stripe.com/api/events/object>).
#[derive(Debug, serde::Deserialize)]
struct Event<'a> {
    #[serde(borrow, default)]
    account: Loose<'a>,
    #[serde(borrow, default)]
    data: Option<Data<'a>>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(default)]
    livemode: Option<bool>,
    #[serde(borrow)]
    object: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
}

#[derive(Debug, serde::Deserialize)]
struct Data<'a> {
    #[serde(borrow, default)]
    object: Option<Subject<'a>>,
}

#[derive(Debug, serde::Deserialize)]
struct Subject<'a> {
    #[serde(borrow, default)]
    id: Loose<'a>,
    #[serde(borrow, default)]
    object: Loose<'a>,
    #[serde(borrow, default)]
    payment_intent: Loose<'a>,
}

pub(super) fn parse(body: &[u8], owner: &NoticeOwner) -> Result<Heard, NoticeRefused> {
    // The reader's own error may quote the body.
    let event: Event<'_> = serde_json::from_slice(body).map_err(|_| NoticeRefused::Malformed)?;
    if is_thin(&event) {
        return Err(NoticeRefused::Thin);
    }
    if event.object.as_str() != "event" {
        return Err(NoticeRefused::Malformed);
    }
    let id = NoticeId::parse(event.id.as_str()).map_err(|_| NoticeRefused::Malformed)?;
    let Some(kind) = USED.into_iter().find(|used| *used == event.kind.as_str()) else {
        return Ok(NOT_USED);
    };
    let livemode = event.livemode.ok_or(NoticeRefused::Malformed)?;
    if is_live(owner) != Some(livemode) {
        return Ok(ANOTHER_MODE);
    }
    let ours = owner.external_id.as_deref();
    if event.account.text().zip(ours).is_some_and(|(told, ours)| told != ours) {
        return Ok(ANOTHER_ACCOUNT);
    }
    let named = event.data.as_ref().and_then(|data| data.object.as_ref()).and_then(intent);
    Ok(named.map_or(NO_INTENT, |reference| Heard::About { id, kind: kind.to_owned(), reference }))
}

/// A thin event names a thing and tells nothing of it; since 2026 there are thin ones about payment intents too
/// (<https://docs.stripe.com/event-destinations#thin-events>). We register for none.
fn is_thin(event: &Event<'_>) -> bool {
    let kind = event.kind.as_str();
    event.object.as_str() == "v2.core.event" || kind.starts_with("v1.") || kind.starts_with("v2.")
}

/// The mode of the account's keys; `None` if it has no publishable key that says one.
fn is_live(owner: &NoticeOwner) -> Option<bool> {
    let key = owner.public.field(PUBLISHABLE_KEY)?;
    match (key.starts_with("pk_live_"), key.starts_with("pk_test_")) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// The intent itself, or the one that a refund gives back of.
fn intent(object: &Subject<'_>) -> Option<Reference> {
    let named = match object.object.text()? {
        "payment_intent" => object.id.text(),
        "refund" => object.payment_intent.text(),
        _ => None,
    };
    let is_id = |id: &&str| (1..=255).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    named.filter(is_id).map(|id| Reference(id.to_owned()))
}
