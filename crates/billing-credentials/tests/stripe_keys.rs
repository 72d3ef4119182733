//! What staff may paste into the Stripe pane, and what each wrong paste is told. Keys here are made up.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use billing_credentials::fields::{PUBLISHABLE_KEY, SECRET_KEY};
use billing_credentials::{
    Candidate, FieldErrors, KeyError, KeyPolicy, Mode, StripePublishableKey, StripeSecretKey, Submitted,
    stripe,
};
use proptest::prelude::*;

const BODY: &str = "51PgafTB7WZ01zgkWabcdefghijklmnopqrstuvwxyzABCDEFGH0123456789";

fn paste(publishable: &str, secret: &str) -> Result<Candidate, FieldErrors> {
    let pasted = Submitted::from_iter([(PUBLISHABLE_KEY, publishable), (SECRET_KEY, secret)]);
    stripe::parse_candidate(&pasted, KeyPolicy::LiveOnly)
}

fn wrong_publishable(pasted: &str) -> KeyError {
    StripePublishableKey::parse(pasted, KeyPolicy::LiveOnly).unwrap_err()
}

fn wrong_secret(pasted: &str) -> KeyError {
    StripeSecretKey::parse(&pasted.into(), KeyPolicy::LiveOnly).unwrap_err()
}

fn key(prefix: &str) -> String {
    format!("{prefix}{BODY}")
}

#[test]
fn a_live_pair_is_accepted_and_the_secret_is_masked() {
    let candidate = paste(&key("pk_live_"), &key("sk_live_")).unwrap();
    assert_eq!(candidate.public.field(PUBLISHABLE_KEY), Some(key("pk_live_").as_str()));
    assert_eq!(candidate.masked.field(SECRET_KEY), Some("sk_live_…6789"));
    assert!(candidate.secrets.secret(SECRET_KEY).is_some());
    assert!(candidate.remarks.is_empty());
}

#[test]
fn a_restricted_live_key_is_accepted_as_such() {
    let secret = StripeSecretKey::parse(&key("rk_live_").into(), KeyPolicy::LiveOnly).unwrap();
    assert!(secret.is_restricted());
    assert_eq!(secret.mode(), Mode::Live);
    assert!(!StripeSecretKey::parse(&key("sk_live_").into(), KeyPolicy::LiveOnly).unwrap().is_restricted());
}

#[test]
fn whitespace_around_a_pasted_key_is_trimmed() {
    let candidate =
        paste(&format!("\u{feff} {}\r\n", key("pk_live_")), &format!("\t{} \n", key("sk_live_"))).unwrap();
    assert_eq!(candidate.public.field(PUBLISHABLE_KEY), Some(key("pk_live_").as_str()));
}

#[test]
fn a_test_key_is_refused_with_the_cure() {
    assert_eq!(wrong_publishable(&key("pk_test_")), KeyError::TestKey { prefix: "pk_test" });
    assert_eq!(wrong_secret(&key("sk_test_")), KeyError::TestKey { prefix: "sk_test" });
    assert_eq!(wrong_secret(&key("rk_test_")), KeyError::RestrictedTestKey);
    for error in
        [wrong_publishable(&key("pk_test_")), wrong_secret(&key("sk_test_")), wrong_secret(&key("rk_test_"))]
    {
        assert!(error.to_string().contains("toggle to view live keys"), "{error}");
    }
}

#[test]
fn a_deployment_for_test_keys_refuses_live_keys() {
    let publishable = StripePublishableKey::parse(&key("pk_live_"), KeyPolicy::TestOnly);
    assert_eq!(publishable.unwrap_err(), KeyError::LiveKey { prefix: "pk_live_" });
    for prefix in ["sk_live_", "rk_live_"] {
        let secret = StripeSecretKey::parse(&key(prefix).into(), KeyPolicy::TestOnly);
        assert!(matches!(secret.unwrap_err(), KeyError::LiveKey { .. }));
    }
    for prefix in ["sk_test_", "rk_test_"] {
        let secret = StripeSecretKey::parse(&key(prefix).into(), KeyPolicy::TestOnly).unwrap();
        assert_eq!(secret.mode(), Mode::Test);
    }
    assert!(StripePublishableKey::parse(&key("pk_test_"), KeyPolicy::TestOnly).is_ok());
}

#[test]
fn swapped_keys_are_recognised_in_both_fields() {
    let wrong = paste(&key("sk_live_"), &key("pk_live_")).unwrap_err();
    assert_eq!(wrong.of(PUBLISHABLE_KEY), Some(KeyError::SecretKey { prefix: "sk_live_" }));
    assert_eq!(wrong.of(SECRET_KEY), Some(KeyError::PublishableKey { prefix: "pk_live_" }));
}

#[test]
fn each_other_wrong_key_has_its_own_error() {
    assert_eq!(wrong_secret(""), KeyError::Empty);
    assert_eq!(wrong_secret(" \n"), KeyError::Empty);
    assert_eq!(wrong_secret(&key("sk_org_live_")), KeyError::OrganisationKey);
    assert_eq!(wrong_secret(&key("whsec_")), KeyError::WebhookSecret);
    assert_eq!(wrong_secret("sk_live_51Pgaf TB7WZ01zgkW"), KeyError::Whitespace);
    assert_eq!(wrong_secret("sk_live_51Pgaf\nTB7WZ01zgkW"), KeyError::Whitespace);
    assert_eq!(wrong_secret("sk_live_51Pgaf-TB7WZ01zgkW"), KeyError::ForbiddenCharacter);
    assert_eq!(wrong_secret("sk_live_51PgafTB7WZ01zgkWé"), KeyError::ForbiddenCharacter);
    assert_eq!(wrong_secret("sk_live_51Pgaf"), KeyError::TooShort { min: 16 });
    assert_eq!(wrong_secret(&format!("sk_live_{}", "a".repeat(248))), KeyError::TooLong { max: 255 });
    for unknown in
        ["SK_LIVE_51PgafTB7WZ01zgkW", "sk_Live_51PgafTB7WZ01zgkW", "rkcs_live_51PgafTB7WZ01", "hello"]
    {
        assert!(matches!(wrong_secret(unknown), KeyError::UnknownPrefix { .. }), "{unknown}");
    }
}

#[test]
fn every_length_between_the_bounds_and_any_first_character_is_accepted() {
    for (length, first) in [(16, "T"), (32, "TYoo"), (107, "51"), (255, "9")] {
        let body = "a".repeat(length - "sk_live_".len() - first.len());
        let pasted = format!("sk_live_{first}{body}");
        assert_eq!(pasted.len(), length);
        assert!(StripeSecretKey::parse(&pasted.into(), KeyPolicy::LiveOnly).is_ok());
    }
}

#[test]
fn both_wrong_fields_are_reported_at_once_and_nothing_pasted_is_shown() {
    let wrong = paste("pk_test_verysecretvalue", "whsec_anothersecretvalue").unwrap_err();
    assert_eq!(wrong.iter().count(), 2);
    for text in [wrong.to_string(), format!("{wrong:?}")] {
        assert!(!text.contains("secretvalue"), "{text}");
    }
}

#[test]
fn keys_that_look_like_two_accounts_are_a_remark_and_no_error() {
    let other = key("pk_live_").replace("51Pgaf", "51Other");
    assert_eq!(paste(&other, &key("sk_live_")).unwrap().remarks.len(), 1);
    let old_style = "pk_live_TYooMQauvdEDq54NiTphI7jx";
    assert!(paste(old_style, &key("sk_live_")).unwrap().remarks.is_empty());
}

#[test]
fn a_saved_key_is_read_again_whatever_its_mode() {
    for (prefix, mode) in [("sk_live_", Mode::Live), ("rk_test_", Mode::Test)] {
        assert_eq!(StripeSecretKey::from_saved(&key(prefix).into()).unwrap().mode(), mode);
    }
    assert!(StripeSecretKey::from_saved(&"garbage".into()).is_err());
}

proptest! {
    #[test]
    fn no_paste_panics_or_shows_itself(pasted in "(pk|sk|rk|whsec|SK)?_?(live|test|org)?_?[ -~é\\n]{0,300}") {
        let result = paste(&pasted, &pasted);
        let shown = format!("{result:?}");
        if let Err(wrong) = result {
            let shown = format!("{shown} {wrong}");
            let body = pasted.trim().get(12..).unwrap_or_default();
            prop_assert!(body.len() < 8 || !shown.contains(body));
        }
    }

    #[test]
    fn debug_of_anything_accepted_hides_the_secret(body in "[A-Za-z0-9_]{20,120}") {
        let secret = format!("sk_live_{body}");
        let candidate = paste(&key("pk_live_"), &secret).unwrap();
        let parsed = StripeSecretKey::parse(&secret.clone().into(), KeyPolicy::LiveOnly).unwrap();
        let shown = format!("{candidate:?} {parsed:?}");
        prop_assert!(!shown.contains(&body[..body.len() - 4]));
    }
}
