//! Steps 3 to 6 with Stripe. One payment, one PaymentIntent, as many cards as it takes.

mod browser;
mod send;
mod settle;

use billing_app::PaymentView;
use billing_domain::Invoice;
use billing_domain::payment::PaymentState;

use crate::Told;
use crate::cards::Choice;
use crate::cards::stripe::Hand;
use crate::demo::Demo;
use crate::processor::Processor;
use crate::say::Teller;
use crate::story::{outcome, window};

pub(crate) async fn take_payment(
    demo: &Demo,
    invoice: &Invoice,
    cards: Vec<Choice<Hand>>,
    teller: &Teller,
) -> Told<PaymentView> {
    let window = window::open(demo, Processor::Stripe, invoice, teller).await?;
    let handover = send::request(demo, invoice, &window, teller).await?;
    let browser = browser::load(demo, &handover, &window)?;
    for card in cards {
        let accepted = browser::pay(demo, &browser, card, teller).await;
        if accepted.is_err() {
            outcome::give_up(demo, window.payment, teller).await?;
        }
        accepted?;
        let view = settle::after_return(demo, invoice, window.payment, teller).await?;
        if view.state != PaymentState::Open {
            return Ok(view);
        }
    }
    teller.line("The patient has no other card.");
    outcome::give_up(demo, window.payment, teller).await
}
