//! A charge and its card as JSON, as `latest_charge` expanded and `last_payment_error` show them. Changes nothing.

use serde_json::{Value, json};

use super::super::cards::Checks;
use super::charge::{Charge, ChargeStatus};
use super::{CardOnIntent, Intent};

/// Fields of a charge that nothing here fills.
const CHARGE_NULLS: &[&str] = &[
    "application",
    "application_fee",
    "application_fee_amount",
    "calculated_statement_descriptor",
    "customer",
    "destination",
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

pub(super) fn charge(intent: &Intent, charge: &Charge) -> Value {
    let refunded = intent.refunded_of(&charge.id);
    let taken = charge.status == ChargeStatus::Succeeded;
    let mut body = json!({
        "id": charge.id,
        "object": "charge",
        "amount": intent.amount,
        "amount_captured": if charge.captured { intent.amount } else { 0 },
        "amount_refunded": refunded,
        "balance_transaction": charge.balance_transaction,
        "billing_details": billing_details(&charge.card),
        "captured": charge.captured,
        "created": charge.created,
        "currency": intent.currency,
        "description": intent.settings.description,
        "dispute": charge.dispute,
        "disputed": charge.dispute.is_some(),
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
        "receipt_url": if taken { receipt_url(charge) } else { Value::Null },
        "refunded": charge.captured && refunded >= charge.amount,
        "statement_descriptor_suffix": intent.settings.statement_descriptor_suffix,
        "status": charge.status.word(),
    });
    if let Some(fields) = body.as_object_mut() {
        fields.extend(CHARGE_NULLS.iter().map(|name| ((*name).to_owned(), Value::Null)));
    }
    body
}

fn receipt_url(charge: &Charge) -> Value {
    format!("https://pay.stripe.com/receipts/{}", charge.id).into()
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
