//! `status_check`: what became of a transaction, found by its order id. It never charges.

use super::super::dollars;
use super::super::orders::Order;
use super::super::readings::{ChangedCheck, DeclinedCheck, Readings, SecondCheck};
use super::super::state::State;
use super::receipt::{Receipt, TransType};
use super::request::Asked;

const SECOND: &str = "The status of this order id was checked before";

pub(super) fn status_check(state: &mut State, asked: &Asked) -> Result<Receipt, String> {
    let readings = state.readings;
    let order_id = asked.order_id()?;
    let store = state.stores.get_mut(&asked.store_id).ok_or(super::BAD_CREDENTIALS)?;
    let checks = store.checks.entry(order_id.to_owned()).or_insert(0);
    *checks = checks.saturating_add(1);
    if *checks > 1 && readings.second_check == SecondCheck::Refused {
        return Err(SECOND.to_owned());
    }
    let found = store.orders.get(order_id).and_then(|order| find(order_id, order, asked, readings));
    Ok(match found {
        None => said(Receipt::null(asked.shape(), "null"), "999", "Not found or null"),
        Some(receipt) => said(receipt, "000", "Found"),
    })
}

/// The newest transaction of the kind that is asked for; nothing of which the bank's answer is not known.
fn find(order_id: &str, order: &Order, asked: &Asked, readings: Readings) -> Option<Receipt> {
    let (slip, kind) = match asked.transaction.as_str() {
        "purchasecorrection" => (order.correction.as_ref()?, TransType::Correction),
        "refund" => (order.refunds.last()?, TransType::Refund),
        "res_purchase_cc" => (&order.sale, TransType::Purchase),
        _ => return None,
    };
    let amount = asked.field("amount").is_none_or(|amount| dollars::cents(amount) == Some(slip.amount));
    let data_key = asked.field("data_key").is_none_or(|key| order.data_key.as_deref() == Some(key));
    let same = (amount && data_key) || readings.changed_check == ChangedCheck::Answered;
    let shown = slip.is_approved() || readings.declined_check == DeclinedCheck::Found;
    (slip.answer.is_some() && same && shown).then(|| Receipt::of(order_id, order, slip, kind))
}

fn said(receipt: Receipt, code: &str, message: &str) -> Receipt {
    receipt.and("status_code", code).and("status_message", message)
}
