//! Money that a person's finding could have lost: taken by an earlier attempt, or beside another stray charge.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use billing_acceptance::{Clinic, frame_of, handover_of, manager, owner};
use billing_app::{PaymentView, PaymentWindow, RefundRequest, Sent};
use billing_domain::payment::{AttemptState, CaptureId, Finding, PaymentState, Reference};
use billing_domain::refund::RefundState;
use billing_domain::{InvoiceId, PayableStatus, Proof, RefundId};
use billing_moneris::CheckoutTicket;
use billing_testkit::moneris::{Card, CheckoutCardholder, Fault};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

const CHARGE: &str = "res_purchase_cc";

fn moved(reference: String) -> Finding {
    Finding::MoneyMoved { reference: Reference(reference) }
}

async fn find(clinic: &Clinic, window: &PaymentWindow, finding: Finding) -> PaymentView {
    let owner = owner(clinic.dispensary);
    clinic.billing.record_finding(&owner, window.payment, finding, "seen in the list").await.unwrap()
}

/// Charged by Moneris, not told to us, and a person who does not find it.
async fn charged_and_not_found(clinic: &Clinic, window: &PaymentWindow, invoice: InvoiceId) -> String {
    let frame = frame_of(&handover_of(clinic.press_send(window, invoice).await.unwrap()));
    clinic.moneris.faults().next(CHARGE, Fault::DropAfterEffect);
    clinic.charge(window.payment, clinic.grant(&frame, Card::VISA)).await.unwrap();
    clinic.advance(Duration::from_secs(200));
    clinic.sweep().await;
    let ended = find(clinic, window, Finding::NothingMoved).await;
    assert_eq!(ended.payment.newest().unwrap().state, AttemptState::Dead(Proof::Finding));
    clinic.moneris.ledger(clinic.till.id()).entry(&frame.order_id).unwrap().trans_id.clone()
}

#[tokio::test]
async fn story_61_money_found_on_an_earlier_attempt_is_kept_after_the_payment_was_sent_again() {
    let clinic = Clinic::with_moneris().await;
    let invoice = clinic.invoice("80.00").await;
    let window = clinic.window(invoice).await.unwrap();
    let first = charged_and_not_found(&clinic, &window, invoice).await;
    let frame = frame_of(&handover_of(clinic.press_send(&window, invoice).await.unwrap()));
    let paid = clinic.charge(window.payment, clinic.grant(&frame, Card::VISA_OTHER)).await.unwrap();
    assert_eq!(paid.state, PaymentState::Succeeded);

    // The patient's statement shows two charges, and so does the store's own list.
    let told = find(&clinic, &window, moved(first)).await;

    assert_eq!(told.state, PaymentState::Succeeded, "nothing is overwritten");
    assert_eq!(told.payment.strays.len(), 1);
    assert_eq!(told.payment.strays[0].attempt_no, 1);
    assert_eq!(clinic.status(invoice).await, PayableStatus::Overpaid);
    clinic.advance(Duration::from_hours(30));
    let request = RefundRequest {
        refund: RefundId::new(Uuid::now_v7()),
        payment: window.payment,
        capture: CaptureId::Stray(told.payment.strays[0].id),
        amount: told.payment.strays[0].capture.amount,
    };
    let given_back = clinic.billing.refund(&manager(clinic.dispensary), request).await.unwrap();
    assert_eq!(given_back.refund.state, RefundState::Succeeded);
    assert!(clinic.moneris.ledger(clinic.till.id()).over_refunded().is_empty());
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
}

#[tokio::test]
async fn a_stray_charge_of_one_attempt_does_not_hide_that_of_another() {
    let clinic = Clinic::with_moneris().await;
    let invoice = clinic.invoice("80.00").await;
    let window = clinic.window(invoice).await.unwrap();
    let first = charged_and_not_found(&clinic, &window, invoice).await;
    let told = find(&clinic, &window, moved(first)).await;
    clinic.advance(Duration::from_hours(30));
    let request = RefundRequest {
        refund: RefundId::new(Uuid::now_v7()),
        payment: window.payment,
        capture: CaptureId::Stray(told.payment.strays[0].id),
        amount: told.payment.strays[0].capture.amount,
    };
    clinic.billing.refund(&manager(clinic.dispensary), request).await.unwrap();
    let second = charged_and_not_found(&clinic, &window, invoice).await;

    let told = find(&clinic, &window, moved(second)).await;

    assert_eq!(told.payment.strays.len(), 2, "8,000 cents were taken twice, and both are known");
    assert_eq!(clinic.status(invoice).await, PayableStatus::Paid);
}

#[expect(clippy::disallowed_methods, reason = "the browser is given the ticket, as it must be")]
fn browser_of(clinic: &Clinic, sent: Sent) -> CheckoutCardholder {
    let ticket = CheckoutTicket::try_from(&handover_of(sent)).unwrap().ticket;
    clinic.moneris.checkout_cardholder(ticket.expose_secret())
}

#[tokio::test]
async fn story_61_settling_looks_at_every_attempt_that_only_a_person_ended() {
    let clinic = Clinic::with_checkout().await;
    let invoice = clinic.invoice("80.00").await;
    let window = clinic.window(invoice).await.unwrap();
    let left_open = browser_of(&clinic, clinic.press_send(&window, invoice).await.unwrap());
    clinic.clock.advance(Duration::from_mins(61));
    clinic.sweep().await;
    find(&clinic, &window, Finding::NothingMoved).await;
    let again = browser_of(&clinic, clinic.press_send(&window, invoice).await.unwrap());
    again.pay(Card::VISA).unwrap();
    assert_eq!(clinic.settle(window.payment).await.state, PaymentState::Succeeded);

    // The browser that was left open pays the ticket that a person believed dead.
    left_open.pay(Card::VISA).unwrap();
    let told = clinic.settle(window.payment).await;

    assert_eq!(clinic.moneris.ledger(clinic.till.id()).total_captured(), 16_000);
    assert_eq!(told.payment.strays.len(), 1, "what the first ticket took");
    assert_eq!(clinic.status(invoice).await, PayableStatus::Overpaid);
}
