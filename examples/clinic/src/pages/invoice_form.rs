//! The form for a draft: what was typed, as typed, and what is wrong with it. Reading it is the route's business.

use std::collections::BTreeMap;

use billing_domain::InvoiceId;
use billing_domain::invoice::{InvoiceError, LineItemError, TextError};
use maud::{Markup, html};

use crate::pages::{Frame, layout};

/// How many lines the form has.
pub const LINES: usize = 5;

/// A draft as typed. Field names: `full_name`, `patient`, `version`, and for line 0 to 4 `description-0`,
/// `quantity-0`, `unit_price-0`, `tax-0`. The currency is CAD.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvoiceForm {
    /// The draft being edited; absent for a new one.
    pub invoice: Option<InvoiceId>,
    /// The id a new draft will have, drawn when its form was first shown and sent along as the hidden field `new_id`:
    /// sent twice, it is saved once. Empty for an edited one.
    pub new_id: String,
    /// The version it was edited from, as a figure; empty for a new one.
    pub version: String,
    /// The payer's full name.
    pub full_name: String,
    /// The patient's reference.
    pub patient: String,
    /// The lines.
    pub lines: [LineForm; LINES],
}

/// One line as typed; all four empty is no line. A tax alone is no line either.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineForm {
    /// What is sold.
    pub description: String,
    /// How many.
    pub quantity: String,
    /// The price of one: `85`, `85.00` or, in French, `85,00`.
    pub unit_price: String,
    /// `exempt`, `zero-rated`, or a province's two letters.
    pub tax: String,
}

/// What is wrong, by field name; `""` is the form as a whole.
pub type InvoiceFormErrors = BTreeMap<String, Wrong>;

/// Why a field was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The draft was changed or finalised meanwhile.
    Changed,
    /// The invoice as a whole cannot stand.
    Invoice(InvoiceError),
    /// The line's price and quantity do not go together, or one of them is out of bounds.
    Line(LineItemError),
    /// Not one line is filled in.
    NoLines,
    /// It is not a figure.
    NotAFigure,
    /// It is not one of the taxes offered.
    Tax,
    /// The text cannot be taken.
    Text(TextError),
}

/// The form for a new draft or an edited one.
pub fn invoice_form(frame: &Frame<'_>, form: &InvoiceForm, errors: &InvoiceFormErrors) -> Markup {
    let _ = (form, errors);
    layout(frame, "Invoice", &html! {})
}
