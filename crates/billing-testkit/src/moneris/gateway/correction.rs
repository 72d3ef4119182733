//! `purchasecorrection`: takes a whole purchase back while its batch is open. Never a part of it.

use super::super::host::HostAnswer;
use super::super::orders::Maker;
use super::super::state::State;
use super::receipt::{Receipt, TransType};
use super::refund::original;
use super::request::Asked;

const REQUIRED: &[&str] = &["crypt_type", "order_id", "txn_number"];
const OPTIONAL: &[&str] = &["cust_id", "dynamic_descriptor"];
const BATCH_CLOSED: &str = "The batch of the original transaction is closed";
const NOT_WHOLE: &str = "The original transaction was already corrected or refunded";

pub(super) fn correct(state: &mut State, asked: &Asked, host: Option<HostAnswer>) -> Result<Receipt, String> {
    asked.only(REQUIRED, OPTIONAL)?;
    let State { ids, now, stores, .. } = state;
    let store = stores.get_mut(&asked.store_id).ok_or(super::BAD_CREDENTIALS)?;
    let order = original(store, asked)?;
    if order.correction.is_some() || order.refunded() > 0 {
        return Err(NOT_WHOLE.to_owned());
    }
    if order.sale.batch != store.batch(*now) {
        return Err(BATCH_CLOSED.to_owned());
    }
    let amount = order.amount;
    let slip = Maker { host, ids, now: *now }.follow_up(store, amount, HostAnswer::APPROVED);
    let order_id = asked.order_id()?;
    let order = store.orders.get_mut(order_id).ok_or(super::NO_MATCH)?;
    if slip.is_approved() {
        order.correction = Some(slip.clone());
    }
    Ok(Receipt::of(order_id, order, &slip, TransType::Correction))
}
