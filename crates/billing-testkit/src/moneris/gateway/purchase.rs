//! `res_purchase_cc`: charges the card behind a temporary token. An order id is charged once and never again.

use super::super::dollars;
use super::super::host::HostAnswer;
use super::super::orders::{Maker, Sale};
use super::super::state::State;
use super::receipt::{Receipt, Shape, TransType};
use super::request::{Asked, invalid};

const REQUIRED: &[&str] = &["amount", "crypt_type", "data_key", "order_id"];
const OPTIONAL: &[&str] =
    &["avs_info", "cof_info", "cust_id", "cust_info", "cvd_info", "dynamic_descriptor", "expdate"];

pub(super) fn purchase(
    state: &mut State,
    asked: &Asked,
    host: Option<HostAnswer>,
) -> Result<Receipt, String> {
    asked.only(REQUIRED, OPTIONAL)?;
    let order_id = asked.order_id()?.to_owned();
    let amount = dollars::cents_to_move(asked.required("amount")?).ok_or_else(|| invalid("amount"))?;
    let data_key = asked.required("data_key")?.to_owned();
    let used = state.stores.get(&asked.store_id).is_some_and(|store| store.orders.contains_key(&order_id));
    if used {
        return Ok(super::duplicate());
    }
    let token = state.live_token(&asked.store_id, &data_key).ok_or("Invalid data key")?;
    if !token.holds_expiry && asked.field("expdate").is_none_or(str::is_empty) {
        return Err("Invalid expiry date".to_owned());
    }
    let card = token.card.clone();
    state.use_token(&data_key);
    let State { ids, now, stores, .. } = state;
    let store = stores.get_mut(&asked.store_id).ok_or(super::BAD_CREDENTIALS)?;
    let sale = Sale { amount, card, data_key: Some(data_key), order_id: order_id.clone(), ticket: None };
    if (Maker { host, ids, now: *now }).charge(store, sale) {
        return Ok(super::timed_out(Shape::Vault));
    }
    let order = store.orders.get(&order_id).ok_or(super::NO_MATCH)?;
    Ok(Receipt::of(&order_id, order, &order.sale, TransType::Purchase))
}
