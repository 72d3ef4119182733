//! What a host answers to whoever is outside: front desks, owners, and Stripe.

use billing_app::{
    Billing, BillingError, NoticeAddress, PaymentView, RefundRequest, SaveKeys, SendRequest, Sent,
};
use billing_credentials::{Delivery, Submitted};
use billing_domain::payment::{PaymentState, Reference};
use billing_domain::refund::RefundState;
use billing_domain::{CardGrant, Handover, ProcessorId, StoreError};
use billing_moneris::{CheckoutTicket, HostedTokenization};
use billing_stripe::StripeElements;
use secrecy::ExposeSecret as _;

use super::ids;
use super::wire::{Answer, Call, Delivered, Given, Keys, Question, Standing, Wish};
use crate::{Till, front_desk, manager, owner};

/// What the library says to it.
pub(crate) async fn answer(billing: &Billing, question: Question) -> Answer {
    let answered = match question {
        Question::Desk(call) => at_desk(billing, &call).await,
        Question::Notice(delivered) => Ok(deliver(billing, delivered).await),
        Question::Owner(till, keys) => change_keys(billing, till, keys).await,
    };
    answered.unwrap_or_else(|error| Answer::Failed(told(&error)))
}

/// What a desk does next goes by the code; what a store should never say is told whole.
fn told(error: &BillingError) -> String {
    use StoreError as Said;
    match error {
        BillingError::Store(Said::Conflict(_) | Said::InDoubt(_) | Said::Unavailable(_)) => {
            error.code().to_owned()
        }
        BillingError::Store(other) => format!("{}: {other}", error.code()),
        _ => error.code().to_owned(),
    }
}

async fn deliver(billing: &Billing, delivered: Delivered) -> Answer {
    let Delivered { url, headers, body } = delivered;
    let (dispensary, account) = NoticeAddress::account_at(&url).expect("an address of ours");
    let received = billing.receive_notice(dispensary, account, Delivery { headers, body }).await;
    Answer::Status(match received {
        Ok(answer) => answer.status(),
        Err(error) => error.status(),
    })
}

async fn change_keys(billing: &Billing, till: Till, keys: Keys) -> Result<Answer, BillingError> {
    let owner = owner(ids::dispensary(till));
    let processor = if till == Till::Stripe { ProcessorId::STRIPE } else { ProcessorId::MONERIS };
    match keys {
        Keys::Remove => drop(billing.remove_account(&owner, processor).await?),
        Keys::Save(pasted) => {
            let pasted = Submitted::from_iter(pasted);
            billing.save_keys(&owner, SaveKeys::checked(processor, pasted)).await?;
        }
    }
    Ok(Answer::Done)
}

async fn at_desk(billing: &Billing, call: &Call) -> Result<Answer, BillingError> {
    let desk = front_desk(ids::dispensary(call.till));
    let payment = ids::payment(call.payment);
    match &call.wish {
        Wish::Cancel => billing.cancel_payment(&desk, payment).await.map(|view| stands(&view)),
        Wish::Charge { order_id, token } => {
            let grant = CardGrant { reference: Reference(order_id.clone()), token: token.clone().into() };
            billing.charge_card(&desk, payment, grant).await.map(|view| stands(&view))
        }
        Wish::Refund { refund, cents } => refund_of(billing, call, *refund, *cents).await,
        Wish::Send => send(billing, call).await,
        Wish::Settle => billing.settle(&desk, payment).await.map(|view| stands(&view)),
    }
}

/// The front desk opens the window and presses Send Request, always for the same payment.
async fn send(billing: &Billing, call: &Call) -> Result<Answer, BillingError> {
    let desk = front_desk(ids::dispensary(call.till));
    let payable = ids::invoice(call.payment, call.cents);
    let window = billing.open_window(&desk, payable.clone()).await?;
    let request = SendRequest {
        payment: ids::payment(call.payment),
        payable,
        expected_total: window.total,
        expected_account: window.account,
    };
    Ok(match billing.send_request(&desk, request).await? {
        Sent::HandOver(handover) => Answer::HandedOver(given(call.till, &handover)),
        Sent::Known(view) => stands(&view),
    })
}

/// The manager gives some of the payment's first capture back.
async fn refund_of(billing: &Billing, call: &Call, refund: u64, cents: i64) -> Result<Answer, BillingError> {
    let manager = manager(ids::dispensary(call.till));
    let payment = ids::payment(call.payment);
    let view = billing.payment(&manager, payment).await?;
    let Some((capture, _)) = view.payment.captures().next() else { return Ok(stands(&view)) };
    let request = RefundRequest {
        refund: ids::refund(call.payment, refund),
        payment,
        capture,
        amount: ids::cad(cents),
    };
    let view = billing.refund(&manager, request).await?;
    Ok(Answer::Refunded { succeeded: view.refund.state == RefundState::Succeeded })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the browser is given the client secret or the ticket, as it must be"
)]
fn given(till: Till, handover: &Handover) -> Given {
    assert_eq!(handover.processor == ProcessorId::STRIPE, till == Till::Stripe);
    match till {
        Till::Checkout => {
            Given::Ticket(CheckoutTicket::try_from(handover).unwrap().ticket.expose_secret().to_owned())
        }
        Till::HostedTokenization => {
            let HostedTokenization { order_id, profile_id, .. } =
                HostedTokenization::try_from(handover).unwrap();
            Given::Frame { order_id, profile_id }
        }
        Till::Stripe => {
            let elements = StripeElements::try_from(handover).unwrap();
            let client_secret = elements.client_secret.expose_secret().to_owned();
            Given::Elements { client_secret, publishable_key: elements.publishable_key }
        }
    }
}

fn stands(view: &PaymentView) -> Answer {
    Answer::Stands(match view.state {
        PaymentState::Cancelled | PaymentState::Declined => Standing::Ended,
        PaymentState::Open => Standing::Open,
        PaymentState::Succeeded => Standing::Succeeded,
        _ => Standing::Unknown,
    })
}
