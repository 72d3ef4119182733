//! Step 6: the browser came back. What it says does not count; Stripe is asked, and the answer is stored.

use billing_app::PaymentView;
use billing_domain::payment::AttemptState;
use billing_domain::{Invoice, PaymentId};

use crate::Told;
use crate::demo::Demo;
use crate::processor::Processor;
use crate::say::Teller;
use crate::story::outcome;

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
        demo.fakes.stripe.finish_processing(&reference.0, true);
        teller.line("The bank answers, and Stripe is asked again.");
        view = demo.billing.settle(desk, payment).await?;
    }
    outcome::show(Processor::Stripe, &view, teller);
    outcome::show_invoice(demo, invoice, teller).await?;
    Ok(view)
}
