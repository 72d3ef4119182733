//! The smallest host on this library: a clinic with Stripe keys sends one payment and prints its `PaymentIntent`.
//!
//! `peer-ours <invoice id> <cents>`, with `BILLING_DATABASE`, `BILLING_SEALING_KEYS`, `STRIPE_PUBLISHABLE_KEY` and
//! `STRIPE_SECRET_KEY` in the environment, and `STRIPE_URL` for another server than Stripe's own. Its twin is `peers/async_stripe`.

mod clinic;

use std::env;
use std::error::Error;
use std::sync::Arc;

use billing_app::{Billing, PayableSource, SendRequest};
use billing_credentials::StaticKeyRing;
use billing_domain::{BillingName, Currency, Money, Payable, PayableId};
use billing_store::{SqliteOptions, SqliteStore};
use billing_stripe::{StripeConfig, StripeConnector};
use billing_transport::{HttpConfig, HttpExchange};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let invoice = arguments.next().ok_or("an invoice id is missing")?;
    let cents: i64 = arguments.next().ok_or("an amount in cents is missing")?.parse()?;

    let billing = billing()?;
    clinic::prepare(&billing, &env::var("STRIPE_PUBLISHABLE_KEY")?, &env::var("STRIPE_SECRET_KEY")?).await?;

    // The host's own invoice, as it stands now.
    let payable = PayableSource::Host(Payable::new(
        PayableId::parse(&invoice)?,
        1,
        Money::new(cents, Currency::CAD),
        Money::zero(Currency::CAD),
        BillingName::parse("Zoé Tremblay")?,
    )?);
    let desk = clinic::front_desk()?;
    let window = billing.open_window(&desk, payable.clone()).await?;
    let request = SendRequest {
        payment: window.payment,
        payable,
        expected_total: window.total,
        expected_account: window.account,
    };
    billing.send_request(&desk, request).await?;

    let sent = billing.payment(&desk, window.payment).await?;
    let reference = sent.payment.newest().and_then(|attempt| attempt.reference.as_ref());
    println!("{}", reference.ok_or("Stripe knows nothing of the payment")?);
    Ok(())
}

fn billing() -> Result<Billing, Box<dyn Error>> {
    let database = env::var("BILLING_DATABASE")?;
    SqliteStore::migrate(&database)?;
    let store = SqliteStore::open(&database, SqliteOptions::default())?;
    let ring = StaticKeyRing::parse(&env::var("BILLING_SEALING_KEYS")?)?;
    let exchange = HttpExchange::new(HttpConfig::default())?;
    let config = env::var("STRIPE_URL").map_or_else(|_| StripeConfig::default(), StripeConfig::new);
    let stripe = StripeConnector::new(Arc::new(exchange), config);
    Ok(Billing::builder(Arc::new(store), Arc::new(ring)).connector(Arc::new(stripe)).build())
}
