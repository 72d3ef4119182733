//! The story from beginning to end: which step comes when, and how it can end. The steps are in their own rooms.

mod books;
mod invoice;
mod leftovers;
mod moneris;
mod outcome;
mod refund;
mod settings;
mod stripe;
mod window;

use std::time::Duration;

use billing_app::PaymentView;
use billing_domain::Invoice;
use billing_domain::payment::PaymentState;

use crate::Told;
use crate::args::Options;
use crate::cards::Cards;
use crate::demo::Demo;
use crate::say::Teller;

/// Tells it. An error ends it early, with nothing half done.
pub(crate) async fn tell(options: Options) -> Told {
    let teller = &Teller::new(options.pause);
    let processor = options.cards.processor();
    let name = processor.name();
    let mut demo = Demo::start(options.data.as_deref()).await?;
    teller.plain(format_args!("A clinic connects its {name} account and takes a card payment."));
    teller.fact("data", format_args!("{} (kept; go on with --data)", demo.data.display()));
    if let Some(folder) = demo.keep_data() {
        teller.fact("", format_args!("to be rid of it, delete the folder {}", folder.display()));
    }
    teller.fact("seal key", format_args!("{}; a real host keeps it away from the data", demo.seal_key));
    teller.fact(name, format_args!("a fake at {}, gone when this ends", demo.fakes.url(processor)));

    let pasted = options.keys.or(demo.fakes.own_keys(processor));
    settings::connect(&demo, processor, pasted, teller).await?;
    leftovers::settle(&demo, teller).await?;
    let invoice = invoice::finalise(&demo, options.amount, teller).await?;
    let tried = options.cards.count();
    let mut ended = match take_payment(&demo, &invoice, options.cards, teller).await {
        Ok(ended) => ended,
        Err(error) => {
            invoice::void(&demo, &invoice, teller).await;
            return Err(error);
        }
    };
    if let Some(wish) = options.refund {
        ended = refund::give_back(&demo, processor, &invoice, ended, wish, teller).await?;
    }
    books::compare(&demo, processor, &invoice, &ended, teller).await?;
    // Waits for what is under way: nothing here, but a server has other requests.
    demo.billing.shutdown(Duration::from_secs(5)).await;
    teller.plain(closing(&invoice, &ended, tried)?);
    Ok(())
}

/// Steps 3 to 6, as the processor has them.
async fn take_payment(demo: &Demo, invoice: &Invoice, cards: Cards, teller: &Teller) -> Told<PaymentView> {
    match cards {
        Cards::Moneris(cards) => moneris::take_payment(demo, invoice, cards, teller).await,
        Cards::Stripe(cards) => stripe::take_payment(demo, invoice, cards, teller).await,
    }
}

fn closing(invoice: &Invoice, ended: &PaymentView, cards_tried: usize) -> Told<String> {
    let total = invoice.total()?;
    let number = invoice.number().map(ToString::to_string).unwrap_or_default();
    let back = ended.payment.refunded();
    Ok(match ended.state {
        PaymentState::Succeeded if back.is_zero() => {
            format!("\nInvoice {number} is paid: {total}, taken once.")
        }
        PaymentState::Succeeded if back == total => {
            format!("\nInvoice {number} is unpaid again: {total}, taken once and given back once.")
        }
        PaymentState::Succeeded => {
            format!("\nInvoice {number} is partly settled: {total}, taken once; {back}, given back once.")
        }
        PaymentState::Unknown => format!("\nWhether invoice {number} is paid is not known yet."),
        _ => {
            let next = match cards_tried {
                1 => "To try a second card, add --then visa.",
                _ => "To see one paid, leave --card and --then out.",
            };
            format!("\nInvoice {number} is unpaid, nothing was taken. {next}")
        }
    })
}
