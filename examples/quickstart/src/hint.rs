//! What to do about an error, for somebody who tries this program. The library's own texts stay as they are.

use std::error::Error;

use billing_app::BillingError;
use billing_credentials::VerifyError;

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

/// What helps, if that can be told.
pub(crate) fn after(error: &(dyn Error + 'static)) -> Option<&'static str> {
    match error.downcast_ref::<BillingError>()? {
        BillingError::Keys(_) => Some(
            "Nothing was stored or sent. Paste live keys; or leave the key options out (and \
             STRIPE_PUBLISHABLE_KEY and STRIPE_SECRET_KEY unset): the demo has keys of its own.",
        ),
        BillingError::Verify(VerifyError::Rejected) => Some(
            "Nothing was stored, and nothing left this machine: the Stripe of this demo is a fake in this \
             process and knows its own keys only. Leave the key options out (and STRIPE_PUBLISHABLE_KEY and \
             STRIPE_SECRET_KEY unset), or paste what --show-keys prints.",
        ),
        BillingError::NothingOutstanding
        | BillingError::Processor { .. }
        | BillingError::ProcessorRefusesAmount { .. } => Some("Try another --amount, such as 123.45."),
        _ => None,
    }
}
