//! The stand-in tells the clinic at once what changed, as Stripe does; and whoever else calls at that door changes nothing.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/mod.rs"]
mod support;

use std::thread;
use std::time::Duration;

use billing_domain::Action;
use clinic::Notices;
use support::OFFICE;
use support::http::Request;
use support::opened::{FINALISED, Opened, invoice, settings};

/// How often a page is loaded again, at most: as long as a busy machine may take.
const LOADS: usize = 600;

#[test]
fn story_28_an_invoice_becomes_paid_by_a_notice_alone_with_the_browser_closed() {
    let clinic = Opened::told_by(Notices::StandIn);
    clinic.save_keys();
    let told_at_once = clinic.sign_in("practice-owner").get(&settings("")).text();
    assert!(told_at_once.contains("Tells at once what changed"), "{told_at_once}");
    let (_, secret) = clinic.send_request(FINALISED);
    clinic.charge(&secret);

    let mut other = clinic.sign_in("front-desk-b");
    let is_paid = (0..LOADS).any(|_| {
        thread::sleep(Duration::from_millis(100));
        other.get(&invoice(OFFICE, FINALISED, "")).text().contains("Paid")
    });

    assert!(is_paid);
    assert_eq!(clinic.captured(), [1]);
    let audit = clinic.audit();
    let place = |action: Action| audit.iter().position(|entry| entry.action == action);
    let (heard, moved) = (place(Action::NoticeReceived), place(Action::PaymentMoved));
    assert!(heard.is_some() && heard < moved, "the notice came first: {audit:?}");
}

#[test]
fn whoever_cannot_sign_is_refused_at_the_notices_door_and_learns_nothing() {
    let clinic = Opened::told_by(Notices::StandIn);
    clinic.save_keys();
    let before = clinic.audit().len();
    let account =
        clinic.stripe().endpoints("acct_1PgafTB7WZ01zgkW")[0].url.rsplit('/').next().unwrap().to_owned();
    let nobody = "01930000-0000-7000-8000-0000000000ff";
    let body = br#"{"id":"evt_1","object":"event","type":"payment_intent.succeeded"}"#;
    let mut visitor = clinic.visitor();
    let mut answers = Vec::new();
    for (dispensary, account) in [(OFFICE, &*account), (OFFICE, nobody), (nobody, &*account)] {
        let door = format!("/notices/{dispensary}/{account}");
        for signature in ["", "t=1,v1=00", "t=99999999999,v1="] {
            let request = Request::new("POST", &door).header("stripe-signature", signature);
            let answer = visitor.send(request.body("application/json", body));
            answers.push((answer.status, answer.body));
        }
    }
    assert!(answers.iter().all(|answer| *answer == (400, Vec::new())), "{answers:?}");

    let door = format!("/notices/{OFFICE}/{account}");
    let long = vec![b' '; 1024 * 1024 + 1];
    let statuses = [
        visitor.send(Request::new("POST", &door).body("application/json", &long)).status,
        visitor.get(&door).status,
        visitor.send(Request::new("POST", "/notices/0/0").body("application/json", body)).status,
    ];
    assert_eq!(statuses, [413, 405, 400]);
    assert_eq!(clinic.audit().len(), before);
}
