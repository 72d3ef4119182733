//! The form for a draft: what was typed, as typed, and what is wrong with it. Reading it is the route's business.

use std::collections::BTreeMap;

use billing_domain::invoice::{InvoiceError, LineItemError, PatientRef, PlaceOfSupply, TextError};
use billing_domain::{BillingName, InvoiceId};
use maud::{Markup, html};

use crate::pages::parts::{Field, describedby, error_summary, field_error, invoice_at, post};
use crate::pages::{Frame, layout};
use crate::words::{place_of_supply, wrong};

/// How many lines the form has.
pub const LINES: usize = 5;

/// The tax of a line that bears none.
const EXEMPT: &str = "exempt";

/// The tax of a line that is taxable at nothing.
const ZERO_RATED: &str = "zero-rated";

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
    let words = frame.words();
    let (title, action) = match form.invoice {
        Some(id) => (words.edit_draft, invoice_at(frame, id) + "/edit"),
        None => (words.new_invoice, frame.path("invoices")),
    };
    let cancel = form.invoice.map_or_else(|| frame.path("transactions"), |id| invoice_at(frame, id));
    let form = &without_card_numbers(form, errors);
    let told: BTreeMap<&str, String> =
        errors.iter().map(|(name, error)| (name.as_str(), wrong(frame.lang, error))).collect();
    let fields = html! {
        input type="hidden" name="new_id" value=(form.new_id);
        input type="hidden" name="version" value=(form.version);
        (who(frame, form, &told))
        p class="hint" { (words.amounts_in_cad) }
        @for (place, line) in form.lines.iter().enumerate() { (line_fields(frame, place, line, &told)) }
        div class="toolbar" {
            button class="primary" { (words.save_draft) }
            a class="button" href=(cancel) { (words.back) }
        }
    };
    let main = html! {
        (error_summary(words.errors_title, &listed(frame, form, &told)))
        (post(frame, &action, "stack", &fields))
    };
    layout(frame, title, &main)
}

/// What looked like a card number is not shown again: it was typed into the wrong place once.
fn without_card_numbers(form: &InvoiceForm, errors: &InvoiceFormErrors) -> InvoiceForm {
    let is_card = |name: &str| errors.get(name) == Some(&Wrong::Text(TextError::LooksLikeCardNumber));
    let mut form = form.clone();
    if is_card("full_name") {
        form.full_name.clear();
    }
    for (place, line) in form.lines.iter_mut().enumerate() {
        if is_card(&format!("description-{place}")) {
            line.description.clear();
        }
    }
    form
}

type Told<'a> = BTreeMap<&'a str, String>;

fn who(frame: &Frame<'_>, form: &InvoiceForm, told: &Told<'_>) -> Markup {
    let words = frame.words();
    let full_name = Field {
        name: "full_name",
        label: words.billing_name,
        value: &form.full_name,
        hint: Some(words.billing_name_hint),
        error: told.get("full_name").map(String::as_str),
        is_required: true,
        length_max: Some(BillingName::LENGTH_MAX),
        ..Field::default()
    };
    let patient = Field {
        name: "patient",
        label: words.patient,
        value: &form.patient,
        hint: Some(words.patient_hint),
        error: told.get("patient").map(String::as_str),
        is_required: true,
        length_max: Some(PatientRef::LENGTH_MAX),
        ..Field::default()
    };
    html! { (full_name) (patient) }
}

fn line_fields(frame: &Frame<'_>, place: usize, line: &LineForm, told: &Told<'_>) -> Markup {
    let words = frame.words();
    let [description, quantity, unit_price, tax] = names(place);
    let error = |name: &str| told.get(name).map(String::as_str);
    let text = |name, label, value| Field { name, label, value, error: error(name), ..Field::default() };
    let figure = |name, label, value| Field { input_mode: Some("decimal"), ..text(name, label, value) };
    html! {
        fieldset class="line" {
            legend { (words.line) " " (place + 1) }
            (text(&description, words.description, &line.description))
            (figure(&quantity, words.quantity, &line.quantity))
            (figure(&unit_price, words.unit_price, &line.unit_price))
            (tax_field(frame, &tax, &line.tax, error(&tax)))
        }
    }
}

fn tax_field(frame: &Frame<'_>, name: &str, chosen: &str, error: Option<&str>) -> Markup {
    let words = frame.words();
    let option = |value: &str, label: &str| {
        html! {
            option value=(value) selected[value == chosen] { (label) }
        }
    };
    html! {
        div class="field" {
            label for=(name) { (words.tax) }
            select id=(name) name=(name) aria-invalid=[error.map(|_| "true")]
                aria-describedby=[describedby(name, None, error)]
            {
                (option("", words.choose_tax))
                (option(EXEMPT, words.exempt))
                (option(ZERO_RATED, words.zero_rated))
                @for place in PlaceOfSupply::ALL { (option(place.as_str(), place_of_supply(frame.lang, place))) }
            }
            (field_error(name, error))
        }
    }
}

/// The names of a line's fields.
fn names(place: usize) -> [String; 4] {
    ["description", "quantity", "unit_price", "tax"].map(|field| format!("{field}-{place}"))
}

/// What is wrong in the order of the form, each with the field it is about and how that is called.
fn listed(frame: &Frame<'_>, form: &InvoiceForm, told: &Told<'_>) -> Vec<(Option<String>, String)> {
    let words = frame.words();
    let mut known = vec![
        (String::new(), String::new()),
        ("full_name".to_owned(), words.billing_name.to_owned()),
        ("patient".to_owned(), words.patient.to_owned()),
    ];
    for place in 0..form.lines.len() {
        let labels = [words.description, words.quantity, words.unit_price, words.tax];
        let titled = labels.map(|label| format!("{} {}, {label}", words.line, place + 1));
        known.extend(names(place).into_iter().zip(titled));
    }
    let colon = frame.lang.pick(": ", "\u{a0}: ");
    let entry = |(name, label): (String, String)| {
        let text = told.get(name.as_str())?;
        Some(if name.is_empty() {
            (None, text.clone())
        } else {
            (Some(name), format!("{label}{colon}{text}"))
        })
    };
    known.into_iter().filter_map(entry).collect()
}
