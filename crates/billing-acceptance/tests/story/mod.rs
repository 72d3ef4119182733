//! What is going on when the end comes, and what people do afterwards. The ends themselves are in `dying.rs`.

use std::time::Duration;

use billing_acceptance::{TOTAL, Till, World, frame_of, front_desk, handover_of, owner, stripe_keys};
use billing_app::{Billing, BillingError, Sent};
use billing_domain::payment::{AttemptState, Finding, Reference};
use billing_domain::refund::RefundState;
use billing_domain::{CardGrant, ProcessorId};
use billing_moneris::CheckoutTicket;
use billing_testkit::moneris::{Card as MonerisCard, Fault};
use billing_testkit::stripe::Card;
use secrecy::ExposeSecret as _;

/// What is going on when the end comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Story {
    Cancelled(Till),
    CancelledAfterPaying(Till),
    DeclinedThenPaid(Till),
    /// Its keys are erased under it, and supplied again to finish with.
    ErasedAndSupplied,
    Paid(Till),
    RefundedInPart(Till),
    RefundedWhole(Till),
    RemovedAfterPaying(Till),
    RemovedWhileOpen(Till),
    /// Moneris's bank takes longer than anyone waits, and charges then: the status check is asked while it is still on its way.
    SlowBank,
    /// Moneris says that its own bank did not answer: the status check must tell.
    TimedOut {
        paid: bool,
    },
}

/// Every story at Stripe.
pub(crate) const STRIPE: [Story; 9] = [
    Story::Paid(Till::Stripe),
    Story::DeclinedThenPaid(Till::Stripe),
    Story::Cancelled(Till::Stripe),
    Story::CancelledAfterPaying(Till::Stripe),
    Story::RemovedWhileOpen(Till::Stripe),
    Story::RemovedAfterPaying(Till::Stripe),
    Story::ErasedAndSupplied,
    Story::RefundedWhole(Till::Stripe),
    Story::RefundedInPart(Till::Stripe),
];

/// Every story at Moneris. Nothing cancels a Checkout ticket.
pub(crate) const MONERIS: [Story; 15] = [
    Story::Paid(Till::HostedTokenization),
    Story::DeclinedThenPaid(Till::HostedTokenization),
    Story::Cancelled(Till::HostedTokenization),
    Story::CancelledAfterPaying(Till::HostedTokenization),
    Story::RemovedWhileOpen(Till::HostedTokenization),
    Story::SlowBank,
    Story::TimedOut { paid: true },
    Story::TimedOut { paid: false },
    Story::RefundedWhole(Till::HostedTokenization),
    Story::RefundedInPart(Till::HostedTokenization),
    Story::Paid(Till::Checkout),
    Story::DeclinedThenPaid(Till::Checkout),
    Story::RefundedWhole(Till::Checkout),
    Story::RemovedWhileOpen(Till::Checkout),
    Story::RemovedAfterPaying(Till::Checkout),
];

/// What people do after the restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Afterwards {
    /// Nobody does anything, and the next process starts ten minutes later: the time for a status check has passed.
    ComesBackLate,
    /// The same window's Send Request is pressed once more and the cardholder pays if there is anything to pay; the same refund
    /// is asked for once more.
    DoesItAgain,
    /// Nobody does anything; only the sweep runs.
    NobodyCares,
}

impl Afterwards {
    pub(crate) const ALL: [Self; 3] = [Self::ComesBackLate, Self::DoesItAgain, Self::NobodyCares];
}

impl Story {
    pub(crate) fn till(self) -> Till {
        match self {
            Self::Cancelled(till)
            | Self::CancelledAfterPaying(till)
            | Self::DeclinedThenPaid(till)
            | Self::Paid(till)
            | Self::RefundedInPart(till)
            | Self::RefundedWhole(till)
            | Self::RemovedAfterPaying(till)
            | Self::RemovedWhileOpen(till) => till,
            Self::ErasedAndSupplied => Till::Stripe,
            Self::SlowBank | Self::TimedOut { .. } => Till::HostedTokenization,
        }
    }

    /// How much the story gives back, in cents.
    pub(crate) fn gives_back(self) -> Option<i64> {
        match self {
            Self::RefundedInPart(_) => Some(2_500),
            Self::RefundedWhole(_) => Some(TOTAL),
            _ => None,
        }
    }

    /// Whether a person may be needed: where the processor cannot be asked at any time, or its keys may be gone.
    pub(crate) fn may_need_a_person(self) -> bool {
        self.till() != Till::Stripe || self == Self::ErasedAndSupplied
    }

    /// Whether a status check can be asked in it.
    pub(crate) fn may_ask(self) -> bool {
        self.till() == Till::HostedTokenization && self.gives_back().is_none()
    }

    /// The cardholder pays with the story's last card.
    pub(crate) async fn pay(self, world: &World, billing: &Billing, sent: Sent) -> Result<(), BillingError> {
        let card = match self {
            Self::TimedOut { paid: true } => MonerisCard::TIMES_OUT_PAID,
            Self::TimedOut { paid: false } => MonerisCard::TIMES_OUT,
            _ => MonerisCard::VISA,
        };
        pay(self.till(), world, billing, sent, Card::VISA, card).await
    }
}

/// Tells the story to its end.
pub(crate) async fn tell(story: Story, world: &World, billing: &Billing) -> Result<(), BillingError> {
    let desk = front_desk(world.dispensary);
    let till = story.till();
    let sent = world.send(billing).await?;
    match story {
        Story::Paid(_) => story.pay(world, billing, sent).await?,
        Story::DeclinedThenPaid(_) => {
            pay(till, world, billing, sent, Card::GENERIC_DECLINE, MonerisCard::DECLINED).await?;
            billing.settle(&desk, world.payment).await?;
            let again = world.send(billing).await?;
            story.pay(world, billing, again).await?;
        }
        Story::Cancelled(_) => {
            billing.cancel_payment(&desk, world.payment).await?;
        }
        Story::CancelledAfterPaying(_) => {
            story.pay(world, billing, sent).await?;
            billing.cancel_payment(&desk, world.payment).await?;
        }
        Story::RemovedAfterPaying(_) => {
            story.pay(world, billing, sent).await?;
            remove(till, world, billing).await?;
        }
        Story::RemovedWhileOpen(_) => {
            remove(till, world, billing).await?;
            // Most often there is nothing left to pay.
            drop(story.pay(world, billing, sent).await);
        }
        Story::ErasedAndSupplied => {
            let owner = owner(world.dispensary);
            let account = world.store.accounts(world.dispensary).await.unwrap().remove(0).account.account;
            billing.erase_account(&owner, account).await?;
            story.pay(world, billing, sent).await?;
            billing.supply_drain_keys(&owner, account, stripe_keys(&world.account)).await?;
        }
        Story::SlowBank => {
            world.moneris.faults().next("res_purchase_cc", Fault::DelayBeforeEffect(Duration::from_mins(1)));
            story.pay(world, billing, sent).await?;
            world.advance(Duration::from_secs(45));
        }
        Story::TimedOut { .. } => {
            story.pay(world, billing, sent).await?;
            world.advance(Duration::from_secs(45));
        }
        Story::RefundedInPart(_) | Story::RefundedWhole(_) => {
            story.pay(world, billing, sent).await?;
            billing.settle(&desk, world.payment).await?;
            world.give_back(billing, story.gives_back().unwrap_or(TOTAL)).await?;
            return Ok(());
        }
    }
    billing.settle(&desk, world.payment).await?;
    Ok(())
}

async fn remove(till: Till, world: &World, billing: &Billing) -> Result<(), BillingError> {
    let processor = if till == Till::Stripe { ProcessorId::STRIPE } else { ProcessorId::MONERIS };
    billing.remove_account(&owner(world.dispensary), processor).await.map(drop)
}

/// The cardholder pays in the browser; where our server charges on return, the page brings the grant back.
#[expect(clippy::disallowed_methods, reason = "the browser is given the ticket, as it must be")]
async fn pay(
    till: Till,
    world: &World,
    billing: &Billing,
    sent: Sent,
    card: Card,
    moneris_card: MonerisCard,
) -> Result<(), BillingError> {
    if matches!(sent, Sent::Known(_)) {
        // What became of an earlier send is not known yet: there is nothing to pay with.
        return Ok(());
    }
    match till {
        Till::Stripe => world.pay(sent, card).await,
        Till::Checkout => {
            let ticket = CheckoutTicket::try_from(&handover_of(sent)).unwrap().ticket;
            // Declined is an answer of the page's.
            drop(world.moneris.checkout_cardholder(ticket.expose_secret()).pay(moneris_card));
        }
        Till::HostedTokenization => {
            let frame = frame_of(&handover_of(sent));
            let token = world.moneris.cardholder(&frame.profile_id).tokenize(moneris_card).unwrap();
            let grant = CardGrant { reference: Reference(frame.order_id), token: token.into() };
            billing.charge_card(&front_desk(world.dispensary), world.payment, grant).await?;
        }
    }
    Ok(())
}

/// Sweeps as a host does, every 15 seconds at first, until nothing but what a person must look at is open.
pub(crate) async fn come_to_rest(world: &World, billing: &Billing) {
    for round in 0..200 {
        let report = billing.sweep(100).await.unwrap();
        if report.next_due.is_none() || waits_for_a_person(world, billing).await {
            return;
        }
        world.advance(if round < 16 { Duration::from_secs(15) } else { Duration::from_mins(15) });
    }
    panic!("the sweep never came to rest");
}

async fn waits_for_a_person(world: &World, billing: &Billing) -> bool {
    let payments = billing.payments(&owner(world.dispensary), None, 100).await.unwrap();
    payments.iter().all(|view| {
        let attempt = view.payment.open_attempt();
        let attempt = attempt.is_none_or(|attempt| matches!(attempt.state, AttemptState::NeedsReview(_)));
        let refund =
            |state: &RefundState| state.is_resolved() || matches!(state, RefundState::NeedsReview(_));
        attempt && view.payment.refunds.iter().all(|known| refund(&known.state))
    })
}

/// A person looks at the processor's own list for whatever needs review, and says what it shows: how many findings that took.
pub(crate) async fn review(world: &World, billing: &Billing) -> usize {
    // Not before everything that was on its way has arrived.
    tokio::time::sleep(Duration::from_mins(10)).await;
    let owner = owner(world.dispensary);
    let mut findings = 0;
    for view in billing.payments(&owner, None, 100).await.unwrap() {
        let payment = &view.payment;
        let (moneris, stripe) =
            (world.moneris.ledger(world.till.id()), world.stripe.ledger(world.account.id()));
        if let Some(attempt) = payment.open_attempt() {
            let taken = moneris.entry(&attempt.key.0).filter(|entry| entry.captured > 0);
            let at_stripe = attempt
                .reference
                .clone()
                .filter(|Reference(id)| stripe.entry(id).is_some_and(|entry| entry.captured > 0));
            let finding = finding(taken.map(|entry| entry.trans_id.clone()).or(at_stripe.map(|id| id.0)));
            billing
                .record_finding(&owner, payment.id, finding, "seen in the processor's list")
                .await
                .unwrap();
            findings += 1;
        }
        for refund in payment.refunds.iter().filter(|refund| !refund.state.is_resolved()) {
            let given_back = (world.truly_given_back() > 0).then(|| "99-0_99".to_owned());
            let finding = finding(given_back);
            billing
                .record_refund_finding(&owner, payment.id, refund.id, finding, "seen in the processor's list")
                .await
                .unwrap();
            findings += 1;
        }
    }
    findings
}

fn finding(seen: Option<String>) -> Finding {
    match seen {
        Some(reference) => Finding::MoneyMoved { reference: Reference(reference) },
        None => Finding::NothingMoved,
    }
}
