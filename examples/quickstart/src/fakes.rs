//! The fake Stripe and the fake Moneris, which a real host does not have: the clinic's account at each, and what truly
//! happened to money there.

use billing_credentials::fields;
use billing_domain::PaymentId;
use billing_testkit::moneris::{FakeMoneris, FakeStore, StoreSpec};
use billing_testkit::stripe::{AccountSpec, FakeAccount, FakeServer, FakeStripe, Mode};
use jiff::Timestamp;

use crate::Told;
use crate::processor::Processor;

/// Both processors, each served over HTTP until this is dropped.
#[derive(Debug)]
pub(crate) struct Fakes {
    /// The clinic's account at Stripe.
    pub(crate) account: FakeAccount,
    pub(crate) moneris: FakeMoneris,
    moneris_server: FakeServer,
    pub(crate) stripe: FakeStripe,
    stripe_server: FakeServer,
    /// The clinic's store at Moneris.
    pub(crate) till: FakeStore,
}

/// What a processor's own ledger says, in cents.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ledger {
    pub(crate) given_back: i64,
    pub(crate) taken: i64,
    /// How many times money was taken for the payment.
    pub(crate) times: usize,
}

impl Fakes {
    /// They remember nothing of former runs, so they must not repeat their ids either: no run before this one has used this seed for a
    /// payment.
    pub(crate) async fn start(seed: u64) -> Told<Self> {
        let stripe = FakeStripe::seeded(seed);
        let account = stripe.account(AccountSpec {
            business_name: "Maple Street Clinic Inc.".to_owned(),
            ..AccountSpec::new("acct_1PgafTB7WZ01zgkW")
        });
        let moneris = FakeMoneris::seeded(seed);
        let till = moneris.store(StoreSpec::new("monca04321", "KJ7l2AsX0n93Qw8e"));
        let (stripe_server, moneris_server) = (stripe.serve().await?, moneris.serve().await?);
        let fakes = Self { account, moneris, moneris_server, stripe, stripe_server, till };
        fakes.set_now(Timestamp::now());
        Ok(fakes)
    }

    /// Where a processor is served.
    pub(crate) fn url(&self, of: Processor) -> &str {
        match of {
            Processor::Moneris => &self.moneris_server.base_url,
            Processor::Stripe => &self.stripe_server.base_url,
        }
    }

    pub(crate) fn set_now(&self, now: Timestamp) {
        self.moneris.set_now(now);
        self.stripe.set_now(now);
    }

    /// The live keys of the clinic's account, as its owner would copy them from Stripe's Dashboard or Moneris's Merchant Resource
    /// Centre.
    pub(crate) fn own_keys(&self, of: Processor) -> Vec<(&'static str, String)> {
        match of {
            Processor::Moneris => vec![
                (fields::STORE_ID, self.till.id().to_owned()),
                (fields::API_TOKEN, self.till.api_token()),
                (fields::PROFILE_ID, self.till.profile_id()),
            ],
            Processor::Stripe => vec![
                (fields::PUBLISHABLE_KEY, self.account.publishable_key(Mode::Live)),
                (fields::SECRET_KEY, self.account.secret_key(Mode::Live)),
            ],
        }
    }

    /// How many requests reached a processor. Those of Stripe's browser are among them; Moneris's frame makes none.
    pub(crate) fn calls(&self, of: Processor) -> usize {
        match of {
            Processor::Moneris => self.moneris.requests().len(),
            Processor::Stripe => self.stripe.requests().len(),
        }
    }

    /// What a processor's ledger says of this run, and of one payment.
    pub(crate) fn ledger(&self, of: Processor, payment: PaymentId) -> Ledger {
        let payment = payment.to_string();
        match of {
            Processor::Moneris => {
                let ledger = self.moneris.ledger(self.till.id());
                Ledger {
                    given_back: ledger.total_refunded() + ledger.total_corrected(),
                    taken: ledger.total_captured(),
                    times: ledger.captures_of(&payment),
                }
            }
            Processor::Stripe => {
                let ledger = self.stripe.ledger(self.account.id());
                Ledger {
                    given_back: ledger.total_refunded(),
                    taken: ledger.total_captured(),
                    times: ledger.captures_of(&payment),
                }
            }
        }
    }
}
