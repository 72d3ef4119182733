//! What staff may paste into the Moneris pane, and what each wrong paste is told. Credentials here are made up.

use billing_credentials::fields::{API_TOKEN, CHECKOUT_ID, PROFILE_ID, STORE_ID};
use billing_credentials::{Candidate, FieldErrors, KeyError, KeyPolicy, Submitted, moneris};

fn paste(fields: &[(&str, &str)], policy: KeyPolicy) -> Result<Candidate, FieldErrors> {
    moneris::parse_candidate(&fields.iter().copied().collect::<Submitted>(), policy)
}

fn live(fields: &[(&str, &str)]) -> Result<Candidate, FieldErrors> {
    paste(fields, KeyPolicy::LiveOnly)
}

#[test]
fn a_store_and_its_token_are_enough() {
    let candidate = live(&[(STORE_ID, " monca01234\n"), (API_TOKEN, "abcDEF0123456789xyzw")]).unwrap();
    assert_eq!(candidate.public.field(STORE_ID), Some("monca01234"));
    assert_eq!(candidate.public.field(PROFILE_ID), None);
    assert_eq!(candidate.masked.field(API_TOKEN), Some("…xyzw"));
    assert!(candidate.secrets.secret(API_TOKEN).is_some());
    assert!(!format!("{candidate:?}").contains("abcDEF"));
}

#[test]
fn profile_and_checkout_are_optional_public_and_checked() {
    let keys = [(STORE_ID, "monca01234"), (API_TOKEN, "abcDEF0123456789xyzw")];
    let with = |profile, checkout| live(&[keys[0], keys[1], (PROFILE_ID, profile), (CHECKOUT_ID, checkout)]);
    let candidate = with("ht4RXXBKV9T52A8", "chkt5BF66neris").unwrap();
    assert_eq!(candidate.public.field(PROFILE_ID), Some("ht4RXXBKV9T52A8"));
    assert_eq!(candidate.public.field(CHECKOUT_ID), Some("chkt5BF66neris"));
    assert_eq!(with("  ", "").unwrap().public.0.len(), 1);

    let wrong = with("chkt5BF66neris", "ht4RXXBKV9T52A8").unwrap_err();
    assert_eq!(wrong.of(PROFILE_ID), Some(KeyError::UnknownPrefix { expected: "ht" }));
    assert_eq!(wrong.of(CHECKOUT_ID), Some(KeyError::UnknownPrefix { expected: "chkt" }));
    assert_eq!(with("ht", "").unwrap_err().of(PROFILE_ID), Some(KeyError::TooShort { min: 3 }));
}

#[test]
fn lengths_and_characters_are_checked_field_by_field() {
    let wrong = live(&[(STORE_ID, "elevenchars"), (API_TOKEN, "twenty-one characters")]).unwrap_err();
    assert_eq!(wrong.of(STORE_ID), Some(KeyError::TooLong { max: 10 }));
    assert_eq!(wrong.of(API_TOKEN), Some(KeyError::Whitespace));
    let wrong = live(&[(STORE_ID, "store-9"), (API_TOKEN, "123456789012345678901")]).unwrap_err();
    assert_eq!(wrong.of(STORE_ID), Some(KeyError::ForbiddenCharacter));
    assert_eq!(wrong.of(API_TOKEN), Some(KeyError::TooLong { max: 20 }));
    let wrong = live(&[]).unwrap_err();
    assert_eq!(wrong.to_string(), "store_id is empty; api_token is empty");
}

#[test]
fn published_test_stores_are_refused_in_a_live_deployment() {
    for (store, token) in [("store1", "yesguy"), ("STORE5", "YesGuy"), ("moneris", "hurgle")] {
        let wrong = live(&[(STORE_ID, store), (API_TOKEN, token)]).unwrap_err();
        assert_eq!(wrong.of(STORE_ID), Some(KeyError::PublishedTestStore));
        assert_eq!(wrong.of(API_TOKEN), Some(KeyError::PublishedTestStore));
    }
}

#[test]
fn a_deployment_for_test_keys_takes_published_test_stores_and_remarks_on_others() {
    let candidate = paste(&[(STORE_ID, "store5"), (API_TOKEN, "yesguy")], KeyPolicy::TestOnly).unwrap();
    assert!(candidate.remarks.is_empty());
    assert_eq!(candidate.masked.field(API_TOKEN), Some("…"));
    let other = paste(&[(STORE_ID, "monca01234"), (API_TOKEN, "yesguy")], KeyPolicy::TestOnly).unwrap();
    assert_eq!(other.remarks.len(), 1);
}
