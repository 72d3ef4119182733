//! Story 38: Moneris Checkout, the real adapter over HTTP. Only the server-side receipt counts.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use billing_acceptance::{Clinic, front_desk, handover_of, owner};
use billing_app::{BillingError, PaymentView, Sent};
use billing_domain::payment::{AttemptState, Finding, PaymentState, Reference, Review};
use billing_domain::{Alarming, InvoiceId, PayableStatus, PaymentId};
use billing_moneris::CheckoutTicket;
use billing_testkit::moneris::{Card, CheckoutCardholder, Fault};
use secrecy::ExposeSecret as _;

const PRELOAD: &str = "preload";
const RECEIPT: &str = "receipt";

#[expect(clippy::disallowed_methods, reason = "the browser is given the ticket, as it must be")]
fn browser_of(clinic: &Clinic, sent: Sent) -> CheckoutCardholder {
    let ticket = CheckoutTicket::try_from(&handover_of(sent)).unwrap().ticket;
    clinic.moneris.checkout_cardholder(ticket.expose_secret())
}

async fn hand_over(clinic: &Clinic, invoice: InvoiceId) -> (PaymentId, CheckoutCardholder) {
    let (payment, sent) = clinic.send(invoice).await.unwrap();
    (payment, browser_of(clinic, sent))
}

fn newest(view: &PaymentView) -> AttemptState {
    view.payment.newest().unwrap().state.clone()
}

#[tokio::test]
async fn story_38_a_ticket_is_handed_over_paid_in_the_page_and_its_receipt_settles() {
    let clinic = Clinic::with_checkout().await;
    let invoice = clinic.invoice("10.50").await;
    let (payment, browser) = hand_over(&clinic, invoice).await;
    assert_eq!(clinic.moneris.count(PRELOAD), 1);

    let waiting = clinic.settle(payment).await;
    assert_eq!(waiting.state, PaymentState::Open, "a ticket that nobody paid proves nothing");
    browser.pay(Card::MASTERCARD).unwrap();
    let paid = clinic.settle(payment).await;

    let AttemptState::Succeeded(capture) = newest(&paid) else { panic!("{paid:?}") };
    let ledger = clinic.moneris.ledger(clinic.till.id());
    let entry = ledger.entry(&format!("{payment}-1")).unwrap();
    assert_eq!(capture.charge.as_deref(), Some(entry.trans_id.as_str()));
    assert_eq!((capture.amount.minor(), entry.captured), (1_050, 1_050));
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
    assert_eq!(paid.payment.newest().unwrap().sealed, None, "the ticket is not kept");
}

#[tokio::test]
async fn story_38_a_declined_card_leaves_the_ticket_payable_and_another_card_pays_it() {
    let clinic = Clinic::with_checkout().await;
    let invoice = clinic.invoice("10.50").await;
    let (payment, browser) = hand_over(&clinic, invoice).await;
    drop(browser.pay(Card::INSUFFICIENT_FUNDS));

    let declined = clinic.settle(payment).await;
    assert_eq!(declined.state, PaymentState::Open, "the page may take another card");
    assert!(declined.decline.is_some(), "{declined:?}");

    let resumed = clinic.billing.resume(&front_desk(clinic.dispensary), payment).await.unwrap();
    browser_of(&clinic, resumed).pay(Card::VISA).unwrap();
    assert_eq!(clinic.settle(payment).await.state, PaymentState::Succeeded);
    assert_eq!(clinic.moneris.count(PRELOAD), 1, "never a second ticket while the first could be paid");
}

#[tokio::test]
async fn story_38_an_abandoned_ticket_is_resumed_polled_and_then_needs_review_and_its_receipt_still_counts() {
    let clinic = Clinic::with_checkout().await;
    let invoice = clinic.invoice("10.50").await;
    let (payment, browser) = hand_over(&clinic, invoice).await;
    let desk = front_desk(clinic.dispensary);

    let refused = clinic.billing.cancel_payment(&desk, payment).await.unwrap_err();
    assert!(matches!(refused, BillingError::NotCancellable { .. }), "nothing cancels a ticket: {refused:?}");
    assert!(clinic.window(invoice).await.unwrap().resumes);
    for _ in 0..6 {
        clinic.advance(Duration::from_mins(12));
        clinic.sweep().await;
    }
    assert!(clinic.moneris.count(RECEIPT) >= 3, "it was polled");
    let reviewed = clinic.payment(payment).await;
    assert_eq!(newest(&reviewed), AttemptState::NeedsReview(Review::TicketLimit));
    let called = Alarming::ReviewNeeded { dispensary: clinic.dispensary, payment };
    assert!(clinic.alarms.raised().contains(&called));
    assert!(clinic.send(invoice).await.is_err() || clinic.moneris.count(PRELOAD) == 1);
    assert_eq!(clinic.moneris.count(PRELOAD), 1);

    // It was paid in the last minute, and the page never came back.
    let late = Clinic::with_checkout().await;
    let invoice = late.invoice("10.50").await;
    let (payment, browser_in_time) = hand_over(&late, invoice).await;
    browser_in_time.pay(Card::VISA).unwrap();
    late.advance(Duration::from_mins(2));
    late.sweep().await;
    assert_eq!(late.payment(payment).await.state, PaymentState::Succeeded);
    drop(browser);
}

#[tokio::test]
async fn story_61_after_a_finding_the_receipt_may_contradict_and_its_money_becomes_a_stray_charge() {
    let clinic = Clinic::with_checkout().await;
    let invoice = clinic.invoice("10.50").await;
    let (payment, browser) = hand_over(&clinic, invoice).await;
    clinic.moneris.faults().always(RECEIPT, Fault::Unavailable);
    clinic.advance(Duration::from_hours(73));
    clinic.sweep().await;
    clinic.moneris.set_readings(billing_testkit::moneris::Readings {
        ticket_lives: Duration::from_hours(100),
        ..clinic.moneris.readings()
    });
    let owner = owner(clinic.dispensary);
    assert!(matches!(newest(&clinic.payment(payment).await), AttemptState::NeedsReview(_)));
    let found = Finding::NothingMoved;
    clinic.billing.record_finding(&owner, payment, found, "not in the processor's list").await.unwrap();
    assert_eq!(clinic.status(invoice).await, PayableStatus::Unpaid);

    browser.pay(Card::VISA).unwrap();
    clinic.moneris.faults().clear();
    let settled = clinic.settle(payment).await;

    assert_eq!(settled.payment.strays.len(), 1, "{settled:?}");
    assert_eq!(settled.state, PaymentState::Cancelled, "what was found stays");
    assert!(
        clinic.alarms.raised().iter().any(|alarm| matches!(alarm, Alarming::StrayCharge { .. })),
        "{:?}",
        clinic.alarms.raised()
    );
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid, "its money counts");
    let known = settled.payment.strays[0].capture.charge.clone().unwrap();
    let moved = Finding::MoneyMoved { reference: Reference(known) };
    let again = clinic.billing.record_finding(&owner, payment, moved, "seen in the list").await;
    assert_eq!(again.unwrap().payment.strays.len(), 1, "the same money is not written down twice");
}
