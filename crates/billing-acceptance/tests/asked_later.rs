//! What a charge puts off: its status check is asked by the process that charged, without a sweep, and never after a shutdown.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::time::Duration;

use billing_acceptance::{Till, World, frame_of, front_desk, handover_of, key_ring};
use billing_app::Billing;
use billing_domain::payment::{PaymentState, Reference};
use billing_domain::{BillingStore, CardGrant, Clock, later};
use billing_moneris::{MonerisConfig, MonerisConnector};
use billing_testkit::moneris::{Card, Fault};
use jiff::Timestamp;
use tokio::time::Instant;

/// A time of day that is being slewed back, as a time service does: half a thousandth slower than the timers.
#[derive(Debug)]
struct Slewed {
    began: Instant,
    at: Timestamp,
}

impl Clock for Slewed {
    fn now(&self) -> Timestamp {
        later(self.at, self.began.elapsed().mul_f64(0.9995))
    }

    fn monotonic(&self) -> Duration {
        self.began.elapsed()
    }
}

fn process(world: &World, store: Arc<dyn BillingStore>) -> Billing {
    Billing::builder(store, key_ring())
        .connector(Arc::new(MonerisConnector::new(world.moneris.exchange(), MonerisConfig::default())))
        .clock(Arc::new(Slewed { began: Instant::now(), at: world.clock.now() }))
        .build()
}

/// A charge that Moneris made and did not answer.
async fn charge_in_doubt(world: &World, billing: &Billing) {
    let frame = frame_of(&handover_of(world.send(billing).await.unwrap()));
    let token = world.moneris.cardholder(&frame.profile_id).tokenize(Card::VISA).unwrap();
    let grant = CardGrant { reference: Reference(frame.order_id), token: token.into() };
    world.moneris.faults().next("res_purchase_cc", Fault::DropAfterEffect);
    let unknown = billing.charge_card(&front_desk(world.dispensary), world.payment, grant).await.unwrap();
    assert_eq!(unknown.state, PaymentState::Unknown);
}

#[tokio::test(start_paused = true)]
async fn the_process_that_charged_asks_what_became_of_it_by_itself_although_its_clocks_differ() {
    let world = World::with(Till::HostedTokenization).await;
    let billing = process(&world, Arc::clone(&world.store));
    charge_in_doubt(&world, &billing).await;

    tokio::time::sleep(Duration::from_mins(1)).await;

    assert_eq!(world.moneris.count("status_check"), 1);
    let told = billing.payment(&front_desk(world.dispensary), world.payment).await.unwrap();
    assert_eq!(told.state, PaymentState::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn nothing_that_was_put_off_holds_on_to_the_store_after_a_shutdown() {
    let world = World::with(Till::HostedTokenization).await;
    for aborted in [false, true] {
        let world = if aborted { &World::with(Till::HostedTokenization).await } else { &world };
        let billing = process(world, Arc::clone(&world.store));
        let before = Arc::strong_count(&world.store) - 1;
        charge_in_doubt(world, &billing).await;

        if aborted {
            billing.abort();
        } else {
            assert!(billing.shutdown(Duration::from_secs(5)).await);
        }
        drop(billing);
        tokio::task::yield_now().await;

        assert_eq!(Arc::strong_count(&world.store), before, "aborted: {aborted}");
    }
}
