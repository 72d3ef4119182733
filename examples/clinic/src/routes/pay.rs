//! The payment window: opened, sent, charged, settled. The card never comes here: the browser gives it to the processor.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use billing_app::{BillingError, PayableSource, PaymentView, PaymentWindow, SendRequest, Sent};
use billing_domain::payment::{PaymentState, Reference};
use billing_domain::{AccountRef, CardGrant, Handover, Money, PaymentId, ProcessorId};
use billing_moneris::fields::{FRAME_ORIGIN, FRAME_URL, SCRIPT_URL};
use billing_moneris::{CheckoutTicket, FLOW_CHECKOUT, HostedTokenization};
use billing_stripe::StripeElements;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::payments::home_of;
use crate::answer::{Refusal, as_json, page, status};
use crate::app::App;
use crate::form::Form;
use crate::guard::Sources;
use crate::moneris::StandIn as MonerisStandIn;
use crate::pages::{self, CardFields, PayPage};
use crate::routes::done;
use crate::stripe::StandIn;
use crate::visitor::{Desk, processor};
use crate::words::{self, Notice};

pub(super) async fn window(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let id = desk.invoice()?;
    let here = desk.path(format_args!("invoices/{id}/pay"));
    let frame = desk.frame(&here);
    match app.billing.open_window(&desk.actor, PayableSource::Invoice(id)).await {
        Ok(window) => {
            let invoice = app.billing.invoice(&desk.actor, id).await?;
            let number = invoice.number().map(ToString::to_string).unwrap_or_default();
            let is_in_doubt = window.resumes && is_in_doubt(&app, &desk, window.payment).await?;
            let fields = if is_in_doubt { CardFields::InDoubt } else { card_fields(&app, &window)? };
            let made_up_cards_url = match &window.processor {
                _ if is_in_doubt => None,
                id if *id == ProcessorId::MONERIS => {
                    app.moneris.stand_in.as_ref().map(MonerisStandIn::browser_url)
                }
                _ => app.stripe.stand_in.as_ref().map(StandIn::browser_url),
            };
            let shown = PayPage { window: &window, invoice: id, number: &number, fields, made_up_cards_url };
            let mut response = page(StatusCode::OK, &pages::pay(&frame, &shown));
            if let Some(sources) = sources(&app, fields) {
                sources.allow_in(&mut response);
            }
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

/// What the card fields gave the browser is charged by the library, once: the same form sent again is told how the payment stands.
pub(super) async fn charge(State(app): State<Arc<App>>, desk: Desk, form: Form) -> Result<Response, Refusal> {
    let (reference, token) = (form.text("reference"), form.text("token"));
    if reference.is_empty() || token.is_empty() {
        return Err(Refusal::Malformed);
    }
    let grant = CardGrant { reference: Reference(reference.to_owned()), token: SecretString::from(token) };
    let view = app.billing.charge_card(&desk.actor, desk.payment()?, grant).await?;
    Ok(as_json(&told(&desk, &view)))
}

/// How a payment stands, for a window that waits. The processor is not asked: the library does that in its own time.
pub(super) async fn state(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let view = app.billing.payment(&desk.actor, desk.payment()?).await?;
    Ok(as_json(&told(&desk, &view)))
}

/// The browser is back from the processor, in the payment window.
pub(super) async fn settle(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let view = app.billing.settle(&desk.actor, desk.payment()?).await?;
    Ok(as_json(&told(&desk, &view)))
}

/// The browser is back from the processor or a bank, as a whole page.
pub(super) async fn come_back(State(app): State<Arc<App>>, desk: Desk) -> Result<Response, Refusal> {
    let view = app.billing.settle(&desk.actor, desk.payment()?).await?;
    Ok(done(&home_of(&desk, &view), Notice::of_payment(view.state)))
}

/// Whether the payment's card was sent and nobody knows how that ended.
async fn is_in_doubt(app: &App, desk: &Desk, payment: PaymentId) -> Result<bool, Refusal> {
    Ok(app.billing.payment(&desk.actor, payment).await?.state == PaymentState::Unknown)
}

/// Whose fields the window's flow draws, and from what.
fn card_fields<'a>(app: &'a App, window: &'a PaymentWindow) -> Result<CardFields<'a>, Refusal> {
    let public = |name| window.public.field(name).ok_or(Refusal::NotFound);
    if window.processor != ProcessorId::MONERIS {
        return Ok(CardFields::Stripe { script_url: &app.stripe.script });
    }
    if window.flow == FLOW_CHECKOUT {
        return Ok(CardFields::Checkout { script_url: public(SCRIPT_URL)? });
    }
    Ok(CardFields::Tokenization { frame_url: public(FRAME_URL)?, frame_origin: public(FRAME_ORIGIN)? })
}

/// What a window with these fields may load; nothing from elsewhere if none.
fn sources(app: &App, fields: CardFields<'_>) -> Option<Sources> {
    match fields {
        CardFields::Checkout { script_url } => {
            let origin = origin(script_url);
            Some(Sources { scripts: origin.clone(), frames: origin.clone(), calls: origin })
        }
        CardFields::InDoubt => None,
        CardFields::Stripe { .. } => Some(app.stripe.sources.clone()),
        CardFields::Tokenization { frame_origin, .. } => {
            Some(Sources { frames: frame_origin.to_owned(), ..Sources::default() })
        }
    }
}

/// The origin of an address: what stands before its path.
fn origin(url: &str) -> String {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let path = url.get(after_scheme..).and_then(|rest| rest.find('/'));
    path.and_then(|at| url.get(..after_scheme + at)).unwrap_or(url).to_owned()
}

/// What the window showed, to be checked again by the library.
fn request(desk: &Desk, form: &Form) -> Result<SendRequest, Refusal> {
    let payment: PaymentId = form.read("payment").ok_or(Refusal::Malformed)?;
    let total = form.read("total").ok_or(Refusal::Malformed)?;
    let currency = form.read("currency").ok_or(Refusal::Malformed)?;
    let account = form.read("account").ok_or(Refusal::Malformed)?;
    let processor = processor(form.text("processor")).map_err(|_| Refusal::Malformed)?;
    Ok(SendRequest {
        payment,
        payable: PayableSource::Invoice(desk.invoice()?),
        expected_total: Money::new(total, currency),
        expected_account: AccountRef { dispensary: desk.actor.dispensary, processor, account },
    })
}

/// What the processor's fields need. The answer that carries it is kept by nobody.
#[expect(clippy::disallowed_methods, reason = "the one browser that pays is given what it pays with")]
fn for_the_browser(handover: &Handover) -> Result<Value, Refusal> {
    if let Ok(elements) = StripeElements::try_from(handover) {
        return Ok(json!({
            "client_secret": elements.client_secret.expose_secret(),
            "publishable_key": elements.publishable_key,
        }));
    }
    if let Ok(tokenization) = HostedTokenization::try_from(handover) {
        return Ok(json!({
            "frame_origin": tokenization.frame_origin,
            "frame_url": tokenization.frame_url,
            "reference": tokenization.order_id,
        }));
    }
    let checkout = CheckoutTicket::try_from(handover).map_err(|_| Refusal::NotFound)?;
    Ok(json!({ "mode": checkout.mode, "ticket": checkout.ticket.expose_secret() }))
}

fn told(desk: &Desk, view: &PaymentView) -> Value {
    let next = format!("{}?notice={}", home_of(desk, view), Notice::of_payment(view.state).code());
    json!({
        "state": view.state.as_str(),
        "message": words::patient_message(desk.visitor.lang, view),
        "next": next,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_ends_before_the_path() {
        let live = "https://gateway.moneris.com/chktv2/js/chkt_v2.00.js";
        assert_eq!(origin(live), "https://gateway.moneris.com");
        assert_eq!(origin("http://127.0.0.1:4244/x?y=z"), "http://127.0.0.1:4244");
        assert_eq!(origin("http://127.0.0.1:4244"), "http://127.0.0.1:4244");
    }
}
