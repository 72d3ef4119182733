//! A world for dying in: what outlives a process, and processes on it with something in front of their writes and sends.

use std::sync::Arc;
use std::time::Duration;

use billing_app::{Billing, BillingError, PayableSource, SaveKeys, SendRequest, Sent};
use billing_credentials::{Submitted, fields};
use billing_domain::payment::PaymentState;
use billing_domain::{
    BillingName, BillingStore, Currency, Dispensary, DispensaryId, DispensaryKind, Money, OfficeId, Payable,
    PayableId, PayableStatus, PaymentId, ProcessorId,
};
use billing_stripe::{StripeConfig, StripeConnector};
use billing_testkit::stripe::{AccountSpec, Card, Cardholder, FakeAccount, FakeStripe, Mode};
use billing_testkit::{RecordedAlarms, TestClock, store::MemoryStore};
use uuid::Uuid;

use crate::clinic::browser_of;
use crate::{
    Hook, HookedExchange, HookedStore, Moments, front_desk, handover_of, help_centre, key_ring, owner,
};

const TOTAL: i64 = 7_500;

/// Everything that outlives a process: the database, Stripe, the time of day.
#[derive(Debug)]
pub struct World {
    /// The database.
    pub store: Arc<dyn BillingStore>,
    /// Stripe, in process.
    pub stripe: FakeStripe,
    /// The clinic's account there.
    pub account: FakeAccount,
    /// The time of day.
    pub clock: Arc<TestClock>,
    /// What a person was called for.
    pub alarms: Arc<RecordedAlarms>,
    /// The dispensary.
    pub dispensary: DispensaryId,
    /// The one payment of the story.
    pub payment: PaymentId,
}

impl World {
    /// Keys saved, nothing sold yet.
    pub async fn new() -> Self {
        let stripe = FakeStripe::new();
        let account = stripe.account(AccountSpec::new("acct_1PgafTB7WZ01zgkW"));
        let world = Self {
            store: Arc::new(MemoryStore::new()),
            stripe,
            account,
            clock: Arc::default(),
            alarms: Arc::default(),
            dispensary: DispensaryId::new(Uuid::from_u128(0xd1)),
            payment: PaymentId::new(Uuid::from_u128(0xfa)),
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
        let pasted = Submitted::from_iter([
            (fields::PUBLISHABLE_KEY, world.account.publishable_key(Mode::Live)),
            (fields::SECRET_KEY, world.account.secret_key(Mode::Live)),
        ]);
        let keys = SaveKeys::checked(ProcessorId::STRIPE, pasted);
        billing.save_keys(&owner(world.dispensary), keys).await.unwrap();
        world
    }

    /// A process on this world, with something in front of its writes and sends.
    pub fn process(&self, hook: Arc<dyn Hook>) -> Billing {
        let store = HookedStore { inner: Arc::clone(&self.store), hook: Arc::clone(&hook) };
        let exchange = HookedExchange { inner: self.stripe.exchange(), hook };
        let stripe = StripeConnector::new(Arc::new(exchange), StripeConfig::default());
        Billing::builder(Arc::new(store), key_ring())
            .connector(Arc::new(stripe))
            .clock(self.clock.clone())
            .alarm(self.alarms.clone())
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

    /// Time goes by, here and at Stripe.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.stripe.advance(by);
    }

    /// What must be true when everything has come to rest.
    pub async fn judge(&self, billing: &Billing, told: &str) {
        let ledger = self.stripe.ledger(self.account.id());
        let captured = ledger.total_captured();
        assert!(captured == 0 || captured == TOTAL, "{told}: {captured} captured");
        assert!(ledger.charged_twice().is_empty(), "{told}");
        let desk = front_desk(self.dispensary);
        let PayableSource::Host(payable) = self.payable() else { return };
        if let Some(state) = billing.payable(&desk, &payable.id).await.unwrap() {
            assert_eq!(state.captured.minor(), captured, "{told}: our ledger and Stripe's differ");
            assert_eq!(state.open_payment, None, "{told}: something stayed open");
            let paid = state.status().unwrap() == PayableStatus::Paid;
            assert_eq!(paid, captured == TOTAL, "{told}");
        } else {
            assert_eq!(captured, 0, "{told}: money without a payable");
        }
        for payment in billing.payments(&desk, None, 100).await.unwrap() {
            let ended = matches!(payment.state, PaymentState::Succeeded | PaymentState::Cancelled);
            assert!(ended, "{told}: a payment is {:?}", payment.state);
        }
    }
}
