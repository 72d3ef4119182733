//! The payment window, and what stands in its place when there is none. No card ever passes through here.

use billing_app::{BillingError, PaymentWindow};
use billing_domain::{ActorId, InvoiceId, PaymentId};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::pages::{Frame, layout};

/// A payment window on an invoice.
#[derive(Clone, Copy, Debug)]
pub struct PayPage<'a> {
    /// What the library opened.
    pub window: &'a PaymentWindow,
    /// The invoice.
    pub invoice: InvoiceId,
    /// The invoice's number.
    pub number: &'a str,
    /// Where Stripe.js is.
    pub stripe_js_url: &'a str,
}

/// The payment window.
pub fn pay(frame: &Frame<'_>, page: &PayPage<'_>) -> Markup {
    let _ = page;
    layout(frame, "Payment", &html! {})
}

/// Somebody else is taking a card payment on this invoice.
pub fn in_progress(
    frame: &Frame<'_>,
    invoice: InvoiceId,
    payment: PaymentId,
    by: &ActorId,
    since: Timestamp,
) -> Markup {
    let _ = (invoice, payment, by, since);
    layout(frame, "Payment in progress", &html! {})
}

/// Why there is no payment window, and the way out.
pub fn cannot_pay(frame: &Frame<'_>, invoice: InvoiceId, why: &BillingError) -> Markup {
    let _ = (invoice, why);
    layout(frame, "No payment", &html! {})
}
