//! Stripe's notices in the stories: a host that takes them, how they come to it, and what must be true of its endpoint in the end.

use std::sync::Arc;
use std::time::Duration;

use billing_app::{Billing, BillingConfig, NoticeAddress, NoticeAnswer, NoticeError};
use billing_domain::{AccountRecord, SubscriptionState};
use billing_testkit::stripe::{Card, Delivery, EndpointSeen};

use crate::{Moments, World, owner};

/// Where this host is reached.
const HOST: &str = "https://clinic.example";

/// The rules of a host that takes notices.
pub fn noticing() -> BillingConfig {
    let notice_address = Some(format!("{HOST}/notices").parse().unwrap());
    BillingConfig { notice_address, ..BillingConfig::default() }
}

/// Until nothing goes on any more by itself. Time is paused: nobody sleeps.
pub async fn quiet() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}

impl World {
    /// Stripe's keys saved, and its notices asked for.
    pub async fn noticed() -> Self {
        let world = Self::new().await;
        let billing = world.process_with(Arc::new(Moments::counting()), noticing());
        assert_eq!(billing.renew_subscriptions(&owner(world.dispensary)).await.unwrap(), 1);
        world
    }

    /// What came to this host's address comes to the library.
    pub async fn deliver(&self, billing: &Billing, delivery: &Delivery) -> Result<NoticeAnswer, NoticeError> {
        let path = delivery.url.strip_prefix(HOST).expect("it goes to this host");
        let (dispensary, account) = NoticeAddress::account_at(path).expect("it goes to an account");
        billing.receive_notice(dispensary, account, delivery.received()).await
    }

    /// What waits at Stripe for this clinic's account, oldest first; it waits no longer.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.stripe.take_deliveries(self.account.id())
    }

    /// This host's endpoints on the clinic's account.
    pub fn endpoints(&self) -> Vec<EndpointSeen> {
        let all = self.stripe.endpoints(self.account.id()).into_iter();
        all.filter(|endpoint| endpoint.url.starts_with(HOST)).collect()
    }

    /// The newest account of the clinic's.
    pub async fn record(&self) -> AccountRecord {
        self.store.accounts(self.dispensary).await.unwrap().pop().expect("keys were saved once")
    }

    /// Sweeps until no account has anything to do.
    pub async fn sweep_accounts(&self, billing: &Billing) {
        for _ in 0..40 {
            billing.sweep(100).await.unwrap();
            let records = self.store.accounts(self.dispensary).await.unwrap();
            if records.iter().all(|record| record.due_at.is_none()) {
                return;
            }
            self.advance(Duration::from_mins(3));
        }
        panic!("an account never came to rest");
    }

    /// What must be true at rest while notices are wanted: one endpoint, the one that is stored, and its secret is the one that is known.
    pub async fn judge_endpoint(&self, billing: &Billing, told: &str) {
        let (record, endpoints) = (self.record().await, self.endpoints());
        let subscription = record.subscription.expect("notices are wanted");
        assert_eq!(subscription.state, SubscriptionState::Active, "{told}");
        let there: Vec<_> = endpoints.iter().map(|endpoint| endpoint.id.as_str()).collect();
        assert_eq!(there, [subscription.endpoint.as_deref().unwrap_or_default()], "{told}");
        assert_eq!(endpoints[0].url, subscription.address, "{told}");
        // And a notice that is signed with it is believed.
        let sent = self.send(billing).await.unwrap();
        self.pay(sent, Card::VISA).await;
        let deliveries = self.deliveries();
        assert!(!deliveries.is_empty(), "{told}: Stripe tells of nothing");
        for delivery in deliveries {
            assert_eq!(self.deliver(billing, &delivery).await.unwrap(), NoticeAnswer::Accepted, "{told}");
        }
    }

    /// What must be true at rest once notices are wanted no more.
    pub async fn judge_no_endpoint(&self, told: &str) {
        assert!(self.endpoints().is_empty(), "{told}: {:?}", self.endpoints());
        for record in self.store.accounts(self.dispensary).await.unwrap() {
            assert_eq!(record.subscription, None, "{told}");
        }
    }
}
