//! The few fields of Stripe's answers that we read, borrowed from the body. Everything else is skipped, not built.
//!
//! Only what Stripe's specification requires is required here (<https://docs.stripe.com/api/payment_intents/object>), and
//! every list of words is open: a new status, code or shape must not break an answer.

mod value;

use secrecy::SecretString;

use value::secret;
pub(crate) use value::{IdOr, Identified, Loose, Text};

/// A `PaymentIntent`.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Intent<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    #[serde(borrow)]
    pub(crate) object: Text<'a>,
    #[serde(borrow)]
    pub(crate) status: Text<'a>,
    pub(crate) livemode: bool,
    pub(crate) amount: Option<i64>,
    pub(crate) amount_received: Option<i64>,
    #[serde(default, deserialize_with = "secret")]
    pub(crate) client_secret: Option<SecretString>,
    pub(crate) created: Option<i64>,
    #[serde(borrow)]
    pub(crate) currency: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) last_payment_error: Option<Failure<'a>>,
    #[serde(borrow)]
    pub(crate) latest_charge: Option<IdOr<'a, Charge<'a>>>,
    #[serde(borrow)]
    pub(crate) metadata: Option<Metadata<'a>>,
}

/// Our own ids on the object.
#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct Metadata<'a> {
    #[serde(borrow)]
    pub(crate) invoice_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) payment_id: Option<Text<'a>>,
}

/// A charge, when it was asked for whole.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Charge<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    pub(crate) created: Option<i64>,
    #[serde(borrow)]
    pub(crate) payment_method_details: Option<PaymentMethodDetails<'a>>,
}

/// How a charge was paid.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct PaymentMethodDetails<'a> {
    #[serde(borrow)]
    pub(crate) card: Option<CardDetails<'a>>,
}

/// What a receipt may show of a card.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct CardDetails<'a> {
    #[serde(borrow)]
    pub(crate) authorization_code: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) brand: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) last4: Option<Text<'a>>,
}

/// A refund (<https://docs.stripe.com/api/refunds/object>). It says no mode, and its status may be absent.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Refund<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    #[serde(borrow)]
    pub(crate) object: Text<'a>,
    pub(crate) amount: Option<i64>,
    #[serde(borrow)]
    pub(crate) charge: Option<IdOr<'a, Named<'a>>>,
    #[serde(borrow)]
    pub(crate) currency: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) failure_reason: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) metadata: Option<RefundMetadata<'a>>,
    #[serde(borrow)]
    pub(crate) payment_intent: Option<IdOr<'a, Named<'a>>>,
    #[serde(borrow)]
    pub(crate) status: Option<Text<'a>>,
}

/// Our own id on a refund.
#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct RefundMetadata<'a> {
    #[serde(borrow)]
    pub(crate) refund_id: Option<Text<'a>>,
}

/// An object of which only the id matters.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Named<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
}

/// A page of objects.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
    #[serde(default)]
    pub(crate) has_more: bool,
}

/// A webhook endpoint (<https://docs.stripe.com/api/webhook_endpoints/object>). It says its secret in the answer that made it only.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct WebhookEndpoint<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    #[serde(borrow)]
    pub(crate) api_version: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) enabled_events: Vec<Text<'a>>,
    #[serde(default, deserialize_with = "secret")]
    pub(crate) secret: Option<SecretString>,
    #[serde(borrow)]
    pub(crate) status: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) url: Option<Text<'a>>,
}

/// The balance: its mode is the key's.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Balance {
    pub(crate) livemode: bool,
}

/// The account behind a key.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Account<'a> {
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    #[serde(borrow)]
    pub(crate) business_profile: Option<BusinessProfile<'a>>,
    #[serde(borrow)]
    pub(crate) capabilities: Option<Capabilities<'a>>,
    pub(crate) charges_enabled: Option<bool>,
    #[serde(borrow)]
    pub(crate) settings: Option<Settings<'a>>,
}

#[derive(Debug, serde::Deserialize)]
pub(crate) struct BusinessProfile<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
}

#[derive(Debug, serde::Deserialize)]
pub(crate) struct Capabilities<'a> {
    #[serde(borrow)]
    pub(crate) card_payments: Option<Text<'a>>,
}

#[derive(Debug, serde::Deserialize)]
pub(crate) struct Settings<'a> {
    #[serde(borrow)]
    pub(crate) dashboard: Option<Dashboard<'a>>,
}

#[derive(Debug, serde::Deserialize)]
pub(crate) struct Dashboard<'a> {
    #[serde(borrow)]
    pub(crate) display_name: Option<Text<'a>>,
}

/// The body of an answer that is not a success.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct ErrorBody<'a> {
    #[serde(borrow)]
    pub(crate) error: Failure<'a>,
}

/// Stripe's error, in an answer of its own or as an intent's `last_payment_error`
/// (<https://docs.stripe.com/api/errors>). Its message is read for a permission's name and goes nowhere.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Failure<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Text<'a>,
    #[serde(borrow)]
    pub(crate) advice_code: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) charge: Option<IdOr<'a, Charge<'a>>>,
    #[serde(borrow)]
    pub(crate) code: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) decline_code: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) message: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) param: Option<Text<'a>>,
}

impl Identified for Charge<'_> {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

impl Identified for Named<'_> {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}
