//! `receipt`: what became of a ticket, as the server may believe it. Changes nothing.

use serde_json::{Value, json};

use super::super::batch::eastern;
use super::super::cards::Act;
use super::super::dollars;
use super::super::host::HostAnswer;
use super::super::orders::Order;
use super::super::readings::DeclinedCheckout;
use super::super::state::State;
use super::Wrong;
use super::request::Asked;
use super::tickets::Ticket;

const NOTHING_YET: Wrong = ("ticket", "invalid ticket or transaction is not complete");

pub(super) fn receipt(state: &State, asked: &Asked) -> Result<Value, Wrong> {
    asked.only(&["ticket"])?;
    let id = asked.text("ticket").ok_or(NOTHING_YET)?;
    let own = |ticket: &&Ticket| asked.text("store_id") == Some(&ticket.store);
    let ticket = state.tickets.get(id).filter(own).ok_or(NOTHING_YET)?;
    let order = state.paid_with(id, ticket).ok_or(NOTHING_YET)?;
    let shown = order.sale.is_approved() || state.readings.declined_checkout != DeclinedCheckout::Incomplete;
    match order.sale.answer.filter(|_| shown) {
        None => Err(NOTHING_YET),
        Some(answer) => Ok(body(id, ticket, order, answer)),
    }
}

fn body(id: &str, ticket: &Ticket, order: &Order, answer: HostAnswer) -> Value {
    let slip = &order.sale;
    let result = if answer.is_approval() { "a" } else { "d" };
    let matches = order.card.act != Act::CvdMismatch;
    let cvd = if matches { ("1M", "1", "success") } else { ("1N", "2", "failed") };
    let typed = ticket.submitted.as_ref();
    json!({
        "success": "true",
        "request": {
            "txn_total": dollars::text(ticket.amount),
            "order_no": ticket.order_no,
            "ticket": id,
            "cust_id": ticket.cust_id,
            "cc": {
                "first6last4": order.card.first6last4(),
                "expiry": typed.map(|typed| &typed.expiry),
                "cardholder": typed.map(|typed| &typed.cardholder),
            },
            "eci": "7",
        },
        "receipt": {
            "result": result,
            "cc": {
                "result": result,
                "order_no": ticket.order_id(),
                "transaction_no": slip.trans_id,
                "reference_no": slip.reference_number(),
                "transaction_code": if ticket.amount == 0 { "06" } else { "00" },
                "transaction_type": "200",
                "transaction_date_time": eastern(slip.at).strftime("%Y-%m-%d %H:%M:%S").to_string(),
                "amount": dollars::text(slip.amount),
                "response_code": format!("{:03}", answer.code),
                "iso_response_code": format!("{:02}", answer.iso),
                "approval_code": slip.auth_code,
                "card_type": order.card.brand.code(),
                "eci": "7",
                "cvd_result_code": cvd.0,
                "avs_result_code": null,
                "first6last4": null,
                "issuer_id": "null",
                "ecr_no": slip.terminal,
                "batch_no": format!("{:03}", slip.batch.number()),
                "sequence_no": format!("{:03}", slip.sequence()),
                "fraud": {
                    "cvd": { "result": cvd.1, "status": cvd.2 },
                    "avs": {},
                    "3d_secure": {},
                    "kount": {},
                },
            },
        },
    })
}
