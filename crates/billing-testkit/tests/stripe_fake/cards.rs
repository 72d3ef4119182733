//! The test-card table, card by card, and what it leaves on the intent and in the ledger.

use billing_testkit::stripe::{Authentication, Card, Mode};

use crate::support::{Clinic, post};

#[tokio::test]
async fn good_cards_succeed_and_are_captured_once() {
    for card in [
        Card::AMEX,
        Card::BYPASS_PENDING,
        Card::CVC_CHECK_FAILS,
        Card::HSA,
        Card::MASTERCARD,
        Card::PENDING_REFUND,
        Card::REFUND_FAILS,
        Card::VISA,
        Card::VISA_CANADA,
        Card::ZIP_CHECK_FAILS,
    ] {
        let clinic = Clinic::new();
        let (id, cardholder) = clinic.intent().await;
        let paid = cardholder.pay(card).await.unwrap();
        assert_eq!((paid.status, paid.intent_status()), (200, Some("succeeded")), "{}", card.number);
        let ledger = clinic.fake.ledger(clinic.account.id());
        let entry = ledger.entry(&id).unwrap();
        assert_eq!((entry.successful_charges, entry.captured), (1, 4525));
        assert_eq!(clinic.get(&format!("/v1/payment_intents/{id}")).await.body["amount_received"], 4525);
    }
}

#[tokio::test]
async fn bad_cards_decline_with_their_code() {
    for (card, code, decline_code) in [
        (Card::ATTACHES_THEN_DECLINES, "card_declined", Some("generic_decline")),
        (Card::EXPIRED, "expired_card", None),
        (Card::GENERIC_DECLINE, "card_declined", Some("generic_decline")),
        (Card::INCORRECT_CVC, "incorrect_cvc", None),
        (Card::INSUFFICIENT_FUNDS, "card_declined", Some("insufficient_funds")),
        (Card::LOST, "card_declined", Some("lost_card")),
        (Card::PROCESSING_ERROR, "processing_error", None),
        (Card::RADAR_BLOCK, "card_declined", Some("generic_decline")),
        (Card::STOLEN, "card_declined", Some("stolen_card")),
        (Card::VELOCITY_EXCEEDED, "card_declined", Some("card_velocity_exceeded")),
    ] {
        let clinic = Clinic::new();
        let (id, cardholder) = clinic.intent().await;
        let refused = cardholder.pay(card).await.unwrap();
        assert_eq!((refused.status, refused.code()), (402, Some(code)), "{}", card.number);
        assert_eq!(refused.decline_code(), decline_code);
        assert_eq!(refused.body["error"]["type"], "card_error");
        let embedded = &refused.body["error"]["payment_intent"];
        assert_eq!(embedded["status"], "requires_payment_method");
        assert!(embedded["client_secret"].as_str().unwrap().starts_with(&id));

        let read = clinic.get(&format!("/v1/payment_intents/{id}")).await;
        let last = &read.body["last_payment_error"];
        assert_eq!(last["code"], code);
        assert_eq!(last["decline_code"].as_str(), decline_code);
        assert_eq!(last["type"], "card_error");
        assert_eq!(last["charge"], read.body["latest_charge"]);
        assert!(last["advice_code"].is_string() && last["message"].is_string());
        assert_eq!(clinic.fake.ledger(clinic.account.id()).total_captured(), 0);
    }
}

#[tokio::test]
async fn a_declined_intent_takes_another_card() {
    let clinic = Clinic::new();
    let (id, cardholder) = clinic.intent().await;
    cardholder.pay(Card::LOST).await.unwrap();
    let paid = cardholder.pay(Card::VISA).await.unwrap();
    assert_eq!(paid.intent_status(), Some("succeeded"));
    let ledger = clinic.fake.ledger(clinic.account.id());
    let entry = ledger.entry(&id).unwrap();
    assert_eq!((entry.tries, entry.successful_charges), (2, 1));
}

#[tokio::test]
async fn a_blocked_card_never_reached_the_network() {
    let clinic = Clinic::new();
    let (id, cardholder) = clinic.intent().await;
    cardholder.pay(Card::RADAR_BLOCK).await.unwrap();
    let read = clinic.get(&format!("/v1/payment_intents/{id}?expand[]=latest_charge")).await;
    let outcome = &read.body["latest_charge"]["outcome"];
    assert_eq!(outcome["type"], "blocked");
    assert_eq!(outcome["network_status"], "not_sent_to_network");
}

#[tokio::test]
async fn a_mistyped_card_is_refused_before_any_charge() {
    let clinic = Clinic::new();
    let (id, cardholder) = clinic.intent().await;
    let refused = cardholder.pay(Card::INCORRECT_NUMBER).await.unwrap();
    assert_eq!((refused.status, refused.code()), (402, Some("incorrect_number")));
    let (pk, secret) =
        (clinic.account.publishable_key(Mode::Live), refused.body["error"]["payment_intent"].clone());
    let secret = secret["client_secret"].as_str().unwrap();
    for (details, code) in [
        ("[exp_month]=13|[exp_year]=2030|[cvc]=123", "invalid_expiry_month"),
        ("[exp_month]=10|[exp_year]=2026|[cvc]=123", "invalid_expiry_year"),
        ("[exp_month]=1|[exp_year]=30|[cvc]=12", "invalid_cvc"),
    ] {
        let card: Vec<String> =
            details.split('|').map(|part| format!("&payment_method_data[card]{part}")).collect();
        let form = format!(
            "client_secret={secret}&payment_method_data[type]=card\
             &payment_method_data[card][number]=4242424242424242{}",
            card.concat()
        );
        let answer = clinic.call(post(&format!("/v1/payment_intents/{id}/confirm"), &form), &pk).await;
        assert_eq!((answer.status, answer.code()), (402, code));
    }
    assert_eq!(clinic.fake.ledger(clinic.account.id()).entry(&id).unwrap().tries, 0);
}

#[tokio::test]
async fn a_three_d_secure_card_waits_for_its_cardholder() {
    for card in [Card::AUTHENTICATE, Card::AUTHENTICATE_ALWAYS] {
        let clinic = Clinic::new();
        let (id, cardholder) = clinic.intent().await;
        let asked = cardholder.pay(card).await.unwrap();
        assert_eq!(asked.intent_status(), Some("requires_action"));
        assert_eq!(asked.body["next_action"]["type"], "use_stripe_sdk");
        assert_eq!(clinic.fake.ledger(clinic.account.id()).total_captured(), 0);
        let paid = cardholder.authenticate(Authentication::Passes).await.unwrap();
        assert_eq!(paid.intent_status(), Some("succeeded"));
        cardholder.authenticate(Authentication::Passes).await.unwrap();
        assert_eq!(clinic.fake.ledger(clinic.account.id()).entry(&id).unwrap().successful_charges, 1);
    }
}

#[tokio::test]
async fn a_failed_authentication_leaves_the_intent_open() {
    let clinic = Clinic::new();
    let (id, cardholder) = clinic.intent().await;
    cardholder.pay(Card::AUTHENTICATE).await.unwrap();
    let failed = cardholder.authenticate(Authentication::Fails).await.unwrap();
    assert_eq!(failed.intent_status(), Some("requires_payment_method"));
    let read = clinic.get(&format!("/v1/payment_intents/{id}")).await;
    assert_eq!(read.body["last_payment_error"]["code"], "payment_intent_authentication_failure");
    assert_eq!(cardholder.pay(Card::VISA).await.unwrap().intent_status(), Some("succeeded"));
}

#[tokio::test]
async fn an_authenticated_card_can_still_be_declined() {
    let clinic = Clinic::new();
    let (id, cardholder) = clinic.intent().await;
    cardholder.pay(Card::AUTHENTICATE_THEN_DECLINE).await.unwrap();
    let declined = cardholder.authenticate(Authentication::Passes).await.unwrap();
    assert_eq!(declined.intent_status(), Some("requires_payment_method"));
    let read = clinic.get(&format!("/v1/payment_intents/{id}")).await;
    assert_eq!(read.body["last_payment_error"]["decline_code"], "insufficient_funds");
}

#[tokio::test]
async fn a_processing_payment_ends_when_the_bank_answers() {
    for (paid, status, captured) in [(true, "succeeded", 4525), (false, "requires_payment_method", 0)] {
        let clinic = Clinic::new();
        let (id, cardholder) = clinic.intent().await;
        let answer = cardholder.pay(Card::PROCESSING).await.unwrap();
        assert_eq!(answer.intent_status(), Some("processing"));
        assert!(clinic.fake.finish_processing(&id, paid));
        assert!(!clinic.fake.finish_processing(&id, paid), "it has ended");
        assert_eq!(clinic.get(&format!("/v1/payment_intents/{id}")).await.body["status"], status);
        assert_eq!(clinic.fake.ledger(clinic.account.id()).total_captured(), captured);
    }
}

#[tokio::test]
async fn an_intent_is_never_charged_twice_but_two_intents_show_as_two() {
    let clinic = Clinic::new();
    let (first, cardholder) = clinic.intent().await;
    cardholder.pay(Card::VISA).await.unwrap();
    let again = cardholder.pay(Card::VISA).await.unwrap();
    assert_eq!((again.status, again.code()), (400, Some("payment_intent_unexpected_state")));
    assert_eq!(again.intent_status(), Some("succeeded"));
    let ledger = clinic.fake.ledger(clinic.account.id());
    assert_eq!(ledger.entry(&first).unwrap().successful_charges, 1);
    assert!(ledger.charged_twice().is_empty());

    clinic.intent().await.1.pay(Card::VISA).await.unwrap();
    let ledger = clinic.fake.ledger(clinic.account.id());
    assert_eq!(ledger.captures_of("pay-1"), 2);
    assert_eq!(ledger.charged_twice(), ["pay-1"]);
    assert_eq!(ledger.total_captured(), 9050);
}

#[tokio::test]
async fn a_manual_capture_holds_the_money_without_taking_it() {
    let clinic = Clinic::new();
    let made = clinic.post("/v1/payment_intents", "amount=900&currency=cad&capture_method=manual").await;
    let secret = made.body["client_secret"].as_str().unwrap();
    let cardholder = clinic.fake.cardholder(secret, &clinic.account.publishable_key(Mode::Live));
    assert_eq!(cardholder.pay(Card::VISA).await.unwrap().intent_status(), Some("requires_capture"));
    let read = clinic.get(&format!("/v1/payment_intents/{}", made.id())).await;
    assert_eq!((&read.body["amount_capturable"], &read.body["amount_received"]), (&900.into(), &0.into()));
    assert_eq!(clinic.fake.ledger(clinic.account.id()).total_captured(), 0);
}
