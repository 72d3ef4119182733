//! A `PaymentIntent` and where the fake keeps them. The endpoints that act on one are the files beside this one.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use super::cards::{self, Card};
use super::error::ApiError;
use super::keys::{Caller, Mode};
use super::refund::Refund;

pub(super) mod cancel;
pub(super) mod charge;
mod charge_payload;
pub(super) mod confirm;
pub(super) mod create;
pub(super) mod list;
mod payload;
pub(super) mod retrieve;

use charge::Charge;

/// One `PaymentIntent`.
#[derive(Deserialize, Serialize)]
pub(super) struct Intent {
    pub(super) id: String,
    pub(super) account: String,
    pub(super) mode: Mode,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) status: Status,
    pub(super) metadata: Map<String, Value>,
    pub(super) client_secret: String,
    pub(super) charges: Vec<Charge>,
    /// Oldest first. A file from before refunds has none.
    #[serde(default)]
    pub(super) refunds: Vec<Refund>,
    settings: Settings,
    created: i64,
    canceled_at: Option<i64>,
    cancellation_reason: Option<String>,
    last_payment_error: Option<Value>,
    next_action: Option<Value>,
    payment_method: Option<String>,
    /// The card that waits for its cardholder or for its bank.
    waiting: Option<CardOnIntent>,
}

/// What the creator chose and nothing in the fake acts on, but for the capture method.
#[derive(Deserialize, Serialize)]
struct Settings {
    capture_method: String,
    description: Option<String>,
    methods: Methods,
    receipt_email: Option<String>,
    setup_future_usage: Option<String>,
    statement_descriptor_suffix: Option<String>,
}

#[derive(Deserialize, Serialize)]
enum Methods {
    Allowed(Vec<String>),
    Automatic { allow_redirects: String },
}

/// A card as a confirmation brought it: no number, no security code.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct CardOnIntent {
    #[serde(with = "cards::kept")]
    pub(super) card: Card,
    pub(super) payment_method: String,
    exp_month: i64,
    exp_year: i64,
    billing: Map<String, Value>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub(super) enum Status {
    Canceled,
    Processing,
    RequiresAction,
    RequiresCapture,
    RequiresPaymentMethod,
    Succeeded,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Canceled => "canceled",
            Self::Processing => "processing",
            Self::RequiresAction => "requires_action",
            Self::RequiresCapture => "requires_capture",
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::Succeeded => "succeeded",
        }
    }
}

impl Intent {
    pub(super) fn belongs_to(&self, caller: &Caller) -> bool {
        self.account == caller.account && self.mode == caller.mode
    }

    /// Stripe tells an account that its key is of the wrong mode; to other accounts it says nothing.
    pub(super) fn mode_to_hint_at(&self, caller: &Caller) -> Option<Mode> {
        (self.account == caller.account && self.mode != caller.mode).then_some(self.mode)
    }

    /// The refusal of a step that this status does not allow; it carries the intent.
    fn unexpected_state(&self, caller: &Caller, message: &str) -> ApiError {
        ApiError::invalid(message)
            .code("payment_intent_unexpected_state")
            .with("payment_intent", payload::intent(self, payload::View::of(caller)))
            .executed()
    }
}

/// As a webhook tells of it.
impl Intent {
    pub(super) fn told(&self) -> Value {
        payload::intent(self, payload::View::SERVER)
    }

    pub(super) fn charge_told(&self, charge: &Charge) -> Value {
        charge_payload::charge(self, charge)
    }

    pub(super) fn newest_charge_told(&self) -> Value {
        self.charges.last().map_or(Value::Null, |charge| self.charge_told(charge))
    }

    pub(super) fn refund_told(&self, place: usize) -> Value {
        self.refunds.get(place).map_or(Value::Null, |refund| refund.told(self))
    }
}

/// Every intent of every account, oldest first.
#[derive(Default, Deserialize)]
#[serde(from = "Vec<Intent>")]
pub(super) struct Intents {
    all: Vec<Intent>,
    owned: HashMap<String, BTreeMap<Mode, Owned>>,
    places: HashMap<String, usize>,
}

/// The places of one account's intents of one mode, oldest first.
#[derive(Default)]
struct Owned {
    newest: i64,
    /// A clock that was set back puts an older intent behind a newer one.
    out_of_order: bool,
    places: Vec<usize>,
}

impl Intents {
    pub(super) fn add(&mut self, intent: Intent) {
        let place = self.all.len();
        let owned = self.owned.entry(intent.account.clone()).or_default().entry(intent.mode).or_default();
        owned.out_of_order |= intent.created < owned.newest;
        owned.newest = owned.newest.max(intent.created);
        owned.places.push(place);
        self.places.insert(intent.id.clone(), place);
        self.all.push(intent);
    }

    /// The caller's own, newest first: those created within `seconds`, and others if they are out of order.
    pub(super) fn newest_first(&self, caller: &Caller, seconds: &RangeInclusive<i64>) -> Vec<&Intent> {
        let owned = self.owned.get(&caller.account).and_then(|modes| modes.get(&caller.mode));
        let Some(owned) = owned else { return Vec::new() };
        let created = |place: &usize| self.all.get(*place).map_or(i64::MAX, |intent| intent.created);
        let mut places = owned.places.as_slice();
        if !owned.out_of_order {
            let first = places.partition_point(|place| created(place) < *seconds.start());
            let end = places.partition_point(|place| created(place) <= *seconds.end());
            places = places.get(first..end).unwrap_or_default();
        }
        places.iter().rev().filter_map(|place| self.all.get(*place)).collect()
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Intent> {
        self.all.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Intent> {
        self.all.iter_mut()
    }

    /// The intent with this id, whoever asks: for the test's own hand only.
    pub(super) fn any(&mut self, id: &str) -> Option<&mut Intent> {
        self.all.get_mut(*self.places.get(id)?)
    }

    /// The caller's own intent, or Stripe's 404.
    pub(super) fn own(&mut self, caller: &Caller, id: &str) -> Result<&mut Intent, ApiError> {
        match self.any(id) {
            Some(intent) if intent.belongs_to(caller) => Ok(intent),
            other => {
                let mode = other.and_then(|intent| intent.mode_to_hint_at(caller));
                Err(ApiError::no_such("payment_intent", id, "intent", mode))
            }
        }
    }
}

impl From<Vec<Intent>> for Intents {
    fn from(all: Vec<Intent>) -> Self {
        let mut intents = Self::default();
        for intent in all {
            intents.add(intent);
        }
        intents
    }
}

impl Serialize for Intents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.all.serialize(serializer)
    }
}
