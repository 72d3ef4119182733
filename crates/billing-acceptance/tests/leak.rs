//! Story 6 and invariant I4: the whole story with secrets one would recognise, then a search everywhere they could be.
//! The search must be able to fail: leaks planted in every place are caught.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use billing_acceptance::{Clinic, front_desk, handover_of, owner};
use billing_domain::ProcessorId;
use billing_testkit::stripe::{Card, Fault, Mode};
use secrecy::ExposeSecret as _;
use tracing_subscriber::fmt::MakeWriter;

const CREATE: &str = "POST /v1/payment_intents";
const READ: &str = "GET /v1/payment_intents/{id}";

/// A place where a secret could have ended up.
struct Place {
    name: String,
    bytes: Vec<u8>,
}

impl Place {
    fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }
}

/// Where which secret was found. A secret is found by any part of 12 characters.
fn leaks(places: &[Place], secrets: &[(&str, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for place in places {
        for (what, secret) in secrets {
            let part = |part: &[u8]| place.bytes.windows(part.len()).any(|window| window == part);
            if secret.as_bytes().windows(12).step_by(6).any(part) {
                found.push(format!("{what} in {}", place.name));
            }
        }
    }
    found
}

/// Every trace of this test binary, at the most talkative level.
#[derive(Clone, Debug, Default)]
struct Traces(Arc<Mutex<Vec<u8>>>);

impl io::Write for Traces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Traces {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Traces {
    fn capture() -> Self {
        let traces = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(traces.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        traces
    }

    fn place(&self) -> Place {
        Place::new("traces", self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// Everything staff, patients, operators or a thief of the database could read.
async fn places(clinic: &Clinic, traces: &Traces, told: &str) -> Vec<Place> {
    let (owner, desk) = (owner(clinic.dispensary), front_desk(clinic.dispensary));
    let mut places = vec![traces.place(), Place::new("errors and views", told)];
    places.push(Place::new("facade", format!("{:?}", clinic.billing)));
    places.push(Place::new("settings", format!("{:?}", clinic.billing.settings(&owner).await.unwrap())));
    places.push(Place::new("audit", format!("{:?}", clinic.billing.audit(&owner, 0, 1_000).await.unwrap())));
    places.push(Place::new(
        "outbox",
        format!("{:?}", clinic.billing.changes(clinic.dispensary, 0, 1_000).await.unwrap()),
    ));
    places.push(Place::new(
        "payments",
        format!("{:?}", clinic.billing.payments(&desk, None, 100).await.unwrap()),
    ));
    places.push(Place::new(
        "accounts",
        format!("{:?}", clinic.store.accounts(clinic.dispensary).await.unwrap()),
    ));
    places.push(Place::new("alarms", format!("{:?}", clinic.alarms.raised())));
    for entry in std::fs::read_dir(clinic.database().parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        places.push(Place::new(
            format!("database file {}", path.file_name().unwrap().display()),
            std::fs::read(path).unwrap(),
        ));
    }
    for request in clinic.stripe.requests().iter().filter(|request| !request.is_from_browser()) {
        places.push(Place::new(format!("request {request:?}"), request.outside_authorization()));
    }
    places
}

/// The part of a key that no other key shares: they all hold their account's id, and staff are shown the last four.
fn own_part(key: &str) -> String {
    key[key.len() - 32..].to_owned()
}

/// The whole story, with everything that goes wrong in it; what was said on the way.
async fn whole_story(clinic: &Clinic, secrets: &mut Vec<(&'static str, String)>) -> String {
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

#[expect(clippy::disallowed_methods, reason = "the secret to search for")]
fn client_secret_of(handover: &billing_domain::Handover) -> String {
    handover.secret.as_ref().unwrap().expose_secret().to_owned()
}

#[tokio::test]
async fn story_06_no_secret_is_found_anywhere_and_a_planted_one_is() {
    let traces = Traces::capture();
    let clinic = Clinic::unlocked().await;
    let mut secrets = Vec::new();
    let told = whole_story(&clinic, &mut secrets).await;

    let searched = places(&clinic, &traces, &told).await;
    assert!(secrets.len() >= 4 && searched.len() > 20, "the search covers too little");
    assert!(searched.iter().all(|place| place.name.starts_with("alarms") || !place.bytes.is_empty()));
    assert_eq!(leaks(&searched, &secrets), Vec::<String>::new());

    // Now the same search must find what is planted: in a trace, an error, the database and a request.
    let planted = "sk_live_51PLANTEDplantedPLANTEDplanted4242";
    let planted_secrets = [("planted key", planted.to_owned())];
    tracing::info!(key = planted, "a careless line of log");
    let told = format!("error: key {planted} was refused");
    std::fs::write(clinic.database().with_extension("copy"), planted).unwrap();
    let mut searched = places(&clinic, &traces, &told).await;
    searched.push(Place::new("request", format!("POST /v1/x?key={planted}")));
    let mut found = leaks(&searched, &planted_secrets);
    found.sort();
    let expected = [
        "planted key in database file billing.copy",
        "planted key in errors and views",
        "planted key in request",
        "planted key in traces",
    ];
    assert_eq!(found, expected);
}
