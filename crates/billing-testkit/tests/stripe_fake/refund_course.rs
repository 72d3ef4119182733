//! What becomes of a refund after it was made: pending, succeeded, failed, canceled; by the card and by hand.

use billing_testkit::stripe::RefundOutcome::{Canceled, Failed, Succeeded};
use billing_testkit::stripe::{Card, RefundOutcome};
use serde_json::json;

use crate::support::Clinic;

#[tokio::test]
async fn a_pending_refund_waits_until_it_is_finished_by_hand() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::PENDING_REFUND).await;
    let made = clinic.refund(&id, "").await;
    assert_eq!(
        (&made.body["status"], &made.body["pending_reason"]),
        (&json!("pending"), &json!("processing"))
    );
    assert_eq!(clinic.look_at_refund(&made.id()).await, made.body);
    assert_eq!(clinic.ledger().total_refunded(), 0);

    assert!(clinic.fake.finish_refund(&made.id(), Succeeded));
    let finished = clinic.look_at_refund(&made.id()).await;
    assert_eq!(finished["status"], "succeeded");
    assert!(finished.get("pending_reason").is_none());
    assert_eq!(clinic.ledger().total_refunded(), 4525);
}

#[tokio::test]
async fn what_is_pending_cannot_be_refunded_again() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::PENDING_REFUND).await;
    let made = clinic.refund(&id, "").await;
    assert_eq!(clinic.charge(&id).await["amount_refunded"], 4525);
    assert_eq!(clinic.refund(&id, "amount=1").await.code(), "charge_already_refunded");
    assert!(clinic.fake.finish_refund(&made.id(), Canceled));
    assert_eq!(clinic.charge(&id).await["amount_refunded"], 0);
    assert_eq!(clinic.refund(&id, "").await.status, 200);
}

#[tokio::test]
async fn the_card_whose_refunds_fail_says_at_first_that_they_succeeded() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::REFUND_FAILS).await;
    let made = clinic.refund(&id, "").await;
    assert_eq!(made.body["status"], "succeeded");
    assert!(made.body.get("failure_reason").is_none());

    let later = clinic.look_at_refund(&made.id()).await;
    assert_eq!(
        (&later["status"], &later["failure_reason"]),
        (&json!("failed"), &json!("expired_or_canceled_card"))
    );
    let (out, back) = (&later["balance_transaction"], &later["failure_balance_transaction"]);
    assert!(out.is_string() && back.is_string() && out != back);
    let charge = clinic.charge(&id).await;
    assert_eq!((&charge["amount_refunded"], &charge["refunded"]), (&json!(0), &json!(false)));
    assert_eq!(clinic.get("/v1/balance").await.body["pending"][0]["amount"], 4525);
    assert_eq!(clinic.ledger().total_refunded(), 0);
}

#[tokio::test]
async fn a_succeeded_refund_can_only_fail_and_ends_are_final() {
    let all: [RefundOutcome; 3] = [Canceled, Failed("unknown"), Succeeded];
    for (card, first, then) in [
        (Card::VISA, None, [false, true, false]),
        (Card::PENDING_REFUND, None, [true, true, true]),
        (Card::PENDING_REFUND, Some(Canceled), [false, false, false]),
        (Card::PENDING_REFUND, Some(Failed("declined")), [false, false, false]),
        (Card::PENDING_REFUND, Some(Succeeded), [false, true, false]),
        (Card::VISA, Some(Failed("declined")), [false, false, false]),
    ] {
        for (outcome, moves) in all.into_iter().zip(then) {
            let clinic = Clinic::new();
            let id = clinic.paid(card).await;
            let refund = clinic.refund(&id, "").await.id();
            assert!(first.is_none_or(|first| clinic.fake.finish_refund(&refund, first)));
            let before = clinic.look_at_refund(&refund).await;
            assert_eq!(clinic.fake.finish_refund(&refund, outcome), moves, "{first:?}, {outcome:?}");
            assert_eq!(clinic.look_at_refund(&refund).await != before, moves, "{first:?}, {outcome:?}");
        }
    }
    assert!(!Clinic::new().fake.finish_refund("re_unknown", Succeeded));
}

#[tokio::test]
async fn a_failed_and_a_canceled_refund_say_why() {
    for (outcome, status, reason) in [
        (Failed("lost_or_stolen_card"), "failed", "lost_or_stolen_card"),
        (Failed("a_reason_to_come"), "failed", "a_reason_to_come"),
        (Canceled, "canceled", "merchant_request"),
    ] {
        let clinic = Clinic::new();
        let id = clinic.paid(Card::PENDING_REFUND).await;
        let refund = clinic.refund(&id, "").await.id();
        clinic.fake.finish_refund(&refund, outcome);
        let seen = clinic.look_at_refund(&refund).await;
        assert_eq!((&seen["status"], &seen["failure_reason"]), (&json!(status), &json!(reason)));
        assert!(seen["failure_balance_transaction"].is_string());
    }
}

#[tokio::test]
async fn short_of_balance_every_new_refund_waits_for_money() {
    let clinic = Clinic::new();
    let (one, two) = (clinic.paid(Card::VISA).await, clinic.paid(Card::REFUND_FAILS).await);
    clinic.fake.run_short_of_balance(true);
    let made = clinic.refund(&one, "").await;
    assert_eq!(made.body["status"], "pending");
    assert_eq!(made.body["pending_reason"], "insufficient_funds");
    assert!(made.body["balance_transaction"].is_null());
    assert_eq!(made.body["destination_details"]["card"]["type"], "pending");
    assert_eq!(clinic.refund(&two, "amount=100").await.body["status"], "pending");
    assert_eq!(clinic.get("/v1/balance").await.body["pending"][0]["amount"], 9050);

    clinic.fake.run_short_of_balance(false);
    assert_eq!(clinic.refund(&two, "amount=100").await.body["status"], "succeeded");
    assert_eq!(clinic.look_at_refund(&made.id()).await["status"], "pending", "by hand only");
    assert!(clinic.fake.finish_refund(&made.id(), Succeeded));
    assert!(clinic.look_at_refund(&made.id()).await["balance_transaction"].is_string());
}

#[tokio::test]
async fn money_that_never_left_the_balance_does_not_come_back_to_it() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::VISA).await;
    clinic.fake.run_short_of_balance(true);
    let refund = clinic.refund(&id, "").await.id();
    clinic.fake.finish_refund(&refund, Failed("insufficient_funds"));
    let seen = clinic.look_at_refund(&refund).await;
    assert_eq!((&seen["status"], &seen["failure_reason"]), (&json!("failed"), &json!("insufficient_funds")));
    assert!(seen.get("failure_balance_transaction").is_none());
}

#[tokio::test]
async fn the_ledger_finds_a_refund_made_twice() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::VISA).await;
    let first = clinic.refund(&id, "amount=100&metadata[refund_id]=refund-1").await.id();
    clinic.fake.finish_refund(&first, Failed("declined"));
    clinic.refund(&id, "amount=100&metadata[refund_id]=refund-1").await;
    assert!(clinic.ledger().refunded_twice().is_empty(), "the first gave nothing back");
    clinic.refund(&id, "amount=100&metadata[refund_id]=refund-1").await;
    assert_eq!(clinic.ledger().refunded_twice(), ["refund-1"]);
    assert_eq!((clinic.ledger().refunds_of("refund-1"), clinic.ledger().total_refunded()), (2, 200));
    assert!(clinic.ledger().over_refunded().is_empty());
}
