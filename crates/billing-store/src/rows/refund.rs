//! Refunds as rows.

use billing_domain::payment::{CaptureId, Reference, SubmitKey};
use billing_domain::refund::{Refund, RefundState};
use billing_domain::{ActorId, PaymentId, RefundId, StoreError, StrayChargeId};

use super::row;
use super::values::{
    Id, from_json, from_word, json, money, nanos, nanos_opt, signed, timestamp, timestamp_opt, unsigned, word,
};

row! {
    /// A row of `billing_refunds`, without what is copied from its payment.
    RefundRow, "refund" {
        dispensary: Id,
        payment: Id,
        refund: Id,
        capture_attempt: Option<i64>,
        capture_stray: Option<Id>,
        amount_minor: i64,
        currency: String,
        plan: String,
        submit_key: String,
        encoding: i64,
        opened_by: String,
        first_sent_at: i64,
        account_version: i64,
        state: String,
        detail: Option<String>,
        reference: Option<String>,
        answer_deadline: i64,
        idle_checks: i64,
        due_at: Option<i64>,
        resolved_at: Option<i64>,
        refunded_minor: Option<i64>,
        revision: i64,
    }
}

impl RefundRow {
    /// A payment's refund as a row. One that ended without a time of it, or has a time without an end, has none.
    pub(crate) fn of(dispensary: Id, payment: PaymentId, refund: &Refund) -> Result<Self, StoreError> {
        Self::try_of(dispensary, payment, refund).ok_or(StoreError::Corrupt(Self::WHAT))
    }

    /// The row as a refund.
    pub(crate) fn into_refund(self) -> Result<Refund, StoreError> {
        self.try_into_refund().ok_or(StoreError::Corrupt(Self::WHAT))
    }

    fn try_of(dispensary: Id, payment: PaymentId, refund: &Refund) -> Option<Self> {
        (refund.resolved_at.is_some() == refund.state.is_resolved()).then_some(())?;
        let (capture_attempt, capture_stray) = match refund.capture {
            CaptureId::Attempt(no) => (Some(no.into()), None),
            CaptureId::Stray(stray) => (None, Some(stray.uuid())),
        };
        let detail = match &refund.state {
            RefundState::Failed(failure) => Some(json(failure)?),
            RefundState::NeedsReview(review) => Some(json(review)?),
            _ => None,
        };
        let amount = refund.amount.minor();
        Some(Self {
            dispensary,
            payment: payment.uuid(),
            refund: refund.id.uuid(),
            capture_attempt,
            capture_stray,
            amount_minor: amount,
            currency: refund.amount.currency().code().to_owned(),
            plan: word(&refund.plan)?,
            submit_key: refund.key.0.clone(),
            encoding: refund.encoding.into(),
            opened_by: refund.opened_by.as_str().to_owned(),
            first_sent_at: nanos(refund.first_sent_at)?,
            account_version: refund.account_version.into(),
            state: refund.state.name().to_owned(),
            detail,
            reference: refund.reference.as_ref().map(|reference| reference.0.clone()),
            answer_deadline: nanos(refund.answer_deadline)?,
            idle_checks: refund.idle_checks.into(),
            due_at: nanos_opt(refund.due_at)?,
            resolved_at: nanos_opt(refund.resolved_at)?,
            refunded_minor: (refund.state == RefundState::Succeeded).then_some(amount),
            revision: signed(refund.revision)?,
        })
    }

    fn try_into_refund(self) -> Option<Refund> {
        let capture = match (self.capture_attempt, self.capture_stray) {
            (Some(no), None) => CaptureId::Attempt(u32::try_from(no).ok()?),
            (None, Some(stray)) => CaptureId::Stray(StrayChargeId::new(stray)),
            _ => return None,
        };
        Some(Refund {
            id: RefundId::new(self.refund),
            capture,
            amount: money(self.amount_minor, &self.currency)?,
            plan: from_word(&self.plan)?,
            key: SubmitKey(self.submit_key),
            encoding: u16::try_from(self.encoding).ok()?,
            account_version: u32::try_from(self.account_version).ok()?,
            state: state(&self.state, self.detail.as_deref())?,
            reference: self.reference.map(Reference),
            opened_by: ActorId::parse(&self.opened_by).ok()?,
            first_sent_at: timestamp(self.first_sent_at)?,
            answer_deadline: timestamp(self.answer_deadline)?,
            idle_checks: u32::try_from(self.idle_checks).ok()?,
            due_at: timestamp_opt(self.due_at)?,
            resolved_at: timestamp_opt(self.resolved_at)?,
            revision: unsigned(self.revision)?,
        })
    }
}

fn state(name: &str, detail: Option<&str>) -> Option<RefundState> {
    Some(match name {
        "failed" => RefundState::Failed(from_json(detail?)?),
        "needs_review" => RefundState::NeedsReview(from_json(detail?)?),
        "pending" => RefundState::Pending,
        "sending" => RefundState::Sending,
        "succeeded" => RefundState::Succeeded,
        "unknown" => RefundState::Unknown,
        _ => return None,
    })
}
