//! Step 6: the browser came back with a token. The charge is written down, and then sent, once. Its answer decides, or nothing does.

use billing_app::{PayableSource, PaymentView};
use billing_domain::payment::{Attempt, PaymentState};
use billing_domain::{CardGrant, Invoice, PaymentId};

use crate::demo::Demo;
use crate::processor::Processor;
use crate::say::Teller;
use crate::story::moneris::wire;
use crate::story::{books, outcome};
use crate::{Told, words};

pub(crate) async fn once(
    demo: &Demo,
    invoice: &Invoice,
    payment: PaymentId,
    grant: CardGrant,
    teller: &Teller,
) -> Told<PaymentView> {
    let desk = &demo.people.front_desk;
    teller.step(6, "The browser returns: the charge is written down, and then sent once");
    let told_before = books::newest(demo).await?;
    let view = demo.billing.charge_card(desk, payment, grant).await?;
    teller.line("Our audit has, the first line before anything was sent:");
    books::tell_since(demo, payment, told_before, teller).await?;
    teller.line("With that line were stored:");
    show_stored(view.payment.newest().ok_or("a charged payment has an attempt")?, teller);
    let sent = demo.fakes.moneris.requests_to("res_purchase_cc").pop().ok_or("Moneris was asked")?;
    teller.fact("it was sent", wire::names(&sent.body));
    outcome::show(Processor::Moneris, &view, teller);
    if view.state == PaymentState::Unknown {
        teller.line(
            "The answer does not tell. Money may have moved, so nobody can pay it again; another desk reads:",
        );
        let other =
            demo.billing.open_window(&demo.people.colleague, PayableSource::Invoice(invoice.id())).await;
        teller
            .fact("", other.err().map_or_else(|| "the window opens".to_owned(), |locked| locked.to_string()));
    }
    outcome::show_invoice(demo, invoice, teller).await?;
    Ok(view)
}

/// What must be known to ask what became of the charge, should nobody hear its answer.
fn show_stored(attempt: &Attempt, teller: &Teller) {
    let charge = attempt.charge.unwrap_or_default();
    if let Some(sent_at) = charge.sent_at {
        teller.fact("  sent at", format_args!("{sent_at:.0}"));
    }
    match &attempt.sealed {
        None => teller.fact("  token", "sealed; erased with the answer"),
        Some(sealed) => teller.fact("  token", format_args!("sealed, {} bytes", sealed.0.len())),
    }
    if let Some(check) = charge.check {
        teller.fact("  status check", words::check(check));
    }
}
