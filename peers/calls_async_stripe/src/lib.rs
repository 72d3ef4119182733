//! One call of async-stripe: what a program that creates a `PaymentIntent` writes. How it is measured is the driver's.

#[path = "../../../crates/billing-bench/src/calls/driver.rs"]
pub mod driver;

use std::collections::HashMap;
use std::time::Duration;

use stripe::{Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeRequest as _};
use stripe_core::payment_intent::CreatePaymentIntent;
use stripe_core::{PaymentIntentAllowedPaymentMethodTypes, PaymentIntentCaptureMethod};
use stripe_types::Currency;

use crate::driver::{Contender, Failure, Order, secret_key};

/// Its client, shared by all calls.
pub struct AsyncStripe(Client);

impl Contender for AsyncStripe {
    async fn connect(url: &str) -> Result<Self, Failure> {
        // It puts the path right behind the address.
        let builder =
            ClientBuilder::new(secret_key()).url(format!("{url}/")).timeout(Duration::from_secs(30));
        Ok(Self(builder.build()?))
    }

    async fn create(&self, order: Order) -> Result<(), Failure> {
        let key = IdempotencyKey::new(&order.key)?;
        let intent = CreatePaymentIntent::new(order.amount, Currency::CAD)
            .allowed_payment_method_types([PaymentIntentAllowedPaymentMethodTypes::Card])
            .capture_method(PaymentIntentCaptureMethod::Automatic)
            .metadata(HashMap::from([
                ("payment_id".to_owned(), order.payment_id),
                ("invoice_id".to_owned(), order.invoice_id),
            ]))
            .customize()
            .request_strategy(RequestStrategy::Idempotent(key))
            .send(&self.0)
            .await?;
        let is_whole = intent.id.as_str().starts_with("pi_")
            && intent.status.as_str() == "requires_payment_method"
            && intent.client_secret.is_some();
        let is_ours = intent.amount == order.amount && intent.currency == Currency::CAD;
        if is_whole && is_ours { Ok(()) } else { Err("another intent than was asked for".into()) }
    }
}
