//! `preload`: makes a ticket for one order. Charges nothing.

use serde_json::{Value, json};

use super::super::dollars;
use super::super::gateway::request::is_order_id;
use super::super::state::State;
use super::Wrong;
use super::request::Asked;
use super::tickets::Ticket;

const KNOWN: &[&str] = &[
    "ask_cvv",
    "billing_details",
    "cart",
    "contact_details",
    "cust_id",
    "dynamic_descriptor",
    "language",
    "order_no",
    "recur",
    "shipping_details",
    "txn_total",
];

pub(super) fn preload(state: &mut State, asked: &Asked) -> Result<Value, Wrong> {
    asked.only(KNOWN)?;
    let total = asked.text("txn_total").and_then(dollars::cents).ok_or(("txn_total", "invalid total"))?;
    let order_no = asked
        .text("order_no")
        .filter(|text| is_order_id(text))
        .ok_or(("order_no", "invalid order number"))?;
    if asked.text("dynamic_descriptor").is_some_and(|text| text.chars().count() > 20) {
        return Err(("dynamic_descriptor", "invalid dynamic descriptor"));
    }
    let language = asked.text("language").unwrap_or("en");
    if !matches!(language, "en" | "fr") {
        return Err(("language", "invalid language"));
    }
    let ticket = Ticket {
        amount: total,
        cust_id: asked.text("cust_id").map(str::to_owned),
        language: language.to_owned(),
        made_at: state.now,
        order_no: order_no.to_owned(),
        store: asked.text("store_id").unwrap_or_default().to_owned(),
        submitted: None,
    };
    let used =
        state.stores.get(&ticket.store).is_some_and(|store| store.orders.contains_key(&ticket.order_id()));
    if used {
        return Err(("order_no", "duplicate order number"));
    }
    let id = state.ids.ticket(state.now);
    state.tickets.insert(id.clone(), ticket);
    Ok(json!({ "success": "true", "ticket": id }))
}
