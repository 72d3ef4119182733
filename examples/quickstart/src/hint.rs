//! What to do about an error, for somebody who tries this program. The library's own texts stay as they are.

use std::error::Error;

use billing_app::BillingError;
use billing_credentials::VerifyError;
use billing_domain::ProcessorErrorKind;

use crate::processor::Processor;

/// What helps against an amount that is not taken.
pub(crate) const AMOUNT: &str = "Try another --amount, such as 123.45.";

/// What helps against a refund that is not given.
pub(crate) const REFUND: &str = "Try another --refund, such as 12.34, or all.";

/// The error and its causes in one line; most texts of the library include their cause already.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let said = deeper.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = deeper.source();
    }
    text
}

/// What helps in a story about this processor, if that can be told.
pub(crate) fn after(error: &(dyn Error + 'static), processor: Processor) -> Option<&'static str> {
    match error.downcast_ref::<BillingError>()? {
        BillingError::AlreadyExists(_) => {
            Some("The data is of another version of this program: leave --data out, or name a new file.")
        }
        BillingError::Keys(_) => Some(match processor {
            Processor::Moneris => {
                "Nothing was stored or sent. Paste a store of your own; or leave the key options out (and \
                 MONERIS_STORE_ID, MONERIS_API_TOKEN and MONERIS_PROFILE_ID unset): the demo has a store of its own."
            }
            Processor::Stripe => {
                "Nothing was stored or sent. Paste live keys; or leave the key options out (and \
                 STRIPE_PUBLISHABLE_KEY and STRIPE_SECRET_KEY unset): the demo has keys of its own."
            }
        }),
        BillingError::Verify(VerifyError::Rejected) => Some(match processor {
            Processor::Moneris => {
                "Nothing was stored, and nothing left this machine: the Moneris of this demo is a fake in this \
                 process and knows its own store only. Leave the key options out (and MONERIS_STORE_ID, \
                 MONERIS_API_TOKEN and MONERIS_PROFILE_ID unset), or paste what --show-keys prints."
            }
            Processor::Stripe => {
                "Nothing was stored, and nothing left this machine: the Stripe of this demo is a fake in this \
                 process and knows its own keys only. Leave the key options out (and STRIPE_PUBLISHABLE_KEY and \
                 STRIPE_SECRET_KEY unset), or paste what --show-keys prints."
            }
        }),
        BillingError::NothingOutstanding => Some(AMOUNT),
        BillingError::Processor { cause, .. } => after_asking(&cause.kind),
        BillingError::ProcessorRefusesAmount { kind, .. } => after_asking(kind),
        BillingError::RefundTooLarge { .. } => Some(REFUND),
        _ => None,
    }
}

/// The processor was asked, or would have refused if it had been.
fn after_asking(kind: &ProcessorErrorKind) -> Option<&'static str> {
    match kind {
        ProcessorErrorKind::AmountRefused { .. } => Some(AMOUNT),
        ProcessorErrorKind::CredentialsRejected | ProcessorErrorKind::PermissionMissing(_) => Some(
            "Each run has a Stripe of its own, which knows that run's keys only. Did another run on the same \
             data save its keys meanwhile? Start again; it pastes the right ones.",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use billing_domain::{Certainty, ProcessorError, ProcessorId};

    use super::*;

    fn refused(kind: ProcessorErrorKind) -> BillingError {
        let cause = ProcessorError {
            processor: ProcessorId::STRIPE,
            kind,
            request_id: None,
            retry_after: None,
            source: None,
        };
        BillingError::Processor { certainty: Certainty::Refused, cause }
    }

    #[test]
    fn another_amount_is_no_cure_for_refused_keys_or_a_silent_processor() {
        let after = |error: &BillingError| after(error, Processor::Stripe);
        let keys = after(&refused(ProcessorErrorKind::CredentialsRejected)).unwrap();
        assert!(keys.contains("keys") && !keys.contains("--amount"), "{keys}");
        assert_eq!(after(&refused(ProcessorErrorKind::Unavailable)), None);
        assert_eq!(after(&BillingError::NothingOutstanding), Some(AMOUNT));
    }
}
