//! How a row is written down: JSON, exactly as wide as the domain's value. No table and no key.
//!
//! The domain does not say how its values are stored, so the shapes are this store's own: each `…Shape` repeats the fields of
//! one type of the domain, and serde makes the way there and back. A field that the domain adds stops the build here.

use billing_domain::payment::{
    Attempt, AttemptState, Capture, CaptureId, Payment, Reference, Review, ServerCharge, StrayCharge,
    SubmitKey, Try,
};
use billing_domain::refund::{Refund, RefundFailure, RefundReview, RefundState};
use billing_domain::{
    AccountRecord, AccountRef, AccountState, AccountTrouble, Action, ActorId, AuditEntry, BillingName,
    Certainty, Dispensary, DispensaryId, Flow, Invoice, Money, Notice, NoticeId, Payable, PayableId,
    PaymentId, Proof, PublicFields, RefundId, RefundPlan, SealedBytes, StepId, StoreError, StrayChargeId,
    Subject, Subscription, SubscriptionState, TroubleKind,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A value that is one row.
pub(crate) trait Row: Sized {
    /// The row's bytes. A value that cannot be written whole is refused.
    fn to_bytes(&self) -> Result<Vec<u8>, StoreError>;

    /// The value of a row's bytes.
    fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError>;
}

macro_rules! rows {
    ($($type:ty as $shape:ident, $what:literal;)+) => {$(
        impl Row for $type {
            fn to_bytes(&self) -> Result<Vec<u8>, StoreError> {
                let mut bytes = Vec::new();
                $shape::serialize(self, &mut serde_json::Serializer::new(&mut bytes))
                    .map_err(|_| StoreError::Corrupt($what))?;
                Ok(bytes)
            }

            fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
                $shape::deserialize(&mut serde_json::Deserializer::from_slice(bytes))
                    .map_err(|_| StoreError::Corrupt($what))
            }
        }
    )+};
}

rows! {
    AccountRecord as AccountShape, "account";
    AuditEntry as AuditShape, "audit entry";
    Dispensary as Dispensary, "dispensary";
    Invoice as Invoice, "invoice";
    Notice as NoticeShape, "notice";
    Payable as PayableShape, "payable";
    Payment as PaymentShape, "payment";
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "AccountRecord")]
struct AccountShape {
    account: AccountRef,
    version: u32,
    #[serde(with = "AccountStateShape")]
    state: AccountState,
    public: PublicFields,
    masked: PublicFields,
    #[serde(with = "sealed")]
    sealed: Option<SealedBytes>,
    external_id: Option<String>,
    business_name: Option<String>,
    verified_at: Option<Timestamp>,
    remarks: Vec<String>,
    #[serde(with = "trouble")]
    trouble: Option<AccountTrouble>,
    saved_at: Timestamp,
    saved_by: ActorId,
    #[serde(with = "subscription")]
    subscription: Option<Subscription>,
    due_at: Option<Timestamp>,
    revision: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "AccountState")]
enum AccountStateShape {
    Active,
    Draining { since: Timestamp, until: Timestamp },
    Erased { since: Timestamp },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Subscription")]
struct SubscriptionShape {
    state: SubscriptionState,
    address: String,
    endpoint: Option<String>,
    #[serde(with = "sealed")]
    sealed: Option<SealedBytes>,
    failures: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Notice")]
struct NoticeShape {
    account: AccountRef,
    #[serde(with = "notice_id")]
    id: NoticeId,
    kind: String,
    payment: PaymentId,
    received_at: Timestamp,
    due_at: Option<Timestamp>,
    handled_at: Option<Timestamp>,
    revision: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "AuditEntry")]
struct AuditShape {
    step: StepId,
    seq: u64,
    dispensary: DispensaryId,
    at: Timestamp,
    by: ActorId,
    action: Action,
    subject: Subject,
    note: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Payable")]
struct PayableShape {
    id: PayableId,
    version: u64,
    total: Money,
    paid_elsewhere: Money,
    billing_name: BillingName,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Payment")]
struct PaymentShape {
    id: PaymentId,
    payable: PayableId,
    amount: Money,
    account: AccountRef,
    opened_at: Timestamp,
    opened_by: ActorId,
    #[serde(with = "attempts")]
    attempts: Vec<Attempt>,
    #[serde(with = "strays")]
    strays: Vec<StrayCharge>,
    #[serde(with = "refunds")]
    refunds: Vec<Refund>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Attempt")]
struct AttemptShape {
    no: u32,
    #[serde(with = "AttemptStateShape")]
    state: AttemptState,
    flow: Flow,
    public: PublicFields,
    key: SubmitKey,
    encoding: u16,
    account_version: u32,
    certainty: Certainty,
    first_sent_at: Timestamp,
    begin_deadline: Timestamp,
    reference: Option<Reference>,
    handed_over_at: Option<Timestamp>,
    #[serde(with = "sealed")]
    sealed: Option<SealedBytes>,
    charge: Option<ServerCharge>,
    cancel_tries: u32,
    idle_checks: u32,
    due_at: Option<Timestamp>,
    resolved_at: Option<Timestamp>,
    tries: Vec<Try>,
    revision: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "AttemptState")]
enum AttemptStateShape {
    AwaitingCardholder,
    Charging,
    Dead(Proof),
    NeedsReview(Review),
    Processing,
    Sending,
    Succeeded(Capture),
    Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "StrayCharge")]
struct StrayShape {
    id: StrayChargeId,
    attempt_no: u32,
    capture: Capture,
    found_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Refund")]
struct RefundShape {
    id: RefundId,
    capture: CaptureId,
    amount: Money,
    plan: RefundPlan,
    key: SubmitKey,
    encoding: u16,
    account_version: u32,
    #[serde(with = "RefundStateShape")]
    state: RefundState,
    reference: Option<Reference>,
    opened_by: ActorId,
    first_sent_at: Timestamp,
    answer_deadline: Timestamp,
    idle_checks: u32,
    due_at: Option<Timestamp>,
    resolved_at: Option<Timestamp>,
    revision: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RefundState")]
enum RefundStateShape {
    Failed(RefundFailure),
    NeedsReview(RefundReview),
    Pending,
    Sending,
    Succeeded,
    Unknown,
}

/// Serde reads a shape for a field, not for what is inside a list.
macro_rules! lists {
    ($($name:ident: $type:ident as $shape:literal),+) => {$(
        mod $name {
            use super::*;

            #[derive(Serialize)]
            struct Shown<'a>(#[serde(with = $shape)] &'a $type);

            #[derive(Deserialize)]
            struct Read(#[serde(with = $shape)] $type);

            pub(super) fn serialize<S: serde::Serializer>(list: &[$type], to: S) -> Result<S::Ok, S::Error> {
                to.collect_seq(list.iter().map(Shown))
            }

            pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<$type>, D::Error> {
                Ok(Vec::<Read>::deserialize(from)?.into_iter().map(|read| read.0).collect())
            }
        }
    )+};
}

lists!(attempts: Attempt as "AttemptShape", refunds: Refund as "RefundShape", strays: StrayCharge as "StrayShape");

mod sealed {
    use super::{Deserialize, SealedBytes, Serialize};

    #[expect(clippy::ref_option, reason = "serde asks for this shape")]
    pub(super) fn serialize<S: serde::Serializer>(
        sealed: &Option<SealedBytes>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        sealed.as_ref().map(|sealed| &sealed.0).serialize(to)
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(
        from: D,
    ) -> Result<Option<SealedBytes>, D::Error> {
        Ok(Option::deserialize(from)?.map(SealedBytes))
    }
}

mod subscription {
    use super::{Deserialize, Serialize, Subscription};

    #[derive(Serialize)]
    struct Shown<'a>(#[serde(with = "super::SubscriptionShape")] &'a Subscription);

    #[derive(Deserialize)]
    struct Read(#[serde(with = "super::SubscriptionShape")] Subscription);

    #[expect(clippy::ref_option, reason = "serde asks for this shape")]
    pub(super) fn serialize<S: serde::Serializer>(
        subscription: &Option<Subscription>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        subscription.as_ref().map(Shown).serialize(to)
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Subscription>, D::Error> {
        Ok(Option::<Read>::deserialize(from)?.map(|read| read.0))
    }
}

mod notice_id {
    use super::{Deserialize, NoticeId};

    pub(super) fn serialize<S: serde::Serializer>(id: &NoticeId, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(id.as_str())
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(from: D) -> Result<NoticeId, D::Error> {
        NoticeId::parse(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

mod trouble {
    use super::{AccountTrouble, Deserialize, Serialize, Timestamp, TroubleKind};

    #[expect(clippy::ref_option, reason = "serde asks for this shape")]
    pub(super) fn serialize<S: serde::Serializer>(
        trouble: &Option<AccountTrouble>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        trouble.as_ref().map(|trouble| (trouble.since, trouble.kind)).serialize(to)
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(
        from: D,
    ) -> Result<Option<AccountTrouble>, D::Error> {
        let read: Option<(Timestamp, TroubleKind)> = Option::deserialize(from)?;
        Ok(read.map(|(since, kind)| AccountTrouble { since, kind }))
    }
}
