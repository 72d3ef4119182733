//! One call of kasapay-stripe: what a program that creates a `PaymentIntent` writes. How it is measured is the driver's.

#[path = "../../../crates/billing-bench/src/calls/driver.rs"]
pub mod driver;

use kasapay_core::{
    ChargeRequest, Currency, IdempotencyKey, Money, NextAction, OrderRef, Provider as _, Secret, Status,
};
use kasapay_stripe::Stripe;

use crate::driver::{Contender, Failure, Order, secret_key};

/// Its client, shared by all calls.
pub struct Kasapay(Stripe);

impl Contender for Kasapay {
    async fn connect(url: &str) -> Result<Self, Failure> {
        Ok(Self(Stripe::at(url, &Secret::new(secret_key()))?))
    }

    /// It has no way to ask for cards only. Its order reference is metadata too, so that two ids leave here as everywhere.
    async fn create(&self, order: Order) -> Result<(), Failure> {
        let amount = Money::from_minor_units(order.amount, Currency::Cad);
        let request = ChargeRequest::builder(OrderRef::new(order.invoice_id), amount)
            .metadata("payment_id", order.payment_id)
            .idempotency_key(IdempotencyKey::new(order.key))
            .build()?;
        let charge = self.0.charge(&request).await?;
        let is_whole = charge.id.is_some()
            && charge.status == Status::RequiresAction
            && matches!(charge.next_action, Some(NextAction::ConfirmOnClient { .. }));
        if is_whole && charge.amount == amount {
            Ok(())
        } else {
            Err("another intent than was asked for".into())
        }
    }
}
