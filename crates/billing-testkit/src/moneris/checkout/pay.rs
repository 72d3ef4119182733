//! The cardholder submits Checkout's form. One ticket pays one order, and a card may be tried again after a decline.

use super::super::FakeMoneris;
use super::super::cards::KnownCard;
use super::super::host::HostAnswer;
use super::super::orders::{Maker, Sale};
use super::super::readings::DeclinedCheckout;
use super::super::state::State;
use super::super::tokens::card_faults;
use super::tickets::Submitted;

/// What was typed into the form. No number is kept.
pub(in crate::moneris) struct Typed {
    pub(in crate::moneris) cardholder: String,
    pub(in crate::moneris) cvd: String,
    /// `mmyy`.
    pub(in crate::moneris) expiry: String,
    pub(in crate::moneris) number: String,
}

/// How a submission ended, as the browser hears of it. It proves nothing: only the server's receipt does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckoutEnd {
    /// The money was taken, or the card verified.
    Approved,
    /// Declined, and the ticket is spent.
    Declined,
    /// Declined; another card may be tried.
    DeclinedForNow,
}

impl FakeMoneris {
    /// What Checkout does with the form, a fault included.
    pub(in crate::moneris) fn submit(
        &self,
        ticket: &str,
        typed: &Typed,
    ) -> Result<CheckoutEnd, Vec<&'static str>> {
        let host = self.state().faults.take("pay").host();
        self.change(|state| submit(state, ticket, typed, host))
    }
}

/// The codes are a ticket's (2001 to 2003), the frame's for a card (943 to 945), or 2004: nobody knows how it ended.
fn submit(
    state: &mut State,
    id: &str,
    typed: &Typed,
    host: Option<HostAnswer>,
) -> Result<CheckoutEnd, Vec<&'static str>> {
    let ticket = state.payable(id).map_err(|code| vec![code])?;
    let wrong = card_faults(&typed.number, Some(&typed.expiry), Some(&typed.cvd), state.now);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let (amount, order_id, store_id) = (ticket.amount, ticket.order_id(), ticket.store.clone());
    let spent = || vec!["2002"];
    let State { ids, now, readings, stores, tickets, .. } = state;
    let store = stores.get_mut(&store_id).ok_or_else(spent)?;
    // Another ticket or the gateway may have used the order id meanwhile.
    if store.orders.get(&order_id).is_some_and(|order| order.ticket.as_deref() != Some(id)) {
        return Err(spent());
    }
    if let Some(ticket) = tickets.get_mut(id) {
        ticket.submitted =
            Some(Submitted { cardholder: typed.cardholder.clone(), expiry: typed.expiry.clone() });
    }
    let card = KnownCard::of(&typed.number);
    let sale = Sale { amount, card, data_key: None, order_id: order_id.clone(), ticket: Some(id.to_owned()) };
    if (Maker { host, ids, now: *now }).charge(store, sale) {
        return Err(vec!["2004"]);
    }
    let approved = store.orders.get(&order_id).is_some_and(|order| order.sale.is_approved());
    Ok(match (approved, readings.declined_checkout) {
        (true, _) => CheckoutEnd::Approved,
        (false, DeclinedCheckout::Final) => CheckoutEnd::Declined,
        (false, DeclinedCheckout::Incomplete | DeclinedCheckout::Provisional) => CheckoutEnd::DeclinedForNow,
    })
}
