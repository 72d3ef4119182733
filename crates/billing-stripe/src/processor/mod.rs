//! One Stripe account behind the payment port; each operation has its own file here. Nothing is remembered between calls.

mod begin;
mod cancel;
mod observe;
mod observe_many;
mod refund;
mod scan;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use billing_credentials::fields::PUBLISHABLE_KEY;
use billing_credentials::{OpenedAccount, StripeSecretKey, fields};
use billing_domain::{
    AccountRef, Begun, CancelMode, Capabilities, CardGrant, ChargeFact, ChargeOrder, ChargePlace,
    EvidenceMode, Flow, Handover, ManyFact, Money, PaymentProcessor, ProcessorErrorKind, ProcessorId,
    PublicFields, QueryError, RefundCare, RefundFact, RefundOrder, RefundPlan, Scan, ScanPage, SubmitError,
};

use billing_domain::payment::Capture;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use crate::amount::to_wire;
use crate::api::Api;
use crate::convert::fact;
use crate::error::{NoReply, not_sent};
use crate::wire::Intent;

/// The one flow: a `PaymentIntent`, paid in the browser.
pub const FLOW: Flow = Flow::new("payment_intent");

/// The number of our encoding of requests: it changes whenever the bytes of the same order do.
const ENCODING: u16 = 1;

/// Stripe keeps the outcome of a key for at least 24 h (<https://docs.stripe.com/api/idempotent_requests>); an hour is
/// left for clocks that differ.
const REPLAY_WITHIN: Duration = Duration::from_hours(23);

/// One Stripe account. Made by [`StripeConnector::connect`](billing_credentials::ProcessorConnector::connect).
#[derive(Clone)]
pub struct StripeProcessor {
    account: AccountRef,
    api: Api,
    /// `None` if the saved key cannot be read; every call then says that the keys are rejected.
    key: Option<StripeSecretKey>,
    public: PublicFields,
}

impl StripeProcessor {
    pub(crate) fn new(api: Api, opened: &OpenedAccount) -> Self {
        let saved = opened.secrets.secret(fields::SECRET_KEY);
        let publishable = opened.public.field(PUBLISHABLE_KEY).map(|key| (PUBLISHABLE_KEY, key));
        Self {
            account: opened.account.clone(),
            api,
            key: saved.and_then(|saved| StripeSecretKey::from_saved(saved).ok()),
            public: publishable.into_iter().collect(),
        }
    }

    fn key(&self) -> Result<&StripeSecretKey, NoReply> {
        self.key.as_ref().ok_or_else(|| not_sent(ProcessorErrorKind::CredentialsRejected))
    }

    /// The key, for an order of `account`, if that is this one: intents and refunds exist in one account only.
    fn key_for(&self, account: &AccountRef) -> Result<&StripeSecretKey, NoReply> {
        if *account != self.account {
            return Err(not_sent(ProcessorErrorKind::Unsupported));
        }
        self.key()
    }

    /// The hand-over of an intent that can still be paid, or what is known of it; `None` if it lacks its client secret, or shows another
    /// intent's.
    ///
    /// The publishable key is the account's newest: any of an account's keys serves all its intents, and an older one may
    /// have been rolled.
    fn begun(&self, order: &ChargeOrder, key: &StripeSecretKey, intent: Intent<'_>) -> Option<Begun> {
        let known = fact(order, key.mode(), &intent);
        if !matches!(known, ChargeFact::Live { .. }) {
            return Some(Begun::Known(known));
        }
        let secret = intent.client_secret.filter(|secret| is_of(secret, intent.id.as_str()))?;
        let handover = Handover {
            processor: ProcessorId::STRIPE,
            flow: FLOW,
            public: self.public.clone(),
            secret: Some(secret),
            expires_at: None,
        };
        let reference = billing_domain::payment::Reference(intent.id.as_str().to_owned());
        Some(Begun::HandOver { reference, keep: None, handover })
    }
}

/// A client secret begins with its intent's id, as Stripe.js reads it. A browser given another's would pay what nobody here could find.
#[expect(clippy::disallowed_methods, reason = "only whose it is")]
fn is_of(client_secret: &SecretString, intent: &str) -> bool {
    client_secret.expose_secret().split_once("_secret_").is_none_or(|(whose, _)| whose == intent)
}

impl fmt::Debug for StripeProcessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeProcessor").field("account", &self.account).finish_non_exhaustive()
    }
}

#[async_trait]
impl PaymentProcessor for StripeProcessor {
    fn account(&self) -> &AccountRef {
        &self.account
    }

    fn flow(&self) -> Flow {
        FLOW
    }

    fn capabilities(&self, _: &Flow) -> Capabilities {
        Capabilities {
            charge: ChargePlace::InBrowser,
            evidence: EvidenceMode::ByReference,
            cancel: CancelMode::AtProcessor,
            encoding: ENCODING,
            replay_within: REPLAY_WITHIN,
            refunds: RefundCare::Observable { replay_within: REPLAY_WITHIN },
            lists: true,
        }
    }

    fn accepts(&self, amount: Money) -> Result<(), ProcessorErrorKind> {
        to_wire(amount).map(drop)
    }

    fn accepts_grant(&self, _: &CardGrant) -> Result<(), ProcessorErrorKind> {
        Err(ProcessorErrorKind::Unsupported)
    }

    fn window_fields(&self, _: &Flow, public: &PublicFields) -> PublicFields {
        public.clone()
    }

    async fn begin(&self, order: &ChargeOrder) -> Result<Begun, SubmitError> {
        self.create(order).await
    }

    async fn resume(&self, order: &ChargeOrder) -> Result<Begun, QueryError> {
        self.reopen(order).await
    }

    async fn charge(&self, _: &ChargeOrder) -> Result<ChargeFact, SubmitError> {
        Err(not_sent(ProcessorErrorKind::Unsupported).into_submit())
    }

    async fn observe(&self, order: &ChargeOrder) -> Result<ChargeFact, QueryError> {
        self.look(order).await
    }

    async fn cancel(&self, order: &ChargeOrder, try_no: u32) -> Result<ChargeFact, SubmitError> {
        self.abandon(order, try_no).await
    }

    fn plan_refund(
        &self,
        capture: &Capture,
        _: Money,
        amount: Money,
        _: Timestamp,
    ) -> Result<RefundPlan, ProcessorErrorKind> {
        refund::plan(capture, amount)
    }

    async fn refund(&self, order: &RefundOrder) -> Result<RefundFact, SubmitError> {
        self.give_back(order).await
    }

    async fn observe_refund(&self, order: &RefundOrder) -> Result<RefundFact, QueryError> {
        self.look_at_refund(order).await
    }

    async fn observe_many(&self, orders: &[ChargeOrder]) -> Result<Vec<ManyFact>, QueryError> {
        self.look_at_many(orders).await
    }

    async fn scan(&self, scan: &Scan) -> Result<ScanPage, QueryError> {
        self.list(scan).await
    }
}
