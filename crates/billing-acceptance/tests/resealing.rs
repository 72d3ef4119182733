//! What is kept sealed for an open payment survives the rotation of the sealing key.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use billing_acceptance::{Clinic, front_desk, handover_of, owner};
use billing_app::{Billing, Sent};
use billing_credentials::{SealKey, SealKeyId, StaticKeyRing};
use billing_domain::payment::PaymentState;
use billing_moneris::{CheckoutTicket, MonerisConfig, MonerisConnector};
use billing_testkit::moneris::{Card, CheckoutCardholder};
use secrecy::ExposeSecret as _;

#[expect(clippy::disallowed_methods, reason = "the browser is given the ticket, as it must be")]
fn browser_of(clinic: &Clinic, sent: Sent) -> CheckoutCardholder {
    let ticket = CheckoutTicket::try_from(&handover_of(sent)).unwrap().ticket;
    clinic.moneris.checkout_cardholder(ticket.expose_secret())
}

#[tokio::test]
async fn a_ticket_handed_over_before_the_sealing_key_was_rotated_is_settled_after_the_older_key_left_the_ring()
 {
    let clinic = Clinic::with_checkout().await;
    let invoice = clinic.invoice("10.50").await;
    let (payment, sent) = clinic.send(invoice).await.unwrap();
    let browser = browser_of(&clinic, sent);
    let id = |id| SealKeyId::parse(id).unwrap();
    let newer = || StaticKeyRing::new(id("2027"), SealKey::from_bytes([8; 32]));
    let process = |ring: StaticKeyRing| {
        let moneris = MonerisConnector::new(clinic.moneris.exchange(), MonerisConfig::default());
        Billing::builder(Arc::clone(&clinic.store), Arc::new(ring))
            .connector(Arc::new(moneris))
            .clock(clinic.clock.clone())
            .build()
    };
    let rotated = newer().with_older(id("2026"), SealKey::from_bytes([7; 32])).unwrap();
    process(rotated).reseal_keys(&owner(clinic.dispensary)).await.unwrap();

    browser.pay(Card::VISA).unwrap();
    let settled = process(newer()).settle(&front_desk(clinic.dispensary), payment).await;

    assert_eq!(settled.unwrap().state, PaymentState::Succeeded);
}
