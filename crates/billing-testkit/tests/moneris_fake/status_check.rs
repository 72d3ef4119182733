//! Status checks: what they find under each reading, and that they never charge.

use std::time::Duration;

use billing_testkit::moneris::{
    Card, ChangedCheck, DeclinedCheck, Fault, InFlightCheck, Readings, SecondCheck,
};

use crate::support::{Clinic, Receipt, STORE, check, correction, purchase, refund};

fn is_found(receipt: &Receipt) -> bool {
    match (receipt.get("status_code"), receipt.get("status_message")) {
        ("000", "Found") => true,
        ("999", "Not found or null") => false,
        other => panic!("{other:?} in {}", receipt.0),
    }
}

#[tokio::test]
async fn a_lost_answer_is_found_by_its_order_id() {
    let clinic = Clinic::new();
    let token = clinic.token(Card::VISA);
    clinic.fake.faults().next("res_purchase_cc", Fault::EmptyAfterEffect);
    assert_eq!(clinic.purchase("pay-1", "10.00", &token).await.0, "");
    let receipt = clinic.gateway(&check(&purchase("pay-1", "10.00", &token))).await;
    assert!(is_found(&receipt));
    assert_eq!(
        (receipt.code(), receipt.get("ReceiptId"), receipt.get("TransAmount")),
        ("027", "pay-1", "10.00")
    );
    assert_eq!((receipt.get("TransID"), receipt.get("DataKey")), ("1-0_895", token.as_str()));
    assert_eq!(clinic.fake.ledger(STORE).total_captured(), 1_000);
}

#[tokio::test]
async fn a_check_on_what_never_arrived_finds_nothing_and_charges_nothing() {
    let clinic = Clinic::new();
    let token = clinic.token(Card::VISA);
    let receipt = clinic.gateway(&check(&purchase("pay-1", "10.00", &token))).await;
    assert!(!is_found(&receipt));
    assert_eq!((receipt.code(), receipt.get("Complete"), receipt.get("TransID")), ("null", "false", "null"));
    assert!(clinic.fake.ledger(STORE).entries.is_empty());
    assert_eq!(clinic.purchase("pay-1", "10.00", &token).await.code(), "027");
}

#[tokio::test]
async fn the_same_request_without_the_flag_is_a_new_charge() {
    let clinic = Clinic::new();
    clinic.buy("pay-1", Card::VISA).await;
    let body = purchase("pay-1", "10.00", "ot-any");
    let unflagged = format!("<status_check>false</status_check>{body}");
    assert!(clinic.gateway(&unflagged).await.message().contains("duplicate order id"));
    assert!(is_found(&clinic.gateway(&check(&body)).await));
    assert_eq!((clinic.fake.count("res_purchase_cc"), clinic.fake.count("status_check")), (2, 1));
}

#[tokio::test]
async fn a_decline_is_found_or_not_by_reading() {
    for (declined_check, found) in [(DeclinedCheck::Found, true), (DeclinedCheck::NotFound, false)] {
        let clinic = Clinic::new();
        clinic.fake.set_readings(Readings { declined_check, ..Readings::default() });
        clinic.buy("pay-1", Card::DECLINED).await;
        let receipt = clinic.check("pay-1").await;
        assert_eq!((is_found(&receipt), receipt.code() == "481"), (found, found));
    }
}

#[tokio::test]
async fn what_timed_out_is_found_if_it_was_paid() {
    let clinic = Clinic::new();
    clinic.buy("pay-1", Card::TIMES_OUT_PAID).await;
    clinic.buy("pay-2", Card::TIMES_OUT).await;
    let paid = clinic.check("pay-1").await;
    assert_eq!((is_found(&paid), paid.code(), paid.get("TimedOut")), (true, "027", "false"));
    assert!(!is_found(&clinic.check("pay-2").await));
}

#[tokio::test]
async fn a_changed_check_is_answered_or_not_by_reading() {
    for (changed_check, found) in [(ChangedCheck::Answered, true), (ChangedCheck::NotFound, false)] {
        let clinic = Clinic::new();
        clinic.fake.set_readings(Readings { changed_check, ..Readings::default() });
        let token = clinic.token(Card::VISA);
        clinic.purchase("pay-1", "10.00", &token).await;
        let changed = [purchase("pay-1", "10.01", &token), purchase("pay-1", "10.00", "ot-other")];
        for body in changed {
            assert_eq!(is_found(&clinic.gateway(&check(&body)).await), found);
        }
        assert!(is_found(&clinic.gateway(&check(&purchase("pay-1", "10.00", &token))).await));
    }
}

#[tokio::test]
async fn a_second_check_is_answered_or_refused_by_reading() {
    let clinic = Clinic::new();
    clinic.buy("pay-1", Card::VISA).await;
    assert!(is_found(&clinic.check("pay-1").await) && is_found(&clinic.check("pay-1").await));
    clinic.fake.set_readings(Readings { second_check: SecondCheck::Refused, ..Readings::default() });
    let refused = clinic.check("pay-1").await;
    assert_eq!((refused.code(), refused.get("status_code"), refused.get("Complete")), ("null", "", "false"));
    assert!(!is_found(&clinic.check("pay-2").await));
    assert_eq!(clinic.check("pay-2").await.get("status_code"), "");
}

#[tokio::test(start_paused = true)]
async fn a_check_on_a_purchase_in_flight_finds_nothing_or_waits_by_reading() {
    for (in_flight_check, found) in [(InFlightCheck::NotFound, false), (InFlightCheck::Waits, true)] {
        let clinic = Clinic::new();
        clinic.fake.set_readings(Readings { in_flight_check, ..Readings::default() });
        clinic.fake.faults().next("res_purchase_cc", Fault::DelayBeforeEffect(Duration::from_secs(30)));
        let (bought, checked) = tokio::join!(clinic.buy("pay-1", Card::VISA), clinic.check("pay-1"));
        assert_eq!((bought.code(), is_found(&checked)), ("027", found), "{in_flight_check:?}");
        assert_eq!(clinic.fake.ledger(STORE).total_captured(), 1_000);
    }
}

#[tokio::test]
async fn a_check_on_a_follow_up_finds_the_newest_of_its_kind() {
    let clinic = Clinic::new();
    let sale = clinic.buy("pay-1", Card::VISA).await;
    let body = refund("pay-1", "1.00", sale.get("TransID"));
    assert!(!is_found(&clinic.gateway(&check(&body)).await));
    let refunded = clinic.gateway(&body).await;
    let found = clinic.gateway(&check(&body)).await;
    assert_eq!((is_found(&found), found.get("TransID")), (true, refunded.get("TransID")));
    assert!(!is_found(&clinic.gateway(&check(&correction("pay-1", sale.get("TransID")))).await));
    assert_eq!(clinic.fake.ledger(STORE).total_refunded(), 100);
}
