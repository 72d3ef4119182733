//! The sweep beside slow processors: the time for a status check passes, and must not pass while others are looked at.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use billing_acceptance::{Clinic, Hook, HookedExchange, key_ring};
use billing_app::{Billing, BillingConfig};
use billing_domain::payment::PaymentState;
use billing_moneris::{MonerisConfig, MonerisConnector};
use billing_stripe::{StripeConfig, StripeConnector};
use billing_testkit::TestClock;
use billing_testkit::moneris::{Card, Fault};
use billing_transport::{Request, SendError};

/// Every read at Stripe takes 25 seconds, and succeeds.
#[derive(Debug)]
struct Slow(Arc<TestClock>);

#[async_trait]
impl Hook for Slow {
    async fn before_send(&self, request: &Request) -> Result<(), SendError> {
        if request.method == http::Method::GET {
            self.0.advance(Duration::from_secs(25));
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_status_check_is_asked_in_its_time_while_another_processor_is_slow() {
    let clinic = Clinic::with_moneris().await;
    let (payment, frame) = clinic.hand_over_frame(clinic.invoice("10.50").await).await;
    clinic.save_stripe().await.unwrap();
    for _ in 0..5 {
        clinic.hand_over(clinic.invoice("20.00").await).await;
    }
    clinic.clock.advance(Duration::from_mins(2));
    clinic.moneris.faults().next("res_purchase_cc", Fault::DropAfterEffect);
    clinic.charge(payment, clinic.grant(&frame, Card::VISA)).await.unwrap();

    // The process dies, and the next one sweeps as often as it is told to.
    let slow = HookedExchange { inner: clinic.stripe.exchange(), hook: Arc::new(Slow(clinic.clock.clone())) };
    let next = Billing::builder(Arc::clone(&clinic.store), key_ring())
        .connector(Arc::new(StripeConnector::new(Arc::new(slow), StripeConfig::default())))
        .connector(Arc::new(MonerisConnector::new(clinic.moneris.exchange(), MonerisConfig::default())))
        .clock(clinic.clock.clone())
        // The slow answers make the clock jump; to what goes on beside them that is no stall.
        .config(BillingConfig { dispatch_within: Duration::from_mins(1), ..BillingConfig::default() })
        .build();
    clinic.clock.advance(Duration::from_secs(30));
    for _ in 0..10 {
        next.sweep(100).await.unwrap();
    }

    assert_eq!(clinic.moneris.count("status_check"), 1);
    assert_eq!(clinic.payment(payment).await.state, PaymentState::Succeeded);
}
