//! Refunding: how much, of what, by whom, and what is refused.

use billing_testkit::stripe::{AccountSpec, Card, Mode, Permission};
use serde_json::{Value, json};

use crate::support::{Clinic, GOOD, get, post};

const PATH: &str = "/v1/refunds";

#[tokio::test]
async fn what_is_left_is_refunded_if_no_amount_is_named() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::VISA).await;
    let part = clinic.refund(&id, "amount=1500&metadata[refund_id]=refund-1&reason=duplicate").await;
    assert_eq!(part.status, 200);
    assert_eq!(part.body["object"], "refund");
    assert_eq!(part.body["amount"], 1500);
    assert_eq!(part.body["currency"], "cad");
    assert_eq!(part.body["metadata"], json!({ "refund_id": "refund-1" }));
    assert_eq!(part.body["payment_intent"], id.as_str());
    assert_eq!(part.body["reason"], "duplicate");
    assert_eq!(part.body["status"], "succeeded");
    let rest = clinic.refund(&id, "").await;
    assert_eq!((&rest.body["amount"], &rest.body["reason"]), (&json!(3025), &Value::Null));

    let ledger = clinic.ledger();
    assert_eq!((ledger.total_captured(), ledger.total_refunded()), (4525, 4525));
    assert_eq!(ledger.entry(&id).unwrap().refunds.len(), 2);
    assert_eq!(ledger.refunds_of("refund-1"), 1);
    assert!(ledger.refunded_twice().is_empty() && ledger.over_refunded().is_empty());
}

#[tokio::test]
async fn a_refund_is_read_back_as_it_was_made() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::VISA).await;
    let made = clinic.refund(&id, "").await;
    assert!(made.id().starts_with("re_3") && made.id().contains("B7WZ01zgkW"), "{}", made.id());
    assert!(made.body["balance_transaction"].as_str().unwrap().starts_with("txn_3"));
    assert_eq!(made.body["created"], clinic.fake.now().as_second());
    assert_eq!(made.body["destination_details"]["card"]["type"], "refund");
    assert_eq!(clinic.get(&format!("{PATH}/{}", made.id())).await.body, made.body);
}

#[tokio::test]
async fn a_refund_shows_neither_its_mode_nor_reasons_it_does_not_have() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::VISA).await;
    let made = clinic.refund(&id, "").await;
    for absent in ["livemode", "failure_balance_transaction", "failure_reason", "pending_reason"] {
        assert!(made.body.get(absent).is_none(), "{absent}");
    }
    for null in ["receipt_number", "source_transfer_reversal", "transfer_reversal"] {
        assert_eq!(made.body[null], Value::Null, "{null}");
    }
}

#[tokio::test]
async fn a_charge_can_be_named_instead_of_its_intent() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::VISA).await;
    let charge = clinic.charge(&id).await["id"].as_str().unwrap().to_owned();
    let made = clinic.post(PATH, &format!("charge={charge}")).await;
    assert_eq!((&made.body["charge"], &made.body["payment_intent"]), (&json!(charge), &json!(id)));
}

#[tokio::test]
async fn the_charge_shows_what_was_refunded_and_the_intent_stays_succeeded() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::VISA).await;
    for (amount, refunded, whole) in [(0, 0, false), (1500, 1500, false), (3025, 4525, true)] {
        if amount > 0 {
            clinic.refund(&id, &format!("amount={amount}")).await;
        }
        let charge = clinic.charge(&id).await;
        assert_eq!(charge["amount_captured"], 4525);
        assert_eq!((&charge["amount_refunded"], &charge["refunded"]), (&json!(refunded), &json!(whole)));
    }
    let intent = clinic.get(&format!("/v1/payment_intents/{id}")).await;
    assert_eq!(
        (&intent.body["status"], &intent.body["amount_received"]),
        (&json!("succeeded"), &json!(4525))
    );
}

#[tokio::test]
async fn money_given_back_leaves_the_balance() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::VISA).await;
    clinic.refund(&id, "amount=1500").await;
    assert_eq!(clinic.get("/v1/balance").await.body["pending"][0]["amount"], 3025);
}

#[tokio::test]
async fn more_than_was_taken_is_refused() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::VISA).await;
    let refused = clinic.refund(&id, "amount=4526").await;
    assert_eq!((refused.status, refused.code()), (400, ""));
    assert_eq!(refused.body["error"]["param"], "amount");
    assert!(refused.message().contains("greater than unrefunded amount"), "{}", refused.message());

    clinic.refund(&id, "amount=4000").await;
    assert!(clinic.refund(&id, "amount=526").await.message().contains("greater than unrefunded amount"));
    assert_eq!(clinic.refund(&id, "amount=525").await.status, 200);
    for form in ["", "amount=1", "amount=9999"] {
        let refused = clinic.refund(&id, form).await;
        assert_eq!((refused.status, refused.code()), (400, "charge_already_refunded"), "{form}");
    }
    assert_eq!(clinic.ledger().total_refunded(), 4525);
}

#[tokio::test]
async fn what_was_never_taken_cannot_be_refunded() {
    let clinic = Clinic::new();
    let open = clinic.create().await.id();
    let declined = clinic.paid(Card::GENERIC_DECLINE).await;
    let processing = clinic.paid(Card::PROCESSING).await;
    for id in [&open, &declined, &processing] {
        let refused = clinic.refund(id, "").await;
        assert_eq!((refused.status, refused.code()), (400, ""));
        assert!(refused.message().contains("successful charge to refund"), "{}", refused.message());
    }
    assert!(clinic.ledger().entries.iter().all(|entry| entry.refunds.is_empty()));
}

#[tokio::test]
async fn what_was_only_authorised_is_to_be_canceled() {
    let clinic = Clinic::new();
    let made = clinic.post("/v1/payment_intents", "amount=4525&currency=cad&capture_method=manual").await;
    let secret = made.body["client_secret"].as_str().unwrap();
    let key = clinic.account.publishable_key(Mode::Live);
    clinic.fake.cardholder(secret, &key).pay(Card::VISA).await.unwrap();
    let refused = clinic.refund(&made.id(), "").await;
    assert_eq!(refused.status, 400);
    assert!(refused.message().contains("Cancel the PaymentIntent"), "{}", refused.message());
}

#[tokio::test]
async fn what_the_cardholder_disputes_is_not_refunded() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::VISA).await;
    assert!(clinic.fake.dispute(&id) && !clinic.fake.dispute(&id));
    let refused = clinic.refund(&id, "").await;
    assert_eq!((refused.status, refused.code()), (400, "charge_disputed"));
    let charge = clinic.charge(&id).await;
    assert_eq!(charge["disputed"], true);
    assert!(charge["dispute"].as_str().unwrap().starts_with("du_3"));
    assert!(!clinic.fake.dispute(&clinic.create().await.id()), "nothing was captured");
}

#[tokio::test]
async fn bad_parameters_are_refused_with_stripes_codes() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::VISA).await;
    let with = |rest: &str| format!("payment_intent={id}&{rest}");
    let cases = [
        ("amount=100".to_owned(), ""),
        (format!("payment_intent={id}&charge=ch_1"), "parameters_exclusive"),
        (with("amount=0"), "parameter_invalid_integer"),
        (with("amount=-5"), "parameter_invalid_integer"),
        (with("amount=1.5"), "parameter_invalid_integer"),
        (with("amount="), "parameter_invalid_empty"),
        (with("colour=red"), "parameter_unknown"),
        (with("reason=bored"), ""),
        (with("reason=expired_uncaptured_charge"), ""),
        (with("reverse_transfer=true"), ""),
        (with(&format!("metadata[a]={}", "x".repeat(501))), ""),
    ];
    for (form, code) in cases {
        let answer = clinic.post(PATH, &form).await;
        assert_eq!((answer.status, answer.code()), (400, code), "{form}");
        assert_eq!(answer.error_type(), "invalid_request_error", "{form}");
    }
    assert!(clinic.ledger().entry(&id).unwrap().refunds.is_empty());
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let clinic = Clinic::new();
    for (form, param) in [("payment_intent=pi_unknown", "intent"), ("charge=ch_unknown", "id")] {
        let answer = clinic.post(PATH, form).await;
        assert_eq!((answer.status, answer.code()), (404, "resource_missing"), "{form}");
        assert_eq!(answer.body["error"]["param"], param);
    }
    let answer = clinic.get(&format!("{PATH}/re_unknown")).await;
    assert_eq!((answer.status, answer.code()), (404, "resource_missing"));
    assert_eq!(clinic.post(&format!("{PATH}/re_unknown/cancel"), "").await.status, 404);
}

#[tokio::test]
async fn another_account_and_the_other_mode_refund_and_see_nothing() {
    let clinic = Clinic::new();
    let other = clinic.fake.account(AccountSpec::new("acct_1RRXLsOtherOther1"));
    let id = clinic.paid(Card::VISA).await;
    let charge = clinic.charge(&id).await["id"].as_str().unwrap().to_owned();
    let refund = clinic.refund(&id, "amount=100").await.id();
    for key in [other.secret_key(Mode::Live), clinic.account.secret_key(Mode::Test)] {
        for form in [format!("payment_intent={id}"), format!("charge={charge}")] {
            let refused = clinic.call(post(PATH, &form), &key).await;
            assert_eq!((refused.status, refused.code()), (404, "resource_missing"), "{form}");
            let filtered = clinic.call(get(&format!("{PATH}?{form}")), &key).await;
            assert_eq!((filtered.status, filtered.code()), (404, "resource_missing"), "{form}");
        }
        let unseen = clinic.call(get(&format!("{PATH}/{refund}")), &key).await;
        assert_eq!((unseen.status, unseen.code()), (404, "resource_missing"));
        assert_eq!(clinic.call(get(PATH), &key).await.body["data"], json!([]));
    }
    let other_mode =
        clinic.call(get(&format!("{PATH}/{refund}")), &clinic.account.secret_key(Mode::Test)).await;
    assert!(other_mode.message().contains("exists in live mode"), "{}", other_mode.message());
    assert_eq!(clinic.ledger().total_refunded(), 100);
}

#[tokio::test]
async fn a_restricted_key_refunds_only_if_it_may() {
    let clinic = Clinic::new();
    let id = clinic.paid(Card::VISA).await;
    let form = format!("payment_intent={id}&amount=100");
    let payer = clinic.account.restricted_key(Mode::Live, &[Permission::PaymentIntentWrite]);
    for (request, lacks) in [(post(PATH, &form), "rak_refund_write"), (get(PATH), "rak_refund_read")] {
        let refused = clinic.call(request, &payer).await;
        assert_eq!(refused.status, 403);
        assert!(refused.message().contains(&format!("Having the '{lacks}'")), "{}", refused.message());
    }
    let reader = clinic.account.restricted_key(Mode::Live, &[Permission::RefundRead]);
    assert_eq!(clinic.call(post(PATH, &form), &reader).await.status, 403);
    assert_eq!(clinic.call(get(PATH), &reader).await.status, 200);
    let writer = clinic.account.restricted_key(Mode::Live, &[Permission::RefundWrite]);
    assert_eq!(clinic.call(post(PATH, &form), &writer).await.status, 200);
    assert_eq!(clinic.call(get(PATH), &writer).await.status, 200);
    assert_eq!(clinic.call(post("/v1/payment_intents", GOOD), &writer).await.status, 403);

    let browser = clinic.account.publishable_key(Mode::Live);
    let refused = clinic.call(post(PATH, &form), &browser).await;
    assert_eq!((refused.status, refused.code()), (403, "secret_key_required"));
    assert_eq!(clinic.ledger().total_refunded(), 100);
}
