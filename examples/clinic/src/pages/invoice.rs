//! One invoice: its figures, its payments and what can be done with it.

use billing_app::{PaymentView, Permission};
use billing_domain::invoice::{InvoiceState, LineItem, TaxStatus, Totals, VoidReason};
use billing_domain::{Invoice, PayableState};
use maud::{Markup, html};

use crate::figures;
use crate::pages::parts::{Column, Field, alert, amount, facts, invoice_at, pill, post, post_button, table};
use crate::pages::payments::payments_table;
use crate::pages::transactions::{invoice_name, owed};
use crate::pages::{Frame, layout};
use crate::words::{invoice_status, place_of_supply, tax_name};

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
    let words = frame.words();
    let totals = match page.invoice.state() {
        InvoiceState::Draft { .. } => page.preview,
        InvoiceState::Finalised(finalised) => Some(&finalised.totals),
        InvoiceState::Void(voided) => Some(&voided.finalised.totals),
    };
    let main = html! {
        @if let Some(refused) = page.refused { (alert(refused)) }
        div class="headline" {
            (pill(invoice_status(frame.lang, page.invoice, page.payable)))
            (main_action(frame, page))
        }
        div class="columns" {
            section aria-labelledby="lines" {
                h2 id="lines" { (words.lines) }
                (lines(frame, page.invoice.lines()))
                @if let Some(totals) = totals { (sums(frame, totals)) }
                @if matches!(page.invoice.state(), InvoiceState::Draft { .. }) {
                    p class="hint" { (words.preview_hint) }
                }
            }
            section aria-labelledby="summary" {
                h2 id="summary" { (words.summary) }
                (summary(frame, page))
            }
        }
        @if !page.payments.is_empty() {
            section aria-labelledby="payments" {
                h2 id="payments" { (words.payments) }
                (payments_table(frame, page.payments))
            }
        }
        (other_actions(frame, page))
    };
    layout(frame, &invoice_name(frame, page.invoice), &main)
}

/// The one thing most people come for.
fn main_action(frame: &Frame<'_>, page: &InvoicePage<'_>) -> Markup {
    let words = frame.words();
    let here = invoice_at(frame, page.invoice.id());
    match page.invoice.state() {
        InvoiceState::Draft { .. } if frame.may(Permission::CreateInvoice) => html! {
            a class="button" href={ (here) "/edit" } { (words.edit) }
            (post_button(frame, &format!("{here}/finalise"), "primary", words.finalise))
            p class="hint" { (words.finalise_hint) }
        },
        InvoiceState::Finalised(_) if frame.may(Permission::TakePayment) => {
            let is_open = page.payable.is_some_and(|payable| payable.open_payment.is_some());
            let is_owed = owed(page.invoice, page.payable).is_some_and(billing_domain::Money::is_positive);
            html! {
                @if is_open {
                    a class="button primary" href={ (here) "/pay" } { (words.continue_payment) }
                } @else if is_owed {
                    a class="button primary" href={ (here) "/pay" } { (words.pay_by_card) }
                }
            }
        }
        _ => html! {},
    }
}

fn lines(frame: &Frame<'_>, items: &[LineItem]) -> Markup {
    let (words, lang) = (frame.words(), frame.lang);
    let columns = [
        Column::text(words.description),
        Column::figure(words.quantity),
        Column::figure(words.unit_price),
        Column::text(words.tax),
        Column::figure(words.amount),
    ];
    let cells = |item: &LineItem| {
        let details = item.details();
        let tax = match &details.tax {
            TaxStatus::Exempt => words.exempt,
            // A group of the library's own table is called by its place's two letters.
            TaxStatus::Taxable(group) => match group.name().as_str().parse() {
                Ok(place) => place_of_supply(lang, place),
                Err(_) => group.name().as_str(),
            },
            TaxStatus::ZeroRated => words.zero_rated,
        };
        vec![
            html! { (details.description.as_str()) },
            html! { (figures::quantity(lang, details.quantity)) },
            amount(lang, details.unit_price),
            html! { (tax) },
            amount(lang, item.net()),
        ]
    };
    table(words.lines, &columns, &items.iter().map(cells).collect::<Vec<_>>())
}

fn sums(frame: &Frame<'_>, totals: &Totals) -> Markup {
    let (words, lang) = (frame.words(), frame.lang);
    html! {
        dl class="sums" {
            @if totals.discount().is_positive() {
                div { dt { (words.discount) } dd { (amount(lang, totals.discount())) } }
            }
            div { dt { (words.subtotal) } dd { (amount(lang, totals.subtotal())) } }
            @for tax in totals.taxes() {
                @let percent = figures::percent(lang, tax.component.percent);
                div {
                    dt { (tax_name(lang, tax.component.name.as_str())) " " (percent) }
                    dd { (amount(lang, tax.amount)) }
                }
            }
            div class="grand" { dt { (words.total) } dd { (amount(lang, totals.total())) } }
        }
    }
}

fn summary(frame: &Frame<'_>, page: &InvoicePage<'_>) -> Markup {
    let (words, lang) = (frame.words(), frame.lang);
    let mut rows = vec![
        (words.payer, html! { (page.invoice.billing().full_name.as_str()) }),
        (words.patient, html! { code { (page.invoice.patient().as_str()) } }),
    ];
    match page.invoice.state() {
        InvoiceState::Draft { .. } => {}
        InvoiceState::Finalised(finalised) => {
            rows.push((words.invoice_date, html! { (figures::date(lang, finalised.on)) }));
        }
        InvoiceState::Void(voided) => {
            rows.push((words.invoice_date, html! { (figures::date(lang, voided.finalised.on)) }));
            rows.push((words.void_reason, html! { (voided.reason.as_str()) }));
        }
    }
    if page.invoice.is_finalised() {
        if let Some(payable) = page.payable {
            let figures = [
                (words.paid_elsewhere, payable.payable.paid_elsewhere),
                (words.captured, payable.captured),
                (words.refunded, payable.refunded),
                (words.waits_on_card, payable.open),
            ];
            let moved = figures.into_iter().filter(|(_, figure)| !figure.is_zero());
            rows.extend(moved.map(|(name, figure)| (name, amount(lang, figure))));
        }
        if let Some(owed) = owed(page.invoice, page.payable) {
            rows.push((words.outstanding, html! { strong { (amount(lang, owed)) } }));
        }
    }
    facts(&rows)
}

/// Reopening and voiding: seldom needed, and out of the way of a hurried hand.
fn other_actions(frame: &Frame<'_>, page: &InvoicePage<'_>) -> Markup {
    let untouched =
        page.payable.is_none_or(|payable| payable.captured.is_zero() && payable.open_payment.is_none());
    if !page.invoice.is_finalised() || !untouched || !frame.may(Permission::VoidInvoice) {
        return html! {};
    }
    let words = frame.words();
    let here = invoice_at(frame, page.invoice.id());
    let reason = Field {
        name: "reason",
        label: words.void_reason,
        hint: Some(words.void_hint),
        is_required: true,
        length_max: Some(VoidReason::LENGTH_MAX),
        ..Field::default()
    };
    let fields = html! { (reason) button class="danger" { (words.void) } };
    html! {
        div class="aside" {
            (post_button(frame, &format!("{here}/reopen"), "", words.reopen))
            details {
                summary { (words.void) }
                (post(frame, &format!("{here}/void"), "stack", &fields))
            }
        }
    }
}
