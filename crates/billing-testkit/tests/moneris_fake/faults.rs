//! Faults: each spoils the answer as it says, with or without the effect, and only where it was armed.

use std::time::Duration;

use billing_testkit::moneris::{Card, Fault};
use billing_transport::{Delivery, SendErrorKind};

use crate::support::{Clinic, LIMITS, STORE, TOKEN, envelope, purchase, to_gateway};

/// The status and the body of a purchase that meets `fault`, and whether it took the money.
async fn meet(fault: Fault) -> (Result<(u16, String), (SendErrorKind, Delivery)>, bool) {
    let clinic = Clinic::new();
    clinic.fake.faults().next("res_purchase_cc", fault);
    let body = purchase("pay-1", "10.00", &clinic.token(Card::VISA));
    let body = envelope(STORE, TOKEN, &body);
    let answer = clinic.exchange.send(to_gateway(&body)).await;
    let answer = answer
        .map(|answer| (answer.status.as_u16(), String::from_utf8(answer.body.to_vec()).unwrap()))
        .map_err(|error| (error.kind, error.delivery));
    (answer, clinic.fake.ledger(STORE).total_captured() == 1_000)
}

#[tokio::test]
async fn faults_of_the_connection_have_their_effect_or_not() {
    let broken = |kind| Err((kind, Delivery::MaybeSent));
    for (fault, seen, effect) in [
        (Fault::DropAfterEffect, broken(SendErrorKind::Interrupted), true),
        (Fault::DropBeforeEffect, broken(SendErrorKind::Interrupted), false),
        (Fault::OversizedBody(LIMITS.body_bytes + 1), broken(SendErrorKind::TooLarge), true),
        (Fault::RefuseConnection, Err((SendErrorKind::Connect, Delivery::NotSent)), false),
        (Fault::TruncatedBody, broken(SendErrorKind::Body), true),
    ] {
        let (answer, took) = meet(fault).await;
        assert_eq!((answer.map(drop), took), (seen, effect), "{fault:?}");
    }
}

#[tokio::test]
async fn faults_of_the_answer_have_their_effect_or_not() {
    for (fault, status, piece, effect) in [
        (Fault::CODE_000, 200, "<ResponseCode>000</ResponseCode>", true),
        (Fault::CODE_NOT_A_NUMBER, 200, "<ResponseCode>0A7</ResponseCode>", true),
        (Fault::DuplicateOrderId, 200, "duplicate order id", false),
        (Fault::HostSays(0), 200, "<ResponseCode>000</ResponseCode>", true),
        (Fault::HostSays(58), 200, "<ResponseCode>058</ResponseCode>", false),
        (Fault::HtmlAfterEffect, 502, "<h1>502</h1>", true),
        (Fault::HtmlBeforeEffect, 502, "<h1>502</h1>", false),
        (Fault::NULL_CODE_BUT_COMPLETE, 200, "<ResponseCode>null</ResponseCode>", true),
        (Fault::NULL_CODE_BUT_COMPLETE, 200, "<Complete>true</Complete>", true),
        (Fault::TimedOutAfterEffect, 200, "<TimedOut>true</TimedOut>", true),
        (Fault::TimedOutBeforeEffect, 200, "<TimedOut>true</TimedOut>", false),
        (Fault::Unavailable, 503, "<h1>503</h1>", false),
        (Fault::UnknownElements, 200, "<SurchargeNovelty>A &amp; B</SurchargeNovelty>", true),
        (Fault::WRONG_AMOUNT, 200, "<TransAmount>12345.67</TransAmount>", true),
        (Fault::WRONG_ORDER, 200, "<ReceiptId>not-the-order-you-asked-for</ReceiptId>", true),
    ] {
        let (answer, took) = meet(fault).await;
        let (seen, body) = answer.unwrap();
        assert_eq!((seen, took), (status, effect), "{fault:?}");
        assert!(body.contains(piece), "{fault:?}: {body}");
    }
}

#[tokio::test]
async fn an_answer_may_be_empty_or_end_in_the_middle() {
    for (fault, effect) in [(Fault::EmptyAfterEffect, true), (Fault::EmptyBeforeEffect, false)] {
        assert_eq!(meet(fault).await, (Ok((200, String::new())), effect));
    }
    let (answer, took) = meet(Fault::HalfDocument).await;
    let (status, body) = answer.unwrap();
    assert!(status == 200 && took && body.starts_with("<?xml") && !body.contains("</receipt>"));
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_gives_up_on_a_slow_answer_does_not_stop_the_charge() {
    let wait = Duration::from_secs(90);
    for fault in [Fault::DelayAfterEffect(wait), Fault::DelayBeforeEffect(wait), Fault::SlowBody(wait)] {
        let clinic = Clinic::new();
        clinic.fake.faults().next("res_purchase_cc", fault);
        let body = clinic.token(Card::VISA);
        let body = envelope(STORE, TOKEN, &purchase("pay-1", "10.00", &body));
        let error = clinic.try_raw(&body).await.unwrap_err();
        assert_eq!((error.kind, error.delivery), (SendErrorKind::Timeout, Delivery::MaybeSent));
        tokio::time::sleep(wait).await;
        assert_eq!(clinic.fake.ledger(STORE).total_captured(), 1_000, "{fault:?}");
    }
}

#[tokio::test]
async fn a_fault_meets_its_operation_only_and_in_order() {
    let clinic = Clinic::new();
    clinic.fake.faults().next("refund", Fault::HtmlBeforeEffect);
    clinic.fake.faults().next("refund", Fault::EmptyAfterEffect);
    clinic.fake.faults().next("status_check", Fault::Unavailable);
    let sale = clinic.buy("pay-1", Card::VISA).await;
    assert_eq!(sale.code(), "027");
    assert!(clinic.refund("pay-1", "1.00", sale.get("TransID")).await.0.contains("502"));
    assert_eq!(clinic.refund("pay-1", "1.00", sale.get("TransID")).await.0, "");
    assert_eq!(clinic.refund("pay-1", "1.00", sale.get("TransID")).await.code(), "027");
    assert_eq!(clinic.entry("pay-1").refunded, 200);
    assert!(clinic.check("pay-1").await.0.contains("503"));
    clinic.fake.faults().always("*", Fault::EmptyBeforeEffect);
    assert_eq!(clinic.correct("pay-1", "1").await.0, "");
    assert_eq!(clinic.check("pay-1").await.0, "");
    clinic.fake.faults().clear();
    clinic.fake.faults().every(2, "status_check", Fault::EmptyAfterEffect);
    assert_ne!(clinic.check("pay-1").await.0, "");
    assert_eq!(clinic.check("pay-1").await.0, "");
}

#[tokio::test]
async fn checkouts_answers_can_be_spoiled_as_well() {
    let clinic = Clinic::new();
    let ticket = clinic.preload("pay-1", "10.00").await;
    clinic.fake.checkout_cardholder(&ticket).pay(Card::VISA).unwrap();
    for (fault, place, text) in [
        (Fault::CODE_000, "/receipt/cc/response_code", "000"),
        (Fault::WRONG_AMOUNT, "/receipt/cc/amount", "12345.67"),
        (Fault::WRONG_ORDER, "/receipt/cc/order_no", "not-the-order-you-asked-for"),
        (Fault::Overwrite(&[("/response/receipt/result", "x")]), "/receipt/result", "x"),
        (Fault::UnknownElements, "/novelty/answer/0", "a"),
        (Fault::TimedOutAfterEffect, "/receipt/result", "a"),
    ] {
        clinic.fake.faults().next("receipt", fault);
        assert_eq!(clinic.receipt(&ticket).await.pointer(place).unwrap(), text, "{fault:?}");
    }
}
