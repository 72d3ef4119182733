//! The smallest host on async-stripe and SQLite: writes a payment down, asks Stripe for its `PaymentIntent`, writes the answer down.
//!
//! `peer-async-stripe <invoice id> <cents>`, with `BILLING_DATABASE` and `STRIPE_SECRET_KEY` in the environment, and `STRIPE_URL` for
//! another server than Stripe's own. Its twin is `peers/ours`.

mod payments;

use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::time::Duration;

use stripe::{Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeRequest as _};
use stripe_core::payment_intent::CreatePaymentIntent;
use stripe_core::{PaymentIntentAllowedPaymentMethodTypes, PaymentIntentCaptureMethod};
use stripe_types::Currency;

use crate::payments::Payments;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let invoice = arguments.next().ok_or("an invoice id is missing")?;
    let cents: i64 = arguments.next().ok_or("an amount in cents is missing")?.parse()?;

    let payments = Payments::open(&env::var("BILLING_DATABASE")?)?;
    let client = client()?;

    // The row is on the disk before the request leaves: a process that dies in between can ask again under the same key.
    let payment = payments.begin(&invoice, cents)?;
    let key = IdempotencyKey::new(&payment)?;
    let intent = CreatePaymentIntent::new(cents, Currency::CAD)
        .allowed_payment_method_types([PaymentIntentAllowedPaymentMethodTypes::Card])
        .capture_method(PaymentIntentCaptureMethod::Automatic)
        .metadata(HashMap::from([
            ("payment_id".to_owned(), payment.clone()),
            ("invoice_id".to_owned(), invoice),
        ]))
        .customize()
        .request_strategy(RequestStrategy::Idempotent(key))
        .send(&client)
        .await?;
    payments.sent(&payment, intent.id.as_str())?;

    println!("{}", intent.id);
    Ok(())
}

fn client() -> Result<Client, Box<dyn Error>> {
    let mut builder = ClientBuilder::new(env::var("STRIPE_SECRET_KEY")?).timeout(Duration::from_secs(30));
    if let Ok(url) = env::var("STRIPE_URL") {
        // It puts the path right behind the address.
        builder = builder.url(format!("{}/", url.trim_end_matches('/')));
    }
    Ok(builder.build()?)
}
