//! Checking pasted credentials with Moneris: without effect, and with an answer for whatever may be wrong with them.

use billing_credentials::fields::{API_TOKEN, CHECKOUT_ID, PROFILE_ID, STORE_ID};
use billing_credentials::{AccountProfile, Candidate, KeyPolicy, ProcessorConnector, Submitted, VerifyError};
use billing_domain::{ProcessorErrorKind, ProcessorId};
use billing_moneris::MonerisConfig;

use crate::answers::{Answer, CHECKOUT, PROFILE, STORE, TOKEN, approved, not_passed_on};
use crate::canned::{Canned, Said, said};

fn candidate(optional: &[(&str, &str)]) -> Candidate {
    let pasted: Submitted = [(STORE_ID, STORE), (API_TOKEN, TOKEN)].iter().chain(optional).copied().collect();
    let canned = Canned::new(Vec::<Said>::new());
    canned.connector(MonerisConfig::default()).parse(&pasted, KeyPolicy::LiveOnly).unwrap()
}

async fn verified(says: impl Into<Said>) -> (Result<AccountProfile, VerifyError>, Canned) {
    let canned = Canned::new([says.into()]);
    let connector = canned.connector(MonerisConfig::default());
    (connector.verify(&candidate(&[(PROFILE_ID, PROFILE)])).await, canned)
}

fn unknown_key() -> Answer {
    not_passed_on("Invalid data key").with("ResSuccess", "false")
}

#[tokio::test]
async fn credentials_are_checked_by_a_question_that_moves_nothing() {
    let (profile, canned) = verified(unknown_key()).await;
    let profile = profile.unwrap();
    assert_eq!((profile.external_id.as_str(), profile.business_name), (STORE, None));
    let sent = canned.sent();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].contains("<res_lookup_masked><data_key>"), "{sent:?}");
    for moving in ["purchase", "preauth", "refund", "correction", "amount"] {
        assert!(!sent[0].contains(moving), "{moving}");
    }
}

#[tokio::test]
async fn what_was_not_checked_is_told_to_staff() {
    for (optional, words) in [
        (&[(PROFILE_ID, PROFILE)][..], &["profile id", "give money back"][..]),
        (&[(CHECKOUT_ID, CHECKOUT)], &["Checkout id", "give money back"]),
        (
            &[(PROFILE_ID, PROFILE), (CHECKOUT_ID, CHECKOUT)],
            &["profile id", "Checkout id", "give money back"],
        ),
        (&[], &["No payment can be taken yet", "give money back"]),
    ] {
        let canned = Canned::new([unknown_key()]);
        let connector = canned.connector(MonerisConfig::default());
        let remarks = connector.verify(&candidate(optional)).await.unwrap().remarks;
        assert_eq!(remarks.len(), words.len(), "{remarks:?}");
        assert!(remarks.iter().zip(words).all(|(remark, word)| remark.contains(word)), "{remarks:?}");
    }
}

#[tokio::test]
async fn credentials_that_moneris_does_not_know_are_rejected() {
    for sentence in ["API token mismatch", "Invalid store_id"] {
        let (answer, _) = verified(not_passed_on(sentence)).await;
        assert!(matches!(answer, Err(VerifyError::Rejected)), "{sentence}: {answer:?}");
    }
}

#[tokio::test]
async fn an_answer_that_shows_that_the_credentials_were_read_is_enough() {
    for answer in [unknown_key(), not_passed_on("Card not found"), approved().with("ResponseCode", "983")] {
        let (answer, _) = verified(answer).await;
        assert!(answer.is_ok(), "{answer:?}");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_show_it_leaves_the_credentials_unchecked() {
    for answer in [
        not_passed_on("null").into(),
        not_passed_on("Something new").into(),
        not_passed_on("System error").into(),
        said(200, ""),
        said(200, "<html>"),
        said(503, ""),
        Said::Lost,
        Said::NotSent,
    ] {
        let (answer, canned) = verified(answer).await;
        assert!(matches!(answer, Err(VerifyError::Unavailable(_))), "{answer:?}");
        assert_eq!(canned.requests().len(), 1);
    }
}

#[tokio::test]
async fn the_published_test_stores_never_reach_moneris() {
    let canned = Canned::new(Vec::<Said>::new());
    let connector = canned.connector(MonerisConfig::default());
    let pasted: Submitted = [(STORE_ID, "store5"), (API_TOKEN, "yesguy")].into_iter().collect();
    assert!(connector.parse(&pasted, KeyPolicy::LiveOnly).is_err());
    assert!(connector.parse(&pasted, KeyPolicy::TestOnly).is_ok());
    assert_eq!(connector.processor(), ProcessorId::MONERIS);
    assert_eq!(connector.fields().len(), 4);
}

#[tokio::test]
async fn an_account_whose_token_cannot_be_read_says_so_and_sends_nothing() {
    let canned = Canned::new(Vec::<Said>::new());
    let opened = billing_credentials::OpenedAccount {
        account: crate::answers::account(),
        version: 1,
        public: candidate(&[(PROFILE_ID, PROFILE)]).public,
        secrets: billing_credentials::Secrets::default(),
    };
    let port = canned.connector(MonerisConfig::default()).connect(&opened);
    let error = port.charge(&crate::answers::token_order()).await.unwrap_err();
    assert_eq!(error.cause.kind, ProcessorErrorKind::CredentialsRejected);
}
