//! What staff read when the library refuses something: what happened, and what to do now.

use billing_app::{BillingError, PaymentView};

use crate::lang::Lang;

/// Why it was not done and what to do now, in one or two sentences.
pub fn refusal(lang: Lang, why: &BillingError) -> String {
    let _ = (lang, why);
    String::new()
}

/// What the payment window says of a payment that was looked at; a patient may read it.
pub fn patient_message(lang: Lang, view: &PaymentView) -> String {
    let _ = (lang, view);
    String::new()
}
