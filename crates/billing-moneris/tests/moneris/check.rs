//! The one status check: what leaves, and what its answer proves.

use billing_domain::{ChargeFact, Difference, EvidenceMode, ProcessorErrorKind, Proof, QueryError, Why};
use billing_moneris::{FLOW_HOSTED_TOKENIZATION, MonerisConfig, classify_check, decode};

use crate::answers::{Answer, DUPLICATE, approved, declined, not_passed_on, token_order};
use crate::canned::{Canned, Said, said};

fn checked_with(answer: &Answer, not_found_is_proof: bool) -> ChargeFact {
    classify_check(&token_order(), &decode(&answer.xml()).unwrap(), not_found_is_proof)
}

fn checked(answer: &Answer) -> ChargeFact {
    checked_with(answer, false)
}

async fn observed(says: impl Into<Said>) -> (Result<ChargeFact, QueryError>, Canned) {
    let canned = Canned::new([says.into()]);
    (canned.port(&FLOW_HOSTED_TOKENIZATION).observe(&token_order()).await, canned)
}

#[tokio::test]
async fn the_check_is_the_very_same_charge_and_the_flag() {
    let charged = Canned::new([approved()]);
    charged.port(&FLOW_HOSTED_TOKENIZATION).charge(&token_order()).await.unwrap();
    let (fact, asked) = observed(approved()).await;
    assert!(matches!(fact, Ok(ChargeFact::Succeeded(_))), "{fact:?}");
    let flag = "<status_check>true</status_check>";
    let question = &asked.sent()[0];
    assert_eq!(question.matches(flag).count(), 1);
    assert_eq!(question.replace(flag, ""), charged.sent()[0]);
}

#[test]
fn it_is_asked_after_the_charges_own_deadline_and_within_two_minutes() {
    let port = Canned::new([Said::Lost]).port(&FLOW_HOSTED_TOKENIZATION);
    let EvidenceMode::Once { after, before } = port.capabilities(&FLOW_HOSTED_TOKENIZATION).evidence else {
        panic!("one question only")
    };
    assert!(after > MonerisConfig::default().send_deadline, "earlier the charge may still be on its way");
    assert!((before + MonerisConfig::default().send_deadline).as_secs() > 110 && before.as_secs() <= 115);
}

#[tokio::test(start_paused = true)]
async fn a_check_without_an_answer_is_not_asked_again() {
    for silence in
        [Said::Lost, Said::Hangs, Said::TooLarge, said(200, ""), said(502, "<html>"), said(200, "<html>")]
    {
        let (fact, canned) = observed(silence).await;
        assert!(matches!(fact, Err(QueryError { sent: true, .. })), "{fact:?}");
        assert_eq!(canned.requests().len(), 1);
    }
    let (fact, _) = observed(Said::NotSent).await;
    assert!(matches!(fact, Err(QueryError { sent: false, .. })), "it can be given back: {fact:?}");
}

#[tokio::test]
async fn without_the_token_nothing_is_asked_and_nothing_proven() {
    let canned = Canned::new(Vec::<Said>::new());
    let order = billing_domain::ChargeOrder { secret: None, ..token_order() };
    let fact = canned.port(&FLOW_HOSTED_TOKENIZATION).observe(&order).await.unwrap();
    assert_eq!(fact, ChargeFact::NoEvidence(Why::NotFound));
}

#[tokio::test]
async fn refused_credentials_are_an_error_and_no_evidence() {
    let (fact, _) = observed(not_passed_on("API token mismatch")).await;
    let Err(QueryError { sent: true, cause }) = fact else { panic!("{fact:?}") };
    assert_eq!(cause.kind, ProcessorErrorKind::CredentialsRejected);
}

#[test]
fn what_the_check_finds_is_the_charge_itself() {
    for answer in [approved(), approved().with("status_code", "001")] {
        assert!(matches!(checked(&answer), ChargeFact::Succeeded(_)), "{answer:?}");
    }
    assert!(matches!(checked(&declined()), ChargeFact::Declined(_)));
    assert_eq!(checked(&approved().with("TimedOut", "true")), ChargeFact::NoEvidence(Why::TimedOut));
    assert_eq!(checked(&not_passed_on(DUPLICATE)), ChargeFact::NoEvidence(Why::DuplicateKey));
}

#[test]
fn finding_nothing_proves_nothing_unless_a_host_says_so() {
    let nothing = [
        not_passed_on("Transaction not found"),
        not_passed_on("no such transaction").with("status_code", "950"),
        not_passed_on("null").with("status_code", "999").with("status_message", "Not found or null"),
    ];
    for answer in &nothing {
        assert_eq!(checked(answer), ChargeFact::NoEvidence(Why::NotFound), "{answer:?}");
        assert_eq!(checked_with(answer, true), ChargeFact::Dead(Proof::NeverCharged), "{answer:?}");
    }
}

#[test]
fn even_then_only_a_clear_not_found_is_proof() {
    for answer in [
        not_passed_on("API token mismatch"),
        not_passed_on("Invalid request"),
        not_passed_on(DUPLICATE),
        not_passed_on("Transaction not found").with("TimedOut", "true"),
        not_passed_on("Transaction not found").with("TransID", "81-0_900"),
        not_passed_on("Transaction not found").with("Complete", "null"),
        not_passed_on("Transaction not found").with("status_code", "001"),
        approved().with("status_code", "950"),
        approved().with("status_code", "odd"),
    ] {
        let fact = checked_with(&answer, true);
        assert!(matches!(fact, ChargeFact::NoEvidence(_)), "{fact:?} of {answer:?}");
    }
}

#[test]
fn a_check_compares_the_amount() {
    let ChargeFact::Mismatch(seen) = checked(&approved().with("TransAmount", "1.00")) else { panic!() };
    assert_eq!(seen.differs, [Difference::Amount]);
}

#[test]
fn an_older_payment_under_our_order_id_is_not_adopted() {
    let older = |answer: Answer| answer.with("TransDate", "2024-09-16");
    let ChargeFact::Mismatch(seen) = checked(&older(approved())) else { panic!() };
    assert_eq!(seen.differs, [Difference::Date]);
    assert!(seen.captured.is_some());
    assert_eq!(checked(&older(declined())), ChargeFact::NoEvidence(Why::NotFound));
    let undated = checked(&approved().without("TransDate"));
    assert_eq!(undated, ChargeFact::NoEvidence(Why::Unrecognised));
}
