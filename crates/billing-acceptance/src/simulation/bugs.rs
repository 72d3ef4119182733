//! Mistakes that can be put in front of the library, each of a kind that has charged people twice somewhere. The simulator must find
//! every one: one that finds nothing might be looking at nothing.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use billing_credentials::{
    AccountProfile, Candidate, Field, FieldErrors, KeyPolicy, NoticeEndpoint, OpenedAccount,
    ProcessorConnector, Submitted, VerifyError,
};
use billing_domain::payment::{AttemptState, Capture};
use billing_domain::refund::RefundFact;
use billing_domain::{
    AccountRef, AccountState, Action, Begun, BillingStore as _, Capabilities, CardGrant, Certainty,
    ChargeFact, ChargeOrder, Flow, ManyFact, Money, PaymentProcessor, ProcessorErrorKind, ProcessorId,
    PublicFields, QueryError, RefundOrder, RefundPlan, Scan, ScanPage, Step, SubmitError, Write,
};
use billing_transport::{Delivery, Exchange, Request, Response, SendError};
use http::HeaderValue;
use jiff::Timestamp;

use super::chance::mix;
use super::lock;
use super::names::subject;
use super::network::At;
use super::process::Life;
use super::world::World;

macro_rules! bugs {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// A mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Bug {
            $($(#[$doc])* $variant,)+
        }

        impl Bug {
            /// Every one, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name on the command line and in tables.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

bugs! {
    /// The store says that a charge or a refund is written down, and writes it two seconds later, if its process still lives.
    AnswersBeforeItWrote = "answers-before-it-wrote",
    /// A refused card in Checkout is believed to end its ticket, under every reading.
    BelievesDeclines = "believes-declines",
    /// A status check that finds nothing is believed to prove that nothing was charged, under every reading.
    BelievesNotFound = "believes-not-found",
    /// The store forgets that some payments succeeded.
    DropsFacts = "drops-facts",
    /// Keys are erased when an account is removed, whatever is open.
    ErasesKeysEarly = "erases-keys-early",
    /// No idempotency key is sent to Stripe.
    ForgetsTheKey = "forgets-the-key",
    /// What is sent to Stripe again goes out under a new idempotency key.
    NewKeyOnResend = "new-key-on-resend",
    /// A Moneris purchase without an answer is sent again under a new order id.
    NewOrderIdOnResend = "new-order-id-on-resend",
    /// Whatever got no answer is sent again as it was.
    SendsTwice = "sends-twice",
    /// Some calls carry another account's keys.
    SendsWithOtherKeys = "sends-with-other-keys",
    /// The store does not look at an invoice's other payments when it opens one.
    SkipsTheLock = "skips-the-lock",
    /// A call that timed out is taken for one that failed.
    TakesTimeoutForFailure = "takes-timeout-for-failure",
}

impl Bug {
    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|bug| bug.name() == name)
    }

    /// Whether it sits between an adapter and the network.
    pub(super) fn is_on_the_way(self) -> bool {
        matches!(
            self,
            Self::ForgetsTheKey
                | Self::NewKeyOnResend
                | Self::NewOrderIdOnResend
                | Self::SendsTwice
                | Self::SendsWithOtherKeys
        )
    }
}

/// What the store writes of a step.
pub(super) enum Written {
    As(Step),
    /// Nothing, at least not now; it says that it did.
    SaidOnly,
}

/// The store's mistakes.
pub(super) fn written(world: &Arc<World>, life: &Arc<Life>, mut step: Step) -> Written {
    match world.setting.bug {
        Some(Bug::AnswersBeforeItWrote)
            if matches!(step.action, Action::PaymentCharging | Action::RefundSending) =>
        {
            let (store, life) = (Arc::clone(&world.store), Arc::clone(life));
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(2)).await;
                if !life.is_over() {
                    drop(store.commit(step).await);
                }
            });
            Written::SaidOnly
        }
        Some(Bug::DropsFacts) if step.writes.iter().any(is_a_forgotten_success) => Written::SaidOnly,
        Some(Bug::ErasesKeysEarly) => {
            for write in &mut step.writes {
                if let Write::Account(record) = write
                    && let AccountState::Draining { since, .. } = record.state
                {
                    record.state = AccountState::Erased { since };
                    record.sealed = None;
                }
            }
            Written::As(step)
        }
        _ => Written::As(step),
    }
}

/// One payment in ten.
fn is_a_forgotten_success(write: &Write) -> bool {
    let Write::Attempt { payment, attempt } = write else { return false };
    matches!(attempt.state, AttemptState::Succeeded(_)) && mix(0, &[subject(payment.uuid())]) % 10 == 0
}

/// An exchange with a mistake of its own in front of the network.
#[derive(Debug)]
pub(super) struct BuggyExchange {
    inner: Arc<dyn Exchange>,
    bug: Bug,
    at: At,
    world: Arc<World>,
    sent: Mutex<BTreeSet<HeaderValue>>,
}

const KEY: &str = "idempotency-key";

impl BuggyExchange {
    pub(super) fn new(inner: Arc<dyn Exchange>, bug: Bug, at: At, world: &Arc<World>) -> Self {
        Self { inner, bug, at, world: Arc::clone(world), sent: Mutex::default() }
    }

    fn with_another_key(&self, request: &mut Request) {
        let mut sent = lock(&self.sent);
        for (_, value) in request.headers.iter_mut().filter(|(name, _)| name.as_str() == KEY) {
            if !sent.insert(value.clone()) {
                let again = format!("{}-again-{}", value.to_str().unwrap_or_default(), sent.len());
                *value = again.parse().unwrap();
            }
        }
    }

    fn with_other_keys(&self, request: &mut Request) {
        let (mut luck, _) = self.world.chance.at("other keys", 0);
        if !luck.per_mille(30) {
            return;
        }
        match self.at {
            At::Stripe => {
                for (_, value) in
                    request.headers.iter_mut().filter(|(name, _)| *name == http::header::AUTHORIZATION)
                {
                    let key = value.to_str().unwrap_or_default().trim_start_matches("Bearer ").to_owned();
                    if let Some(other) = lock(&self.world.truth).keys_of_somebody_else(&key) {
                        *value = format!("Bearer {other}").parse().unwrap();
                    }
                }
            }
            At::Moneris => {
                let (one, other) = (&self.world.tills[0], &self.world.tills[1]);
                let body = String::from_utf8_lossy(&request.body).into_owned();
                let body = if body.contains(one.id()) {
                    body.replace(one.id(), other.id()).replace(&one.api_token(), &other.api_token())
                } else {
                    body.replace(other.id(), one.id()).replace(&other.api_token(), &one.api_token())
                };
                request.body = body.into();
            }
        }
    }

    /// The same purchase under another order id.
    fn with_another_order_id(&self, request: &Request) -> Request {
        let body = String::from_utf8_lossy(&request.body).replace("</order_id>", "0</order_id>");
        Request { body: body.into(), ..request.clone() }
    }
}

#[async_trait]
impl Exchange for BuggyExchange {
    async fn send(&self, mut request: Request) -> Result<Response, SendError> {
        match self.bug {
            Bug::ForgetsTheKey => request.headers.retain(|(name, _)| name.as_str() != KEY),
            Bug::NewKeyOnResend => self.with_another_key(&mut request),
            Bug::SendsWithOtherKeys => self.with_other_keys(&mut request),
            _ => {}
        }
        let got = self.inner.send(request.clone()).await;
        let is_in_doubt = got.as_ref().is_err_and(|error| error.delivery == Delivery::MaybeSent);
        let is_a_purchase = request.body.windows(17).any(|part| part == b"<res_purchase_cc>");
        match self.bug {
            Bug::SendsTwice if is_in_doubt => self.inner.send(request).await,
            Bug::NewOrderIdOnResend if is_in_doubt && is_a_purchase => {
                self.inner.send(self.with_another_order_id(&request)).await
            }
            _ => got,
        }
    }
}

/// A connector whose processors take a time-out for a failure.
#[derive(Debug)]
pub(super) struct BuggyConnector(pub(super) Arc<dyn ProcessorConnector>);

#[async_trait]
impl ProcessorConnector for BuggyConnector {
    fn processor(&self) -> ProcessorId {
        self.0.processor()
    }

    fn fields(&self) -> Vec<Field> {
        self.0.fields()
    }

    fn parse(&self, pasted: &Submitted, policy: KeyPolicy) -> Result<Candidate, FieldErrors> {
        self.0.parse(pasted, policy)
    }

    async fn verify(&self, candidate: &Candidate) -> Result<AccountProfile, VerifyError> {
        self.0.verify(candidate).await
    }

    fn notices(&self) -> Option<Arc<dyn NoticeEndpoint>> {
        self.0.notices()
    }

    fn connect(&self, account: &OpenedAccount) -> Arc<dyn PaymentProcessor> {
        Arc::new(BuggyProcessor(self.0.connect(account)))
    }
}

#[derive(Debug)]
struct BuggyProcessor(Arc<dyn PaymentProcessor>);

fn failed(error: SubmitError) -> SubmitError {
    SubmitError { certainty: error.certainty.min(Certainty::Refused), ..error }
}

#[async_trait]
impl PaymentProcessor for BuggyProcessor {
    fn account(&self) -> &AccountRef {
        self.0.account()
    }

    fn flow(&self) -> Flow {
        self.0.flow()
    }

    fn capabilities(&self, flow: &Flow) -> Capabilities {
        self.0.capabilities(flow)
    }

    fn accepts(&self, amount: Money) -> Result<(), ProcessorErrorKind> {
        self.0.accepts(amount)
    }

    fn accepts_grant(&self, grant: &CardGrant) -> Result<(), ProcessorErrorKind> {
        self.0.accepts_grant(grant)
    }

    fn window_fields(&self, flow: &Flow, public: &PublicFields) -> PublicFields {
        self.0.window_fields(flow, public)
    }

    async fn begin(&self, order: &ChargeOrder) -> Result<Begun, SubmitError> {
        self.0.begin(order).await.map_err(failed)
    }

    async fn resume(&self, order: &ChargeOrder) -> Result<Begun, QueryError> {
        self.0.resume(order).await
    }

    async fn charge(&self, order: &ChargeOrder) -> Result<ChargeFact, SubmitError> {
        self.0.charge(order).await.map_err(failed)
    }

    async fn observe(&self, order: &ChargeOrder) -> Result<ChargeFact, QueryError> {
        self.0.observe(order).await
    }

    async fn cancel(&self, order: &ChargeOrder, try_no: u32) -> Result<ChargeFact, SubmitError> {
        self.0.cancel(order, try_no).await.map_err(failed)
    }

    fn plan_refund(
        &self,
        capture: &Capture,
        given_back: Money,
        amount: Money,
        at: Timestamp,
    ) -> Result<RefundPlan, ProcessorErrorKind> {
        self.0.plan_refund(capture, given_back, amount, at)
    }

    async fn refund(&self, order: &RefundOrder) -> Result<RefundFact, SubmitError> {
        self.0.refund(order).await.map_err(failed)
    }

    async fn observe_refund(&self, order: &RefundOrder) -> Result<RefundFact, QueryError> {
        self.0.observe_refund(order).await
    }

    async fn observe_many(&self, orders: &[ChargeOrder]) -> Result<Vec<ManyFact>, QueryError> {
        self.0.observe_many(orders).await
    }

    async fn scan(&self, scan: &Scan) -> Result<ScanPage, QueryError> {
        self.0.scan(scan).await
    }
}
