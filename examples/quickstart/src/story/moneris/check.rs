//! Step 7, if the answer was lost: the one status check. Moneris wants it asked once, so it is claimed by a commit before it leaves.

use std::time::Duration;

use billing_app::PaymentView;
use billing_domain::payment::{Finding, PaymentState, Reference};
use billing_domain::{Invoice, PaymentId};

use crate::demo::Demo;
use crate::processor::Processor;
use crate::say::Teller;
use crate::story::moneris::wire;
use crate::story::{books, outcome};
use crate::{Told, words};

/// The check may be asked 40 s after the charge: by then an answer would have come.
const A_WHILE: Duration = Duration::from_secs(45);

pub(crate) async fn after_a_while(
    demo: &Demo,
    invoice: &Invoice,
    payment: PaymentId,
    teller: &Teller,
) -> Told<PaymentView> {
    let desk = &demo.people.front_desk;
    teller.step(7, "45 seconds later: the sweep asks what became of the charge, once");
    teller.line(
        "Nobody waited: the demo moved its clock 45 s ahead, and Moneris's with it. In a clinic the time passes, and a \
         timer sweeps.",
    );
    let told_before = books::newest(demo).await?;
    demo.advance(A_WHILE);
    let sweep = demo.billing.sweep(100).await?;
    teller.fact("sweep", format_args!("looked at {}, of which ended {}", sweep.looked_at, sweep.ended));
    books::tell_since(demo, payment, told_before, teller).await?;
    if let Some(asked) = demo.fakes.moneris.requests_to("status_check").pop() {
        teller.fact("it was sent", wire::names(&asked.body));
    }
    let mut view = demo.billing.payment(desk, payment).await?;
    if let Some(check) = view.payment.newest().and_then(|attempt| attempt.charge).and_then(|it| it.check) {
        teller.fact("status check", words::check(check));
    }
    outcome::show(Processor::Moneris, &view, teller);
    if view.state == PaymentState::Unknown {
        view = look(demo, payment, teller).await?;
    }
    outcome::show_invoice(demo, invoice, teller).await?;
    Ok(view)
}

/// Nothing was found, and that proves nothing. A person looks at Moneris's own list and says what is there.
async fn look(demo: &Demo, payment: PaymentId, teller: &Teller) -> Told<PaymentView> {
    teller.line(
        "\"Not found\" proves nothing: a person is called. The owner looks at the store's transactions in Moneris's \
         Merchant Resource Centre and records what is there.",
    );
    let ledger = demo.fakes.moneris.ledger(demo.fakes.till.id());
    let taken =
        ledger.entries.iter().find(|entry| entry.payment() == payment.to_string() && entry.captured > 0);
    let (finding, note) = match taken {
        Some(entry) => {
            let reference = Reference(entry.trans_id.clone());
            (Finding::MoneyMoved { reference }, "approved in the list of transactions")
        }
        None => (Finding::NothingMoved, "no approved transaction of this order in the list"),
    };
    let view = demo.billing.record_finding(&demo.people.owner, payment, finding, note).await?;
    teller.fact("the owner", note);
    teller.fact("payment", words::payment(view.state));
    Ok(view)
}
