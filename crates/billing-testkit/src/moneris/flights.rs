//! Which purchases are on their way to the bank, for a status check that waits for them. Never what became of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::Notify;

use super::FakeMoneris;

/// A purchase by its store and its order id.
pub(super) type Flight = (String, String);

#[derive(Default)]
pub(super) struct Flights {
    landed: Arc<Notify>,
    under_way: BTreeSet<Flight>,
}

impl Flights {
    pub(super) fn depart(&mut self, flight: Flight) {
        self.under_way.insert(flight);
    }

    pub(super) fn land(&mut self, flight: &Flight) {
        self.under_way.remove(flight);
        self.landed.notify_waiters();
    }
}

impl FakeMoneris {
    pub(super) async fn wait_for(&self, flight: &Flight) {
        let landed = Arc::clone(&self.state().flights.landed);
        loop {
            let next = landed.notified();
            if !self.state().flights.under_way.contains(flight) {
                return;
            }
            next.await;
        }
    }
}
