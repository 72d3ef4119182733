//! The transactions of a dispensary: its invoices and how far they are paid.

use billing_app::Permission;
use billing_domain::{Invoice, Money, PayableState};
use maud::{Markup, html};

use crate::pages::parts::{Column, amount, invoice_at, pager, pill, table};
use crate::pages::{Frame, layout};
use crate::words::invoice_status;

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
    let words = frame.words();
    let columns = [
        Column::text(words.invoice),
        Column::text(words.payer),
        Column::text(words.status),
        Column::figure(words.total),
        Column::figure(words.outstanding),
        Column::text(words.action),
    ];
    let cells: Vec<_> = rows.iter().map(|row| cells(frame, row)).collect();
    let main = html! {
        @if frame.may(Permission::CreateInvoice) {
            p class="toolbar" { a class="button primary" href=(frame.path("invoices/new")) { (words.new_invoice) } }
        }
        @if rows.is_empty() {
            p class="empty" { (words.transactions_none) }
        } @else {
            (table(words.transactions, &columns, &cells))
        }
        (pager(words.older, older))
    };
    layout(frame, words.transactions, &main)
}

fn cells(frame: &Frame<'_>, row: &InvoiceRow) -> Vec<Markup> {
    let (lang, invoice) = (frame.lang, &row.invoice);
    let payable = row.payable.as_ref();
    let outstanding = owed(invoice, payable);
    let money = |figure: Option<Money>| html! { @if let Some(figure) = figure { (amount(lang, figure)) } @else { "—" } };
    vec![
        html! { a href=(invoice_at(frame, invoice.id())) { (invoice_name(frame, invoice)) } },
        html! { (invoice.billing().full_name.as_str()) },
        pill(invoice_status(lang, invoice, payable)),
        money(invoice.total().ok()),
        money(outstanding),
        action(frame, row, outstanding),
    ]
}

/// What to do next with the invoice, and the invoice's name for whoever hears the link alone.
fn action(frame: &Frame<'_>, row: &InvoiceRow, owed: Option<Money>) -> Markup {
    let words = frame.words();
    let (id, name) = (row.invoice.id(), invoice_name(frame, &row.invoice));
    let is_open = row.payable.as_ref().is_some_and(|payable| payable.open_payment.is_some());
    let (class, label, href) = if is_open {
        ("button", words.continue_payment, frame.path(format_args!("invoices/{id}/pay")))
    } else if owed.is_some_and(Money::is_positive) && frame.may(Permission::TakePayment) {
        ("button primary", words.pay, frame.path(format_args!("invoices/{id}/pay")))
    } else {
        ("button", words.open, invoice_at(frame, id))
    };
    html! { a class=(class) href=(href) { (label) span class="unseen" { " " (name) } } }
}

/// `Invoice 12`, or `Draft` while it has no number.
pub(super) fn invoice_name(frame: &Frame<'_>, invoice: &Invoice) -> String {
    let words = frame.words();
    match invoice.number() {
        Some(number) => format!("{}\u{a0}{number}", words.invoice),
        None => words.draft.to_owned(),
    }
}

/// What is not paid yet, of a finalised invoice.
pub(super) fn owed(invoice: &Invoice, payable: Option<&PayableState>) -> Option<Money> {
    let total = invoice.total().ok()?;
    payable.map_or(Some(total), |payable| payable.owed().ok())
}
