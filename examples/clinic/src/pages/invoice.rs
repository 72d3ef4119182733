//! One invoice: its figures, its payments and what can be done with it.

use billing_app::PaymentView;
use billing_domain::invoice::Totals;
use billing_domain::{Invoice, PayableState};
use maud::{Markup, html};

use crate::pages::{Frame, layout};

/// Everything the invoice's page shows.
#[derive(Clone, Copy, Debug)]
pub struct InvoicePage<'a> {
    /// The invoice.
    pub invoice: &'a Invoice,
    /// What is paid and open on it, once it was finalised.
    pub payable: Option<&'a PayableState>,
    /// What a draft would come to today; not needed for others.
    pub preview: Option<&'a Totals>,
    /// Its payments, newest first.
    pub payments: &'a [PaymentView],
    /// Why the last thing asked was not done, in the person's language.
    pub refused: Option<&'a str>,
}

/// One invoice.
pub fn invoice(frame: &Frame<'_>, page: &InvoicePage<'_>) -> Markup {
    let _ = page;
    layout(frame, "Invoice", &html! {})
}
