//! Stories 43, 44, 45, 46 and 67: an account that was removed, replaced, rolled, erased or shared, with payments and refunds open on it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use billing_acceptance::{World, front_desk, owner};
use billing_app::{Billing, PaymentView, Removed};
use billing_domain::payment::{AttemptState, Reference};
use billing_domain::refund::RefundState;
use billing_domain::{AccountRecord, AccountState, Action, ProcessorId};
use billing_testkit::stripe::{Card, Fault};
use std::time::Duration;

mod erasing;
mod removing;
mod sharing;

pub(crate) const LIST: &str = "GET /v1/payment_intents";
pub(crate) const READ: &str = "GET /v1/payment_intents/{id}";
pub(crate) const CANCEL: &str = "POST /v1/payment_intents/{id}/cancel";
pub(crate) const A_MONTH: Duration = Duration::from_hours(720);

pub(crate) async fn view(world: &World, billing: &Billing) -> PaymentView {
    billing.payment(&front_desk(world.dispensary), world.payment).await.unwrap()
}

pub(crate) async fn state(world: &World, billing: &Billing) -> AttemptState {
    view(world, billing).await.payment.newest().unwrap().state.clone()
}

pub(crate) async fn account(world: &World) -> AccountRecord {
    world.store.accounts(world.dispensary).await.unwrap().remove(0)
}

pub(crate) fn is_erased(record: &AccountRecord) -> bool {
    record.sealed.is_none() && matches!(record.state, AccountState::Erased { .. })
}

pub(crate) async fn remove(world: &World, billing: &Billing) -> Removed {
    billing.remove_account(&owner(world.dispensary), ProcessorId::STRIPE).await.unwrap()
}

/// Stripe answers nobody.
pub(crate) fn stripe_is_down(world: &World) {
    for pattern in [READ, CANCEL, LIST] {
        world.stripe.faults().every(1, pattern, Fault::FailBeforeEffect(503));
    }
}

pub(crate) async fn audited(world: &World, action: Action) -> usize {
    let audit = world.store.audit(world.dispensary, 0, 1_000).await.unwrap();
    audit.iter().filter(|entry| entry.action == action).count()
}

/// Paid and settled at Stripe, with a refund that waits for the account's balance.
pub(crate) async fn pending_refund(world: &World, billing: &Billing) -> Reference {
    let sent = world.send(billing).await.unwrap();
    world.pay(sent, Card::VISA).await;
    billing.settle(&front_desk(world.dispensary), world.payment).await.unwrap();
    world.stripe.run_short_of_balance(true);
    let pending = world.give_back(billing, 2_500).await.unwrap().refund;
    assert_eq!(pending.state, RefundState::Pending);
    pending.reference.unwrap()
}
