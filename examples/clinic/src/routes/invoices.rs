//! Invoices: written, finalised, reopened, void.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use billing_app::{BillingError, Permission};
use billing_domain::invoice::{InvoiceError, InvoiceState, VoidReason};
use billing_domain::{Conflict, Invoice, InvoiceId, StoreError};
use jiff::Timestamp;

use super::draft;
use crate::answer::{Refusal, page, status};
use crate::app::App;
use crate::form::Form;
use crate::pages::{self, InvoiceForm, InvoiceFormErrors, InvoicePage, Wrong};
use crate::places::today;
use crate::routes::done;
use crate::visitor::Desk;
use crate::words::{self, Notice};

/// The most payments shown with an invoice.
const PAYMENTS: u32 = 25;

pub(super) async fn new(desk: Desk) -> Result<Response, Refusal> {
    if !desk.actor.may(Permission::CreateInvoice) {
        return Err(Refusal::Forbidden);
    }
    let frame_path = desk.path("invoices/new");
    let form = draft::blank();
    let shown = pages::invoice_form(&desk.frame(&frame_path), &form, &InvoiceFormErrors::new());
    Ok(page(StatusCode::OK, &shown))
}

pub(super) async fn create(State(app): State<Arc<App>>, desk: Desk, form: Form) -> Result<Response, Refusal> {
    let id: InvoiceId = form.read("new_id").ok_or(Refusal::Malformed)?;
    let typed = draft::typed(&form, None);
    let again = |errors| Ok(form_again(&desk, "invoices/new", &typed, &errors));
    let on = today(Timestamp::now());
    let invoice = match draft::new_draft(id, desk.actor.dispensary, &typed, desk.visitor.lang, on) {
        Ok(invoice) => invoice,
        Err(errors) => return again(errors),
    };
    match app.billing.save_draft(&desk.actor, invoice.clone(), None).await {
        Ok(()) => Ok(saved(&desk, id)),
        // It was sent twice, or sent again with something else in it.
        Err(BillingError::Store(StoreError::Conflict(Conflict::Revision(_)))) => {
            let known = app.billing.invoice(&desk.actor, id).await?;
            if draft::say_the_same(&known, &invoice) { Ok(saved(&desk, id)) } else { again(changed()) }
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn show(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    shown(&app, &desk, desk.invoice()?, None).await
}

pub(super) async fn edit(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let id = desk.invoice()?;
    let invoice = app.billing.invoice(&desk.actor, id).await?;
    if !is_draft(&invoice) {
        return shown(&app, &desk, id, Some(refused(&desk, &InvoiceError::NotDraft.into()))).await;
    }
    let here = desk.path(format_args!("invoices/{id}/edit"));
    let form = draft::of_draft(&invoice, desk.visitor.lang);
    let shown = pages::invoice_form(&desk.frame(&here), &form, &InvoiceFormErrors::new());
    Ok(page(StatusCode::OK, &shown))
}

pub(super) async fn save(State(app): State<Arc<App>>, desk: Desk, form: Form) -> Result<Response, Refusal> {
    let id = desk.invoice()?;
    let edited_from: u64 = form.read("version").ok_or(Refusal::Malformed)?;
    let typed = draft::typed(&form, Some(id));
    let again = |errors| Ok(form_again(&desk, format_args!("invoices/{id}/edit"), &typed, &errors));
    let known = app.billing.invoice(&desk.actor, id).await?;
    if !is_draft(&known) {
        return shown(&app, &desk, id, Some(refused(&desk, &InvoiceError::NotDraft.into()))).await;
    }
    let invoice = match draft::edited(&known, &typed, desk.visitor.lang, today(Timestamp::now())) {
        Ok(invoice) => invoice,
        Err(errors) => return again(errors),
    };
    if draft::say_the_same(&known, &invoice) {
        return Ok(saved(&desk, id));
    }
    if known.version() != edited_from {
        return again(changed());
    }
    match app.billing.save_draft(&desk.actor, invoice, Some(edited_from)).await {
        Ok(()) => Ok(saved(&desk, id)),
        Err(BillingError::Store(StoreError::Conflict(Conflict::Revision(_)))) => again(changed()),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn finalise(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let id = desk.invoice()?;
    let on = today(Timestamp::now());
    let finalised = app.billing.finalise_invoice(&desk.actor, id, on).await;
    told(&app, &desk, id, finalised, Notice::InvoiceFinalised).await
}

pub(super) async fn reopen(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let id = desk.invoice()?;
    let reopened = app.billing.reopen_invoice(&desk.actor, id).await;
    told(&app, &desk, id, reopened, Notice::InvoiceReopened).await
}

pub(super) async fn void(State(app): State<Arc<App>>, desk: Desk, form: Form) -> Result<Response, Refusal> {
    let id = desk.invoice()?;
    let reason = match VoidReason::parse(form.text("reason")) {
        Ok(reason) => reason,
        Err(wrong) => {
            let why = words::wrong(desk.visitor.lang, &Wrong::Text(wrong));
            return shown(&app, &desk, id, Some((StatusCode::UNPROCESSABLE_ENTITY, why))).await;
        }
    };
    let voided = app.billing.void_invoice(&desk.actor, id, reason).await;
    told(&app, &desk, id, voided, Notice::InvoiceVoided).await
}

/// The way on after a change of an invoice, or its page with why it was not changed.
async fn told(
    app: &App,
    desk: &Desk,
    id: InvoiceId,
    changed: Result<Invoice, BillingError>,
    notice: Notice,
) -> Result<Response, Refusal> {
    match changed {
        Ok(_) => Ok(done(&desk.path(format_args!("invoices/{id}")), notice)),
        Err(BillingError::Denied(_)) => Err(Refusal::Forbidden),
        Err(why) => shown(app, desk, id, Some(refused(desk, &why))).await,
    }
}

/// The invoice's page. `refused` says why the last thing asked was not done, and with which status.
async fn shown(
    app: &App,
    desk: &Desk,
    id: InvoiceId,
    refused: Option<(StatusCode, String)>,
) -> Result<Response, Refusal> {
    let invoice = app.billing.invoice(&desk.actor, id).await?;
    let payable = app.billing.payable(&desk.actor, &id.into()).await?;
    let payments = app.billing.payments_on(&desk.actor, &id.into(), PAYMENTS).await?;
    let preview = if is_draft(&invoice) { invoice.preview(today(Timestamp::now())).ok() } else { None };
    let shown = InvoicePage {
        invoice: &invoice,
        payable: payable.as_ref(),
        preview: preview.as_ref(),
        payments: &payments,
        refused: refused.as_ref().map(|(_, why)| why.as_str()),
    };
    let here = desk.path(format_args!("invoices/{id}"));
    let status = refused.as_ref().map_or(StatusCode::OK, |(status, _)| *status);
    let newest = payments.first();
    Ok(page(status, &pages::invoice(&desk.frame_of_payment(&here, newest), &shown)))
}

fn refused(desk: &Desk, why: &BillingError) -> (StatusCode, String) {
    (status(why), words::refusal(desk.visitor.lang, why))
}

fn form_again(
    desk: &Desk,
    here: impl std::fmt::Display,
    typed: &InvoiceForm,
    errors: &InvoiceFormErrors,
) -> Response {
    let here = desk.path(here);
    page(StatusCode::UNPROCESSABLE_ENTITY, &pages::invoice_form(&desk.frame(&here), typed, errors))
}

fn changed() -> InvoiceFormErrors {
    InvoiceFormErrors::from([(String::new(), Wrong::Changed)])
}

fn saved(desk: &Desk, id: InvoiceId) -> Response {
    done(&desk.path(format_args!("invoices/{id}")), Notice::InvoiceSaved)
}

fn is_draft(invoice: &Invoice) -> bool {
    matches!(invoice.state(), InvoiceState::Draft { .. })
}
