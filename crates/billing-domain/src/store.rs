//! The port to durable storage: reads by key or page, and one write, the step.

use std::error::Error;
use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::payment::{Attempt, CaptureId, Payment, Reference, StrayCharge};
use crate::refund::Refund;
use crate::{
    AccountId, AccountRecord, AccountRef, Action, ActorId, AuditEntry, Change, Dispensary, DispensaryId,
    Invoice, InvoiceId, Lease, LeaseId, Money, Notice, Payable, PayableId, PayableState, PaymentId,
    ProcessorId, RefundId, StepId, Subject,
};

/// Keeps everything, durably.
///
/// # Contract
///
/// Every store passes `billing_testkit::conformance::store`, which tests these lines. A store that does not decide in SQL leaves
/// what a step does to rows to [`Step::write_to`].
///
/// 1. [`commit`](Self::commit) is all or nothing, and its answer `Ok` means durable: it survives a power cut.
/// 2. A step whose id was committed before changes nothing and answers `repeated: true` with the first `seq`.
/// 3. A row is written only if its revision follows the stored one (1 for a new row); otherwise
///    [`Conflict::Revision`].
/// 4. At most one attempt per payable is unresolved, whatever the steps ask for: [`Conflict::OpenAttempt`].
/// 5. [`Requirement::FitsPayable`] is judged with the payable locked and the step's own [`Write::Payable`] applied:
///    open + captured − refunded + paid elsewhere + new ≤ total.
/// 6. Every step adds one audit row and one outbox row in the same transaction, numbered without gaps per
///    dispensary; neither can be changed or deleted afterwards.
/// 7. A refused step changes nothing and does not disturb steps committed at the same time.
/// 8. A read sees every step whose commit was answered before the read began.
/// 9. Reads and writes are confined to the dispensary they name; a row of another one is [`Conflict::Unknown`].
/// 10. Money is never refused as a fact and never added across currencies: what arrives in another currency than the
///     payable's is kept on its payment and counts for nothing on the payable.
/// 11. At most one refund of a capture is unanswered, whatever the steps ask for: [`Conflict::RefundInDoubt`].
///     [`Requirement::FitsCapture`] is judged with the payment locked: no refund of the capture is in doubt, and refunds that
///     did not fail + new ≤ captured.
/// 12. A value that cannot be stored whole is refused as [`StoreError::Corrupt`], and nothing is written.
/// 13. A notice is in the inbox once, whatever is delivered how often, and its payment is one of its account.
/// 14. An account is leased to one holder at a time, until the holder ends it or it lapses; a holder that asks again extends it.
///
/// Within a step the order is: has its id been committed; all [`Write::Payable`]; every [`Requirement`]; the other
/// writes in their order. Limits of pages are clamped to their bounds.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait BillingStore: fmt::Debug + Send + Sync {
    /// Commits `step`, or says why not. `InDoubt` is settled by committing the same step again.
    async fn commit(&self, step: Step) -> Result<Committed, StoreError>;

    /// A dispensary.
    async fn dispensary(&self, dispensary: DispensaryId) -> Result<Option<Dispensary>, StoreError>;

    /// All accounts a dispensary ever saved, oldest first.
    async fn accounts(&self, dispensary: DispensaryId) -> Result<Vec<AccountRecord>, StoreError>;

    /// Every account, of any dispensary, with this id at the processor and keys not erased.
    async fn accounts_at(
        &self,
        processor: &ProcessorId,
        external_id: &str,
    ) -> Result<Vec<AccountRef>, StoreError>;

    /// An invoice.
    async fn invoice(
        &self,
        dispensary: DispensaryId,
        invoice: InvoiceId,
    ) -> Result<Option<Invoice>, StoreError>;

    /// A page of a dispensary's invoices in every state, newest first: at most `limit` (1 to 100), older than `before`.
    /// The order is that of their ids.
    async fn invoices(
        &self,
        dispensary: DispensaryId,
        before: Option<InvoiceId>,
        limit: u32,
    ) -> Result<Vec<Invoice>, StoreError>;

    /// The number the dispensary's next finalised invoice takes, from 1. Not reserved: the commit decides.
    async fn next_invoice_number(&self, dispensary: DispensaryId) -> Result<u64, StoreError>;

    /// A payable with what is captured and open on it.
    async fn payable(
        &self,
        dispensary: DispensaryId,
        payable: &PayableId,
    ) -> Result<Option<PayableState>, StoreError>;

    /// A payment with its attempts, tries, stray charges and refunds.
    async fn payment(
        &self,
        dispensary: DispensaryId,
        payment: PaymentId,
    ) -> Result<Option<Payment>, StoreError>;

    /// A page of a dispensary's payments, newest first: at most `limit` (1 to 100), older than `before`.
    async fn payments(
        &self,
        dispensary: DispensaryId,
        before: Option<PaymentId>,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError>;

    /// The newest payments on a payable, newest first: at most `limit` (1 to 100).
    async fn payments_on(
        &self,
        dispensary: DispensaryId,
        payable: &PayableId,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError>;

    /// The payments pinned to `account` that [are open](Payment::is_open), oldest first, at most `limit` (1 to 100), newer than
    /// `after`.
    async fn open_payments(
        &self,
        account: &AccountRef,
        after: Option<PaymentId>,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError>;

    /// The newest payment pinned to `account` that has an attempt, or money that came against one, under this reference of the
    /// processor's.
    async fn payment_with(
        &self,
        account: &AccountRef,
        reference: &Reference,
    ) -> Result<Option<PaymentId>, StoreError>;

    /// A payment's notices that are not handled, oldest first, at most 100.
    async fn notices(&self, dispensary: DispensaryId, payment: PaymentId) -> Result<Vec<Notice>, StoreError>;

    /// Leases to `lease.holder`, until `lease.until`, accounts that nobody else holds at `lease.at` and that have something due by
    /// then: an unresolved attempt, a refund (one that is done as well, if it says so), an unhandled notice, or
    /// [the account itself](AccountRecord::due_at). At most `limit` (1 to 100).
    ///
    /// A hold that would last longer than [twice this one](Lease::latest_respected) is none: its holder's clock ran ahead.
    ///
    /// Accounts with a server-side charge whose answer is awaited come first, for its one status check cannot wait; then the longest
    /// due. However much is due on one account, it is one account.
    async fn lease_due(&self, lease: Lease, limit: u32) -> Result<Vec<AccountRef>, StoreError>;

    /// Extends the holder's lease of `account` until `lease.until`; false if it is another's by now.
    async fn renew_lease(&self, account: &AccountRef, lease: Lease) -> Result<bool, StoreError>;

    /// Ends the holder's lease of `account`, if it still has it.
    async fn end_lease(&self, account: &AccountRef, holder: LeaseId) -> Result<(), StoreError>;

    /// The payments pinned to `account` with an unresolved attempt, a refund, or an unhandled notice that is due at `at`, each once, at
    /// most `limit` (1 to 1,000): first those whose server-side charge awaits its answer, then the longest due.
    async fn due_on(
        &self,
        account: &AccountRef,
        at: Timestamp,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError>;

    /// When the earliest of everything is due, leased or not; absent if nothing is.
    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError>;

    /// A page of a dispensary's audit, oldest first: at most `limit` (1 to 1,000) rows after `after_seq`.
    async fn audit(
        &self,
        dispensary: DispensaryId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError>;

    /// A page of a dispensary's outbox, oldest first: at most `limit` (1 to 1,000) rows after `after_seq`.
    async fn changes(
        &self,
        dispensary: DispensaryId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError>;

    /// Which dispensaries changed since a cursor (0 for the beginning), at most `limit` (1 to 1,000) changes read.
    async fn changed_since(&self, cursor: u64, limit: u32) -> Result<Changed, StoreError>;
}

/// One durable step: what must hold, what is written, and what is remembered of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name; committing it twice is committing it once.
    pub id: StepId,
    /// The dispensary everything in it belongs to.
    pub dispensary: DispensaryId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: ActorId,
    /// What it does.
    pub action: Action,
    /// To what.
    pub subject: Subject,
    /// Details for staff, at most 1,000 characters: never a key, a card or a patient's name.
    pub note: String,
    /// What must hold, judged in the transaction before the writes.
    pub requires: Vec<Requirement>,
    /// The rows it writes, in order.
    pub writes: Vec<Write>,
}

/// What must hold for a step to be committed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Requirement {
    /// New payments may choose the account.
    AccountActive(AccountId),
    /// The account's keys are not erased.
    AccountKept(AccountId),
    /// The capture has `amount` left to give back, and no refund of it is in doubt.
    FitsCapture {
        /// The payment.
        payment: PaymentId,
        /// Its capture.
        capture: CaptureId,
        /// How much.
        amount: Money,
    },
    /// The payable has room for `amount` more.
    FitsPayable {
        /// The payable.
        payable: PayableId,
        /// How much more.
        amount: Money,
    },
    /// No attempt on the payable is unresolved.
    NoOpenAttempt(PayableId),
}

/// One row to write. A row with a revision replaces the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Write {
    /// A new or changed account.
    Account(Box<AccountRecord>),
    /// A new or changed attempt of a payment.
    Attempt {
        /// The payment.
        payment: PaymentId,
        /// The attempt.
        attempt: Box<Attempt>,
    },
    /// A new or changed dispensary.
    Dispensary(Dispensary),
    /// Erases a draining account's keys if no payment that [is open](Payment::is_open) is pinned to it and it has no subscription,
    /// whose endpoint only these keys can remove; nothing otherwise.
    EraseIfDrained(AccountId),
    /// A new or changed invoice. Edits count its version up by any number, so it names the one it replaces.
    Invoice {
        /// The invoice.
        invoice: Box<Invoice>,
        /// The stored version it was made from; absent for a new one. Another, or an invoice without a newer
        /// version of its own, is [`Conflict::Revision`].
        replaces: Option<u64>,
    },
    /// A new or handled notice; which payment of which account it is about never changes ([`Conflict::Revision`]). A new one whose id
    /// the account's inbox holds already is [`Conflict::Revision`] too.
    Notice(Box<Notice>),
    /// A payable's figures; its currency never changes. Older than the stored version, or another figure under the same version, is
    /// [`Conflict::PayableVersion`]; the very same changes nothing; a newer version while an attempt on it is
    /// unresolved is [`Conflict::OpenAttempt`].
    Payable(Payable),
    /// A new payment, without its attempts. Its payable and account must be stored, and its currency be the
    /// payable's ([`Conflict::DoesNotFit`]). It is never written twice.
    Payment(Box<Payment>),
    /// A new or changed refund of a payment. What it gives back of which capture, how and under which key never changes
    /// ([`Conflict::Revision`]); its currency is the capture's ([`Conflict::RefundDoesNotFit`]).
    Refund {
        /// The payment.
        payment: PaymentId,
        /// The refund.
        refund: Box<Refund>,
    },
    /// Money that arrived against a finished attempt of a payment; known ones (same reference and charge) are
    /// not added again.
    StrayCharge {
        /// The payment.
        payment: PaymentId,
        /// The money.
        stray: Box<StrayCharge>,
    },
}

/// A committed step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its number in the dispensary's sequence.
    pub seq: u64,
    /// Whether it had been committed before.
    pub repeated: bool,
}

/// Which dispensaries changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Each once.
    pub dispensaries: Vec<DispensaryId>,
    /// Where to go on.
    pub cursor: u64,
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Nothing was written: what the step requires does not hold.
    #[error("the step was refused: {0}")]
    Conflict(Conflict),
    /// A stored row cannot be read back: nothing was written.
    #[error("a stored {0} cannot be read")]
    Corrupt(&'static str),
    /// The step may or may not have been committed: commit the same step again to know.
    #[error("the store did not say whether the step was committed")]
    InDoubt(#[source] Box<dyn Error + Send + Sync>),
    /// Nothing was written: the store cannot be reached, is busy or is full.
    #[error("the store is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

/// What a refused step ran into.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Conflict {
    /// The account's keys are gone.
    #[error("the account's keys are erased")]
    AccountErased,
    /// The account is not active any more.
    #[error("the account is not active")]
    AccountNotActive,
    /// The payable has less room than the amount.
    #[error("the amount is more than the {outstanding} outstanding")]
    DoesNotFit {
        /// What is outstanding.
        outstanding: Money,
    },
    /// The invoice number is taken.
    #[error("the invoice number is taken")]
    InvoiceNumberTaken,
    /// Another attempt on the payable is open.
    #[error("payment {payment} is open on it")]
    OpenAttempt {
        /// Its payment.
        payment: PaymentId,
    },
    /// The payable's figures are older than the stored ones, or differ under the same version.
    #[error("the invoice was edited")]
    PayableVersion,
    /// The capture has less left than the amount.
    #[error("the amount is not within the {refundable} that can still be given back")]
    RefundDoesNotFit {
        /// What can still be given back.
        refundable: Money,
    },
    /// Whether another refund of the capture gave money back is not known yet.
    #[error("refund {refund} of it is in doubt")]
    RefundInDoubt {
        /// That refund.
        refund: RefundId,
    },
    /// A row changed since it was read.
    #[error("the {0} changed meanwhile")]
    Revision(&'static str),
    /// A row the step builds on does not exist.
    #[error("there is no such {0}")]
    Unknown(&'static str),
}
