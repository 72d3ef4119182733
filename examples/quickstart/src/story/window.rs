//! Step 3: the payment window opens. Nothing is written, nobody is called.

use billing_app::{PayableSource, PaymentWindow, WindowField};
use billing_domain::Invoice;
use billing_moneris::fields::FRAME_URL;

use crate::demo::Demo;
use crate::processor::Processor;
use crate::say::Teller;
use crate::{Told, words};

pub(crate) async fn open(
    demo: &Demo,
    processor: Processor,
    invoice: &Invoice,
    teller: &Teller,
) -> Told<PaymentWindow> {
    let desk = &demo.people.front_desk;
    teller.step(3, "The front desk opens the payment window");
    let calls_before = demo.fakes.calls(processor);
    let window = demo.billing.open_window(desk, PayableSource::Invoice(invoice.id())).await?;
    for (place, field) in (1..).zip(window.fields) {
        let shown = match (field, processor) {
            (WindowField::Total, _) => window.total.to_string(),
            (WindowField::BillingName, _) => {
                format!("{} (a proposal, to be edited)", window.billing_name.as_str())
            }
            (WindowField::PostalCodeIfApplicable, Processor::Moneris) => {
                "Moneris's frame does not ask for it".to_owned()
            }
            (WindowField::PostalCodeIfApplicable, Processor::Stripe) => {
                "Stripe's own field, if the card needs one".to_owned()
            }
            (_, Processor::Moneris) => "in Moneris's own frame".to_owned(),
            (_, Processor::Stripe) => "Stripe's own field".to_owned(),
        };
        teller.fact(format_args!("{place} {}", words::field(field)), shown);
    }
    if let Some(address) = window.public.field(FRAME_URL) {
        teller.fact("frame", words::without_style(address));
    }
    teller.fact("payment", window.payment);
    let calls = demo.fakes.calls(processor).saturating_sub(calls_before);
    teller.fact(format_args!("calls to {}", processor.name()), calls);
    if let Err(not_yet) = demo.billing.payment(desk, window.payment).await {
        teller.fact("in the books", not_yet);
    }
    Ok(window)
}
