//! The step after a payment, if it was asked for: money is given back. Written down with its way, and then sent once.

use billing_app::{PaymentView, RandomIds, RefundRequest};
use billing_domain::payment::PaymentState;
use billing_domain::refund::RefundState;
use billing_domain::{Ids as _, Invoice, RefundId, RefundPlan};

use crate::args::GiveBack;
use crate::demo::Demo;
use crate::processor::Processor;
use crate::say::Teller;
use crate::story::{books, outcome};
use crate::{Told, words};

pub(crate) async fn give_back(
    demo: &Demo,
    processor: Processor,
    invoice: &Invoice,
    ended: PaymentView,
    wish: GiveBack,
    teller: &Teller,
) -> Told<PaymentView> {
    if ended.state != PaymentState::Succeeded {
        teller.line("Nothing was taken, so nothing can be given back.");
        return Ok(ended);
    }
    let payment = ended.payment.id;
    let (capture, taken) = ended.payment.captures().next().ok_or("a paid payment has a capture")?;
    let taken = taken.amount;
    let amount = match wish {
        GiveBack::All => taken,
        GiveBack::Part(part) => part,
    };
    teller.next_step(format_args!("The owner gives {amount} back"));
    let told_before = books::newest(demo).await?;
    // The caller chooses the id: asking again with the same one asks for the same refund.
    let id = RefundId::new(RandomIds.next());
    let request = RefundRequest { refund: id, payment, capture, amount };
    let view = demo.billing.refund(&demo.people.owner, request).await?;

    teller.line("Our audit has, the first line before anything was sent:");
    books::tell_since(demo, payment, told_before, teller).await?;
    teller.fact("refund", id);
    teller.fact("it goes back as", words::plan(view.refund.plan));
    if let (Processor::Moneris, RefundPlan::Refund, true) = (processor, view.refund.plan, amount == taken) {
        teller.fact("", "it is too late for a reversal: the day's batch may have closed");
    }
    teller.fact("it is", view.refund.state.name());
    if let RefundState::Failed(why) = &view.refund.state {
        teller.fact("", format_args!("{why:?}: nothing was given back, and another refund may be asked for"));
    }
    let ledger = demo.fakes.ledger(processor, payment);
    let (name, theirs) = (processor.name(), ledger.given_back);
    teller.fact(format_args!("{name}'s ledger"), format_args!("{theirs} cents given back"));
    outcome::show_invoice(demo, invoice, teller).await?;
    Ok(view.payment)
}
