//! Step 2: an invoice. A host with invoices of its own skips this and passes a `Payable` to the window instead.

use billing_app::RandomIds;
use billing_domain::invoice::{
    BillingAddress, LineDetails, LineItem, PatientRef, PlaceOfSupply, Quantity, TaxStatus,
};
use billing_domain::{BillingName, Currency, Ids as _, Invoice, InvoiceId, Money};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::demo::Demo;
use crate::say::Teller;
use crate::{Told, words};

/// Makes and finalises an invoice: one visit at `price`, or a visit and a taxed product.
pub(crate) async fn finalise(demo: &Demo, price: Option<Money>, teller: &Teller) -> Told<Invoice> {
    let (billing, desk) = (&demo.billing, &demo.people.front_desk);
    teller.step(2, "An invoice is made and finalised");
    let payer = BillingAddress::of(BillingName::parse("Zoé O’Brien")?);
    // The patient is a reference of the host's: no name, no chart.
    let patient = PatientRef::parse("patient-7731")?;
    let id = InvoiceId::new(RandomIds.next());
    let mut draft = Invoice::draft(id, desk.dispensary, patient, payer, Currency::CAD);
    for line in lines(price)? {
        draft.add_line(line)?;
    }
    billing.save_draft(desk, draft, None).await?;
    // The day decides the tax rates. A host takes it in the dispensary's time zone.
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let invoice = billing.finalise_invoice(desk, id, today).await?;
    show(&invoice, teller)?;
    Ok(invoice)
}

/// Voids an invoice that could not be paid, so that a mistyped amount leaves no claim behind.
pub(crate) async fn void(demo: &Demo, invoice: &Invoice, teller: &Teller) {
    let reason = "the quickstart could not take the payment".parse();
    let Ok(reason) = reason else { return };
    match demo.billing.void_invoice(&demo.people.owner, invoice.id(), reason).await {
        Ok(_) => teller.line("The owner voids the invoice; its number is not used again."),
        Err(error) => teller.line(format_args!("The invoice stays: {error}.")),
    }
}

fn lines(price: Option<Money>) -> Told<Vec<LineItem>> {
    let line = |description: &str, unit_price, tax| -> Told<LineItem> {
        Ok(LineItem::new(LineDetails {
            description: description.parse()?,
            practitioner: None,
            quantity: Quantity::ONE,
            unit_price,
            discount: None,
            tax,
        })?)
    };
    let dollars = |cents| Money::new(cents, Currency::CAD);
    // What is taxed with what is the host's knowledge; the rates of each province come with the library.
    let ontario = TaxStatus::Taxable(PlaceOfSupply::Ontario.tax_group());
    match price {
        Some(price) => Ok(vec![line("Initial visit", price, TaxStatus::Exempt)?]),
        None => Ok(vec![
            line("Initial visit", dollars(95_00), TaxStatus::Exempt)?,
            line("Magnesium, 90 capsules", dollars(25_18), ontario)?,
        ]),
    }
}

fn show(invoice: &Invoice, teller: &Teller) -> Told {
    let finalised = invoice.finalised()?;
    let payer = invoice.billing().full_name.as_str();
    teller.fact("invoice", format_args!("number {} for {payer}, {}", finalised.number, finalised.on));
    for item in invoice.lines() {
        let details = item.details();
        let (what, tax) = (details.description.as_str(), words::tax(&details.tax));
        teller.fact("", format_args!("{what:<26}{:>14}   {tax}", item.net().to_string()));
    }
    for tax in finalised.totals.taxes() {
        let what = format!("{} {} of {}", tax.component.name.as_str(), tax.component.percent, tax.base);
        teller.fact("", format_args!("{what:<26}{:>14}", tax.amount.to_string()));
    }
    teller.fact("", format_args!("{:<26}{:>14}", "total", finalised.totals.total().to_string()));
    Ok(())
}
