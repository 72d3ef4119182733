//! The payment window: opened, sent, settled. The card never comes here: the browser gives it to Stripe.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use billing_app::{BillingError, PayableSource, PaymentView, SendRequest, Sent};
use billing_domain::{AccountRef, Handover, Money, PaymentId, ProcessorId};
use billing_stripe::StripeElements;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::payments::home_of;
use crate::answer::{Refusal, as_json, page, status};
use crate::app::App;
use crate::form::Form;
use crate::pages::{self, PayPage};
use crate::routes::done;
use crate::stripe::StandIn;
use crate::visitor::Desk;
use crate::words::{self, Notice};

pub(super) async fn window(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let id = desk.invoice()?;
    let here = desk.path(format_args!("invoices/{id}/pay"));
    let frame = desk.frame(&here);
    match app.billing.open_window(&desk.actor, PayableSource::Invoice(id)).await {
        Ok(window) => {
            let invoice = app.billing.invoice(&desk.actor, id).await?;
            let number = invoice.number().map(ToString::to_string).unwrap_or_default();
            let shown = PayPage {
                window: &window,
                invoice: id,
                number: &number,
                stripe_js_url: &app.stripe.script,
                made_up_cards_url: app.stripe.stand_in.as_ref().map(StandIn::browser_url),
            };
            let mut response = page(StatusCode::OK, &pages::pay(&frame, &shown));
            app.stripe.sources.allow_in(&mut response);
            Ok(response)
        }
        Err(why @ (BillingError::Denied(_) | BillingError::NotFound(_))) => Err(why.into()),
        Err(BillingError::PaymentInProgress { payment, by, since }) => {
            Ok(page(StatusCode::CONFLICT, &pages::in_progress(&frame, id, payment, &by, since)))
        }
        Err(why) => Ok(page(status(&why), &pages::cannot_pay(&frame, id, &why))),
    }
}

/// Sending the same payment again is the same request again: the library joins or resumes it.
pub(super) async fn send_request(
    State(app): State<Arc<App>>,
    desk: Desk,
    form: Form,
) -> Result<Response, Refusal> {
    let request = request(&desk, &form)?;
    match app.billing.send_request(&desk.actor, request).await? {
        Sent::HandOver(handover) => Ok(as_json(&json!({ "handover": for_the_browser(&handover)? }))),
        Sent::Known(view) => Ok(as_json(&json!({ "known": told(&desk, &view) }))),
    }
}

/// The browser is back from Stripe, in the payment window.
pub(super) async fn settle(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let view = app.billing.settle(&desk.actor, desk.payment()?).await?;
    Ok(as_json(&told(&desk, &view)))
}

/// The browser is back from Stripe or a bank, as a whole page.
pub(super) async fn come_back(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let view = app.billing.settle(&desk.actor, desk.payment()?).await?;
    Ok(done(&home_of(&desk, &view), Notice::of_payment(view.state)))
}

/// What the window showed, to be checked again by the library.
fn request(desk: &Desk, form: &Form) -> Result<SendRequest, Refusal> {
    let payment: PaymentId = form.read("payment").ok_or(Refusal::Malformed)?;
    let total = form.read("total").ok_or(Refusal::Malformed)?;
    let currency = form.read("currency").ok_or(Refusal::Malformed)?;
    let account = form.read("account").ok_or(Refusal::Malformed)?;
    Ok(SendRequest {
        payment,
        payable: PayableSource::Invoice(desk.invoice()?),
        expected_total: Money::new(total, currency),
        expected_account: AccountRef {
            dispensary: desk.actor.dispensary,
            processor: ProcessorId::STRIPE,
            account,
        },
    })
}

/// What Stripe.js needs. The answer that carries it is kept by nobody.
#[expect(clippy::disallowed_methods, reason = "the one browser that pays is given the client secret")]
fn for_the_browser(handover: &Handover) -> Result<Value, Refusal> {
    // Only Stripe is connected here, so this is Stripe's.
    let elements = StripeElements::try_from(handover).map_err(|_| Refusal::NotFound)?;
    Ok(json!({
        "client_secret": elements.client_secret.expose_secret(),
        "publishable_key": elements.publishable_key,
    }))
}

fn told(desk: &Desk, view: &PaymentView) -> Value {
    let next = format!("{}?notice={}", home_of(desk, view), Notice::of_payment(view.state).code());
    json!({
        "state": view.state.as_str(),
        "message": words::patient_message(desk.visitor.lang, view),
        "next": next,
    })
}
