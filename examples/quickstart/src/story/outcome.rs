//! How a payment and its invoice stand, for either processor; and giving up.

use billing_app::PaymentView;
use billing_domain::payment::{AttemptState, Capture, PaymentState};
use billing_domain::{Decline, Invoice, Language, PaymentId};

use crate::demo::Demo;
use crate::processor::Processor;
use crate::say::Teller;
use crate::{Told, words};

/// The payment, and what was captured or why it was declined.
pub(crate) fn show(processor: Processor, view: &PaymentView, teller: &Teller) {
    teller.fact("payment", words::payment(view.state));
    let newest = view.payment.newest();
    if let Some(AttemptState::Succeeded(capture)) = newest.map(|attempt| &attempt.state) {
        show_capture(processor, capture, teller);
    } else if let (PaymentState::Open | PaymentState::Declined, Some(decline)) = (view.state, &view.decline) {
        show_decline(decline, teller);
    }
}

/// How far the invoice is paid.
pub(crate) async fn show_invoice(demo: &Demo, invoice: &Invoice, teller: &Teller) -> Told {
    let desk = &demo.people.front_desk;
    let state = demo.billing.payable(desk, &invoice.id().into()).await?.ok_or("the invoice is payable")?;
    let (status, asked) = (words::invoice(state.status()?), state.outstanding()?);
    // While a payment is open its amount cannot be asked for again.
    teller.fact("invoice", format_args!("{status}; {asked} outstanding, {} in an open payment", state.open));
    Ok(())
}

/// Nobody will pay any more: the payment is cancelled, so that no open window can be paid later.
pub(crate) async fn give_up(demo: &Demo, payment: PaymentId, teller: &Teller) -> Told<PaymentView> {
    teller.line("The front desk cancels the payment.");
    let view = demo.billing.cancel_payment(&demo.people.front_desk, payment).await?;
    teller.fact("payment", words::payment(view.state));
    Ok(view)
}

fn show_capture(processor: Processor, capture: &Capture, teller: &Teller) {
    let card = [capture.brand.as_deref(), capture.last4.as_deref()];
    let card: Vec<_> = card.into_iter().flatten().collect();
    teller.fact("captured", format_args!("{}, {}", capture.amount, card.join(" …")));
    match processor {
        Processor::Moneris => {
            let or_none = |known: &Option<String>| known.clone().unwrap_or_else(|| "none".to_owned());
            teller.fact("order id", &capture.reference);
            let (charge, code) = (or_none(&capture.charge), or_none(&capture.auth_code));
            teller.fact("transaction", format_args!("{charge}, approval {code}"));
            teller.fact("for the receipt", or_none(&capture.receipt_number));
        }
        Processor::Stripe => teller.fact("PaymentIntent", &capture.reference),
    }
}

/// One decline, three readers. The patient's view never says lost or stolen.
fn show_decline(decline: &Decline, teller: &Teller) {
    let code = decline.code.as_ref().map_or("no code", |code| code.as_str());
    let category = decline.category.as_str();
    teller.fact("declined", format_args!("{category} ({code}); advice: {}", decline.advice.as_str()));
    teller.fact("staff read", decline.staff_text());
    let patient = decline.patient_view();
    teller.fact("patients read", patient.patient_text(Language::English));
    teller.fact("", patient.patient_text(Language::French));
}
