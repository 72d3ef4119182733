//! A `PaymentIntent` and its charge as JSON, as large and as full of nulls as Stripe's. Never changes one.

use serde_json::{Map, Value, json};

use super::super::cards::Checks;
use super::super::error::ApiError;
use super::super::keys::Caller;
use super::super::params::Fields;
use super::charge::{Charge, ChargeStatus};
use super::{CardOnIntent, Intent, Methods, Status};

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

/// Fields of a charge that nothing here fills.
const CHARGE_NULLS: &[&str] = &[
    "application",
    "application_fee",
    "application_fee_amount",
    "calculated_statement_descriptor",
    "customer",
    "destination",
    "dispute",
    "failure_balance_transaction",
    "on_behalf_of",
    "order",
    "receipt_number",
    "review",
    "shipping",
    "source",
    "source_transfer",
    "statement_descriptor",
    "transfer_data",
    "transfer_group",
];

/// Who looks, and whether the charge is wanted whole.
#[derive(Clone, Copy)]
pub(super) struct View {
    browser: bool,
    charge_whole: bool,
}

impl View {
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
        Some(charge) if view.charge_whole => whole_charge(intent, charge),
        Some(charge) => json!(charge.id),
    }
}

fn whole_charge(intent: &Intent, charge: &Charge) -> Value {
    let taken = charge.status == ChargeStatus::Succeeded;
    let mut body = json!({
        "id": charge.id,
        "object": "charge",
        "amount": intent.amount,
        "amount_captured": if charge.captured { intent.amount } else { 0 },
        "amount_refunded": 0,
        "balance_transaction": charge.balance_transaction,
        "billing_details": billing_details(&charge.card),
        "captured": charge.captured,
        "created": charge.created,
        "currency": intent.currency,
        "description": intent.settings.description,
        "disputed": false,
        "failure_code": charge.refusal.map(|refusal| refusal.code),
        "failure_message": charge.refusal.map(|refusal| refusal.message),
        "fraud_details": {},
        "livemode": intent.mode.is_live(),
        "metadata": intent.metadata,
        "outcome": outcome(charge),
        "paid": taken,
        "payment_intent": intent.id,
        "payment_method": charge.card.payment_method,
        "payment_method_details": { "card": card_details(charge), "type": "card" },
        "receipt_email": intent.settings.receipt_email,
        "receipt_url": if taken { json!(format!("https://pay.stripe.com/receipts/{}", charge.id)) } else { Value::Null },
        "refunded": false,
        "statement_descriptor_suffix": intent.settings.statement_descriptor_suffix,
        "status": charge.status.word(),
    });
    if let Some(fields) = body.as_object_mut() {
        fields.extend(CHARGE_NULLS.iter().map(|name| ((*name).to_owned(), Value::Null)));
    }
    body
}

fn outcome(charge: &Charge) -> Value {
    let (network, reason, seller, kind) = match (charge.status, charge.refusal) {
        (ChargeStatus::Pending, _) => return Value::Null,
        (_, None) => ("approved_by_network", Value::Null, "Payment complete.", "authorized"),
        (_, Some(refusal)) if refusal.blocked_by_stripe => (
            "not_sent_to_network",
            json!("highest_risk_level"),
            "Stripe blocked this payment as too risky.",
            "blocked",
        ),
        (_, Some(refusal)) => (
            "declined_by_network",
            json!(refusal.decline_code.unwrap_or(refusal.code)),
            "The bank did not accept this payment.",
            "issuer_declined",
        ),
    };
    json!({
        "advice_code": charge.refusal.and_then(|refusal| refusal.advice_code),
        "network_advice_code": null,
        "network_decline_code": charge.refusal.filter(|refusal| !refusal.blocked_by_stripe).map(|_| "05"),
        "network_status": network,
        "reason": reason,
        "risk_level": if kind == "blocked" { "highest" } else { "normal" },
        "risk_score": if kind == "blocked" { 90 } else { 12 },
        "seller_message": seller,
        "type": kind,
    })
}

fn card_details(charge: &Charge) -> Value {
    let card = &charge.card;
    json!({
        "amount_authorized": charge.authorization_code.as_ref().map(|_| charge.amount),
        "authorization_code": charge.authorization_code,
        "brand": card.card.brand(),
        "checks": checks(card.card.checks),
        "country": card.card.country(),
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        "extended_authorization": { "status": "disabled" },
        "fingerprint": format!("fp{}", card.card.last4()),
        "funding": "credit",
        "incremental_authorization": { "status": "unavailable" },
        "installments": null,
        "last4": card.card.last4(),
        "mandate": null,
        "multicapture": { "status": "unavailable" },
        "network": card.card.brand(),
        "network_token": { "used": false },
        "network_transaction_id": charge.authorization_code.as_ref().map(|code| format!("11711{code}")),
        "overcapture": { "maximum_amount_capturable": charge.amount, "status": "unavailable" },
        "regulated_status": "unregulated",
        "three_d_secure": null,
        "wallet": null,
    })
}

/// The payment method as `last_payment_error` repeats it.
pub(super) fn payment_method(card: &CardOnIntent, created: i64, livemode: bool) -> Value {
    json!({
        "id": card.payment_method,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing_details(card),
        "card": {
            "brand": card.card.brand(),
            "checks": checks(card.card.checks),
            "country": card.card.country(),
            "display_brand": card.card.brand(),
            "exp_month": card.exp_month,
            "exp_year": card.exp_year,
            "fingerprint": format!("fp{}", card.card.last4()),
            "funding": "credit",
            "generated_from": null,
            "last4": card.card.last4(),
            "networks": { "available": [card.card.brand()], "preferred": null },
            "three_d_secure_usage": { "supported": true },
            "wallet": null,
        },
        "created": created,
        "customer": null,
        "livemode": livemode,
        "metadata": {},
        "type": "card",
    })
}

fn billing_details(card: &CardOnIntent) -> Value {
    let mut details = json!({
        "address": { "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null },
        "email": null,
        "name": null,
        "phone": null,
        "tax_id": null,
    });
    if let Some(fields) = details.as_object_mut() {
        for (name, value) in &card.billing {
            match (fields.get_mut(name).and_then(Value::as_object_mut), value.as_object()) {
                (Some(inner), Some(given)) => inner.extend(given.clone()),
                _ => drop(fields.insert(name.clone(), value.clone())),
            }
        }
    }
    details
}

fn checks(checks: Checks) -> Value {
    let word = |fails: bool| if fails { "fail" } else { "pass" };
    json!({
        "address_line1_check": null,
        "address_postal_code_check": word(checks == Checks::ZipFails),
        "cvc_check": word(checks == Checks::CvcFails),
    })
}
