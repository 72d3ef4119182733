//! A `PaymentIntent` as JSON, as large and as full of nulls as Stripe's. Never changes one.

use serde_json::{Map, Value, json};

use super::super::error::ApiError;
use super::super::keys::Caller;
use super::super::params::Fields;
use super::{Intent, Methods, Status, charge_payload};

/// What a publishable key may see. Metadata is not in it.
const BROWSER_FIELDS: &[&str] = &[
    "amount",
    "amount_details",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "capture_method",
    "client_secret",
    "confirmation_method",
    "created",
    "currency",
    "description",
    "id",
    "last_payment_error",
    "livemode",
    "next_action",
    "object",
    "payment_method",
    "payment_method_types",
    "processing",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "source",
    "status",
];

/// Who looks, and whether the charge is wanted whole.
#[derive(Clone, Copy)]
pub(super) struct View {
    browser: bool,
    charge_whole: bool,
}

impl View {
    pub(super) const SERVER: Self = Self { browser: false, charge_whole: false };

    pub(super) fn of(caller: &Caller) -> Self {
        Self { browser: caller.is_browser(), charge_whole: false }
    }

    /// Reads `expand[]`; `expandable` is how this endpoint names the charge.
    pub(super) fn read(caller: &Caller, fields: &mut Fields, expandable: &str) -> Result<Self, ApiError> {
        let wanted = fields.list("expand")?.unwrap_or_default();
        if let Some(other) = wanted.iter().find(|name| *name != expandable) {
            let message = format!("This property cannot be expanded ({other}).");
            return Err(ApiError::invalid(&message).param("expand"));
        }
        Ok(Self { charge_whole: !wanted.is_empty(), ..Self::of(caller) })
    }
}

pub(super) fn intent(intent: &Intent, view: View) -> Value {
    let settings = &intent.settings;
    let mut body = json!({
        "id": intent.id,
        "object": "payment_intent",
        "amount": intent.amount,
        "amount_capturable": if intent.status == Status::RequiresCapture { intent.amount } else { 0 },
        "amount_details": { "tip": {} },
        "amount_received": intent.captured(),
        "application": null,
        "application_fee_amount": null,
        "canceled_at": intent.canceled_at,
        "cancellation_reason": intent.cancellation_reason,
        "capture_method": settings.capture_method,
        "client_secret": intent.client_secret,
        "confirmation_method": "automatic",
        "created": intent.created,
        "currency": intent.currency,
        "customer": null,
        "customer_account": null,
        "description": settings.description,
        "excluded_payment_method_types": null,
        "last_payment_error": intent.last_payment_error,
        "latest_charge": latest_charge(intent, view),
        "livemode": intent.mode.is_live(),
        "metadata": intent.metadata,
        "next_action": intent.next_action,
        "on_behalf_of": null,
        "payment_method": intent.payment_method,
        "payment_method_configuration_details": null,
        "payment_method_options": {
            "card": {
                "installments": null,
                "mandate_options": null,
                "network": null,
                "request_three_d_secure": "automatic",
            },
        },
        "processing": if intent.status == Status::Processing { json!({ "type": "card" }) } else { Value::Null },
        "receipt_email": settings.receipt_email,
        "review": null,
        "setup_future_usage": settings.setup_future_usage,
        "shipping": null,
        "source": null,
        "statement_descriptor": null,
        "statement_descriptor_suffix": settings.statement_descriptor_suffix,
        "status": intent.status.word(),
        "transfer_data": null,
        "transfer_group": null,
    });
    if let Some(fields) = body.as_object_mut() {
        add_methods(fields, &settings.methods);
        if view.browser {
            fields.retain(|name, _| BROWSER_FIELDS.contains(&name.as_str()));
        }
    }
    body
}

fn add_methods(fields: &mut Map<String, Value>, methods: &Methods) {
    let (automatic, allowed, types) = match methods {
        Methods::Allowed(types) => (Value::Null, json!(types), json!(types)),
        Methods::Automatic { allow_redirects } => (
            json!({ "allow_redirects": allow_redirects, "enabled": true }),
            Value::Null,
            json!(["card", "link"]),
        ),
    };
    fields.insert("allowed_payment_method_types".to_owned(), allowed);
    fields.insert("automatic_payment_methods".to_owned(), automatic);
    fields.insert("payment_method_types".to_owned(), types);
}

fn latest_charge(intent: &Intent, view: View) -> Value {
    match intent.charges.last() {
        None => Value::Null,
        Some(charge) if view.charge_whole => charge_payload::charge(intent, charge),
        Some(charge) => json!(charge.id),
    }
}
