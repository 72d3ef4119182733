//! A refund as JSON (<https://docs.stripe.com/api/refunds/object>). It has no `livemode`, and what says why it waits
//! or failed is there only if it does. Changes nothing.

use serde_json::{Value, json};

use super::super::intent::Intent;
use super::{Progress, Refund, Wait};

pub(super) fn refund(intent: &Intent, refund: &Refund) -> Value {
    let charge = intent.charges.iter().find(|charge| charge.id == refund.charge);
    let mut body = json!({
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "balance_transaction": refund.balance_transaction,
        "charge": refund.charge,
        "created": refund.created,
        "currency": intent.currency,
        "customer": null,
        "customer_account": null,
        "destination_details": destination(refund),
        "metadata": refund.metadata,
        "payment_intent": intent.id,
        "payment_method": charge.map(|charge| &charge.card.payment_method),
        "reason": refund.reason,
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": refund.status(),
        "transfer_reversal": null,
    });
    if let Some(fields) = body.as_object_mut() {
        let mut add = |name: &str, value: &str| fields.insert(name.to_owned(), value.into());
        match &refund.progress {
            Progress::Canceled(undone) | Progress::Failed(undone) => {
                add("failure_reason", &undone.reason);
                if let Some(transaction) = &undone.balance_transaction {
                    add("failure_balance_transaction", transaction);
                }
            }
            Progress::Pending(Wait::InsufficientFunds) => drop(add("pending_reason", "insufficient_funds")),
            Progress::Pending(Wait::Processing) => drop(add("pending_reason", "processing")),
            Progress::Succeeded => {}
        }
    }
    body
}

/// The bank's reference comes days later, and here never.
fn destination(refund: &Refund) -> Value {
    let sent = refund.balance_transaction.is_some();
    json!({
        "card": {
            "reference_status": "pending",
            "reference_type": "acquirer_reference_number",
            "type": if sent { "refund" } else { "pending" },
        },
        "type": "card",
    })
}
