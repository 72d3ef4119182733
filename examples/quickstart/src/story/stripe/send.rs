//! Step 4: Send Request. Written down, asked for, written down again, and only then handed over.

use billing_app::{PayableSource, PaymentWindow, SendRequest, Sent};
use billing_domain::{Handover, Invoice, Money};

use crate::demo::Demo;
use crate::say::Teller;
use crate::story::books;
use crate::{Told, words};

pub(crate) async fn request(
    demo: &Demo,
    invoice: &Invoice,
    window: &PaymentWindow,
    teller: &Teller,
) -> Told<Handover> {
    let desk = &demo.people.front_desk;
    teller.step(4, "Send Request: a PaymentIntent is created at Stripe and handed to the browser");
    // What the window showed is checked again: the amount or the account may have changed meanwhile.
    let request = SendRequest {
        payment: window.payment,
        payable: PayableSource::Invoice(invoice.id()),
        expected_total: window.total,
        expected_account: window.account.clone(),
    };
    let handover = match demo.billing.send_request(desk, request).await? {
        Sent::HandOver(handover) => handover,
        Sent::Known(view) => return Err(format!("the payment is {}", words::payment(view.state)).into()),
    };

    let stored = demo.billing.payment(desk, window.payment).await?;
    let attempt = stored.payment.newest().ok_or("a stored payment has an attempt")?;
    let reference = attempt.reference.as_ref().ok_or("a hand-over follows its reference")?;
    let ledger = demo.fakes.stripe.ledger(demo.fakes.account.id());
    let intent = ledger.entry(&reference.0).ok_or("Stripe has the intent")?;
    teller.line("Stripe has:");
    let asked = Money::new(intent.amount, window.total.currency());
    teller.fact("  PaymentIntent", format_args!("{}, {asked}, {}", intent.id, intent.status));
    for (name, id) in &intent.metadata {
        teller.fact(format_args!("  {name}"), id);
    }
    let sent = demo.fakes.stripe.requests_to("POST /v1/payment_intents").pop().ok_or("Stripe was asked")?;
    let names: Vec<_> =
        sent.params.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    teller.fact("  it was sent", names.join(", "));
    teller.line("Our audit has, before the browser gets anything:");
    books::tell_since(demo, window.payment, 0, teller).await?;
    teller.fact("  state", attempt.state.name());
    teller.line("The browser gets the client secret. In a log it would be:");
    teller.fact("", format_args!("{:?}", handover.secret));
    Ok(handover)
}
