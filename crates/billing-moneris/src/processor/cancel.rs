//! Moneris ends nothing on request: a token that is not charged lapses by itself, and a ticket that was given out can be paid.

use billing_domain::{ChargeFact, ProcessorErrorKind, SubmitError};

use super::MonerisProcessor;
use crate::error::not_sent;

impl MonerisProcessor {
    pub(super) fn abandon() -> Result<ChargeFact, SubmitError> {
        Err(not_sent(ProcessorErrorKind::Unsupported).into_submit())
    }
}
