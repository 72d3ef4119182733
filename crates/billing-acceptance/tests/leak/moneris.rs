//! Moneris's stories, by frame and by Checkout, with everything that goes wrong in them.

use std::fmt::Write as _;
use std::time::Duration;

use billing_acceptance::{Clinic, front_desk, handover_of, manager, owner};
use billing_app::{RefundRequest, SaveKeys};
use billing_credentials::{Submitted, fields};
use billing_domain::payment::CaptureId;
use billing_domain::{CardGrant, Currency, Money, ProcessorId, RefundId};
use billing_testkit::moneris::{Card, Fault};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

const CHARGE: &str = "res_purchase_cc";

/// What was said on the way.
pub(crate) async fn whole_story(clinic: &Clinic, secrets: &mut Vec<(&'static str, String)>) -> String {
    let (owner, desk) = (owner(clinic.dispensary), front_desk(clinic.dispensary));
    let token = clinic.till.api_token();
    secrets.push(("API token", token.clone()));
    let mut told = String::new();
    let mut tell = |what: &dyn std::fmt::Debug| writeln!(told, "{what:?}").unwrap();

    for wrong in [format!("{token} x"), format!("{token}{token}")] {
        let pasted = [(fields::STORE_ID, clinic.till.id()), (fields::API_TOKEN, wrong.as_str())];
        let pasted: Submitted = pasted.into_iter().collect();
        let keys = SaveKeys::checked(ProcessorId::MONERIS, pasted);
        let error = clinic.billing.save_keys(&owner, keys).await.unwrap_err();
        tell(&(error.to_string(), &error));
    }
    tell(&clinic.save_moneris().await.unwrap());

    let invoice = clinic.invoice("75.00").await;
    for fault in
        [Fault::DropAfterEffect, Fault::HtmlBeforeEffect, Fault::HalfDocument, Fault::DuplicateOrderId]
    {
        let invoice = clinic.invoice("20.00").await;
        let (payment, sent) = clinic.send(invoice).await.unwrap();
        tell(&sent);
        let grant = grant(clinic, &handover_of(sent), secrets);
        tell(&grant);
        clinic.moneris.faults().next(CHARGE, fault);
        tell(&clinic.charge(payment, grant).await.unwrap());
        clinic.advance(Duration::from_secs(45));
        clinic.moneris.faults().next("status_check", Fault::TruncatedBody);
        clinic.sweep().await;
        tell(&clinic.payment(payment).await);
    }
    let (payment, sent) = clinic.send(invoice).await.unwrap();
    clinic.till.replace_api_token("Another0Token0Secret");
    let refused = clinic.charge(payment, grant(clinic, &handover_of(sent), secrets)).await.unwrap_err();
    tell(&(refused.to_string(), &refused));
    secrets.push(("rolled token", clinic.till.api_token()));
    tell(&clinic.save_moneris().await.unwrap());
    let (payment, sent) = clinic.send(invoice).await.unwrap();
    tell(&clinic.charge(payment, grant(clinic, &handover_of(sent), secrets)).await.unwrap());
    clinic.moneris.faults().next("purchasecorrection", Fault::DropAfterEffect);
    let (refund, capture) = (RefundId::new(Uuid::now_v7()), CaptureId::Attempt(1));
    let amount = Money::new(7_500, Currency::CAD);
    let request = RefundRequest { refund, payment, capture, amount };
    tell(&clinic.billing.refund(&manager(clinic.dispensary), request).await.unwrap());

    let checkout = clinic.till.checkout_id();
    tell(&clinic.save_moneris_fields(&[(fields::CHECKOUT_ID, &checkout)]).await.unwrap());
    let (payment, sent) = clinic.send(clinic.invoice("30.00").await).await.unwrap();
    tell(&sent);
    let ticket = ticket_of(&handover_of(sent));
    secrets.push(("ticket", ticket.clone()));
    for fault in [Fault::Unavailable, Fault::HalfDocument, Fault::TruncatedBody] {
        clinic.moneris.faults().next("receipt", fault);
        let error = clinic.billing.settle(&desk, payment).await.unwrap_err();
        tell(&(error.to_string(), &error));
    }
    drop(clinic.moneris.checkout_cardholder(&ticket).pay(Card::DECLINED));
    tell(&clinic.settle(payment).await);
    clinic.advance(Duration::from_hours(2));
    clinic.sweep().await;
    tell(&clinic.billing.remove_account(&owner, ProcessorId::MONERIS).await.unwrap());
    told
}

/// What the page brings back, its token noted as a secret.
fn grant(
    clinic: &Clinic,
    handover: &billing_domain::Handover,
    secrets: &mut Vec<(&'static str, String)>,
) -> CardGrant {
    let grant = clinic.grant(&billing_acceptance::frame_of(handover), Card::VISA);
    secrets.push(("card token", token_of(&grant)));
    grant
}

#[expect(clippy::disallowed_methods, reason = "the secret to search for")]
fn token_of(grant: &CardGrant) -> String {
    grant.token.expose_secret().to_owned()
}

#[expect(clippy::disallowed_methods, reason = "the secret to search for")]
fn ticket_of(handover: &billing_domain::Handover) -> String {
    handover.secret.as_ref().unwrap().expose_secret().to_owned()
}
