//! Checkout: its receipt's table, and the calls around its ticket.

use billing_domain::{
    Begun, Certainty, ChargeFact, ChargeOrder, Difference, ProcessorErrorKind, QueryError, Why,
};
use billing_moneris::{
    CheckoutTicket, Environment, FLOW_CHECKOUT, MonerisConfig, classify_checkout, decode_checkout,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::answers::{CHECKOUT, STORE, TICKET, TOKEN, cad, not_complete, paid, refused, set, ticket_order};
use crate::canned::{Canned, Said, said};

fn says_with(answer: &Value, declined_is_final: bool) -> ChargeFact {
    let receipt = decode_checkout(answer.to_string().as_bytes()).unwrap();
    classify_checkout(&ticket_order(), &SecretString::from(TICKET), &receipt, declined_is_final)
}

fn says(answer: &Value) -> ChargeFact {
    says_with(answer, false)
}

fn with(pointer: &str, to: impl Into<Value>) -> Value {
    let mut answer = paid();
    set(&mut answer, pointer, to.into());
    answer
}

const CC: &str = "/response/receipt/cc";

#[test]
fn a_paid_receipt_says_what_a_receipt_and_a_refund_need() {
    let ChargeFact::Succeeded(capture) = says(&paid()) else { panic!("{:?}", says(&paid())) };
    assert_eq!(capture.amount, cad(1_050));
    assert_eq!(capture.reference.0, ticket_order().key.0);
    assert_eq!(capture.charge.as_deref(), Some("193-0_920"));
    assert_eq!(capture.auth_code.as_deref(), Some("755387"));
    assert_eq!(capture.receipt_number.as_deref(), Some("660188950010011800"));
    assert_eq!((capture.brand.as_deref(), capture.last4.as_deref()), (Some("amex"), Some("5365")));
    assert_eq!(capture.captured_at, Some("2024-10-08T12:44:06Z".parse().unwrap()));
}

#[test]
fn only_the_text_true_the_letter_a_and_a_code_under_fifty_approve() {
    for code in ["000", "025", "049"] {
        let fact = says(&with(&format!("{CC}/response_code"), code));
        assert!(matches!(fact, ChargeFact::Succeeded(_)), "{code}");
    }
    for (pointer, to) in [
        ("/response/success", json!(true)),
        ("/response/success", json!("True")),
        ("/response/success", json!("false")),
        ("/response/success", json!(null)),
        ("/response/receipt/result", json!("A")),
        ("/response/receipt/result", json!("null")),
        ("/response/receipt/result", json!("x")),
        ("/response/receipt/cc/result", json!("d")),
        ("/response/receipt/cc/result", json!(null)),
        ("/response/receipt/cc/response_code", json!("050")),
        ("/response/receipt/cc/response_code", json!("null")),
        ("/response/receipt/cc/response_code", json!(null)),
        ("/response/receipt/cc/response_code", json!("25")),
        ("/response/receipt/cc/response_code", json!(25)),
        ("/response/receipt/cc/response_code", json!("N7")),
        ("/response/receipt/cc/transaction_no", json!("null")),
        ("/response/receipt/cc", json!([])),
        ("/response/receipt", json!(null)),
    ] {
        let fact = says(&with(pointer, to.clone()));
        assert!(matches!(fact, ChargeFact::NoEvidence(_)), "{pointer} {to}: {fact:?}");
    }
}

#[test]
fn a_check_of_a_card_is_no_payment() {
    let veri = format!("{}_veri", ticket_order().key.0);
    for (name, to) in [("transaction_code", "06"), ("transaction_code", "01"), ("order_no", veri.as_str())] {
        let fact = says(&with(&format!("{CC}/{name}"), to));
        assert_eq!(fact, ChargeFact::NoEvidence(Why::Unrecognised), "{name} {to}");
    }
}

#[test]
fn an_approval_of_another_order_amount_or_ticket_is_a_mismatch() {
    for (pointer, to, difference) in [
        ("/response/receipt/cc/amount", "10.49", Difference::Amount),
        ("/response/receipt/cc/amount", "10.5", Difference::Amount),
        ("/response/request/txn_total", "10.49", Difference::Amount),
        ("/response/receipt/cc/order_no", "another-order-1", Difference::Reference),
        ("/response/request/order_no", "another-order-1", Difference::Reference),
        ("/response/request/ticket", "anotherTicket", Difference::Reference),
        ("/response/request/ticket", "null", Difference::Reference),
        ("/response/request/cust_id", "inv-0002", Difference::InvoiceId),
    ] {
        let ChargeFact::Mismatch(seen) = says(&with(pointer, to)) else { panic!("{pointer}") };
        assert_eq!(seen.differs, [difference], "{pointer} {to}");
    }
    let ChargeFact::Mismatch(seen) = says(&with("/response/receipt/cc/amount", "10.49")) else { panic!() };
    assert_eq!(seen.captured.unwrap().amount, cad(1_049));
}

#[test]
fn a_refused_card_leaves_the_ticket_open_unless_a_host_says_otherwise() {
    let ChargeFact::Live { last: Some(tried) } = says(&refused()) else { panic!("{:?}", says(&refused())) };
    assert_eq!(tried.charge.as_deref(), Some("193-0_920"));
    assert_eq!(tried.decline.code.unwrap().as_str(), "481");
    assert!(matches!(says_with(&refused(), true), ChargeFact::Declined(_)));
}

#[test]
fn a_refusal_that_is_not_whole_and_ours_ends_nothing() {
    for (pointer, to) in [
        ("/response/receipt/cc/response_code", json!("null")),
        ("/response/receipt/cc/response_code", json!("025")),
        ("/response/receipt/cc/result", json!("a")),
        ("/response/receipt/cc/order_no", json!("another-order-1")),
        ("/response/receipt/cc/amount", json!("1.00")),
        ("/response/request/ticket", json!("anotherTicket")),
    ] {
        let mut answer = refused();
        set(&mut answer, pointer, to);
        let fact = says_with(&answer, true);
        assert_eq!(fact, ChargeFact::NoEvidence(Why::Unrecognised), "{pointer}");
    }
}

#[test]
fn not_complete_and_no_such_ticket_are_the_same_answer_and_prove_nothing() {
    for is_final in [false, true] {
        assert_eq!(says_with(&not_complete(), is_final), ChargeFact::NoEvidence(Why::NotFinished));
    }
}

#[test]
fn what_is_no_receipt_is_none() {
    for body in
        ["", "null", "[]", "{}", "{\"response\":null}", "{\"response\":\"x\"}", "<html>", "{\"response\":{}"]
    {
        assert!(decode_checkout(body.as_bytes()).is_err(), "{body}");
    }
    let deep = "[".repeat(100_000);
    assert!(decode_checkout(format!("{{\"response\":{deep}").as_bytes()).is_err());
}

fn ticket() -> Value {
    json!({"response": {"success": "true", "ticket": TICKET}})
}

async fn begun(says: impl Into<Said>) -> (Result<Begun, billing_domain::SubmitError>, Canned) {
    let canned = Canned::new([says.into()]);
    let order = ChargeOrder { secret: None, reference: None, ..ticket_order() };
    (canned.port(&FLOW_CHECKOUT).begin(&order).await, canned)
}

#[tokio::test]
async fn a_ticket_is_asked_for_with_the_amount_and_our_ids_alone() {
    let (begun, canned) = begun(ticket()).await;
    let Ok(Begun::HandOver { reference, keep, handover }) = begun else { panic!("{begun:?}") };
    assert_eq!(reference.0, ticket_order().key.0);
    assert!(keep.is_some());
    let view = CheckoutTicket::try_from(&handover).unwrap();
    assert_eq!(view.mode, "prod");
    assert_eq!(view.script_url, "https://gateway.moneris.com/chktv2/js/chkt_v2.00.js");
    let sent: Value = serde_json::from_str(&canned.sent()[0]).unwrap();
    assert_eq!(
        sent,
        json!({
            "store_id": STORE, "api_token": TOKEN, "checkout_id": CHECKOUT, "txn_total": "10.50",
            "environment": "prod", "action": "preload", "order_no": ticket_order().key.0, "cust_id": "inv-0001",
        })
    );
    assert_eq!(canned.requests()[0].url, "https://gateway.moneris.com/chktv2/request/request.php");
}

#[tokio::test]
async fn the_environment_word_and_the_host_come_from_one_choice() {
    let canned = Canned::new([ticket()]);
    let port = canned.port_with(&FLOW_CHECKOUT, MonerisConfig::new(Environment::Test));
    port.begin(&ticket_order()).await.unwrap();
    assert!(canned.sent()[0].contains(r#""environment":"qa""#));
    assert_eq!(canned.requests()[0].url, "https://gatewayt.moneris.com/chktv2/request/request.php");
}

#[tokio::test(start_paused = true)]
async fn only_a_clear_no_to_a_ticket_is_refused() {
    let no = |error: Value| json!({"response": {"success": "false", "error": error}});
    for (error, kind) in [
        (json!({"api_token": "Invalid API token abcDEF"}), ProcessorErrorKind::CredentialsRejected),
        (json!({"checkout_id": "not found"}), ProcessorErrorKind::Rejected(Some("checkout_id".to_owned()))),
        (json!("no"), ProcessorErrorKind::Rejected(Some("unspecified".to_owned()))),
    ] {
        let (answer, _) = begun(no(error)).await;
        let error = answer.unwrap_err();
        assert_eq!((error.certainty, error.cause.kind), (Certainty::Refused, kind));
    }
    for silence in [
        Said::Lost,
        Said::Hangs,
        Said::TooLarge,
        said(200, ""),
        said(500, &ticket().to_string()),
        said(400, &no(json!({"api_token": "x"})).to_string()),
        json!({"response": {"success": "true"}}).into(),
        json!({"response": {"success": "maybe", "ticket": TICKET}}).into(),
        json!({"response": {"success": "false"}}).into(),
    ] {
        let (answer, canned) = begun(silence.clone()).await;
        assert_eq!(answer.unwrap_err().certainty, Certainty::Unknown, "{silence:?}");
        assert_eq!(canned.requests().len(), 1, "a second question could make a second ticket");
    }
    let (answer, _) = begun(Said::NotSent).await;
    assert_eq!(answer.unwrap_err().certainty, Certainty::NotSent);
}

#[tokio::test]
async fn the_receipt_is_asked_for_with_the_ticket() {
    let canned = Canned::new([paid()]);
    let fact = canned.port(&FLOW_CHECKOUT).observe(&ticket_order()).await;
    assert!(matches!(fact, Ok(ChargeFact::Succeeded(_))), "{fact:?}");
    let sent: Value = serde_json::from_str(&canned.sent()[0]).unwrap();
    assert_eq!(
        sent,
        json!({
            "store_id": STORE, "api_token": TOKEN, "checkout_id": CHECKOUT, "ticket": TICKET,
            "environment": "prod", "action": "receipt",
        })
    );
}

#[tokio::test]
async fn a_window_reopened_gets_the_same_ticket_and_never_another_one() {
    for answer in [not_complete(), refused()] {
        let canned = Canned::new([answer]);
        let Begun::HandOver { reference, handover, .. } =
            canned.port(&FLOW_CHECKOUT).resume(&ticket_order()).await.unwrap()
        else {
            panic!("the ticket can be paid")
        };
        assert_eq!(reference.0, ticket_order().key.0);
        assert_eq!(crate::secrets::exposed(&CheckoutTicket::try_from(&handover).unwrap().ticket), TICKET);
        assert!(canned.sent().iter().all(|sent| sent.contains(r#""action":"receipt""#)));
    }
    let canned = Canned::new([paid()]);
    let known = canned.port(&FLOW_CHECKOUT).resume(&ticket_order()).await.unwrap();
    assert!(matches!(known, Begun::Known(ChargeFact::Succeeded(_))), "{known:?}");
    let canned = Canned::new([with("/response/receipt/result", "x")]);
    let known = canned.port(&FLOW_CHECKOUT).resume(&ticket_order()).await.unwrap();
    assert!(matches!(known, Begun::Known(ChargeFact::NoEvidence(_))), "{known:?}");
}

#[tokio::test]
async fn a_look_without_an_answer_says_nothing() {
    for silence in [Said::Lost, said(200, ""), said(500, &paid().to_string()), said(200, "<html>")] {
        let canned = Canned::new([silence]);
        let answer = canned.port(&FLOW_CHECKOUT).observe(&ticket_order()).await;
        assert!(matches!(answer, Err(QueryError { sent: true, .. })), "{answer:?}");
    }
    let canned = Canned::new([json!({"response": {"success": "false", "error": {"api_token": "invalid"}}})]);
    let error = canned.port(&FLOW_CHECKOUT).observe(&ticket_order()).await.unwrap_err();
    assert_eq!(error.cause.kind, ProcessorErrorKind::CredentialsRejected);
}

#[tokio::test]
async fn without_the_ticket_nothing_is_asked_and_nothing_proven() {
    let canned = Canned::new(Vec::<Said>::new());
    let order = ChargeOrder { secret: None, ..ticket_order() };
    let port = canned.port(&FLOW_CHECKOUT);
    assert_eq!(port.observe(&order).await.unwrap(), ChargeFact::NoEvidence(Why::NotFound));
    let known = port.resume(&order).await.unwrap();
    assert!(matches!(known, Begun::Known(ChargeFact::NoEvidence(Why::NotFound))), "{known:?}");
}
