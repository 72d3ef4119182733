//! What outlives every host beside the database: the fake processors over HTTP, and the three clinics' accounts there.

use std::time::Duration;

use billing_app::{Billing, SaveKeys};
use billing_credentials::{Submitted, fields};
use billing_domain::{Dispensary, DispensaryKind, OfficeId, ProcessorId};
use billing_testkit::moneris::{self, FakeMoneris, FakeStore, StoreSpec};
use billing_testkit::stripe::{self, AccountSpec, FakeAccount, FakeServer, FakeStripe, Mode};
use jiff::Timestamp;
use uuid::Uuid;

use super::ids;
use crate::{Till, help_centre, owner};

/// A clinic for each till.
pub(crate) const TILLS: [Till; 3] = [Till::Checkout, Till::HostedTokenization, Till::Stripe];

/// The processors and the clinics' accounts.
#[derive(Debug)]
pub(crate) struct Clinics {
    pub(crate) stripe: FakeStripe,
    pub(crate) account: FakeAccount,
    pub(crate) moneris: FakeMoneris,
    /// The store that takes cards by Checkout.
    checkout: FakeStore,
    /// The store that takes cards by hosted tokenization.
    frames: FakeStore,
    servers: [FakeServer; 2],
}

impl Clinics {
    /// Processors that are as slow as a network makes them, so that a kill finds calls on their way.
    pub(crate) async fn open() -> Self {
        let (stripe, moneris) = (FakeStripe::new(), FakeMoneris::new());
        let servers = [stripe.serve().await.unwrap(), moneris.serve().await.unwrap()];
        let clinics = Self {
            account: stripe.account(AccountSpec::new("acct_1PgafTB7WZ01zgkW")),
            stripe,
            checkout: moneris.store(StoreSpec::new("gwca001234", "Ab12Cd34Ef56Gh78")),
            frames: moneris.store(StoreSpec::new("gwca005678", "Ij90Kl12Mn34Op56")),
            moneris,
            servers,
        };
        clinics.slow_down();
        clinics
    }

    fn slow_down(&self) {
        let (at_stripe, at_moneris) = (self.stripe.faults(), self.moneris.faults());
        for (nth, millis) in [(1, 6), (7, 60)] {
            let late = Duration::from_millis(millis);
            at_stripe.every(nth, "*", stripe::Fault::DelayAfterEffect(late));
            at_moneris.every(nth, "*", moneris::Fault::DelayAfterEffect(late));
        }
        for (nth, millis) in [(2, 12), (9, 60)] {
            let late = Duration::from_millis(millis);
            at_stripe.every(nth, "*", stripe::Fault::DelayBeforeEffect(late));
            at_moneris.every(nth, "*", moneris::Fault::DelayBeforeEffect(late));
        }
    }

    /// From now on they answer at once.
    pub(crate) fn speed_up(&self) {
        self.stripe.faults().clear();
        self.moneris.faults().clear();
    }

    /// Where Stripe and Moneris are.
    pub(crate) fn urls(&self) -> [String; 2] {
        self.servers.each_ref().map(|server| server.base_url.clone())
    }

    /// The processors' time is as everybody's.
    pub(crate) fn set_now(&self, now: Timestamp) {
        self.stripe.set_now(now);
        self.moneris.set_now(now);
    }

    /// For long runs.
    pub(crate) fn forget_requests(&self) {
        self.stripe.forget_requests();
        self.moneris.forget_requests();
    }

    /// The clinic's store at Moneris.
    pub(crate) fn store_of(&self, till: Till) -> Option<&FakeStore> {
        match till {
            Till::Checkout => Some(&self.checkout),
            Till::HostedTokenization => Some(&self.frames),
            Till::Stripe => None,
        }
    }

    /// Records the dispensaries and saves their keys.
    pub(crate) async fn move_in(&self, billing: &Billing) {
        for till in TILLS {
            let dispensary = ids::dispensary(till);
            let office = DispensaryKind::Office(OfficeId::new(Uuid::from_u128(0x0f)));
            let owner = owner(dispensary);
            billing.add_dispensary(&owner, Dispensary::new(dispensary, office, "clinic")).await.unwrap();
            let processor = if till == Till::Stripe { ProcessorId::STRIPE } else { ProcessorId::MONERIS };
            if till == Till::Stripe {
                billing.unlock_processor(&help_centre(dispensary), ProcessorId::STRIPE).await.unwrap();
            }
            let pasted = Submitted::from_iter(self.keys(till));
            billing.save_keys(&owner, SaveKeys::checked(processor, pasted)).await.unwrap();
        }
    }

    /// What an owner copies from the processor's own pages, by the names of the fields.
    pub(crate) fn keys(&self, till: Till) -> Vec<(String, String)> {
        let named = |(name, value): (&str, String)| (name.to_owned(), value);
        let Some(store) = self.store_of(till) else {
            let publishable = (fields::PUBLISHABLE_KEY, self.account.publishable_key(Mode::Live));
            let secret = (fields::SECRET_KEY, self.account.secret_key(Mode::Live));
            return [publishable, secret].map(named).to_vec();
        };
        let chosen = if till == Till::Checkout {
            (fields::CHECKOUT_ID, store.checkout_id())
        } else {
            (fields::PROFILE_ID, store.profile_id())
        };
        let credentials = [(fields::STORE_ID, store.id().to_owned()), (fields::API_TOKEN, store.api_token())];
        credentials.into_iter().chain([chosen]).map(named).collect()
    }
}
