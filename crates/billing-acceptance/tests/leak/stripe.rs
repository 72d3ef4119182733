//! Stripe's story with everything that goes wrong in it.

use std::fmt::Write as _;
use std::time::Duration;

use billing_acceptance::{Clinic, front_desk, handover_of, owner};
use billing_app::NoticeAddress;
use billing_credentials::Delivery;
use billing_domain::ProcessorId;
use billing_testkit::stripe::{Card, Fault, Mode};
use secrecy::ExposeSecret as _;

const CREATE: &str = "POST /v1/payment_intents";
const READ: &str = "GET /v1/payment_intents/{id}";

/// The part of a key that no other key shares: they all hold their account's id, and staff are shown the last four.
fn own_part(key: &str) -> String {
    key[key.len() - 32..].to_owned()
}

/// The whole story, with everything that goes wrong in it; what was said on the way.
pub(crate) async fn whole_story(clinic: &Clinic, secrets: &mut Vec<(&'static str, String)>) -> String {
    let (owner, desk) = (owner(clinic.dispensary), front_desk(clinic.dispensary));
    let publishable = clinic.account.publishable_key(Mode::Live);
    let secret = clinic.account.secret_key(Mode::Live);
    secrets.push(("secret key", own_part(&secret)));
    secrets.push(("test key", own_part(&clinic.account.secret_key(Mode::Test))));
    let mut told = String::new();
    let mut tell = |what: &dyn std::fmt::Debug| writeln!(told, "{what:?}").unwrap();

    for wrong in
        [format!("{secret} x"), secret.replace("sk_live", "whsec"), clinic.account.secret_key(Mode::Test)]
    {
        let error = clinic.save_stripe_keys(&publishable, &wrong).await.unwrap_err();
        tell(&(error.to_string(), &error));
    }
    let swapped = clinic.save_stripe_keys(&secret, &publishable).await.unwrap_err();
    tell(&(swapped.to_string(), &swapped));
    tell(&clinic.save_stripe().await.unwrap());

    let invoice = clinic.invoice("75.00").await;
    for fault in [
        Fault::FailBeforeEffect(500),
        Fault::HtmlAfterEffect,
        Fault::TruncatedBody,
        Fault::DropAfterEffect,
        Fault::RateLimited("global-rate"),
    ] {
        clinic.stripe.faults().every(1, CREATE, fault);
        let error = clinic.send(invoice).await.unwrap_err();
        tell(&(error.to_string(), &error));
        clinic.stripe.faults().clear();
        clinic.advance(Duration::from_mins(2));
        clinic.sweep().await;
    }
    let (payment, sent) = clinic.send(invoice).await.unwrap();
    tell(&sent);
    let handover = handover_of(sent);
    let client_secret = client_secret_of(&handover);
    secrets.push(("client secret", client_secret.split("_secret_").nth(1).unwrap().to_owned()));
    let browser = clinic.browser(&handover);
    tell(&browser);
    browser.pay(Card::STOLEN).await.unwrap();
    tell(&clinic.settle(payment).await);
    for fault in [Fault::FailBeforeEffect(503), Fault::HtmlBeforeEffect, Fault::TruncatedBody] {
        clinic.stripe.faults().every(1, READ, fault);
        let error = clinic.billing.settle(&desk, payment).await.unwrap_err();
        tell(&(error.to_string(), &error));
        clinic.stripe.faults().clear();
    }
    browser.pay(Card::PROCESSING).await.unwrap();
    tell(&clinic.billing.cancel_payment(&desk, payment).await.unwrap());
    told += &notices(clinic, secrets).await;
    let mut tell = |what: &dyn std::fmt::Debug| writeln!(told, "{what:?}").unwrap();
    let rolled = clinic.account.roll_secret(Mode::Live, true);
    secrets.push(("rolled key", own_part(&rolled)));
    let error = clinic.billing.settle(&desk, payment).await.unwrap_err();
    tell(&(error.to_string(), &error));
    tell(&clinic.save_stripe().await.unwrap());
    let reference = clinic.payment(payment).await.payment.newest().unwrap().reference.clone().unwrap();
    clinic.stripe.finish_processing(&reference.0, true);
    tell(&clinic.settle(payment).await);
    tell(&clinic.billing.remove_account(&owner, ProcessorId::STRIPE).await.unwrap());
    told
}

/// Notices that are believed and ones that are not, of the first endpoint and of the one that takes its place.
async fn notices(clinic: &Clinic, secrets: &mut Vec<(&'static str, String)>) -> String {
    let mut told = String::new();
    let mut tell = |what: &dyn std::fmt::Debug| writeln!(told, "{what:?}").unwrap();
    for name in ["signing secret", "next signing secret"] {
        let endpoint = clinic.stripe.endpoints(clinic.account.id()).pop().unwrap();
        secrets.push((name, endpoint.secret.trim_start_matches("whsec_").to_owned()));
        for delivery in clinic.stripe.take_deliveries(clinic.account.id()) {
            let path = delivery.url.strip_prefix("https://clinic.example").unwrap();
            let (dispensary, account) = NoticeAddress::account_at(path).unwrap();
            let mut damaged = delivery.received();
            damaged.body.push(b' ');
            let nothing = Delivery { headers: Vec::new(), body: Vec::new() };
            for received in [delivery.received(), damaged, delivery.thin().received(), nothing] {
                tell(&received);
                match clinic.billing.receive_notice(dispensary, account, received).await {
                    Ok(answer) => tell(&answer),
                    Err(error) => tell(&(error.to_string(), &error)),
                }
            }
        }
        clinic.stripe.delete_endpoint(&endpoint.id);
        let owner = owner(clinic.dispensary);
        tell(&clinic.billing.verify_account(&owner, ProcessorId::STRIPE).await.unwrap());
    }
    clinic.sweep().await;
    told
}

#[expect(clippy::disallowed_methods, reason = "the secret to search for")]
fn client_secret_of(handover: &billing_domain::Handover) -> String {
    handover.secret.as_ref().unwrap().expose_secret().to_owned()
}
