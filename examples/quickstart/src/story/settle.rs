//! Step 6: the browser came back. What it says does not count; Stripe is asked, and the answer is stored.

use billing_app::PaymentView;
use billing_domain::payment::{AttemptState, PaymentState};
use billing_domain::{Decline, Invoice, Language, PaymentId};

use crate::demo::Demo;
use crate::say::Teller;
use crate::{Told, words};

pub(crate) async fn after_return(
    demo: &Demo,
    invoice: &Invoice,
    payment: PaymentId,
    teller: &Teller,
) -> Told<PaymentView> {
    let desk = &demo.people.front_desk;
    teller.step(6, "The browser returns: Stripe is asked, and the answer is written down");
    let mut view = demo.billing.settle(desk, payment).await?;
    if let Some(attempt) = view.payment.newest().filter(|it| it.state == AttemptState::Processing) {
        let reference = attempt.reference.as_ref().ok_or("a processing attempt has a reference")?;
        teller.fact("payment", attempt.state.name());
        if let Some(due) = attempt.due_at {
            teller.fact("", format_args!("without a browser the sweep would look next at {due:.0}"));
        }
        demo.stripe.finish_processing(&reference.0, true);
        teller.line("The bank answers, and Stripe is asked again.");
        view = demo.billing.settle(desk, payment).await?;
    }
    show(&view, teller);
    let state = demo.billing.payable(desk, &invoice.id().into()).await?.ok_or("the invoice is payable")?;
    let (status, asked) = (words::invoice(state.status()?), state.outstanding()?);
    // While a payment is open its amount cannot be asked for again.
    teller.fact("invoice", format_args!("{status}; {asked} outstanding, {} in an open payment", state.open));
    Ok(view)
}

/// Nobody will pay any more: the payment is cancelled at Stripe, so that no open window can be paid later.
pub(crate) async fn give_up(demo: &Demo, payment: PaymentId, teller: &Teller) -> Told<PaymentView> {
    teller.line("The front desk cancels the payment.");
    let view = demo.billing.cancel_payment(&demo.people.front_desk, payment).await?;
    teller.fact("payment", words::payment(view.state));
    Ok(view)
}

fn show(view: &PaymentView, teller: &Teller) {
    teller.fact("payment", words::payment(view.state));
    let newest = view.payment.newest();
    if let Some(AttemptState::Succeeded(capture)) = newest.map(|attempt| &attempt.state) {
        let card = [capture.brand.as_deref(), capture.last4.as_deref()];
        let card: Vec<_> = card.into_iter().flatten().collect();
        teller.fact("captured", format_args!("{}, {}", capture.amount, card.join(" …")));
        teller.fact("PaymentIntent", &capture.reference);
    } else if let (PaymentState::Open, Some(decline)) = (view.state, &view.decline) {
        show_decline(decline, teller);
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
