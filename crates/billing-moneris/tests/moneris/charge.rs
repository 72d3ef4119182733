//! Charging a token: what leaves, once, and what a caller is told.

use std::time::Duration;

use billing_domain::payment::{Reference, SubmitKey};
use billing_domain::{
    AccountId, AmountBound, CardGrant, Certainty, ChargeFact, ChargeOrder, Currency, Money, PayableId,
    ProcessorErrorKind, SubmitError, Why,
};
use billing_moneris::FLOW_HOSTED_TOKENIZATION;
use secrecy::SecretString;
use uuid::Uuid;

use crate::answers::{DATA_KEY, DUPLICATE, STORE, TOKEN, approved, declined, not_passed_on, token_order};
use crate::canned::{Canned, Said, said};

async fn charged(says: impl Into<Said>) -> (Result<ChargeFact, SubmitError>, Canned) {
    let canned = Canned::new([says.into()]);
    (canned.port(&FLOW_HOSTED_TOKENIZATION).charge(&token_order()).await, canned)
}

/// The error of a charge that must not have left.
async fn not_sent(order: ChargeOrder) -> ProcessorErrorKind {
    let canned = Canned::new(Vec::<Said>::new());
    let error = canned.port(&FLOW_HOSTED_TOKENIZATION).charge(&order).await.unwrap_err();
    assert_eq!(error.certainty, Certainty::NotSent);
    assert!(canned.requests().is_empty());
    error.cause.kind
}

#[tokio::test]
async fn a_charge_is_one_request_as_moneris_own_clients_make_it() {
    let (fact, canned) = charged(approved()).await;
    assert!(matches!(fact, Ok(ChargeFact::Succeeded(_))), "{fact:?}");
    let order = token_order();
    assert_eq!(
        canned.sent(),
        [format!(
            "<?xml version=\"1.0\"?><request><store_id>{STORE}</store_id><api_token>{TOKEN}</api_token><res_purchase_cc>\
             <data_key>{DATA_KEY}</data_key><order_id>{}</order_id><cust_id>inv-0001</cust_id><amount>10.50</amount>\
             <crypt_type>7</crypt_type></res_purchase_cc></request>",
            order.key.0
        )]
    );
    let request = &canned.requests()[0];
    assert_eq!(request.method, http::Method::POST);
    assert_eq!(request.url, "https://mpg1.moneris.io/gateway2/servlet/MpgRequest");
    let headers: Vec<_> =
        request.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    assert_eq!(headers[0], ("content-type", "application/x-www-form-urlencoded"));
    assert!(headers[1].1.starts_with("billing-moneris/"), "{headers:?}");
    assert_eq!(request.limits.total, Duration::from_secs(38));
}

#[tokio::test]
async fn nothing_but_the_amount_and_our_ids_leaves() {
    let (_, canned) = charged(approved()).await;
    let sent = canned.sent().remove(0);
    let texts = sent.split(['<', '>']).filter(|text| !text.is_empty());
    let values: Vec<_> =
        texts.filter(|text| !text.starts_with(['/', '?']) && !sent.contains(&format!("<{text}>"))).collect();
    assert_eq!(values, [STORE, TOKEN, DATA_KEY, &token_order().key.0, "inv-0001", "10.50", "7"]);
}

#[tokio::test]
async fn an_invoice_id_without_room_stays_here() {
    let canned = Canned::new([approved()]);
    let payable = PayableId::parse(&"i".repeat(51)).unwrap();
    canned.port(&FLOW_HOSTED_TOKENIZATION).charge(&ChargeOrder { payable, ..token_order() }).await.unwrap();
    assert!(!canned.sent()[0].contains("cust_id"));
}

#[tokio::test]
async fn a_decline_is_a_fact() {
    let (fact, _) = charged(declined()).await;
    assert!(matches!(fact, Ok(ChargeFact::Declined(_))), "{fact:?}");
}

#[tokio::test]
async fn a_clear_no_is_refused_with_a_word_of_ours() {
    let rejected = |word: &str| ProcessorErrorKind::Rejected(Some(word.to_owned()));
    for (sentence, kind) in [
        ("API token mismatch", ProcessorErrorKind::CredentialsRejected),
        ("Invalid data key for Ann Lee", rejected("data_key")),
        ("Invalid amount 4242424242424242", rejected("amount")),
        ("Invalid expiry date", rejected("invalid")),
    ] {
        let (answer, _) = charged(not_passed_on(sentence)).await;
        let error = answer.unwrap_err();
        assert_eq!((error.certainty, error.stored), (Certainty::Refused, false), "{sentence}");
        assert_eq!(error.cause.kind, kind);
        assert!(!format!("{error} {error:?}").contains(sentence));
    }
}

#[tokio::test]
async fn a_sentence_that_nobody_knows_is_no_refusal() {
    for sentence in ["Something new", "Unable to reach the host", "4242424242424242"] {
        let (fact, _) = charged(not_passed_on(sentence)).await;
        assert!(matches!(fact, Ok(ChargeFact::NoEvidence(_))), "{sentence}: {fact:?}");
    }
}

#[tokio::test]
async fn a_duplicate_is_in_doubt_and_not_refused() {
    let (fact, _) = charged(not_passed_on(DUPLICATE)).await;
    assert_eq!(fact.unwrap(), ChargeFact::NoEvidence(Why::DuplicateKey));
}

#[tokio::test(start_paused = true)]
async fn what_has_no_readable_answer_is_unknown_and_is_not_sent_again() {
    let whole = approved().xml();
    for silence in [
        Said::Lost,
        Said::Hangs,
        Said::TooLarge,
        said(200, ""),
        said(200, "<html><body>Sorry</body></html>"),
        said(200, &whole[..whole.len() - 20]),
        said(502, "<html>Bad Gateway</html>"),
        said(500, &whole),
        said(404, &whole),
        said(403, ""),
        said(429, ""),
        said(302, ""),
        said(201, &whole),
    ] {
        let (answer, canned) = charged(silence.clone()).await;
        let error = answer.unwrap_err();
        assert_eq!(error.certainty, Certainty::Unknown, "{silence:?}");
        assert!(!error.stored);
        assert_eq!(canned.requests().len(), 1, "{silence:?}");
    }
}

#[tokio::test]
async fn a_connection_that_was_never_made_is_not_sent_and_not_tried_again() {
    let (answer, canned) = charged(Said::NotSent).await;
    assert_eq!(answer.unwrap_err().certainty, Certainty::NotSent);
    assert_eq!(canned.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_is_waited_for_as_long_as_moneris_may_take() {
    let started = tokio::time::Instant::now();
    let (answer, _) = charged(Said::Hangs).await;
    assert!(answer.is_err());
    assert!(started.elapsed() >= Duration::from_secs(35) && started.elapsed() <= Duration::from_secs(38));
}

#[tokio::test]
async fn what_cannot_be_charged_rightly_does_not_leave() {
    let usd = Money::new(1_050, Currency::USD);
    let refused = ProcessorErrorKind::AmountRefused { amount: usd, bound: AmountBound::Currency };
    assert_eq!(not_sent(ChargeOrder { amount: usd, ..token_order() }).await, refused);
    let elsewhere =
        billing_domain::AccountRef { account: AccountId::new(Uuid::from_u128(99)), ..token_order().account };
    let foreign = ChargeOrder { account: elsewhere, ..token_order() };
    assert_eq!(not_sent(foreign).await, ProcessorErrorKind::Unsupported);
    for secret in [None, Some("4242424242424242"), Some("short"), Some("ot-<amount>0.01</amount>")] {
        let order = ChargeOrder { secret: secret.map(SecretString::from), ..token_order() };
        assert_eq!(not_sent(order).await, ProcessorErrorKind::GrantMalformed, "{secret:?}");
    }
    for key in ["", "a b", "a<b", "é", &"1".repeat(51)] {
        let order = ChargeOrder { key: SubmitKey(key.to_owned()), ..token_order() };
        let kind = not_sent(order).await;
        assert_eq!(kind, ProcessorErrorKind::Rejected(Some("order_id".to_owned())), "{key:?}");
    }
}

#[test]
fn a_grant_is_a_token_and_never_a_cards_number() {
    let port = Canned::new([Said::Lost]).port(&FLOW_HOSTED_TOKENIZATION);
    let accepted = |token: &str| {
        let token = SecretString::from(token);
        port.accepts_grant(&CardGrant { reference: Reference("order-1".to_owned()), token }).is_ok()
    };
    for token in [
        DATA_KEY,
        "ot-HCUeCFtXJfEZSSUqvUJkS0",
        "ot-6mj5lng5b3bnnieo6ccf95p3eap4mjd",
        "WBtBt9oUcBbVsCoeMVSnFdUb4",
        &"a".repeat(50),
    ] {
        assert!(accepted(token), "{token}");
    }
    for text in [
        "",
        "ot-short",
        &"a".repeat(51),
        "4242424242424242",
        "42424242424242424242",
        "4242-4242-4242-4242-4242",
        "ot-pILqxjIp3BPZgLgN80 roTHrAH",
        "ot-pILqxjIp3BPZgLgN80roTHrA<",
        "ot-pILqxjIp3BPZgLgN80roTHrAé",
        "ot_pILqxjIp3BPZgLgN80roTHrAH",
    ] {
        assert!(!accepted(text), "{text}");
    }
}

#[test]
fn amounts_and_currencies_are_refused_before_anything_is_written() {
    let port = Canned::new([Said::Lost]).port(&FLOW_HOSTED_TOKENIZATION);
    let bound = |amount: Money| match port.accepts(amount) {
        Err(ProcessorErrorKind::AmountRefused { bound, .. }) => Some(bound),
        Ok(()) => None,
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(bound(Money::new(1, Currency::CAD)), None);
    assert_eq!(bound(Money::new(999_999_999, Currency::CAD)), None);
    assert_eq!(bound(Money::new(0, Currency::CAD)), Some(AmountBound::TooSmall));
    assert_eq!(bound(Money::new(1_000_000_000, Currency::CAD)), Some(AmountBound::TooLarge));
    assert_eq!(bound(Money::new(1_000, Currency::USD)), Some(AmountBound::Currency));
}
