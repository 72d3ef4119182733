//! The transactions of a dispensary: its invoices and how far they are paid.

use billing_domain::{Invoice, PayableState};
use maud::{Markup, html};

use crate::pages::{Frame, layout};

/// An invoice with what is known of its payments.
#[derive(Clone, Debug)]
pub struct InvoiceRow {
    /// The invoice.
    pub invoice: Invoice,
    /// Its figures as a payable, once it was finalised.
    pub payable: Option<PayableState>,
}

/// A page of invoices, newest first; `older` is the address of the next page.
pub fn transactions(frame: &Frame<'_>, rows: &[InvoiceRow], older: Option<&str>) -> Markup {
    let _ = (rows, older);
    layout(frame, "Transactions", &html! {})
}
