//! Stories with the fake Moneris: what doubt leads to, under every reading of what no document settles.

use std::time::Duration;

use billing_credentials::fields::{API_TOKEN, STORE_ID};
use billing_credentials::{KeyPolicy, ProcessorConnector, Submitted, VerifyError};
use billing_domain::{Begun, Certainty, ChargeFact, ChargeOrder, Handover, RefundFact, RefundPlan, Why};
use billing_moneris::{
    FLOW_CHECKOUT, FLOW_HOSTED_TOKENIZATION, HostedTokenization, MonerisConfig, MonerisConnector,
};
use billing_testkit::conformance::processor::{Harness, order, refund_order};
use billing_testkit::moneris::{
    Card, ChangedCheck, DeclinedCheck, DeclinedCheckout, Fault, InFlightCheck, Readings, SecondCheck,
};
use secrecy::SecretString;

use crate::answers::{STORE, TOKEN, cad};
use crate::harness::Moneris;

async fn handed_over(moneris: &Moneris, number: u128) -> (ChargeOrder, Handover) {
    let mut order = order(moneris, number);
    match moneris.processor().begin(&order).await.unwrap() {
        Begun::HandOver { reference, keep, handover } => {
            (order.reference, order.secret) = (Some(reference), keep);
            (order, handover)
        }
        Begun::Known(fact) => panic!("{fact:?}"),
    }
}

/// An order with a fresh token of `card`.
async fn with_token(moneris: &Moneris, number: u128, card: Card) -> ChargeOrder {
    let (order, handover) = handed_over(moneris, number).await;
    let profile = HostedTokenization::try_from(&handover).unwrap().profile_id;
    let token = moneris.fake.cardholder(&profile).tokenize(card).unwrap();
    ChargeOrder { secret: Some(SecretString::from(token)), ..order }
}

fn every_reading() -> Vec<Readings> {
    let mut readings = Vec::new();
    for second_check in [SecondCheck::Answered, SecondCheck::Refused] {
        for declined_check in [DeclinedCheck::Found, DeclinedCheck::NotFound] {
            for in_flight_check in [InFlightCheck::NotFound, InFlightCheck::Waits] {
                for changed_check in [ChangedCheck::Answered, ChangedCheck::NotFound] {
                    readings.push(Readings {
                        changed_check,
                        declined_check,
                        in_flight_check,
                        second_check,
                        ..Readings::default()
                    });
                }
            }
        }
    }
    readings
}

const AFTER_THE_EFFECT: [Fault; 7] = [
    Fault::DropAfterEffect,
    Fault::EmptyAfterEffect,
    Fault::HalfDocument,
    Fault::HtmlAfterEffect,
    Fault::OversizedBody(1 << 20),
    Fault::TimedOutAfterEffect,
    Fault::TruncatedBody,
];

#[tokio::test(start_paused = true)]
async fn whatever_becomes_of_the_answer_no_doubt_is_ever_taken_for_an_end() {
    for readings in every_reading() {
        let moneris = Moneris::in_process(FLOW_HOSTED_TOKENIZATION);
        moneris.fake.set_readings(readings);
        let port = moneris.processor();
        for (number, fault) in (1..).zip(AFTER_THE_EFFECT) {
            let order = with_token(&moneris, number, Card::VISA).await;
            moneris.fake.faults().next("res_purchase_cc", fault);
            let told = port.charge(&order).await;
            let in_doubt = match &told {
                Ok(fact) => matches!(fact, ChargeFact::NoEvidence(_)),
                Err(error) => error.certainty == Certainty::Unknown,
            };
            assert!(in_doubt, "{fault:?}: {told:?}");
            let checked = port.observe(&order).await.unwrap();
            assert!(matches!(checked, ChargeFact::Succeeded(_)), "{fault:?}: {checked:?}");
        }
        let ledger = moneris.fake.ledger(moneris.store.id());
        assert!(ledger.charged_twice().is_empty());
        assert_eq!(ledger.total_captured(), 1_050 * 7);
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_that_finds_nothing_while_the_charge_is_under_way_ends_nothing() {
    let moneris = Moneris::in_process(FLOW_HOSTED_TOKENIZATION);
    let order = with_token(&moneris, 1, Card::VISA).await;
    moneris.fake.faults().next("res_purchase_cc", Fault::DelayBeforeEffect(Duration::from_mins(5)));
    let told = moneris.processor().charge(&order).await.unwrap_err();
    assert_eq!(told.certainty, Certainty::Unknown);
    let checked = moneris.processor().observe(&order).await.unwrap();
    assert_eq!(checked, ChargeFact::NoEvidence(Why::NotFound), "and five minutes later it is charged");
    tokio::time::sleep(Duration::from_mins(6)).await;
    assert_eq!(moneris.fake.ledger(moneris.store.id()).total_captured(), 1_050);
}

#[tokio::test(start_paused = true)]
async fn a_charge_that_moneris_itself_does_not_know_is_no_end_whether_paid_or_not() {
    let moneris = Moneris::in_process(FLOW_HOSTED_TOKENIZATION);
    for (number, card, is_paid) in [(1, Card::TIMES_OUT, false), (2, Card::TIMES_OUT_PAID, true)] {
        let order = with_token(&moneris, number, card).await;
        let told = moneris.processor().charge(&order).await;
        assert_eq!(told.unwrap(), ChargeFact::NoEvidence(Why::TimedOut));
        let checked = moneris.processor().observe(&order).await.unwrap();
        let is_true = matches!(checked, ChargeFact::Succeeded(_)) == is_paid;
        assert!(is_true && !matches!(checked, ChargeFact::Dead(_) | ChargeFact::Declined(_)), "{checked:?}");
    }
}

#[tokio::test]
async fn a_second_send_of_an_order_is_a_duplicate_and_takes_nothing() {
    let moneris = Moneris::in_process(FLOW_HOSTED_TOKENIZATION);
    let order = with_token(&moneris, 1, Card::DECLINED).await;
    let told = moneris.processor().charge(&order).await.unwrap();
    assert!(matches!(told, ChargeFact::Declined(_)), "{told:?}");
    let again = with_token(&moneris, 1, Card::VISA).await;
    assert_eq!(again.key, order.key);
    let told = moneris.processor().charge(&again).await.unwrap();
    assert_eq!(told, ChargeFact::NoEvidence(Why::DuplicateKey));
    assert_eq!(moneris.fake.ledger(moneris.store.id()).total_captured(), 0);
}

#[tokio::test]
async fn a_token_that_was_used_or_is_too_old_is_clearly_refused() {
    let moneris = Moneris::in_process(FLOW_HOSTED_TOKENIZATION);
    let first = with_token(&moneris, 1, Card::VISA).await;
    moneris.processor().charge(&first).await.unwrap();
    let second = ChargeOrder { secret: first.secret.clone(), ..order(&moneris, 2) };
    let error = moneris.processor().charge(&second).await.unwrap_err();
    assert_eq!(error.certainty, Certainty::Refused);
    let old = with_token(&moneris, 3, Card::VISA).await;
    moneris.fake.advance(Duration::from_mins(16));
    let error = moneris.processor().charge(&old).await.unwrap_err();
    assert_eq!(error.certainty, Certainty::Refused);
}

#[tokio::test]
async fn a_whole_charge_of_the_day_is_reversed_and_one_of_yesterday_refunded() {
    let moneris = Moneris::in_process(FLOW_HOSTED_TOKENIZATION);
    let port = moneris.processor();
    for (number, later, plan) in
        [(1, Duration::ZERO, RefundPlan::Reversal), (2, Duration::from_hours(24), RefundPlan::Refund)]
    {
        let order = with_token(&moneris, number, Card::VISA).await;
        let Ok(ChargeFact::Succeeded(capture)) = port.charge(&order).await else { panic!() };
        assert_eq!(capture.captured_at, Some(moneris.fake.now()));
        moneris.fake.advance(later);
        let refund = refund_order(&moneris, &order, &capture, number, 1_050);
        assert_eq!(refund.plan, plan);
        let told = port.refund(&refund).await;
        assert!(matches!(told, Ok(RefundFact::Succeeded(_))), "{told:?}");
    }
    let ledger = moneris.fake.ledger(moneris.store.id());
    assert_eq!((ledger.total_corrected(), ledger.total_refunded()), (1_050, 1_050));
}

#[tokio::test]
async fn a_reversal_after_the_batch_was_closed_by_hand_is_refused_and_gives_nothing_back() {
    let moneris = Moneris::in_process(FLOW_HOSTED_TOKENIZATION);
    let order = with_token(&moneris, 1, Card::VISA).await;
    let Ok(ChargeFact::Succeeded(capture)) = moneris.processor().charge(&order).await else { panic!() };
    moneris.store.close_batch();
    let refund = refund_order(&moneris, &order, &capture, 1, 1_050);
    assert_eq!(refund.plan, RefundPlan::Reversal);
    let error = moneris.processor().refund(&refund).await.unwrap_err();
    assert_eq!(error.certainty, Certainty::Refused);
    assert_eq!(moneris.fake.ledger(moneris.store.id()).total_corrected(), 0);
}

#[tokio::test]
async fn a_card_that_cannot_be_refunded_is_a_fact() {
    let moneris = Moneris::in_process(FLOW_HOSTED_TOKENIZATION);
    let order = with_token(&moneris, 1, Card::REFUND_DECLINED).await;
    let Ok(ChargeFact::Succeeded(capture)) = moneris.processor().charge(&order).await else { panic!() };
    let told = moneris.processor().refund(&refund_order(&moneris, &order, &capture, 1, 400)).await;
    assert!(matches!(told, Ok(RefundFact::Failed { .. })), "{told:?}");
}

#[tokio::test]
async fn another_card_may_be_tried_on_the_same_ticket_until_one_is_taken() {
    for declined_checkout in [DeclinedCheckout::Provisional, DeclinedCheckout::Incomplete] {
        let moneris = Moneris::in_process(FLOW_CHECKOUT);
        moneris.fake.set_readings(Readings { declined_checkout, ..Readings::default() });
        let (order, _) = handed_over(&moneris, 1).await;
        let ticket = crate::secrets::exposed(order.secret.as_ref().unwrap());
        let cardholder = moneris.fake.checkout_cardholder(&ticket);
        cardholder.pay(Card::DECLINED).unwrap();
        let seen = moneris.processor().observe(&order).await.unwrap();
        let is_open = matches!(seen, ChargeFact::Live { .. } | ChargeFact::NoEvidence(Why::NotFinished));
        assert!(is_open, "{declined_checkout:?}: {seen:?}");
        cardholder.pay(Card::VISA).unwrap();
        let seen = moneris.processor().observe(&order).await.unwrap();
        assert!(matches!(seen, ChargeFact::Succeeded(_)), "{seen:?}");
    }
}

#[tokio::test]
async fn money_paid_with_a_ticket_goes_back_through_the_gateway() {
    let moneris = Moneris::in_process(FLOW_CHECKOUT);
    let (order, _) = handed_over(&moneris, 1).await;
    let ticket = crate::secrets::exposed(order.secret.as_ref().unwrap());
    moneris.fake.checkout_cardholder(&ticket).pay(Card::VISA).unwrap();
    let port = moneris.processor();
    let Ok(ChargeFact::Succeeded(capture)) = port.observe(&order).await else { panic!() };
    let told = port.refund(&refund_order(&moneris, &order, &capture, 1, 400)).await;
    assert!(matches!(told, Ok(RefundFact::Succeeded(_))), "{told:?}");
    assert_eq!(moneris.fake.requests_to("refund")[0].order_id.as_deref(), Some(order.key.0.as_str()));
    assert_eq!(moneris.fake.ledger(moneris.store.id()).total_refunded(), 400);
}

#[tokio::test]
async fn credentials_are_verified_against_the_store_and_nothing_is_made() {
    let moneris = Moneris::in_process(FLOW_HOSTED_TOKENIZATION);
    let connector = MonerisConnector::new(moneris.fake.exchange(), MonerisConfig::default());
    for (token, known) in [(TOKEN, true), ("neverIssuedToken0001", false)] {
        let pasted: Submitted = [(STORE_ID, STORE), (API_TOKEN, token)].into_iter().collect();
        let candidate = connector.parse(&pasted, KeyPolicy::LiveOnly).unwrap();
        match connector.verify(&candidate).await {
            Ok(profile) => assert!(known && profile.external_id == STORE),
            Err(VerifyError::Rejected) => assert!(!known),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(moneris.fake.ledger(moneris.store.id()).entries.is_empty());
}

#[tokio::test]
async fn elements_that_no_document_knows_change_nothing() {
    let moneris = Moneris::in_process(FLOW_HOSTED_TOKENIZATION);
    moneris.fake.faults().always("*", Fault::UnknownElements);
    let order = with_token(&moneris, 1, Card::VISA).await;
    let Ok(ChargeFact::Succeeded(capture)) = moneris.processor().charge(&order).await else { panic!() };
    assert_eq!((capture.amount, capture.last4.as_deref()), (cad(1_050), Some("4242")));
}
