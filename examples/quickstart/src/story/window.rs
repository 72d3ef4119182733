//! Step 3: the payment window opens. Nothing is written, nobody is called.

use billing_app::{PayableSource, PaymentWindow, WindowField};
use billing_domain::Invoice;

use crate::demo::Demo;
use crate::say::Teller;
use crate::{Told, words};

pub(crate) async fn open(demo: &Demo, invoice: &Invoice, teller: &Teller) -> Told<PaymentWindow> {
    let desk = &demo.people.front_desk;
    teller.step(3, "The front desk opens the payment window");
    let calls_before = demo.calls();
    let window = demo.billing.open_window(desk, PayableSource::Invoice(invoice.id())).await?;
    for (place, field) in (1..).zip(window.fields) {
        let shown = match field {
            WindowField::Total => window.total.to_string(),
            WindowField::BillingName => {
                format!("{} (a proposal, to be edited)", window.billing_name.as_str())
            }
            WindowField::PostalCodeIfApplicable => "Stripe's own field, if the card needs one".to_owned(),
            _ => "Stripe's own field".to_owned(),
        };
        teller.fact(format_args!("{place} {}", words::field(field)), shown);
    }
    teller.fact("payment", window.payment);
    teller.fact("calls to Stripe", demo.calls().saturating_sub(calls_before));
    if let Err(not_yet) = demo.billing.payment(desk, window.payment).await {
        teller.fact("in the books", not_yet);
    }
    Ok(window)
}
