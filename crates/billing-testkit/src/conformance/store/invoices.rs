//! Invoices: kept whole, replaced by what was made from them, numbered once.

use std::sync::Arc;

use billing_domain::invoice::{
    Discount, InvoiceNumber, ItemDescription, LineDetails, LineItem, PaidSoFar, Percent, PlaceOfSupply,
    Quantity, TaxStatus,
};
use billing_domain::{BillingStore, Conflict, DispensaryId, Invoice, Step, Write};
use jiff::civil::date;

use super::{commit_all, committed, found, read, refused};
use crate::store::rows;

const HERE: u128 = 1;

fn saving(dispensary: DispensaryId, step: u128, invoice: &Invoice, replaces: Option<u64>) -> Step {
    rows::step(dispensary, step, vec![Write::Invoice { invoice: Box::new(invoice.clone()), replaces }])
}

/// The value must be there: these are constants.
#[track_caller]
fn sure<T, E: std::fmt::Debug>(value: Result<T, E>) -> T {
    match value {
        Ok(value) => value,
        Err(error) => panic!("a sample value was to be valid: {error:?}"),
    }
}

fn with_a_line(mut invoice: Invoice) -> Invoice {
    let details = LineDetails {
        description: sure(ItemDescription::parse("Initial assessment")),
        practitioner: None,
        quantity: Quantity::ONE,
        unit_price: rows::cad(9_500),
        discount: Some(Discount::Percent(sure(Percent::new(10.into())))),
        tax: TaxStatus::Taxable(PlaceOfSupply::Ontario.tax_group()),
    };
    sure(invoice.add_line(sure(LineItem::new(details))));
    sure(invoice.set_discount(Some(Discount::Amount(rows::cad(50)))));
    invoice
}

fn finalised(invoice: Invoice, number: &InvoiceNumber) -> Invoice {
    let mut invoice = if invoice.lines().is_empty() { with_a_line(invoice) } else { invoice };
    sure(invoice.finalise(number.clone(), date(2026, 3, 2), rows::at(10)));
    invoice
}

/// A draft, the same finalised, and the same reopened come back as they were written.
pub async fn an_invoice_is_read_back_as_it_was_written(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let draft = with_a_line(rows::invoice(here, 20));
    let issued = finalised(draft.clone(), &sure(InvoiceNumber::new("OUT-", 1_042)));
    let mut reopened = issued.clone();
    sure(reopened.reopen(&PaidSoFar { net_paid: rows::cad(0), open_payment: false }));
    let mut replaced = None;
    for (step, invoice) in (1..).zip([draft, issued, reopened]) {
        committed(store.commit(saving(here, step, &invoice, replaced)).await);
        assert_eq!(found(store.invoice(here, invoice.id()).await), invoice);
        replaced = Some(invoice.version());
    }
}

/// Line 3 for invoices: an edit names the version it was made from, and counts it up.
pub async fn an_invoice_replaces_only_the_version_it_was_made_from(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let first = rows::invoice(here, 20);
    let edited = with_a_line(first.clone());
    let changed = Conflict::Revision("invoice");
    refused(store.commit(saving(here, 1, &edited, Some(1))).await, &changed);
    commit_all(&store, [saving(here, 2, &first, None), saving(here, 3, &edited, Some(first.version()))])
        .await;
    let late = with_a_line(edited.clone());
    for (step, replaces) in (4..).zip([None, Some(first.version()), Some(late.version()), Some(u64::MAX)]) {
        refused(store.commit(saving(here, step, &late, replaces)).await, &changed);
    }
    refused(store.commit(saving(here, 10, &edited, Some(edited.version()))).await, &changed);
    assert_eq!(found(store.invoice(here, first.id()).await), edited);
    committed(store.commit(saving(here, 11, &late, Some(edited.version()))).await);
}

/// Two invoices of a dispensary never have one number; two dispensaries may.
pub async fn an_invoice_number_is_given_once(store: Arc<dyn BillingStore>) {
    let (here, there) = (rows::dispensary_id(HERE), rows::dispensary_id(2));
    let one = rows::invoice_number(1);
    let first = finalised(rows::invoice(here, 20), &one);
    let second = finalised(rows::invoice(here, 21), &one);
    let elsewhere = finalised(rows::invoice(there, 22), &one);
    let draft = rows::invoice(here, 21);
    commit_all(
        &store,
        [saving(here, 1, &first, None), saving(there, 2, &elsewhere, None), saving(here, 3, &draft, None)],
    )
    .await;
    let taken = Conflict::InvoiceNumberTaken;
    refused(store.commit(saving(here, 4, &second, Some(draft.version()))).await, &taken);
    refused(store.commit(saving(here, 5, &finalised(rows::invoice(here, 23), &one), None)).await, &taken);
    let prefixed = finalised(rows::invoice(here, 24), &sure(InvoiceNumber::new("OUT-", 1)));
    committed(store.commit(saving(here, 6, &prefixed, None)).await);
    committed(store.commit(saving(here, 7, &finalised(draft, &rows::invoice_number(2)), Some(1))).await);
}

/// Numbers go on from the largest, each dispensary's from 1, drafts aside.
pub async fn the_next_invoice_number_follows_the_largest(store: Arc<dyn BillingStore>) {
    let (here, there) = (rows::dispensary_id(HERE), rows::dispensary_id(2));
    assert_eq!(read(store.next_invoice_number(here).await), 1);
    let large = finalised(rows::invoice(here, 20), &sure(InvoiceNumber::new("OUT-", 41)));
    let small = finalised(rows::invoice(here, 21), &rows::invoice_number(9));
    commit_all(
        &store,
        [
            saving(here, 1, &large, None),
            saving(here, 2, &small, None),
            saving(here, 3, &rows::invoice(here, 22), None),
            saving(there, 4, &rows::invoice(there, 23), None),
        ],
    )
    .await;
    assert_eq!(read(store.next_invoice_number(here).await), 42);
    assert_eq!(read(store.next_invoice_number(there).await), 1);
}

/// At most 100 invoices, at least one, newest first, each whole and as it stands now; line 9 for them.
pub async fn a_page_of_invoices_is_bounded(store: Arc<dyn BillingStore>) {
    let (here, there) = (rows::dispensary_id(HERE), rows::dispensary_id(2));
    let mut newest_first: Vec<_> = (1..=130).map(|n| rows::invoice(here, n)).collect();
    // Written oldest last: a page is in the order of the ids, not of the commits.
    newest_first.reverse();
    commit_all(&store, newest_first.iter().zip(1..).map(|(draft, step)| saving(here, step, draft, None)))
        .await;
    let edited = finalised(newest_first[60].clone(), &rows::invoice_number(1));
    committed(store.commit(saving(here, 200, &edited, Some(newest_first[60].version()))).await);
    newest_first[60] = edited;
    let elsewhere = rows::invoice(there, 50);
    committed(store.commit(saving(there, 1, &elsewhere, None)).await);

    assert_eq!(read(store.invoices(here, None, 50).await), newest_first[..50]);
    assert_eq!(read(store.invoices(here, Some(newest_first[49].id()), 50).await), newest_first[50..100]);
    assert_eq!(read(store.invoices(here, Some(newest_first[99].id()), 100).await), newest_first[100..]);
    assert_eq!(read(store.invoices(here, None, u32::MAX).await), newest_first[..100]);
    assert_eq!(read(store.invoices(here, None, 0).await), newest_first[..1]);
    let oldest = newest_first.last().map(Invoice::id);
    assert_eq!(read(store.invoices(here, oldest, 10).await), []);
    assert_eq!(read(store.invoices(there, None, 100).await), [elsewhere]);
    assert_eq!(read(store.invoices(rows::dispensary_id(3), None, 100).await), []);
}
