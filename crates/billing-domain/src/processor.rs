//! The port to a payment processor, and the values that pass through it.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::payment::{Reference, SubmitKey};
use crate::{
    AccountRef, ChargeFact, Money, PayableId, PaymentId, ProcessorId, PublicFields, QueryError, SubmitError,
};

/// One account at a payment processor.
///
/// # Contract
///
/// Every adapter passes `billing_testkit::conformance::processor`, which tests these lines:
///
/// 1. [`begin`](Self::begin) creates the charge's object, or replays its creation under the same key. It never
///    moves money and never makes a second object for one key.
/// 2. What leaves for the processor is the order's amount, currency, payment id and payable id; nothing else of
///    the patient, the payer or the invoice.
/// 3. An error of [`begin`](Self::begin) or [`cancel`](Self::cancel) is `NotSent` only if nothing left, `Refused`
///    only if the processor clearly did nothing on this call's only send, and `Unknown` otherwise.
/// 4. [`observe`](Self::observe) and [`resume`](Self::resume) change nothing at the processor.
/// 5. `Succeeded` is answered only when id, amount, currency, mode, payment id and payable id equal the order's;
///    otherwise the answer is `Mismatch`.
/// 6. A status, code or field that is not known is `NoEvidence`, never a success and never an end.
/// 7. "Not found" and a refused key prove nothing.
/// 8. [`cancel`](Self::cancel) of a charge that already took money answers `Succeeded`.
/// 9. No error, Debug or trace holds a key, a token or a client secret.
/// 10. Every call ends within its deadline.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PaymentProcessor: fmt::Debug + Send + Sync {
    /// The account every call of this value goes to.
    fn account(&self) -> &AccountRef;

    /// The flow a new attempt on this account uses.
    fn flow(&self) -> Flow;

    /// What the processor can do in `flow`.
    fn capabilities(&self, flow: &Flow) -> Capabilities;

    /// Refuses an amount this processor never takes, before anything is written or sent.
    fn accepts(&self, amount: Money) -> Result<(), crate::ProcessorErrorKind>;

    /// Creates the charge's object, or replays its creation. Never reads, never moves money.
    async fn begin(&self, order: &ChargeOrder) -> Result<Begun, SubmitError>;

    /// The payment window is reopened: the same hand-over again, or what is already known.
    async fn resume(&self, order: &ChargeOrder) -> Result<Begun, QueryError>;

    /// What the processor says of the charge now.
    async fn observe(&self, order: &ChargeOrder) -> Result<ChargeFact, QueryError>;

    /// Asks the processor to end the charge; `try_no` was stored first and makes this try's key.
    async fn cancel(&self, order: &ChargeOrder, try_no: u32) -> Result<ChargeFact, SubmitError>;

    /// The processor's own list of charges, newest first. A hint: only what it says positively counts.
    async fn scan(&self, scan: &Scan) -> Result<ScanPage, QueryError>;
}

/// What one attempt asks of the processor, built from stored rows only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeOrder {
    /// The account it is pinned to.
    pub account: AccountRef,
    /// How the cardholder pays.
    pub flow: Flow,
    /// The account's public fields when the attempt began.
    pub public: PublicFields,
    /// The payment.
    pub payment: PaymentId,
    /// The attempt, 1 for the first.
    pub attempt_no: u32,
    /// What it pays.
    pub payable: PayableId,
    /// How much.
    pub amount: Money,
    /// The idempotency key or order id.
    pub key: SubmitKey,
    /// The processor's id of the object, once known.
    pub reference: Option<Reference>,
    /// When the attempt was first committed.
    pub first_sent_at: Timestamp,
}

/// The answer to a successful [`PaymentProcessor::begin`] or [`PaymentProcessor::resume`].
///
/// Complete on purpose: either the cardholder can go on, or there is a fact to store.
#[derive(Clone, Debug)]
pub enum Begun {
    /// The cardholder can pay with this.
    HandOver {
        /// The processor's id of the object.
        reference: Reference,
        /// What the browser needs.
        handover: Handover,
    },
    /// There is nothing to hand over: this is what the processor says.
    Known(ChargeFact),
}

/// What the browser needs to finish a payment at the processor. Never stored; its secret is hidden in Debug.
#[derive(Clone, Debug)]
pub struct Handover {
    /// Which processor.
    pub processor: ProcessorId,
    /// How the cardholder pays.
    pub flow: Flow,
    /// What any browser may see.
    pub public: PublicFields,
    /// What only this payer's browser may see (Stripe: the client secret).
    pub secret: Option<SecretString>,
    /// When it stops working, if it does.
    pub expires_at: Option<Timestamp>,
}

/// How a cardholder pays at a processor; the adapter names its flows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Flow(Cow<'static, str>);

impl Flow {
    /// The flow with this name.
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The flow with this name, read from a store.
    pub fn from_stored(name: String) -> Self {
        Self(Cow::Owned(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a processor can do in one flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Where the card is charged.
    pub charge: ChargePlace,
    /// How the truth is read.
    pub evidence: EvidenceMode,
    /// How an attempt is given up.
    pub cancel: CancelMode,
    /// The number of the adapter's encoding; it changes whenever the bytes of the same order do.
    pub encoding: u16,
    /// For how long after the first commit a replay is safe; zero for never.
    pub replay_within: Duration,
}

/// Where the card is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChargePlace {
    /// In the browser, by the processor.
    InBrowser,
    /// By our server, with what the browser brought back.
    OnReturn,
}

/// How the truth about a charge is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EvidenceMode {
    /// At any time, by its reference.
    ByReference,
    /// By one question, asked in a window after the send.
    Once {
        /// The earliest time after the send.
        after: Duration,
        /// The latest time after the send.
        before: Duration,
    },
}

/// How an attempt is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CancelMode {
    /// The processor ends it on request.
    AtProcessor,
    /// It ends by not charging it.
    BeforeCharge,
    /// It cannot be ended, only waited for.
    Impossible,
}

/// Which of the processor's charges to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Created at or after.
    pub from: Timestamp,
    /// Created before.
    pub until: Timestamp,
    /// Where the last page ended.
    pub after: Option<String>,
    /// At most this many, 1 to 100.
    pub limit: u32,
}

/// One page of the processor's own list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanPage {
    /// What it lists, newest first.
    pub seen: Vec<Seen>,
    /// Where to go on; absent at the end.
    pub next: Option<String>,
}

/// One charge in a processor's own list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The processor's id.
    pub reference: Reference,
    /// Our payment's id, if the charge carries one.
    pub payment: Option<PaymentId>,
    /// Our payable's id, if the charge carries one.
    pub payable: Option<PayableId>,
    /// Its amount, if in a currency we know.
    pub amount: Option<Money>,
    /// Whether the money was taken (`Some(true)`), can no longer be (`Some(false)`), or neither yet.
    pub captured: Option<bool>,
    /// When it was created.
    pub created: Timestamp,
}
