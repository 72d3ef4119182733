//! The Moneris pane: its fields, and how what was pasted becomes a candidate. No call is made.

use crate::error::note;
use crate::fields::{API_TOKEN, CHECKOUT_ID, PROFILE_ID, STORE_ID};
use crate::{Candidate, Field, FieldErrors, KeyError, KeyPolicy, Submitted};

pub use crate::moneris_keys::{ApiToken, CheckoutId, HostedTokenizationProfileId, StoreId};

/// The fields of the pane, in the order staff see them.
pub fn fields() -> Vec<Field> {
    vec![
        Field { name: STORE_ID, secret: false, required: true },
        Field { name: API_TOKEN, secret: true, required: true },
        Field { name: PROFILE_ID, secret: false, required: false },
        Field { name: CHECKOUT_ID, secret: false, required: false },
    ]
}

/// Reads the credentials. Every wrong field is reported at once; an optional field left empty is absent afterwards.
pub fn parse_candidate(pasted: &Submitted, policy: KeyPolicy) -> Result<Candidate, FieldErrors> {
    let mut wrong = Vec::new();
    let store = note(&mut wrong, STORE_ID, StoreId::parse(pasted.trimmed(STORE_ID), policy));
    let token = note(&mut wrong, API_TOKEN, ApiToken::parse_text(pasted.trimmed(API_TOKEN), policy));
    let profile = HostedTokenizationProfileId::parse(pasted.trimmed(PROFILE_ID), policy);
    let profile = note(&mut wrong, PROFILE_ID, if_filled(profile));
    let checkout = CheckoutId::parse(pasted.trimmed(CHECKOUT_ID), policy);
    let checkout = note(&mut wrong, CHECKOUT_ID, if_filled(checkout));
    let (Some(store), Some(token), Some(profile), Some(checkout)) = (store, token, profile, checkout) else {
        return Err(FieldErrors(wrong));
    };
    let required = [(STORE_ID, store.as_str())];
    let optional = [
        profile.as_ref().map(|profile| (PROFILE_ID, profile.as_str())),
        checkout.as_ref().map(|checkout| (CHECKOUT_ID, checkout.as_str())),
    ];
    let odd = policy == KeyPolicy::TestOnly && !store.is_published_test_store();
    Ok(Candidate {
        public: required.into_iter().chain(optional.into_iter().flatten()).collect(),
        masked: [(API_TOKEN, token.masked())].into_iter().collect(),
        secrets: [(API_TOKEN, token.secret().clone())].into_iter().collect(),
        remarks: odd.then(|| NOT_PUBLISHED.to_owned()).into_iter().collect(),
    })
}

/// Moneris's live and test credentials look alike, so this is worth a remark and no more.
const NOT_PUBLISHED: &str = "The store is none of the test stores that Moneris publishes: is it a live one?";

fn if_filled<T>(parsed: Result<T, KeyError>) -> Result<Option<T>, KeyError> {
    match parsed {
        Err(KeyError::Empty) => Ok(None),
        other => other.map(Some),
    }
}
