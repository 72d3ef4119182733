//! A world for dying in: what outlives a process, and processes on it with something in front of their writes and sends.

use std::sync::Arc;
use std::time::Duration;

use billing_app::{
    Billing, BillingConfig, BillingError, PayableSource, RefundRequest, RefundView, SaveKeys, Saved,
    SendRequest, Sent,
};
use billing_credentials::{Submitted, fields};
use billing_domain::payment::{CaptureId, PaymentState};
use billing_domain::{
    BillingName, BillingStore, Currency, Dispensary, DispensaryId, DispensaryKind, Money, OfficeId, Payable,
    PayableId, PayableStatus, PaymentId, ProcessorId, RefundId,
};
use billing_moneris::{MonerisConfig, MonerisConnector};
use billing_stripe::{StripeConfig, StripeConnector};
use billing_testkit::moneris::{FakeMoneris, FakeStore, StoreSpec};
use billing_testkit::stripe::{AccountSpec, Card, Cardholder, FakeAccount, FakeStripe, Mode};
use billing_testkit::{RecordedAlarms, TestClock};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::books::Books;
use crate::clinic::browser_of;
use crate::{
    Hook, HookedExchange, HookedStore, Moments, front_desk, handover_of, help_centre, key_ring, manager,
    owner,
};

/// What the one invoice of the story asks for, in cents.
pub const TOTAL: i64 = 7_500;

/// Through what this world's clinic takes cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub enum Till {
    /// Moneris Checkout.
    Checkout,
    /// Moneris, by hosted tokenization.
    HostedTokenization,
    /// Stripe.
    Stripe,
}

/// Everything that outlives a process: the database, the processors, the time of day.
#[derive(Debug)]
pub struct World {
    /// The database.
    pub store: Arc<dyn BillingStore>,
    /// Stripe, in process.
    pub stripe: FakeStripe,
    /// The clinic's account there.
    pub account: FakeAccount,
    /// Moneris, in process.
    pub moneris: FakeMoneris,
    /// The clinic's store there.
    pub till: FakeStore,
    /// The time of day.
    pub clock: Arc<TestClock>,
    /// What a person was called for.
    pub alarms: Arc<RecordedAlarms>,
    /// The dispensary.
    pub dispensary: DispensaryId,
    /// The one payment of the story.
    pub payment: PaymentId,
    /// The one refund of the story.
    pub refund: RefundId,
    // Gone with the world.
    _books: Books,
}

impl World {
    /// Stripe's keys saved, nothing sold yet.
    pub async fn new() -> Self {
        Self::with(Till::Stripe).await
    }

    /// What this till needs saved, nothing sold yet.
    pub async fn with(till: Till) -> Self {
        let world = Self::without_keys().await;
        let billing = world.process(Arc::new(Moments::counting()));
        world.save_keys(&billing, till).await.unwrap();
        world
    }

    /// Stripe is unlocked, and no keys are saved.
    pub async fn without_keys() -> Self {
        let books = Books::quick().await;
        let (stripe, moneris) = (FakeStripe::new(), FakeMoneris::new());
        let world = Self {
            store: books.open().await,
            _books: books,
            account: stripe.account(AccountSpec::new("acct_1PgafTB7WZ01zgkW")),
            stripe,
            till: moneris.store(StoreSpec::new("gwca001234", "Ab12Cd34Ef56Gh78")),
            moneris,
            clock: Arc::default(),
            alarms: Arc::default(),
            dispensary: DispensaryId::new(Uuid::from_u128(0xd1)),
            payment: PaymentId::new(Uuid::from_u128(0xfa)),
            refund: RefundId::new(Uuid::from_u128(0xfb)),
        };
        let billing = world.process(Arc::new(Moments::counting()));
        let dispensary = Dispensary::new(
            world.dispensary,
            DispensaryKind::Office(OfficeId::new(Uuid::from_u128(0x0f))),
            "clinic",
        );
        billing.add_dispensary(&owner(world.dispensary), dispensary).await.unwrap();
        let help_centre = help_centre(world.dispensary);
        billing.unlock_processor(&help_centre, ProcessorId::STRIPE).await.unwrap();
        world
    }

    /// The owner pastes what this till needs and saves.
    pub async fn save_keys(&self, billing: &Billing, till: Till) -> Result<Saved, BillingError> {
        let (processor, pasted) = match till {
            Till::Stripe => (
                ProcessorId::STRIPE,
                vec![
                    (fields::PUBLISHABLE_KEY, self.account.publishable_key(Mode::Live)),
                    (fields::SECRET_KEY, self.account.secret_key(Mode::Live)),
                ],
            ),
            Till::Checkout | Till::HostedTokenization => {
                let chosen = if till == Till::Checkout {
                    (fields::CHECKOUT_ID, self.till.checkout_id())
                } else {
                    (fields::PROFILE_ID, self.till.profile_id())
                };
                let store = (fields::STORE_ID, self.till.id().to_owned());
                (ProcessorId::MONERIS, vec![store, (fields::API_TOKEN, self.till.api_token()), chosen])
            }
        };
        let keys = SaveKeys::checked(processor, pasted.into_iter().collect::<Submitted>());
        billing.save_keys(&owner(self.dispensary), keys).await
    }

    /// A process on this world, with something in front of its writes and sends.
    pub fn process(&self, hook: Arc<dyn Hook>) -> Billing {
        self.process_with(hook, BillingConfig::default())
    }

    /// The same, by other rules.
    pub fn process_with(&self, hook: Arc<dyn Hook>, config: BillingConfig) -> Billing {
        let store = HookedStore { inner: Arc::clone(&self.store), hook: Arc::clone(&hook) };
        let stripe = HookedExchange { inner: self.stripe.exchange(), hook: Arc::clone(&hook) };
        let stripe = StripeConnector::new(Arc::new(stripe), StripeConfig::default());
        let moneris = HookedExchange { inner: self.moneris.exchange(), hook };
        let moneris = MonerisConnector::new(Arc::new(moneris), MonerisConfig::default());
        Billing::builder(Arc::new(store), key_ring())
            .connector(Arc::new(stripe))
            .connector(Arc::new(moneris))
            .clock(self.clock.clone())
            .alarm(self.alarms.clone())
            .config(config)
            .build()
    }

    /// The host's invoice.
    pub fn payable(&self) -> PayableSource {
        let cad = |minor| Money::new(minor, Currency::CAD);
        let name = BillingName::parse("Zoé O’Brien").unwrap();
        let id = PayableId::parse("invoice-1").unwrap();
        PayableSource::Host(Payable::new(id, 1, cad(TOTAL), cad(0), name).unwrap())
    }

    /// The front desk opens the window and presses Send Request, always for the same payment.
    pub async fn send(&self, billing: &Billing) -> Result<Sent, BillingError> {
        let desk = front_desk(self.dispensary);
        let window = billing.open_window(&desk, self.payable()).await?;
        let request = SendRequest {
            payment: self.payment,
            payable: self.payable(),
            expected_total: window.total,
            expected_account: window.account,
        };
        billing.send_request(&desk, request).await
    }

    /// The cardholder's browser, given what was sent.
    pub fn browser(&self, sent: Sent) -> Cardholder {
        browser_of(&self.stripe, &handover_of(sent))
    }

    /// The cardholder pays.
    pub async fn pay(&self, sent: Sent, card: Card) {
        self.browser(sent).pay(card).await.unwrap();
    }

    /// The manager gives some of the payment's first capture back, always under the same refund's id.
    pub async fn give_back(&self, billing: &Billing, cents: i64) -> Result<RefundView, BillingError> {
        let manager = manager(self.dispensary);
        let found = billing.payment(&manager, self.payment).await?.payment;
        let capture = found.captures().map(|(id, _)| id).next().unwrap_or(CaptureId::Attempt(1));
        let amount = Money::new(cents, Currency::CAD);
        let request = RefundRequest { refund: self.refund, payment: self.payment, capture, amount };
        billing.refund(&manager, request).await
    }

    /// Time goes by, here and at the processors.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.stripe.advance(by);
        self.moneris.advance(by);
    }

    /// What the processors took, in cents.
    pub fn truly_captured(&self) -> i64 {
        self.stripe.ledger(self.account.id()).total_captured()
            + self.moneris.ledger(self.till.id()).total_captured()
    }

    /// What the processors gave back, in cents.
    pub fn truly_given_back(&self) -> i64 {
        let moneris = self.moneris.ledger(self.till.id());
        self.stripe.ledger(self.account.id()).total_refunded()
            + moneris.total_refunded()
            + moneris.total_corrected()
    }

    /// What must be true when everything has come to rest.
    pub async fn judge(&self, billing: &Billing, told: &str) {
        let (stripe, moneris) = (self.stripe.ledger(self.account.id()), self.moneris.ledger(self.till.id()));
        let (captured, given_back) = (self.truly_captured(), self.truly_given_back());
        assert!(captured == 0 || captured == TOTAL, "{told}: {captured} captured");
        assert!(stripe.charged_twice().is_empty() && moneris.charged_twice().is_empty(), "{told}");
        assert!(given_back <= captured, "{told}: {given_back} of {captured} given back");
        assert!(stripe.over_refunded().is_empty() && moneris.over_refunded().is_empty(), "{told}");
        assert!(stripe.refunded_twice().is_empty(), "{told}");
        let desk = front_desk(self.dispensary);
        let PayableSource::Host(payable) = self.payable() else { return };
        if let Some(state) = billing.payable(&desk, &payable.id).await.unwrap() {
            assert_eq!(state.captured.minor(), captured, "{told}: our ledger and the processor's differ");
            assert_eq!(state.refunded.minor(), given_back, "{told}: refunds differ");
            assert_eq!(state.open_payment, None, "{told}: something stayed open");
            let paid = state.status().unwrap() == PayableStatus::Paid;
            assert_eq!(paid, captured == TOTAL && given_back == 0, "{told}");
        } else {
            assert_eq!(captured, 0, "{told}: money without a payable");
        }
        for payment in billing.payments(&desk, None, 100).await.unwrap() {
            let ended = matches!(
                payment.state,
                PaymentState::Succeeded | PaymentState::Cancelled | PaymentState::Declined
            );
            assert!(ended, "{told}: a payment is {:?}", payment.state);
            let resolved = payment.payment.refunds.iter().all(|refund| refund.state.is_resolved());
            assert!(resolved, "{told}: {:?}", payment.payment.refunds);
        }
    }
}
