//! What is there on the first day: both dispensaries, Stripe unlocked for the office, something to pay. Planting it
//! again changes nothing.

use billing_app::{Actor, Billing, BillingError};
use billing_domain::invoice::{
    BillingAddress, LineDetails, LineItem, PatientRef, PlaceOfSupply, Quantity, TaxStatus,
};
use billing_domain::{BillingName, Currency, DispensaryId, Invoice, InvoiceId, Money, ProcessorId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::StartError;
use crate::people::Person;
use crate::places::{self, OFFICE};

/// The invoice that can be paid at once.
const FINALISED: InvoiceId = InvoiceId::new(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0010));
/// The invoice still being written.
const DRAFT: InvoiceId = InvoiceId::new(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0011));

pub(crate) async fn plant(billing: &Billing) -> Result<(), StartError> {
    for dispensary in places::all() {
        let owner = actor(Person::PracticeOwner, dispensary.id)?;
        billing.add_dispensary(&owner, dispensary).await?;
    }
    billing.unlock_processor(&actor(Person::HelpCentre, OFFICE)?, ProcessorId::STRIPE).await?;

    let desk = actor(Person::FrontDeskA, OFFICE)?;
    if !is_there(billing, &desk, FINALISED).await? {
        let ontario = TaxStatus::Taxable(PlaceOfSupply::Ontario.tax_group());
        let lines = [("Initial visit", 95_00, TaxStatus::Exempt), ("Magnesium, 90 capsules", 25_18, ontario)];
        let invoice = invoice(FINALISED, "Zoé O’Brien", "patient-7731", lines).map_err(seed)?;
        billing.save_draft(&desk, invoice, None).await?;
        billing.finalise_invoice(&desk, FINALISED, places::today(Timestamp::now())).await?;
    }
    if !is_there(billing, &desk, DRAFT).await? {
        let lines = [("Follow-up visit", 60_00, TaxStatus::Exempt)];
        let invoice = invoice(DRAFT, "Marc Tremblay", "patient-4410", lines).map_err(seed)?;
        billing.save_draft(&desk, invoice, None).await?;
    }
    Ok(())
}

fn invoice<const N: usize>(
    id: InvoiceId,
    payer: &str,
    patient: &str,
    lines: [(&str, i64, TaxStatus); N],
) -> Result<Invoice, Box<dyn std::error::Error>> {
    let payer = BillingAddress::of(BillingName::parse(payer)?);
    let mut invoice = Invoice::draft(id, OFFICE, PatientRef::parse(patient)?, payer, Currency::CAD);
    for (description, cents, tax) in lines {
        invoice.add_line(LineItem::new(LineDetails {
            description: description.parse()?,
            practitioner: None,
            quantity: Quantity::ONE,
            unit_price: Money::new(cents, Currency::CAD),
            discount: None,
            tax,
        })?)?;
    }
    Ok(invoice)
}

async fn is_there(billing: &Billing, desk: &Actor, invoice: InvoiceId) -> Result<bool, BillingError> {
    match billing.invoice(desk, invoice).await {
        Ok(_) => Ok(true),
        Err(BillingError::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

fn actor(person: Person, dispensary: DispensaryId) -> Result<Actor, StartError> {
    person.actor_in(dispensary).ok().flatten().ok_or_else(|| seed("nobody works there"))
}

fn seed(why: impl Into<Box<dyn std::error::Error>>) -> StartError {
    StartError::Seed(why.into().to_string())
}
