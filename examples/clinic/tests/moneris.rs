//! Payments and refunds at Moneris, as forms ask for them: each is made once or not at all, and what is in doubt is said to be.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/mod.rs"]
mod support;

use billing_domain::invoice::{BillingAddress, LineDetails, LineItem, PatientRef, Quantity, TaxStatus};
use billing_domain::{BillingName, Currency, Invoice, Money};
use billing_testkit::moneris::{Card, Fault};
use clinic::people::Person;
use support::OFFICE;
use support::http::{Answer, field};
use support::opened::{FINALISED, Opened, Window, invoice, order_of, settings, state};

const TOTAL: i64 = 12_345;

/// A clinic with a Moneris store saved.
fn clinic() -> Opened {
    let clinic = Opened::new();
    clinic.save_store();
    clinic
}

/// Front desk A takes the money for the seeded invoice: the payment.
fn pay(clinic: &Opened, card: Card) -> String {
    let mut desk = clinic.sign_in("front-desk-a");
    let window = Window::open(&mut desk, FINALISED);
    let order = order_of(&window.send(&mut desk));
    let charged = window.charge(&mut desk, &order, &window.token(card.number));
    assert_eq!(state(&charged), "succeeded", "{}", charged.text());
    window.payment
}

/// Gives back so much under an id of its own.
fn give_back(clinic: &Opened, payment: &str, last: u8, amount: &str) -> Answer {
    clinic.give_back(payment, &format!("01930000-0000-7000-8000-0000000000{last:02}"), amount)
}

#[test]
fn a_token_brought_twice_is_charged_once() {
    let clinic = clinic();
    let mut desk = clinic.sign_in("front-desk-a");
    let window = Window::open(&mut desk, FINALISED);
    let order = order_of(&window.send(&mut desk));
    let (first, second) = (window.token(Card::VISA.number), window.token(Card::MASTERCARD.number));
    for token in [&first, &first, &second] {
        assert_eq!(state(&window.charge(&mut desk, &order, token)), "succeeded");
    }
    let entries = clinic.orders().entries;
    assert_eq!((entries.len(), entries[0].successful_charges, entries[0].captured), (1, 1, TOTAL));
}

#[test]
fn tokens_brought_at_once_are_one_charge() {
    let clinic = clinic();
    let mut desk = clinic.sign_in("front-desk-a");
    let window = Window::open(&mut desk, FINALISED);
    let order = order_of(&window.send(&mut desk));
    let charges: Vec<_> = (0..6)
        .map(|_| {
            let (mut desk, window, order) = (desk.clone(), window.clone(), order.clone());
            let token = window.token(Card::VISA.number);
            std::thread::spawn(move || window.charge(&mut desk, &order, &token).status)
        })
        .collect();
    let statuses: Vec<_> = charges.into_iter().map(|charge| charge.join().unwrap()).collect();
    assert!(statuses.iter().all(|status| matches!(status, 200 | 409 | 503)), "{statuses:?}");
    assert_eq!((clinic.orders().entries.len(), clinic.orders().total_captured()), (1, TOTAL));
}

#[test]
fn what_is_no_token_or_no_order_of_the_payment_is_not_charged() {
    let clinic = clinic();
    let mut desk = clinic.sign_in("front-desk-a");
    let window = Window::open(&mut desk, FINALISED);
    let order = order_of(&window.send(&mut desk));
    let token = window.token(Card::VISA.number);
    for (reference, token, with) in [
        (&*order, "", 422),
        (&*order, "short", 422),
        (&*order, Card::VISA.number, 422),
        (&*order, "<script>alert(1)</script>ot-", 422),
        ("", &*token, 422),
        ("another-order-1", &*token, 409),
    ] {
        let answer = window.charge(&mut desk, reference, token);
        assert_eq!(answer.status, with, "{reference}: {}", answer.text());
    }
    assert!(clinic.orders().entries.is_empty());
    assert_eq!(state(&window.charge(&mut desk, &order, &token)), "succeeded");
}

#[test]
fn a_token_is_nowhere_afterwards() {
    let clinic = clinic();
    let mut desk = clinic.sign_in("front-desk-a");
    let window = Window::open(&mut desk, FINALISED);
    let order = order_of(&window.send(&mut desk));
    let token = window.token(Card::TIMES_OUT.number);
    assert_eq!(state(&window.charge(&mut desk, &order, &token)), "unknown", "it is still kept, sealed");
    let kept = clinic.place.kept();
    let ours = kept.iter().filter(|(file, _)| !file.ends_with("stand-in-moneris.json"));
    for (file, bytes) in ours {
        let holds = bytes.windows(token.len()).any(|window| window == token.as_bytes());
        assert!(!holds, "{} holds the token", file.display());
    }
    let page = desk.get(&format!("/d/{OFFICE}/payments/{}", window.payment)).text();
    assert!(!page.contains(&token) && page.contains("its outcome is being asked"), "{page}");
}

#[test]
fn an_invoice_in_another_currency_is_refused_before_anything_is_sent() {
    let clinic = clinic();
    let (billing, runtime) = clinic.billing();
    let desk = Person::FrontDeskA.actor_in(OFFICE.parse().unwrap()).unwrap().unwrap();
    let id = "01930000-0000-7000-8000-0000000000e5";
    let payer = BillingAddress::of(BillingName::parse("Robin Roy").unwrap());
    let patient = PatientRef::parse("patient-9").unwrap();
    let mut written =
        Invoice::draft(id.parse().unwrap(), OFFICE.parse().unwrap(), patient, payer, Currency::USD);
    let details = LineDetails {
        description: "Visit".parse().unwrap(),
        practitioner: None,
        quantity: Quantity::ONE,
        unit_price: Money::new(1_200, Currency::USD),
        discount: None,
        tax: TaxStatus::Exempt,
    };
    written.add_line(LineItem::new(details).unwrap()).unwrap();
    runtime.block_on(billing.save_draft(&desk, written, None)).unwrap();
    let mut visitor = clinic.sign_in("front-desk-a");
    let page = invoice(OFFICE, id, "");
    assert_eq!(visitor.submit(&page, &format!("{page}/finalise"), &[]).status, 303);

    let before = clinic.moneris().requests().len();
    let window = visitor.get(&invoice(OFFICE, id, "/pay"));
    assert_eq!(window.status, 422, "{}", window.text());
    assert!(window.text().contains("Moneris takes Canadian dollars only"), "{}", window.text());
    assert!(clinic.orders().entries.is_empty() && clinic.moneris().requests().len() == before);
}

#[test]
fn parts_go_back_until_nothing_is_left_and_the_invoice_can_be_paid_again() {
    let clinic = clinic();
    let payment = pay(&clinic, Card::VISA);
    assert!(give_back(&clinic, &payment, 1, "100.00").location().contains("refund-succeeded"));
    let refused = give_back(&clinic, &payment, 2, "50.00");
    assert!(refused.status == 409 && refused.text().contains("Only $23.45"), "{}", refused.text());
    assert!(give_back(&clinic, &payment, 3, "23.45").location().contains("refund-succeeded"));
    let orders = clinic.orders();
    assert_eq!(orders.total_refunded() + orders.total_corrected(), TOTAL);
    assert!(orders.over_refunded().is_empty());
    let page = clinic.sign_in("front-desk-a").get(&invoice(OFFICE, FINALISED, "")).text();
    assert!(page.contains("Refunded") && page.contains("/pay\""), "it can be paid again: {page}");
}

#[test]
fn a_refund_whose_answer_was_lost_stands_in_the_way_until_a_person_looked() {
    let clinic = clinic();
    let payment = pay(&clinic, Card::VISA);
    clinic.moneris().faults().next("refund", Fault::DropAfterEffect);
    let lost = give_back(&clinic, &payment, 1, "40.00");
    assert!(lost.location().contains("refund-unknown"), "{} {}", lost.status, lost.location());
    assert_eq!(clinic.orders().total_refunded(), 4_000, "it did go back");

    let next = give_back(&clinic, &payment, 2, "40.00");
    assert!(next.status == 409 && next.text().contains("Look at that one first"), "{}", next.text());
    let page = format!("/d/{OFFICE}/payments/{payment}");
    let mut owner = clinic.sign_in("practice-owner");
    let shown = owner.get(&page).text();
    assert_eq!(field(&shown, "refund"), None, "no form meanwhile: {shown}");
    assert!(shown.contains("Its answer was lost"), "{shown}");

    let finding = format!("{page}/refunds/01930000-0000-7000-8000-000000000001/finding");
    let empty = owner.submit(&page, &finding, &[("moved", "no"), ("note", " ")]);
    assert_eq!(empty.status, 422, "{}", empty.text());
    let fields = [("moved", "yes"), ("reference", "seen-1"), ("note", "seen at Moneris")];
    assert_eq!(owner.submit(&page, &finding, &fields).status, 303);
    assert!(give_back(&clinic, &payment, 3, "83.45").location().contains("refund-succeeded"));
    assert_eq!(clinic.orders().total_refunded() + clinic.orders().total_corrected(), TOTAL);
    assert!(clinic.orders().over_refunded().is_empty());
}

#[test]
fn a_card_frame_of_an_account_that_was_removed_is_never_charged_and_its_keys_are_gone() {
    let clinic = clinic();
    let mut desk = clinic.sign_in("front-desk-a");
    let window = Window::open(&mut desk, FINALISED);
    let order = order_of(&window.send(&mut desk));
    remove(&clinic);
    assert_eq!(state(&window.charge(&mut desk, &order, &window.token(Card::VISA.number))), "cancelled");
    assert_eq!(clinic.orders().total_captured(), 0);
    let page = clinic.sign_in("practice-owner").get(&settings("")).text();
    assert!(!page.contains("Finishing"), "nothing is open on it: {page}");
}

#[test]
fn without_the_keys_of_a_removed_account_nothing_is_given_back() {
    let clinic = clinic();
    let payment = pay(&clinic, Card::VISA);
    remove(&clinic);
    let refused = give_back(&clinic, &payment, 1, "1.00");
    assert!(refused.status == 409 && refused.text().contains("not saved any more"), "{}", refused.text());
    assert_eq!(clinic.orders().total_refunded(), 0);
}

fn remove(clinic: &Opened) {
    let mut owner = clinic.sign_in("practice-owner");
    let removed = owner.submit(&settings(""), &settings("/moneris/remove"), &[("confirm", "yes")]);
    assert_eq!(removed.status, 303, "{}", removed.text());
}
