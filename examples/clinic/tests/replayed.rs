//! A form that arrives twice (a double click, a page loaded again, a proxy that repeats) does what it does once.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/mod.rs"]
mod support;

use support::OFFICE;
use support::http::Visitor;
use support::opened::{DRAFT, FINALISED, Opened, REFUND, Window, client_secret, draft, invoice, settings};

/// Sends the same form twice; after the second everything is as it was after the first.
fn twice(clinic: &Opened, visitor: &mut Visitor, page: &str, to: &str, fields: &[(&str, &str)]) {
    let csrf = visitor.csrf(page);
    let form = [&[("csrf", &*csrf)], fields].concat();
    let before = clinic.place.kept();
    let first = visitor.post(to, &form);
    assert_eq!(first.status, 303, "{to}: {}", first.text());
    let once = clinic.place.kept();
    assert!(once != before, "{to}: the first did something");
    let second = visitor.post(to, &form);
    assert!(matches!(second.status, 303 | 404 | 409), "{to}: {}: {}", second.status, second.text());
    assert!(clinic.place.kept() == once, "{to}: the second did something");
}

#[test]
fn an_invoice_is_written_finalised_and_made_void_once() {
    let clinic = Opened::new();
    let mut owner = clinic.sign_in("practice-owner");
    let id = "01930000-0000-7000-8000-0000000000e1";
    let (new, all) = (format!("/d/{OFFICE}/invoices/new"), format!("/d/{OFFICE}/invoices"));
    twice(&clinic, &mut owner, &new, &all, &draft(id, "Robin Roy"));
    let page = invoice(OFFICE, id, "");
    let mut edited = draft(id, "Robin Roy-Roy");
    let version = support::http::field(&owner.get(&format!("{page}/edit")).text(), "version").unwrap();
    edited[0] = ("version", &version);
    twice(&clinic, &mut owner, &page, &format!("{page}/edit"), &edited);
    twice(&clinic, &mut owner, &page, &format!("{page}/finalise"), &[]);
    twice(&clinic, &mut owner, &page, &format!("{page}/reopen"), &[]);
    twice(&clinic, &mut owner, &page, &format!("{page}/finalise"), &[]);
    twice(&clinic, &mut owner, &page, &format!("{page}/void"), &[("reason", "written twice")]);
}

#[test]
fn a_processor_is_unlocked_and_an_account_removed_once() {
    let clinic = Opened::new();
    clinic.save_keys();
    let mut help = clinic.sign_in("help-centre");
    let fields = [("dispensary", support::PERSONAL), ("processor", "stripe")];
    twice(&clinic, &mut help, "/help-centre", "/help-centre/unlock", &fields);
    let mut owner = clinic.sign_in("practice-owner");
    twice(&clinic, &mut owner, &settings(""), &settings("/stripe/remove"), &[("confirm", "yes")]);
}

#[test]
fn keys_saved_twice_are_the_same_account() {
    let clinic = Opened::new();
    clinic.save_keys();
    clinic.save_keys();
    let page = clinic.sign_in("practice-owner").get(&settings("")).text();
    assert!(!page.contains("Finishing"), "no second account beside the first: {page}");
    clinic.pay(FINALISED);
    assert_eq!(clinic.captured(), [1]);
}

#[test]
fn a_request_sent_twice_is_one_payment() {
    let clinic = Opened::new();
    clinic.save_keys();
    let mut desk = clinic.sign_in("front-desk-a");
    let window = Window::open(&mut desk, FINALISED);
    let (first, second) = (window.send(&mut desk), window.send(&mut desk));
    assert_eq!(client_secret(&first), client_secret(&second));
    assert_eq!(clinic.captured(), [0], "one PaymentIntent, and nothing is taken yet");
    clinic.charge(&client_secret(&first));

    let payment = format!("/d/{OFFICE}/payments/{}", window.payment);
    for to in ["settle", "settle", "look"] {
        let answer = desk.submit(&payment, &format!("{payment}/{to}"), &[]);
        assert!(answer.status < 400, "{to}: {}", answer.text());
    }
    assert_eq!(window.send(&mut desk).status, 200, "known by now");
    assert_eq!(clinic.captured(), [1]);
}

#[test]
fn two_windows_at_once_are_one_payment() {
    let clinic = Opened::new();
    clinic.save_keys();
    let windows: Vec<_> = (0..8)
        .map(|_| {
            let mut desk = clinic.sign_in("front-desk-a");
            let window = Window::open(&mut desk, FINALISED);
            std::thread::spawn(move || window.send(&mut desk).status)
        })
        .collect();
    let statuses: Vec<_> = windows.into_iter().map(|window| window.join().unwrap()).collect();
    assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
    assert!(statuses.contains(&200), "{statuses:?}");
    assert_eq!(clinic.captured(), [0], "one PaymentIntent");
}

#[test]
fn a_payment_is_cancelled_once_and_can_be_made_anew() {
    let clinic = Opened::new();
    clinic.save_keys();
    let (payment, _) = clinic.send_request(FINALISED);
    let mut desk = clinic.sign_in("front-desk-a");
    let page = format!("/d/{OFFICE}/payments/{payment}");
    twice(&clinic, &mut desk, &page, &format!("{page}/cancel"), &[]);
    clinic.pay(FINALISED);
    assert_eq!(clinic.captured(), [0, 1]);
}

#[test]
fn a_draft_cannot_be_paid() {
    let clinic = Opened::new();
    clinic.save_keys();
    let answer = clinic.sign_in("front-desk-a").get(&invoice(OFFICE, DRAFT, "/pay"));
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert_eq!(clinic.captured(), Vec::<usize>::new());
}

#[test]
fn a_refund_sent_twice_is_made_once() {
    let clinic = Opened::new();
    clinic.save_keys();
    let payment = clinic.pay(FINALISED);
    let mut desk = clinic.sign_in("front-desk-a");
    let page = format!("/d/{OFFICE}/payments/{payment}");
    let drawn = desk.get(&page).text();
    let refund = support::http::field(&drawn, "refund").unwrap();
    let fields = [("refund", &*refund), ("capture", "attempt-1"), ("amount", "40.00")];
    for _ in 0..3 {
        let answer = desk.submit(&page, &format!("{page}/refund"), &fields);
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert_eq!(clinic.refunded(), 4_000);
    }
    let other = [("refund", &*refund), ("capture", "attempt-1"), ("amount", "50.00")];
    let answer = desk.submit(&page, &format!("{page}/refund"), &other);
    assert_eq!((answer.status, clinic.refunded()), (409, 4_000), "the same refund of another amount");
}

#[test]
fn refunds_at_once_never_give_back_more_than_was_taken() {
    let clinic = Opened::new();
    clinic.save_keys();
    let payment = clinic.pay(FINALISED);
    let page = format!("/d/{OFFICE}/payments/{payment}");
    let refunds: Vec<_> = (0..6)
        .map(|n| {
            let (mut desk, page) = (clinic.sign_in("front-desk-a"), page.clone());
            std::thread::spawn(move || {
                let id = format!("01930000-0000-7000-8000-0000000000c{n}");
                let fields = [("refund", &*id), ("capture", "attempt-1"), ("amount", "100.00")];
                desk.submit(&page, &format!("{page}/refund"), &fields).status
            })
        })
        .collect();
    let statuses: Vec<_> = refunds.into_iter().map(|refund| refund.join().unwrap()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 303 | 409)), "{statuses:?}");
    assert_eq!(clinic.refunded(), 10_000);
}

#[test]
fn a_refund_needs_leave_and_its_refusal_is_remembered() {
    let clinic = Opened::new();
    clinic.save_keys();
    let payment = clinic.pay(FINALISED);
    let mut desk = clinic.sign_in("front-desk-b");
    let page = format!("/d/{OFFICE}/payments/{payment}");
    assert!(!desk.get(&page).text().contains("/refund\""), "no form for whoever may not");
    let fields = [("refund", REFUND), ("capture", "attempt-1"), ("amount", "1.00")];
    assert_eq!(desk.submit(&page, &format!("{page}/refund"), &fields).status, 403);
    let denied = clinic.audit().into_iter().rfind(|entry| entry.by.as_str() == "front-desk-b").unwrap();
    assert_eq!((denied.action.as_str(), clinic.refunded()), ("denied", 0), "{denied:?}");
}
