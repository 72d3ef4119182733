//! Captured money as columns, and stray charges as rows.

use billing_domain::payment::{Capture, Reference, StrayCharge};
use billing_domain::{PaymentId, StoreError, StrayChargeId};

use super::row;
use super::values::{Id, from_word, money, nanos, nanos_opt, timestamp, timestamp_opt, word};

/// The columns of a capture, wherever they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CaptureColumns {
    pub(super) minor: Option<i64>,
    pub(super) currency: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) charge: Option<String>,
    pub(super) auth_code: Option<String>,
    pub(super) receipt_number: Option<String>,
    pub(super) brand: Option<String>,
    pub(super) last4: Option<String>,
    pub(super) at: Option<i64>,
    pub(super) source: Option<String>,
}

impl CaptureColumns {
    pub(super) fn of(capture: &Capture) -> Option<Self> {
        Some(Self {
            minor: Some(capture.amount.minor()).filter(|minor| *minor >= 0),
            currency: Some(capture.amount.currency().code().to_owned()),
            reference: Some(capture.reference.0.clone()),
            charge: capture.charge.clone(),
            auth_code: capture.auth_code.clone(),
            receipt_number: capture.receipt_number.clone(),
            brand: capture.brand.clone(),
            last4: capture.last4.as_deref().map(last_four),
            at: nanos_opt(capture.captured_at)?,
            source: Some(word(&capture.source)?),
        })
    }

    pub(super) fn into_capture(self) -> Option<Capture> {
        Some(Capture {
            amount: money(self.minor?, &self.currency?)?,
            reference: Reference(self.reference?),
            charge: self.charge,
            auth_code: self.auth_code,
            receipt_number: self.receipt_number,
            brand: self.brand,
            last4: self.last4,
            captured_at: timestamp_opt(self.at)?,
            source: from_word(&self.source?)?,
        })
    }
}

/// Never more of a card's number than its end, whatever an adapter took for it.
fn last_four(digits: &str) -> String {
    let skipped = digits.chars().count().saturating_sub(4);
    digits.chars().skip(skipped).collect()
}

row! {
    /// A row of `billing_strays`.
    StrayRow, "stray charge" {
        dispensary: Id,
        payment: Id,
        stray: Id,
        attempt_no: i64,
        found_at: i64,
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
    }
}

impl StrayRow {
    /// A payment's stray charge as a row.
    pub(crate) fn of(dispensary: Id, payment: PaymentId, stray: &StrayCharge) -> Result<Self, StoreError> {
        Self::try_of(dispensary, payment, stray).ok_or(StoreError::Corrupt(Self::WHAT))
    }

    /// The row as a stray charge.
    pub(crate) fn into_stray(self) -> Result<StrayCharge, StoreError> {
        self.try_into_stray().ok_or(StoreError::Corrupt(Self::WHAT))
    }

    fn try_of(dispensary: Id, payment: PaymentId, stray: &StrayCharge) -> Option<Self> {
        let capture = CaptureColumns::of(&stray.capture)?;
        Some(Self {
            dispensary,
            payment: payment.uuid(),
            stray: stray.id.uuid(),
            attempt_no: stray.attempt_no.into(),
            found_at: nanos(stray.found_at)?,
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
        })
    }

    fn try_into_stray(self) -> Option<StrayCharge> {
        let capture = CaptureColumns {
            minor: self.captured_minor,
            currency: self.captured_currency,
            reference: self.capture_reference,
            charge: self.capture_charge,
            auth_code: self.capture_auth_code,
            receipt_number: self.capture_receipt_number,
            brand: self.capture_brand,
            last4: self.capture_last4,
            at: self.captured_at,
            source: self.capture_source,
        };
        Some(StrayCharge {
            id: StrayChargeId::new(self.stray),
            attempt_no: u32::try_from(self.attempt_no).ok()?,
            capture: capture.into_capture()?,
            found_at: timestamp(self.found_at)?,
        })
    }
}
