//! The port to a payment processor, and the values that pass through it.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::payment::{Capture, Reference, SubmitKey};
use crate::refund::RefundFact;
use crate::{
    AccountRef, ChargeFact, Money, PayableId, PaymentId, ProcessorErrorKind, ProcessorId, PublicFields,
    QueryError, RefundOrder, RefundPlan, SubmitError,
};

/// One account at a payment processor.
///
/// # Contract
///
/// Every adapter passes `billing_testkit::conformance::processor`, which tests these lines:
///
/// 1. [`begin`](Self::begin) creates the charge's object, or replays its creation under the same key. It never
///    moves money and never makes a second object for one key while [`Capabilities::replay_within`] lasts.
/// 2. What leaves for the processor is the order's amount, currency, payment id and payable id, for a refund its own id beside
///    them; nothing else of the patient, the payer or the invoice.
/// 3. An error of [`begin`](Self::begin), [`charge`](Self::charge), [`cancel`](Self::cancel) or [`refund`](Self::refund) is
///    `NotSent` only if nothing left, `Refused` only if the processor clearly did nothing on this call's only send, and
///    `Unknown` otherwise.
/// 4. [`observe`](Self::observe), [`resume`](Self::resume) and [`observe_refund`](Self::observe_refund) change nothing at the
///    processor.
/// 5. `Succeeded` is answered only when everything the processor echoes equals the order's: id, amount, currency, mode, payment
///    id and payable id, of a refund its id, amount and currency; otherwise the answer is `Mismatch`.
/// 6. A status, code or field that is not known is `NoEvidence`, never a success and never an end.
/// 7. "Not found" and a refused key prove nothing.
/// 8. [`cancel`](Self::cancel) of a charge that already took money answers `Succeeded`.
/// 9. No error, Debug or trace holds a key, a token or a client secret.
/// 10. Every call ends within its deadline.
/// 11. [`charge`](Self::charge) is sent at most once per call, and of the calls for one key at most one takes money.
/// 12. [`refund`](Self::refund) gives money back at most once per key where [`RefundCare::Observable`] says that it may be
///     repeated; elsewhere it is sent at most once per call.
/// 13. A refund goes the way its plan says, whatever comes of it.
/// 14. [`observe_many`](Self::observe_many) answers about the orders it was asked for and no others, as strictly as
///     [`observe`](Self::observe), and at most once about each.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PaymentProcessor: fmt::Debug + Send + Sync {
    /// The account every call of this value goes to.
    fn account(&self) -> &AccountRef;

    /// The flow a new attempt on this account uses.
    fn flow(&self) -> Flow;

    /// What the processor can do in `flow`.
    fn capabilities(&self, flow: &Flow) -> Capabilities;

    /// Refuses what this account never takes, before anything is written or sent: an amount out of bounds, or any amount while the
    /// account lacks a setting that its flow needs.
    fn accepts(&self, amount: Money) -> Result<(), ProcessorErrorKind>;

    /// Refuses a grant that cannot be one of this processor's, before anything is written or sent.
    fn accepts_grant(&self, grant: &CardGrant) -> Result<(), ProcessorErrorKind>;

    /// What the browser needs to draw the processor's own fields before Send Request, from an account's public fields: these, and
    /// what does not differ between accounts (an address).
    fn window_fields(&self, flow: &Flow, public: &PublicFields) -> PublicFields;

    /// Creates the charge's object, or replays its creation. Never reads, never moves money.
    async fn begin(&self, order: &ChargeOrder) -> Result<Begun, SubmitError>;

    /// The payment window is reopened: the same hand-over again, or what is already known.
    async fn resume(&self, order: &ChargeOrder) -> Result<Begun, QueryError>;

    /// Charges with what the browser brought back; flows charged [on return](ChargePlace::OnReturn) only, `Unsupported` in others.
    /// Called at most once per attempt, right after it was committed.
    async fn charge(&self, order: &ChargeOrder) -> Result<ChargeFact, SubmitError>;

    /// What the processor's own list says of many charges of one flow, for a few calls: at most two and one more for every fifty orders.
    ///
    /// A list is a hint: what it does not show it says nothing of, and only an end it shows counts. `Unsupported` unless
    /// [`Capabilities::lists`].
    async fn observe_many(&self, orders: &[ChargeOrder]) -> Result<Vec<ManyFact>, QueryError>;

    /// What the processor says of the charge now. Where the evidence is [a single question](EvidenceMode::Once), this asks it.
    async fn observe(&self, order: &ChargeOrder) -> Result<ChargeFact, QueryError>;

    /// Asks the processor to end the charge; `try_no` was stored first and makes this try's key.
    async fn cancel(&self, order: &ChargeOrder, try_no: u32) -> Result<ChargeFact, SubmitError>;

    /// How `amount` of `capture` goes back at `at`, when `given_back` of it went back before. Pure.
    fn plan_refund(
        &self,
        capture: &Capture,
        given_back: Money,
        amount: Money,
        at: Timestamp,
    ) -> Result<RefundPlan, ProcessorErrorKind>;

    /// Gives money back, or replays that under the same key.
    async fn refund(&self, order: &RefundOrder) -> Result<RefundFact, SubmitError>;

    /// What the processor says of the refund now; `Unsupported` where it is [sent once](RefundCare::SentOnce).
    async fn observe_refund(&self, order: &RefundOrder) -> Result<RefundFact, QueryError>;

    /// The processor's own list of charges, newest first. A hint: only what it says positively counts.
    async fn scan(&self, scan: &Scan) -> Result<ScanPage, QueryError>;
}

/// What one attempt asks of the processor, built from stored rows only.
#[derive(Clone, Debug)]
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
    /// What was kept sealed for this attempt: what [`begin`](PaymentProcessor::begin) asked to keep, or the grant's token.
    pub secret: Option<SecretString>,
    /// When the attempt was first committed.
    pub first_sent_at: Timestamp,
}

/// What a browser brings back from the processor's own card fields: leave to charge one card once, for one attempt.
#[derive(Clone, Debug)]
pub struct CardGrant {
    /// The reference the hand-over named.
    pub reference: Reference,
    /// The processor's short-lived token. Never a card's number.
    pub token: SecretString,
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
        /// What later calls for it need beside the reference, if anything; it is sealed before it is stored.
        keep: Option<SecretString>,
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

/// One charge among many that were asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManyFact {
    /// The payment of the order.
    pub payment: PaymentId,
    /// The attempt of the order.
    pub attempt_no: u32,
    /// What the processor says of it.
    pub fact: ChargeFact,
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
    /// For how long after the first commit a repeated [`begin`](PaymentProcessor::begin) is safe; zero for never.
    pub replay_within: Duration,
    /// What may be done about a refund without an answer.
    pub refunds: RefundCare,
    /// Whether [many charges can be observed](PaymentProcessor::observe_many) with a few calls.
    pub lists: bool,
}

/// What may be done about a refund without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefundCare {
    /// The processor can be asked about it, and recognises a repetition under its key.
    Observable {
        /// For how long after the first commit a repetition is safe.
        replay_within: Duration,
    },
    /// It is sent once and cannot be asked about: only a person can tell.
    SentOnce,
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
