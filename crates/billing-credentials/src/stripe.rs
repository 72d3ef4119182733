//! The Stripe pane: its fields, and how what was pasted becomes a candidate. No call is made.

use crate::error::note;
use crate::fields::{PUBLISHABLE_KEY, SECRET_KEY};
use crate::{Candidate, Field, FieldErrors, KeyPolicy, StripePublishableKey, StripeSecretKey, Submitted};

/// The fields of the pane, in the order staff see them.
pub fn fields() -> Vec<Field> {
    vec![
        Field { name: PUBLISHABLE_KEY, secret: false, required: true },
        Field { name: SECRET_KEY, secret: true, required: true },
    ]
}

/// Reads both keys. Every wrong field is reported at once.
pub fn parse_candidate(pasted: &Submitted, policy: KeyPolicy) -> Result<Candidate, FieldErrors> {
    let mut wrong = Vec::new();
    let publishable = StripePublishableKey::parse(pasted.trimmed(PUBLISHABLE_KEY), policy);
    let publishable = note(&mut wrong, PUBLISHABLE_KEY, publishable);
    let secret = StripeSecretKey::parse_text(pasted.trimmed(SECRET_KEY), policy);
    let secret = note(&mut wrong, SECRET_KEY, secret);
    match (publishable, secret) {
        (Some(publishable), Some(secret)) => Ok(candidate(&publishable, &secret)),
        _ => Err(FieldErrors(wrong)),
    }
}

fn candidate(publishable: &StripePublishableKey, secret: &StripeSecretKey) -> Candidate {
    let remarks = if secret.seems_of_another_account(publishable) {
        vec!["The two keys look as if they belonged to different Stripe accounts.".to_owned()]
    } else {
        Vec::new()
    };
    Candidate {
        public: [(PUBLISHABLE_KEY, publishable.as_str())].into_iter().collect(),
        masked: [(SECRET_KEY, secret.masked())].into_iter().collect(),
        secrets: [(SECRET_KEY, secret.secret().clone())].into_iter().collect(),
        remarks,
    }
}
