//! Steps 3 to 6 with Moneris's hosted tokenization, and 7 if the answer is lost. One payment, and an order id and a token for each
//! attempt: a declined card ends its attempt.

mod charge;
mod check;
mod frame;
mod send;
mod wire;

use billing_app::PaymentView;
use billing_domain::Invoice;
use billing_domain::payment::PaymentState;
use billing_moneris::HostedTokenization;

use crate::Told;
use crate::cards::Choice;
use crate::cards::moneris::Card;
use crate::demo::Demo;
use crate::processor::Processor;
use crate::say::Teller;
use crate::story::{outcome, window};

pub(crate) async fn take_payment(
    demo: &Demo,
    invoice: &Invoice,
    cards: Vec<Choice<Card>>,
    teller: &Teller,
) -> Told<PaymentView> {
    let window = window::open(demo, Processor::Moneris, invoice, teller).await?;
    let mut open: Option<HostedTokenization> = None;
    for card in cards {
        // A frame that gave no token takes another card; after a declined one the same payment is sent again.
        let frame = match open.take() {
            Some(frame) => frame,
            None => send::request(demo, invoice, &window, teller).await?,
        };
        let typed = frame::type_card(demo, &frame, card, teller);
        if typed.is_err() {
            outcome::give_up(demo, window.payment, teller).await?;
        }
        let Some(grant) = typed? else {
            open = Some(frame);
            continue;
        };
        let mut view = charge::once(demo, invoice, window.payment, grant, teller).await?;
        if view.state == PaymentState::Unknown {
            view = check::after_a_while(demo, invoice, window.payment, teller).await?;
        }
        if !may_be_sent_again(view.state) {
            return Ok(view);
        }
    }
    teller.line("The patient has no other card.");
    if open.is_some() {
        return outcome::give_up(demo, window.payment, teller).await;
    }
    teller.line("The payment has ended: there is nothing to cancel, neither here nor at Moneris.");
    Ok(demo.billing.payment(&demo.people.front_desk, window.payment).await?)
}

fn may_be_sent_again(state: PaymentState) -> bool {
    matches!(state, PaymentState::Cancelled | PaymentState::Declined)
}
