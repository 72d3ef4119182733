//! Card payments, for staff: looked at, given up, and decided by a person where no program can tell.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use billing_app::{BillingError, PaymentView};
use billing_domain::payment::{CaptureId, Finding, Reference};
use billing_domain::{PaymentId, RefundId};

use crate::answer::{Refusal, page, status};
use crate::app::App;
use crate::form::Form;
use crate::pages::{self, FindingForm, PaymentPage};
use crate::routes::transactions::{PAGE, before, older};
use crate::routes::{done, refunds};
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
    shown(&app, &desk, desk.payment()?, &Instead::default()).await
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
    let (payment, note) = (desk.payment()?, form.text("note"));
    match app.billing.record_finding(&desk.actor, payment, found(&form)?, note).await {
        Ok(_) => Ok(done(&desk.path(format_args!("payments/{payment}")), Notice::FindingRecorded)),
        Err(why @ (BillingError::Denied(_) | BillingError::NotFound(_))) => Err(why.into()),
        Err(why) => {
            let told = words::refusal(desk.visitor.lang, &why);
            let instead = Instead {
                why: Some((status(&why), told)),
                typed: typed(&form, None, &why),
                ..Instead::default()
            };
            shown(&app, &desk, payment, &instead).await
        }
    }
}

/// What a form of a finding says.
pub(super) fn found(form: &Form) -> Result<Finding, Refusal> {
    match form.text("moved") {
        "yes" => Ok(Finding::MoneyMoved { reference: Reference(form.text("reference").to_owned()) }),
        "no" => Ok(Finding::NothingMoved),
        _ => Err(Refusal::Malformed),
    }
}

/// A refused finding as it is shown again: what may be a card is typed again.
pub(super) fn typed<'a>(form: &'a Form, refund: Option<RefundId>, why: &BillingError) -> FindingForm<'a> {
    let note = if matches!(why, BillingError::NoteHoldsCardNumber) { "" } else { form.text("note") };
    FindingForm { refund, moved: form.text("moved"), reference: form.text("reference"), note }
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
        Err(why) => {
            let told = words::refusal(desk.visitor.lang, &why);
            let instead = Instead { why: Some((status(&why), told)), ..Instead::default() };
            shown(app, desk, desk.payment()?, &instead).await
        }
    }
}

/// What a payment's page shows instead of nothing after something was refused.
#[derive(Default)]
pub(super) struct Instead<'a> {
    pub(super) why: Option<(StatusCode, String)>,
    pub(super) typed: FindingForm<'a>,
    /// An amount that was typed, and what is wrong with it.
    pub(super) amount: Option<(CaptureId, &'a str, Option<&'static str>)>,
}

/// The payment's page.
pub(super) async fn shown(
    app: &App,
    desk: &Desk,
    id: PaymentId,
    instead: &Instead<'_>,
) -> Result<Response, Refusal> {
    let view = app.billing.payment(&desk.actor, id).await?;
    let here = desk.path(format_args!("payments/{id}"));
    let offers = refunds::offers(desk, &view.payment, instead.amount);
    let shown = PaymentPage {
        view: &view,
        refused: instead.why.as_ref().map(|(_, told)| told.as_str()),
        typed: instead.typed,
        offers: &offers,
    };
    let status = instead.why.as_ref().map_or(StatusCode::OK, |(status, _)| *status);
    Ok(page(status, &pages::payment(&desk.frame_of_payment(&here, Some(&view)), &shown)))
}
