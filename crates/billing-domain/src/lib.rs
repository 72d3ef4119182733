//! Patient billing's pure core: money, dispensaries, invoices, payments, and the ports that adapters implement.
//!
//! No I/O, no clock, no randomness, no processor's wire words. Decisions here are functions on values; the shell
//! around them (`billing-app`) loads, calls and stores.

mod account;
mod actor;
mod alarm;
mod audit;
mod clock;
mod decline;
mod dispensary;
mod evidence;
mod ids;
pub mod invoice;
mod lease;
mod money;
mod notice;
mod payable;
pub mod payment;
mod processor;
pub mod refund;
mod refund_order;
mod rules;
mod store;
mod subscription;

pub use account::{
    AccountRecord, AccountRef, AccountState, AccountTrouble, ProcessorId, PublicFields, SealedBytes,
    TroubleKind,
};
pub use actor::ActorId;
pub use alarm::{Alarm, Alarming};
pub use audit::{Action, AuditEntry, Change, Subject};
pub use clock::{Clock, elapsed, later};
pub use decline::{Advice, CardField, Decline, DeclineCategory, DeclineCode, Language, UnknownText};
pub use dispensary::{Dispensary, DispensaryKind};
pub use evidence::{
    AmountBound, Certainty, ChargeFact, Difference, Observed, ProcessorError, ProcessorErrorKind, Proof,
    QueryError, SubmitError, Why,
};
pub use ids::{
    AccountId, CheckId, DispensaryId, Ids, InvalidId, InvoiceId, LeaseId, OfficeId, PayableId, PaymentId,
    PractitionerId, RefundId, StepId, StrayChargeId,
};
pub use invoice::{BillingName, Invoice};
pub use lease::Lease;
pub use money::{Currency, Money, MoneyError};
pub use notice::{InvalidNoticeId, Notice, NoticeId};
pub use payable::{Payable, PayableError, PayableState, PayableStatus};
pub use processor::{
    Begun, CancelMode, Capabilities, CardGrant, ChargeOrder, ChargePlace, EvidenceMode, Flow, Handover,
    ManyFact, PaymentProcessor, RefundCare, Scan, ScanPage, Seen,
};
pub use refund::RefundFact;
pub use refund_order::{RefundOrder, RefundPlan};
pub use rules::Rows;
pub use store::{BillingStore, Changed, Committed, Conflict, Requirement, Step, StoreError, Write};
pub use subscription::{Subscription, SubscriptionRefusal, SubscriptionState};

/// Mocks of every port (feature `mocks`), for a host's own unit tests.
#[cfg(feature = "mocks")]
pub mod mocks {
    pub use crate::alarm::MockAlarm;
    pub use crate::clock::MockClock;
    pub use crate::ids::MockIds;
    pub use crate::processor::MockPaymentProcessor;
    pub use crate::store::MockBillingStore;
}
