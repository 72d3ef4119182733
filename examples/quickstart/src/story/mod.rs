//! The story from beginning to end: which step comes when, and how it can end. The steps are in their own rooms.

mod books;
mod browser;
mod invoice;
mod leftovers;
mod send;
mod settings;
mod settle;
mod window;

use std::time::Duration;

use billing_app::PaymentView;
use billing_domain::Invoice;
use billing_domain::payment::PaymentState;

use crate::Told;
use crate::args::Options;
use crate::cards::Choice;
use crate::demo::Demo;
use crate::say::Teller;

/// Tells it. An error ends it early, with nothing half done.
pub(crate) async fn tell(options: Options) -> Told {
    let teller = &Teller::new(options.pause);
    let mut demo = Demo::start(options.data.as_deref()).await?;
    teller.plain("A clinic connects its Stripe account and takes a card payment.");
    teller.fact("data", format_args!("{} (kept; go on with --data)", demo.data.display()));
    if let Some(folder) = demo.keep_data() {
        teller.fact("", format_args!("to be rid of it, delete the folder {}", folder.display()));
    }
    teller.fact("seal key", format_args!("{}; a real host keeps it away from the data", demo.seal_key));
    teller.fact("Stripe", format_args!("a fake at {}, gone when this ends", demo.server.base_url));

    settings::connect_stripe(&demo, options.keys.or(demo.own_keys()), teller).await?;
    leftovers::settle(&demo, teller).await?;
    let invoice = invoice::finalise(&demo, options.amount, teller).await?;
    let cards = [Some(options.card), options.then];
    let tried = cards.iter().flatten().count();
    let ended = match take_payment(&demo, &invoice, cards.into_iter().flatten(), teller).await {
        Ok(ended) => ended,
        Err(error) => {
            invoice::void(&demo, &invoice, teller).await;
            return Err(error);
        }
    };
    books::compare(&demo, &invoice, &ended, teller).await?;
    // Waits for what is under way: nothing here, but a server has other requests.
    demo.billing.shutdown(Duration::from_secs(5)).await;
    teller.plain(closing(&invoice, &ended, tried)?);
    Ok(())
}

/// Steps 3 to 6. One payment, one PaymentIntent, as many cards as it takes.
async fn take_payment(
    demo: &Demo,
    invoice: &Invoice,
    cards: impl Iterator<Item = Choice>,
    teller: &Teller,
) -> Told<PaymentView> {
    let window = window::open(demo, invoice, teller).await?;
    let handover = send::request(demo, invoice, &window, teller).await?;
    let browser = browser::load(demo, &handover, &window)?;
    for card in cards {
        let accepted = browser::pay(demo, &browser, card, teller).await;
        if accepted.is_err() {
            settle::give_up(demo, window.payment, teller).await?;
        }
        accepted?;
        let view = settle::after_return(demo, invoice, window.payment, teller).await?;
        if view.state != PaymentState::Open {
            return Ok(view);
        }
    }
    teller.line("The patient has no other card.");
    settle::give_up(demo, window.payment, teller).await
}

fn closing(invoice: &Invoice, ended: &PaymentView, cards_tried: usize) -> Told<String> {
    let total = invoice.total()?;
    let number = invoice.number().map(ToString::to_string).unwrap_or_default();
    Ok(match ended.state {
        PaymentState::Succeeded => format!("\nInvoice {number} is paid: {total}, taken once."),
        _ => {
            let next = match cards_tried {
                1 => "To try a second card, add --then visa.",
                _ => "To see one paid, leave --card and --then out.",
            };
            format!("\nInvoice {number} is unpaid, nothing was taken. {next}")
        }
    })
}
