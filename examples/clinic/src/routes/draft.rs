//! From what was typed into the invoice form to a draft, or to what is wrong with each field. Pure.

use billing_app::RandomIds;
use billing_domain::invoice::{
    BillingAddress, InvoiceError, LineDetails, LineItem, LineItemError, PatientRef, PlaceOfSupply, Quantity,
    TaxStatus,
};
use billing_domain::{BillingName, Currency, DispensaryId, Ids as _, Invoice, InvoiceId, Money};
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::form::Form;
use crate::lang::Lang;
use crate::pages::{InvoiceForm, InvoiceFormErrors, LineForm, Wrong};

/// Longer than any figure that could be taken.
const FIGURE_LENGTH_MAX: usize = 24;

/// An empty form. What it becomes has an id already: sent twice, it is saved once.
pub(super) fn blank() -> InvoiceForm {
    InvoiceForm { new_id: RandomIds.next().to_string(), ..InvoiceForm::default() }
}

/// The form as it was typed.
pub(super) fn typed(form: &Form, invoice: Option<InvoiceId>) -> InvoiceForm {
    let line = |place| {
        let field = |name| form.text(&format!("{name}-{place}")).to_owned();
        LineForm {
            description: field("description"),
            quantity: field("quantity"),
            unit_price: field("unit_price"),
            tax: field("tax"),
        }
    };
    InvoiceForm {
        invoice,
        new_id: form.text("new_id").to_owned(),
        version: form.text("version").to_owned(),
        full_name: form.text("full_name").to_owned(),
        patient: form.text("patient").to_owned(),
        lines: std::array::from_fn(line),
    }
}

/// The form that shows a stored draft.
pub(super) fn of_draft(invoice: &Invoice, lang: Lang) -> InvoiceForm {
    let mut form = InvoiceForm {
        invoice: Some(invoice.id()),
        new_id: String::new(),
        version: invoice.version().to_string(),
        full_name: invoice.billing().full_name.as_str().to_owned(),
        patient: invoice.patient().as_str().to_owned(),
        lines: Default::default(),
    };
    for (shown, line) in form.lines.iter_mut().zip(invoice.lines()) {
        let details = line.details();
        *shown = LineForm {
            description: details.description.as_str().to_owned(),
            quantity: figure_in(lang, details.quantity.value()),
            unit_price: figure_in(lang, details.unit_price.to_decimal()),
            tax: match &details.tax {
                TaxStatus::Exempt => "exempt".to_owned(),
                TaxStatus::Taxable(group) => group.name().as_str().to_owned(),
                TaxStatus::ZeroRated => "zero-rated".to_owned(),
            },
        };
    }
    form
}

/// A new draft with what was typed, or what is wrong with it.
pub(super) fn new_draft(
    id: InvoiceId,
    dispensary: DispensaryId,
    form: &InvoiceForm,
    lang: Lang,
    on: Date,
) -> Result<Invoice, InvoiceFormErrors> {
    let Read { payer, patient, lines } = read(form, lang)?;
    let empty = Invoice::draft(id, dispensary, patient, BillingAddress::of(payer), Currency::CAD);
    with_lines(empty, lines, on)
}

/// The stored draft with what was typed instead, or what is wrong with it. What the form does not show, such as the
/// payer's street, stays.
pub(super) fn edited(
    known: &Invoice,
    form: &InvoiceForm,
    lang: Lang,
    on: Date,
) -> Result<Invoice, InvoiceFormErrors> {
    let Read { payer, patient, lines } = read(form, lang)?;
    let mut edited = known.clone();
    let billing = BillingAddress { full_name: payer, ..known.billing().clone() };
    edited.set_billing(billing).and_then(|()| edited.set_patient(patient)).map_err(as_a_whole)?;
    while !edited.lines().is_empty() {
        edited.remove_line(0).map_err(as_a_whole)?;
    }
    with_lines(edited, lines, on)
}

/// Whether two drafts say the same to whoever reads them: then the second was sent by a second click.
pub(super) fn say_the_same(one: &Invoice, other: &Invoice) -> bool {
    (one.billing(), one.patient(), one.lines()) == (other.billing(), other.patient(), other.lines())
}

/// The fields of the form, well-formed.
struct Read {
    payer: BillingName,
    patient: PatientRef,
    lines: Vec<LineItem>,
}

/// All of what was typed, or everything that is wrong with it.
fn read(form: &InvoiceForm, lang: Lang) -> Result<Read, InvoiceFormErrors> {
    let mut wrong = InvoiceFormErrors::new();
    let mut text = |field: &str, error| wrong.insert(field.to_owned(), Wrong::Text(error));
    let payer = BillingName::parse(&form.full_name).map_err(|error| text("full_name", error));
    let patient = PatientRef::parse(&form.patient).map_err(|error| text("patient", error));
    let mut lines = Vec::new();
    let typed = form.lines.iter().enumerate().filter(|(_, typed)| !is_empty(typed));
    for (place, typed) in typed {
        match line(typed, lang) {
            Ok(line) => lines.push(line),
            Err(errors) => {
                wrong.extend(errors.into_iter().map(|(field, why)| (format!("{field}-{place}"), why)));
            }
        }
    }
    if form.lines.iter().all(is_empty) {
        wrong.insert(String::new(), Wrong::NoLines);
    }
    match (payer, patient) {
        (Ok(payer), Ok(patient)) if wrong.is_empty() => Ok(Read { payer, patient, lines }),
        _ => Err(wrong),
    }
}

/// The lines are added up at once, so that nobody saves what cannot be finalised.
fn with_lines(mut draft: Invoice, lines: Vec<LineItem>, on: Date) -> Result<Invoice, InvoiceFormErrors> {
    for line in lines {
        draft.add_line(line).map_err(as_a_whole)?;
    }
    draft.preview(on).map_err(as_a_whole)?;
    Ok(draft)
}

fn as_a_whole(error: InvoiceError) -> InvoiceFormErrors {
    InvoiceFormErrors::from([(String::new(), Wrong::Invoice(error))])
}

/// A tax alone is no line: it is preselected.
fn is_empty(typed: &LineForm) -> bool {
    [&typed.description, &typed.quantity, &typed.unit_price].iter().all(|field| field.trim().is_empty())
}

fn line(typed: &LineForm, lang: Lang) -> Result<LineItem, Vec<(&'static str, Wrong)>> {
    let mut wrong = Vec::new();
    let mut note = |field, why| wrong.push((field, why));
    let description = typed.description.parse().map_err(|error| note("description", Wrong::Text(error)));
    let quantity = figure(&typed.quantity, lang).and_then(|it| Quantity::new(it).map_err(Wrong::Line));
    let quantity = quantity.map_err(|why| note("quantity", why));
    let unit_price = figure(&typed.unit_price, lang).and_then(|it| {
        Money::from_decimal(it, Currency::CAD).map_err(|error| Wrong::Line(LineItemError::Money(error)))
    });
    let unit_price = unit_price.map_err(|why| note("unit_price", why));
    let tax = tax(&typed.tax).map_err(|why| note("tax", why));
    let (Ok(description), Ok(quantity), Ok(unit_price), Ok(tax)) = (description, quantity, unit_price, tax)
    else {
        return Err(wrong);
    };
    let details = LineDetails { description, practitioner: None, quantity, unit_price, discount: None, tax };
    LineItem::new(details).map_err(|error| vec![("unit_price", Wrong::Line(error))])
}

fn tax(typed: &str) -> Result<TaxStatus, Wrong> {
    match typed {
        "exempt" => Ok(TaxStatus::Exempt),
        "zero-rated" => Ok(TaxStatus::ZeroRated),
        place => {
            let place: PlaceOfSupply = place.parse().map_err(|_| Wrong::Tax)?;
            Ok(TaxStatus::Taxable(place.tax_group()))
        }
    }
}

/// A figure as people write it: `1234.50`, in French also `1 234,50`. A comma in English is refused and not guessed at:
/// `1,000` would be one.
pub(super) fn figure(typed: &str, lang: Lang) -> Result<Decimal, Wrong> {
    let plain: String = match lang {
        Lang::En => typed.trim().to_owned(),
        Lang::Fr => {
            let spaces = |c: &char| !matches!(c, ' ' | '\u{a0}' | '\u{202f}');
            typed.trim().chars().filter(spaces).map(|c| if c == ',' { '.' } else { c }).collect()
        }
    };
    let allowed = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-');
    if plain.len() > FIGURE_LENGTH_MAX || !plain.chars().all(allowed) {
        return Err(Wrong::NotAFigure);
    }
    plain.parse().map_err(|_| Wrong::NotAFigure)
}

pub(super) fn figure_in(lang: Lang, figure: Decimal) -> String {
    match lang {
        Lang::En => figure.to_string(),
        Lang::Fr => figure.to_string().replace('.', ","),
    }
}

#[cfg(test)]
mod tests {
    use billing_domain::MoneyError;
    use billing_domain::invoice::TextError;
    use jiff::civil::date;

    use super::*;
    use crate::places::OFFICE;

    const TODAY: Date = date(2026, 11, 22);

    fn line_form(description: &str, quantity: &str, unit_price: &str, tax: &str) -> LineForm {
        LineForm {
            description: description.to_owned(),
            quantity: quantity.to_owned(),
            unit_price: unit_price.to_owned(),
            tax: tax.to_owned(),
        }
    }

    fn form(line: LineForm) -> InvoiceForm {
        let mut form = InvoiceForm {
            full_name: "Zoé O’Brien".to_owned(),
            patient: "patient-7731".to_owned(),
            ..blank()
        };
        form.lines[0] = line;
        form
    }

    fn filled(form: &InvoiceForm, lang: Lang) -> Result<Invoice, InvoiceFormErrors> {
        new_draft(form.new_id.parse().unwrap(), OFFICE, form, lang, TODAY)
    }

    fn wrong_in(line: LineForm) -> InvoiceFormErrors {
        filled(&form(line), Lang::En).unwrap_err()
    }

    #[test]
    fn what_is_typed_becomes_a_draft() {
        let mut form = form(line_form("Initial visit", "1", "85.00", "exempt"));
        form.lines[3] = line_form("Magnesium", "2", "25.18", "ON");
        form.lines[4].tax = "exempt".to_owned();
        let invoice = filled(&form, Lang::En).unwrap();
        assert_eq!(invoice.lines().len(), 2);
        assert_eq!(invoice.preview(TODAY).unwrap().total(), Money::new(14_191, Currency::CAD));
        assert_eq!(invoice.billing().full_name.as_str(), "Zoé O’Brien");
    }

    #[test]
    fn french_figures_are_read_in_french_only() {
        let line = || line_form("Visite", "1,5", "1\u{a0}234,50", "exempt");
        let total = filled(&form(line()), Lang::Fr).unwrap().preview(TODAY).unwrap().total();
        assert_eq!(total, Money::new(185_175, Currency::CAD));
        let wrong = wrong_in(line());
        assert_eq!(wrong.get("quantity-0"), Some(&Wrong::NotAFigure));
        assert_eq!(wrong.get("unit_price-0"), Some(&Wrong::NotAFigure));
        assert_eq!(wrong_in(line_form("Visit", "1,000", "1", "exempt"))["quantity-0"], Wrong::NotAFigure);
    }

    #[test]
    fn what_is_no_figure_is_told_of_its_field() {
        for figure in
            ["", "abc", "1e3", "1_000", "0x10", "١", "--1", "1.2.3", "+1", "NaN", "∞", &"9".repeat(30)]
        {
            let wrong = wrong_in(line_form("Visit", "1", figure, "exempt"));
            assert_eq!(wrong, [("unit_price-0".to_owned(), Wrong::NotAFigure)].into(), "{figure}");
        }
    }

    #[test]
    fn what_is_out_of_bounds_is_told_of_its_field() {
        let price = |price: &str| wrong_in(line_form("Visit", "1", price, "exempt"))["unit_price-0"].clone();
        assert_eq!(price("-1"), Wrong::Line(LineItemError::NegativePrice));
        assert_eq!(price("0.001"), Wrong::Line(LineItemError::Money(MoneyError::ExcessDigits)));
        assert_eq!(price("999999999999999999999"), Wrong::Line(LineItemError::Money(MoneyError::Overflow)));
        let quantity = |it: &str| wrong_in(line_form("Visit", it, "1", "exempt"))["quantity-0"].clone();
        for out in ["0", "-1", "100001", "0.0001"] {
            assert_eq!(quantity(out), Wrong::Line(LineItemError::Quantity), "{out}");
        }
        let product = wrong_in(line_form("Visit", "100000", "92233720368547758.07", "exempt"));
        assert_eq!(product["unit_price-0"], Wrong::Line(LineItemError::Money(MoneyError::Overflow)));
    }

    #[test]
    fn lines_that_add_up_to_too_much_are_told_of_the_whole_form() {
        let mut form = form(line_form("Visit", "1", "92233720368547758.07", "exempt"));
        form.lines[1] = form.lines[0].clone();
        let wrong = filled(&form, Lang::En).unwrap_err();
        assert_eq!(
            wrong,
            [(String::new(), Wrong::Invoice(InvoiceError::Money(MoneyError::Overflow)))].into()
        );
    }

    #[test]
    fn texts_too_long_or_like_a_card_are_told_of_their_field() {
        let mut form = form(line_form(&"v".repeat(201), "1", "1", "exempt"));
        form.full_name = "4242 4242 4242 4242".to_owned();
        form.patient = String::new();
        let wrong = filled(&form, Lang::En).unwrap_err();
        assert_eq!(wrong["description-0"], Wrong::Text(TextError::TooLong { max: 200 }));
        assert_eq!(wrong["full_name"], Wrong::Text(TextError::LooksLikeCardNumber));
        assert_eq!(wrong["patient"], Wrong::Text(TextError::Empty));
    }

    #[test]
    fn a_form_without_a_line_or_with_another_tax_is_refused() {
        assert_eq!(wrong_in(LineForm::default())[""], Wrong::NoLines);
        assert_eq!(wrong_in(line_form("Visit", "1", "1", "on"))["tax-0"], Wrong::Tax);
    }

    #[test]
    fn a_draft_shown_and_sent_back_is_the_same_draft() {
        let mut form = form(line_form("Visite", "1.5", "85.50", "QC"));
        form.lines[1] = line_form("Rien", "1", "0.00", "zero-rated");
        let draft = filled(&form, Lang::En).unwrap();
        for lang in Lang::ALL {
            let again = edited(&draft, &of_draft(&draft, lang), lang, TODAY).unwrap();
            assert!(say_the_same(&again, &draft) && again.version() > draft.version());
        }
    }
}
