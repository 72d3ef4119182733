//! `refund`: gives back a part of a purchase, or all of it. Never more than was taken.

use super::super::cards::Act;
use super::super::dollars;
use super::super::host::HostAnswer;
use super::super::orders::{Maker, Order};
use super::super::state::State;
use super::super::stores::Store;
use super::receipt::{Receipt, TransType};
use super::request::{Asked, invalid};

const REQUIRED: &[&str] = &["amount", "crypt_type", "order_id", "txn_number"];
const OPTIONAL: &[&str] = &["cust_id", "dynamic_descriptor"];
const TOO_MUCH: &str = "The refund amount is more than what is left of the original amount";

pub(super) fn refund(state: &mut State, asked: &Asked, host: Option<HostAnswer>) -> Result<Receipt, String> {
    asked.only(REQUIRED, OPTIONAL)?;
    let amount = dollars::cents_to_move(asked.required("amount")?).ok_or_else(|| invalid("amount"))?;
    let State { ids, now, stores, .. } = state;
    let store = stores.get_mut(&asked.store_id).ok_or(super::BAD_CREDENTIALS)?;
    let order = original(store, asked)?;
    if order.correction.is_some() || order.refunded() + amount > order.captured() {
        return Err(TOO_MUCH.to_owned());
    }
    let refused = order.card.act == Act::RefuseRefund;
    let otherwise = if refused { HostAnswer::DECLINED } else { HostAnswer::APPROVED };
    let slip = Maker { host, ids, now: *now }.follow_up(store, amount, otherwise);
    let order_id = asked.order_id()?;
    let order = store.orders.get_mut(order_id).ok_or(super::NO_MATCH)?;
    order.refunds.push(slip.clone());
    Ok(Receipt::of(order_id, order, &slip, TransType::Refund))
}

/// The approved sale that the order id and the transaction number name together.
pub(super) fn original<'a>(store: &'a Store, asked: &Asked) -> Result<&'a Order, String> {
    let named = |order: &&Order| asked.field("txn_number") == Some(order.sale.trans_id.as_str());
    let order = store.orders.get(asked.order_id()?).filter(named).filter(|order| order.captured() > 0);
    order.ok_or_else(|| super::NO_MATCH.to_owned())
}
