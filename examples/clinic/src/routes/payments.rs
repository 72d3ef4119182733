//! Card payments, for staff: looked at, given up, and decided by a person where no program can tell.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use billing_app::{BillingError, PaymentView};
use billing_domain::PaymentId;
use billing_domain::payment::{Finding, Reference};

use crate::answer::{Refusal, page, status};
use crate::app::App;
use crate::form::Form;
use crate::pages::{self, FindingForm};
use crate::routes::done;
use crate::routes::transactions::{PAGE, before, older};
use crate::visitor::Desk;
use crate::words::{self, Notice};

pub(super) async fn list(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let before: Option<PaymentId> = before(&desk)?;
    let mut views = app.billing.payments(&desk.actor, before, PAGE + 1).await?;
    let older = older(&desk, "payments", &mut views, |view| view.payment.id.to_string());
    let here = desk.path("payments");
    Ok(page(StatusCode::OK, &pages::payments(&desk.frame(&here), &views, older.as_deref())))
}

pub(super) async fn show(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    shown(&app, &desk, desk.payment()?, None, &FindingForm::default()).await
}

pub(super) async fn look(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let settled = app.billing.settle(&desk.actor, desk.payment()?).await;
    told(&app, &desk, settled).await
}

pub(super) async fn cancel(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let cancelled = app.billing.cancel_payment(&desk.actor, desk.payment()?).await;
    told(&app, &desk, cancelled).await
}

pub(super) async fn record_finding(
    State(app): State<Arc<App>>,
    desk: Desk,
    form: Form,
) -> Result<Response, Refusal> {
    let finding = match form.text("moved") {
        "yes" => Finding::MoneyMoved { reference: Reference(form.text("reference").to_owned()) },
        "no" => Finding::NothingMoved,
        _ => return Err(Refusal::Malformed),
    };
    let (payment, note) = (desk.payment()?, form.text("note"));
    match app.billing.record_finding(&desk.actor, payment, finding, note).await {
        Ok(_) => Ok(done(&desk.path(format_args!("payments/{payment}")), Notice::FindingRecorded)),
        Err(why @ (BillingError::Denied(_) | BillingError::NotFound(_))) => Err(why.into()),
        Err(why) => {
            // What may be a card is typed again.
            let note = if matches!(why, BillingError::NoteHoldsCardNumber) { "" } else { note };
            let typed = FindingForm { moved: form.text("moved"), reference: form.text("reference"), note };
            shown(&app, &desk, payment, Some(why), &typed).await
        }
    }
}

/// Where the payment's invoice is, if it is one of ours.
pub(super) fn home_of(desk: &Desk, view: &PaymentView) -> String {
    match view.payment.payable.as_str().parse::<billing_domain::InvoiceId>() {
        Ok(invoice) => desk.path(format_args!("invoices/{invoice}")),
        Err(_) => desk.path(format_args!("payments/{}", view.payment.id)),
    }
}

/// The way on after something was done with a payment, or its page with why it was not done.
async fn told(
    app: &App,
    desk: &Desk,
    done_with: Result<PaymentView, BillingError>,
) -> Result<Response, Refusal> {
    match done_with {
        Ok(view) => {
            let here = desk.path(format_args!("payments/{}", view.payment.id));
            Ok(done(&here, Notice::of_payment(view.state)))
        }
        Err(why @ (BillingError::Denied(_) | BillingError::NotFound(_))) => Err(why.into()),
        Err(why) => shown(app, desk, desk.payment()?, Some(why), &FindingForm::default()).await,
    }
}

async fn shown(
    app: &App,
    desk: &Desk,
    id: PaymentId,
    refused: Option<BillingError>,
    typed: &FindingForm<'_>,
) -> Result<Response, Refusal> {
    let view = app.billing.payment(&desk.actor, id).await?;
    let here = desk.path(format_args!("payments/{id}"));
    let why = refused.as_ref().map(|why| words::refusal(desk.visitor.lang, why));
    let status = refused.as_ref().map_or(StatusCode::OK, status);
    let frame = desk.frame_of_payment(&here, Some(view.state));
    Ok(page(status, &pages::payment(&frame, &view, why.as_deref(), typed)))
}
