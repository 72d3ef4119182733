//! Step 4: Send Request. The attempt is written down and the frame handed over. Moneris is asked nothing: it learns of the order with
//! its charge.

use billing_app::{PayableSource, PaymentWindow, SendRequest, Sent};
use billing_domain::Invoice;
use billing_moneris::HostedTokenization;

use crate::demo::Demo;
use crate::processor::Processor;
use crate::say::Teller;
use crate::story::books;
use crate::{Told, words};

pub(crate) async fn request(
    demo: &Demo,
    invoice: &Invoice,
    window: &PaymentWindow,
    teller: &Teller,
) -> Told<HostedTokenization> {
    let desk = &demo.people.front_desk;
    teller.step(4, "Send Request: an attempt is written down and the frame handed to the browser");
    let told_before = books::newest(demo).await?;
    let calls_before = demo.fakes.calls(Processor::Moneris);
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
    let frame = HostedTokenization::try_from(&handover)?;

    let stored = demo.billing.payment(desk, window.payment).await?;
    let attempt = stored.payment.newest().ok_or("a stored payment has an attempt")?;
    teller.line("Our audit has, before the browser gets anything:");
    books::tell_since(demo, window.payment, told_before, teller).await?;
    teller.fact("  state", attempt.state.name());
    if attempt.no > 1 {
        teller.line("It is the same payment. The order id before is used up, and this is a new one.");
    }
    teller.line("The browser gets, and none of it is a secret:");
    teller.fact("  frame_url", words::without_style(&frame.frame_url));
    teller.fact("  frame_origin", format_args!("{}: the only one to listen to", frame.frame_origin));
    teller.fact("  profile_id", &frame.profile_id);
    teller.fact("  order_id", &frame.order_id);
    let calls = demo.fakes.calls(Processor::Moneris).saturating_sub(calls_before);
    teller.fact("calls to Moneris", calls);
    Ok(frame)
}
