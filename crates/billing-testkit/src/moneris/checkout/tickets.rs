//! Checkout tickets: what each is for, and whether it can still be paid. Never a card's number.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::orders::Order;
use super::super::readings::DeclinedCheckout;
use super::super::state::State;

/// What the fake keeps of a ticket.
#[derive(Deserialize, Serialize)]
pub(in crate::moneris) struct Ticket {
    /// In cents; zero verifies a card.
    pub(in crate::moneris) amount: i64,
    pub(super) cust_id: Option<String>,
    /// `en` or `fr`.
    pub(in crate::moneris) language: String,
    pub(super) made_at: Timestamp,
    pub(super) order_no: String,
    pub(in crate::moneris) store: String,
    /// The newest submission of the form.
    pub(super) submitted: Option<Submitted>,
}

/// What was typed beside the card's number.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Submitted {
    pub(super) cardholder: String,
    /// `mmyy`.
    pub(super) expiry: String,
}

impl Ticket {
    /// The order's id as it is charged: a card that is only verified has its own.
    pub(super) fn order_id(&self) -> String {
        if self.amount == 0 { format!("{}_veri", self.order_no) } else { self.order_no.clone() }
    }
}

impl State {
    /// The ticket, if it can be paid now: 2001 is unknown, 2002 spent, 2003 expired.
    pub(in crate::moneris) fn payable(&self, id: &str) -> Result<&Ticket, &'static str> {
        let ticket = self.tickets.get(id).ok_or("2001")?;
        let is_final = |order: &Order| {
            order.sale.is_approved() || self.readings.declined_checkout == DeclinedCheckout::Final
        };
        if self.paid_with(id, ticket).is_some_and(is_final) {
            return Err("2002");
        }
        let age = self.now.duration_since(ticket.made_at).unsigned_abs();
        if age >= self.readings.ticket_lives { Err("2003") } else { Ok(ticket) }
    }

    /// The order that this very ticket was submitted for.
    pub(super) fn paid_with(&self, id: &str, ticket: &Ticket) -> Option<&Order> {
        let order = self.stores.get(&ticket.store)?.orders.get(&ticket.order_id())?;
        Some(order).filter(|order| order.ticket.as_deref() == Some(id))
    }
}
