//! Attempts and their refused cards as rows.

use billing_domain::payment::{Attempt, AttemptState, Reference, SubmitKey, Try};
use billing_domain::{Flow, PaymentId, SealedBytes, StoreError};

use super::capture::CaptureColumns;
use super::row;
use super::values::{
    Id, from_json, from_json_opt, from_word, json, json_opt, nanos, nanos_opt, signed, timestamp,
    timestamp_opt, unsigned, word,
};

row! {
    /// A row of `billing_attempts`, without what is copied from its payment.
    AttemptRow, "attempt" {
        dispensary: Id,
        payment: Id,
        no: i64,
        state: String,
        detail: Option<String>,
        flow: String,
        public: String,
        submit_key: String,
        encoding: i64,
        account_version: i64,
        certainty: String,
        first_sent_at: i64,
        begin_deadline: i64,
        reference: Option<String>,
        handed_over_at: Option<i64>,
        sealed: Option<Vec<u8>>,
        charge: Option<String>,
        cancel_tries: i64,
        idle_checks: i64,
        due_at: Option<i64>,
        resolved_at: Option<i64>,
        captured_minor: Option<i64>,
        captured_currency: Option<String>,
        capture_reference: Option<String>,
        capture_charge: Option<String>,
        capture_auth_code: Option<String>,
        capture_receipt_number: Option<String>,
        capture_brand: Option<String>,
        capture_last4: Option<String>,
        captured_at: Option<i64>,
        capture_source: Option<String>,
        revision: i64,
    }
}

row! {
    /// A row of `billing_tries`: the refused card number `place`, from 1, of an attempt.
    TryRow, "refused card" {
        dispensary: Id,
        payment: Id,
        no: i64,
        place: i64,
        charge: Option<String>,
        decline: String,
    }
}

impl AttemptRow {
    /// A payment's attempt as a row, without its tries. One that ended without a time of it, or has a time without
    /// an end, has none.
    pub(crate) fn of(dispensary: Id, payment: PaymentId, attempt: &Attempt) -> Result<Self, StoreError> {
        Self::try_of(dispensary, payment, attempt).ok_or(StoreError::Corrupt(Self::WHAT))
    }

    /// The row as an attempt with these tries.
    pub(crate) fn into_attempt(self, tries: Vec<Try>) -> Result<Attempt, StoreError> {
        self.try_into_attempt(tries).ok_or(StoreError::Corrupt(Self::WHAT))
    }

    fn try_of(dispensary: Id, payment: PaymentId, attempt: &Attempt) -> Option<Self> {
        (attempt.resolved_at.is_some() == attempt.state.is_resolved()).then_some(())?;
        let (detail, capture) = match &attempt.state {
            AttemptState::Dead(proof) => (Some(json(proof)?), CaptureColumns::default()),
            AttemptState::NeedsReview(review) => (Some(json(review)?), CaptureColumns::default()),
            AttemptState::Succeeded(capture) => (None, CaptureColumns::of(capture)?),
            _ => (None, CaptureColumns::default()),
        };
        Some(Self {
            dispensary,
            payment: payment.uuid(),
            no: attempt.no.into(),
            state: attempt.state.name().to_owned(),
            detail,
            flow: attempt.flow.as_str().to_owned(),
            public: json(&attempt.public)?,
            submit_key: attempt.key.0.clone(),
            encoding: attempt.encoding.into(),
            account_version: attempt.account_version.into(),
            certainty: word(&attempt.certainty)?,
            first_sent_at: nanos(attempt.first_sent_at)?,
            begin_deadline: nanos(attempt.begin_deadline)?,
            reference: attempt.reference.as_ref().map(|reference| reference.0.clone()),
            handed_over_at: nanos_opt(attempt.handed_over_at)?,
            sealed: attempt.sealed.as_ref().map(|sealed| sealed.0.clone()),
            charge: json_opt(attempt.charge.as_ref())?,
            cancel_tries: attempt.cancel_tries.into(),
            idle_checks: attempt.idle_checks.into(),
            due_at: nanos_opt(attempt.due_at)?,
            resolved_at: nanos_opt(attempt.resolved_at)?,
            captured_minor: capture.minor,
            captured_currency: capture.currency,
            capture_reference: capture.reference,
            capture_charge: capture.charge,
            capture_auth_code: capture.auth_code,
            capture_receipt_number: capture.receipt_number,
            capture_brand: capture.brand,
            capture_last4: capture.last4,
            captured_at: capture.at,
            capture_source: capture.source,
            revision: signed(attempt.revision)?,
        })
    }

    fn try_into_attempt(mut self, tries: Vec<Try>) -> Option<Attempt> {
        Some(Attempt {
            state: self.take_state()?,
            no: u32::try_from(self.no).ok()?,
            flow: Flow::from_stored(self.flow),
            public: from_json(&self.public)?,
            key: SubmitKey(self.submit_key),
            encoding: u16::try_from(self.encoding).ok()?,
            account_version: u32::try_from(self.account_version).ok()?,
            certainty: from_word(&self.certainty)?,
            first_sent_at: timestamp(self.first_sent_at)?,
            begin_deadline: timestamp(self.begin_deadline)?,
            reference: self.reference.map(Reference),
            handed_over_at: timestamp_opt(self.handed_over_at)?,
            sealed: self.sealed.map(SealedBytes),
            charge: from_json_opt(self.charge.as_deref())?,
            cancel_tries: u32::try_from(self.cancel_tries).ok()?,
            idle_checks: u32::try_from(self.idle_checks).ok()?,
            due_at: timestamp_opt(self.due_at)?,
            resolved_at: timestamp_opt(self.resolved_at)?,
            tries,
            revision: unsigned(self.revision)?,
        })
    }

    fn take_state(&mut self) -> Option<AttemptState> {
        Some(match self.state.as_str() {
            "awaiting_cardholder" => AttemptState::AwaitingCardholder,
            "charging" => AttemptState::Charging,
            "dead" => AttemptState::Dead(from_json(self.detail.as_deref()?)?),
            "needs_review" => AttemptState::NeedsReview(from_json(self.detail.as_deref()?)?),
            "processing" => AttemptState::Processing,
            "sending" => AttemptState::Sending,
            "succeeded" => AttemptState::Succeeded(self.take_capture().into_capture()?),
            "unknown" => AttemptState::Unknown,
            _ => return None,
        })
    }

    fn take_capture(&mut self) -> CaptureColumns {
        CaptureColumns {
            minor: self.captured_minor.take(),
            currency: self.captured_currency.take(),
            reference: self.capture_reference.take(),
            charge: self.capture_charge.take(),
            auth_code: self.capture_auth_code.take(),
            receipt_number: self.capture_receipt_number.take(),
            brand: self.capture_brand.take(),
            last4: self.capture_last4.take(),
            at: self.captured_at.take(),
            source: self.capture_source.take(),
        }
    }
}

impl TryRow {
    /// An attempt's refused card at a place, from 1, as a row.
    pub(crate) fn of(attempt: &AttemptRow, place: i64, refused: &Try) -> Result<Self, StoreError> {
        Ok(Self {
            dispensary: attempt.dispensary,
            payment: attempt.payment,
            no: attempt.no,
            place,
            charge: refused.charge.clone(),
            decline: json(&refused.decline).ok_or(StoreError::Corrupt(Self::WHAT))?,
        })
    }

    /// The row as a refused card.
    pub(crate) fn into_try(self) -> Result<Try, StoreError> {
        let decline = from_json(&self.decline).ok_or(StoreError::Corrupt(Self::WHAT))?;
        Ok(Try { charge: self.charge, decline })
    }
}
