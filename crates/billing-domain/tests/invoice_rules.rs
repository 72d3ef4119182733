//! What may be done to an invoice in each of its states, and what its texts never hold or show.
#![allow(clippy::inconsistent_digit_grouping, reason = "31_95 reads as 31.95 dollars")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use billing_domain::invoice::{
    AddressLine, BillingAddress, Discount, InvoiceError, InvoiceNumber, InvoiceState, ItemDescription,
    LineDetails, LineItem, PaidSoFar, PatientRef, PostalCode, Quantity, TaxStatus, TextError, VoidReason,
};
use billing_domain::{ActorId, BillingName, Currency, DispensaryId, Invoice, InvoiceId, Money, MoneyError};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde::Deserialize;
use serde::de::value::{Error, StrDeserializer};
use uuid::Uuid;

const TODAY: Date = date(2026, 11, 22);
const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const UNPAID: PaidSoFar = PaidSoFar { net_paid: Money::zero(Currency::CAD), open_payment: false };

fn cad(minor: i64) -> Money {
    Money::new(minor, Currency::CAD)
}

fn number(sequence: u64) -> InvoiceNumber {
    InvoiceNumber::new("OUT-", sequence).unwrap()
}

fn billing(name: &str) -> BillingAddress {
    BillingAddress::of(BillingName::parse(name).unwrap())
}

fn line_of(price: Money) -> LineItem {
    LineItem::new(LineDetails {
        description: ItemDescription::parse("Initial consultation").unwrap(),
        practitioner: None,
        quantity: Quantity::ONE,
        unit_price: price,
        discount: None,
        tax: TaxStatus::Exempt,
    })
    .unwrap()
}

fn draft() -> Invoice {
    let patient = PatientRef::parse("chart-0042").unwrap();
    let (id, dispensary) = (InvoiceId::new(Uuid::from_u128(1)), DispensaryId::new(Uuid::from_u128(2)));
    Invoice::draft(id, dispensary, patient, billing("Robin Tremblay"), Currency::CAD)
}

fn finalised() -> Invoice {
    let mut invoice = draft();
    invoice.add_line(line_of(cad(120_00))).unwrap();
    invoice.finalise(number(7), TODAY, NOW).unwrap();
    invoice
}

fn void(invoice: &mut Invoice, paid: &PaidSoFar) -> Result<(), InvoiceError> {
    let reason = VoidReason::parse("written for the wrong patient").unwrap();
    invoice.void(reason, ActorId::parse("staff-9").unwrap(), NOW, paid)
}

#[test]
fn finalising_gives_a_number_and_freezes_the_total() {
    let invoice = finalised();
    assert_eq!(invoice.number(), Some(&number(7)));
    assert_eq!(invoice.total(), Ok(cad(120_00)));
    assert_eq!(invoice.version(), 3);
}

#[test]
fn a_draft_has_no_total_to_pay_and_no_number() {
    assert_eq!(draft().total(), Err(InvoiceError::NotFinalised));
    assert_eq!(draft().number(), None);
}

#[test]
fn an_invoice_without_lines_cannot_be_finalised() {
    let mut invoice = draft();
    assert_eq!(invoice.finalise(number(1), TODAY, NOW), Err(InvoiceError::NoLines));
    assert_eq!(invoice, draft());
}

#[test]
fn a_discount_larger_than_the_invoice_cannot_be_finalised() {
    let mut invoice = draft();
    invoice.add_line(line_of(cad(10_00))).unwrap();
    invoice.set_discount(Some(Discount::Amount(cad(10_01)))).unwrap();
    assert!(matches!(invoice.finalise(number(1), TODAY, NOW), Err(InvoiceError::Discount(_))));
}

#[test]
fn story_27_money_taken_or_an_open_payment_locks_the_invoice() {
    let held = PaidSoFar { net_paid: cad(1), open_payment: false };
    let open = PaidSoFar { net_paid: cad(0), open_payment: true };
    for (paid, why) in [(held, InvoiceError::MoneyTaken), (open, InvoiceError::PaymentOpen)] {
        let mut invoice = finalised();
        assert_eq!(invoice.reopen(&paid), Err(why.clone()));
        assert_eq!(void(&mut invoice, &paid), Err(why));
        assert_eq!(invoice, finalised());
    }
}

#[test]
fn a_refunded_invoice_can_be_voided_and_keeps_its_number() {
    let mut invoice = finalised();
    void(&mut invoice, &UNPAID).unwrap();
    assert_eq!(invoice.number(), Some(&number(7)));
    assert_eq!(invoice.total(), Err(InvoiceError::NotFinalised));
    let InvoiceState::Void(voided) = invoice.state() else { panic!("it is void") };
    assert_eq!(voided.finalised.totals.total(), cad(120_00));
}

#[test]
fn nothing_follows_a_void() {
    let mut invoice = finalised();
    void(&mut invoice, &UNPAID).unwrap();
    let before = invoice.clone();
    assert_eq!(void(&mut invoice, &UNPAID), Err(InvoiceError::NotFinalised));
    assert_eq!(invoice.reopen(&UNPAID), Err(InvoiceError::NotFinalised));
    assert_eq!(invoice.finalise(number(7), TODAY, NOW), Err(InvoiceError::NotDraft));
    assert_eq!(invoice, before);
}

#[test]
fn a_reopened_invoice_keeps_its_number_for_ever() {
    let mut invoice = finalised();
    invoice.reopen(&UNPAID).unwrap();
    assert_eq!(invoice.number(), Some(&number(7)));
    assert_eq!(invoice.finalise(number(8), TODAY, NOW), Err(InvoiceError::NumberKept(number(7))));
    assert_eq!(invoice.finalise(number(7), TODAY, NOW), Ok(()));
}

#[test]
fn amounts_of_another_currency_are_refused() {
    let usd = Money::new(10_00, Currency::USD);
    let mismatch = Err(InvoiceError::Money(MoneyError::CurrencyMismatch));
    let mut invoice = draft();
    assert_eq!(invoice.add_line(line_of(usd)), mismatch);
    assert_eq!(invoice.set_discount(Some(Discount::Amount(usd))), mismatch);
    let paid = PaidSoFar { net_paid: Money::zero(Currency::USD), open_payment: false };
    assert_eq!(finalised().reopen(&paid), mismatch);
}

#[test]
fn an_invoice_has_a_bounded_number_of_lines() {
    let mut invoice = draft();
    for _ in 0..Invoice::LINES_MAX {
        invoice.add_line(line_of(cad(1))).unwrap();
    }
    assert_eq!(invoice.add_line(line_of(cad(1))), Err(InvoiceError::TooManyLines));
}

#[test]
fn invoice_numbers_have_one_spelling() {
    for text in ["1", "OUT-1042", "2026/17"] {
        assert_eq!(text.parse::<InvoiceNumber>().unwrap().to_string(), text);
    }
    for text in ["", "OUT-", "0", "OUT-007", "out-7", "OUT 7", "ABCDEFGHIJKL-7", "-1000000000000", "+7"] {
        assert!(text.parse::<InvoiceNumber>().is_err(), "{text}");
    }
    assert!(InvoiceNumber::new("A1", 2).is_err(), "A12 would have two readings");
}

#[test]
fn billing_names_are_names() {
    for name in ["Zoé O’Brien-Tremblay", "N'Guyen", "Dr. José Ángel", "李小龙", "Zoe\u{301}", " Cher "]
    {
        assert_eq!(BillingName::parse(name).unwrap().as_str(), name.trim());
    }
    for (text, why) in [
        ("   ", TextError::Empty),
        ("-.'", TextError::ForbiddenCharacter),
        ("Robin <b>", TextError::ForbiddenCharacter),
        ("Robin\nTremblay", TextError::ControlCharacter),
        ("Robin \u{202e}yalbmerT", TextError::ControlCharacter),
        ("4242 4242 4242 4242", TextError::LooksLikeCardNumber),
        ("Robin 424242424242", TextError::LooksLikeCardNumber),
        (&"é".repeat(101), TextError::TooLong { max: 100 }),
    ] {
        assert_eq!(BillingName::parse(text), Err(why));
    }
    assert!(BillingName::parse(&"é".repeat(100)).is_ok(), "bounds count characters, not bytes");
}

#[test]
fn free_texts_refuse_card_numbers_but_not_dates_and_phones() {
    let reason = |text| VoidReason::parse(text).map(|_| ());
    let refused = Err(TextError::LooksLikeCardNumber);
    assert_eq!(reason("typed 4242424242424242 here"), refused);
    assert_eq!(reason("card 3782-822463-10005"), refused);
    assert_eq!(reason("5555 5555 5555 4444."), refused);
    assert_eq!(reason("2026-11-22 10:30, call 613-555-0142"), Ok(()));
    assert_eq!(AddressLine::parse("1200-45 Rue Saint-Denis, app. 3").map(|_| ()), Ok(()));
}

#[test]
fn postal_codes_have_a_canonical_form() {
    let canonical = |text| PostalCode::parse(text).unwrap().canonical().as_str().to_owned();
    assert_eq!(canonical("k1a0b6"), "K1A 0B6");
    assert_eq!(canonical("V5W 1Z3"), "V5W 1Z3");
    assert_eq!(canonical("W1A0B6"), "W1A0B6", "not Canadian, left as typed");
    assert_eq!(canonical("12345-6789"), "12345-6789");
    assert!(PostalCode::parse("12345_6789").is_err());
}

#[test]
fn debug_shows_no_patient_data() {
    let mut invoice = finalised();
    void(&mut invoice, &UNPAID).unwrap();
    let shown = format!("{invoice:?} {:#?}", billing("Robin Tremblay"));
    for secret in ["Robin", "Tremblay", "chart", "0042", "consultation", "wrong patient"] {
        assert!(!shown.contains(secret), "{secret}");
    }
    assert!(shown.contains("BillingName(..)"));
}

#[test]
fn errors_do_not_repeat_what_was_typed() {
    let typed = "4242 4242 4242 4242";
    let error = BillingName::parse(typed).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("42"));
    let read: Result<BillingName, Error> = BillingName::deserialize(StrDeserializer::new(typed));
    assert!(!read.unwrap_err().to_string().contains("42"));
}

#[test]
fn stored_texts_are_checked_again() {
    fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
        T::deserialize(StrDeserializer::new(text))
    }
    assert!(read::<BillingName>("Robin Tremblay").is_ok());
    assert!(read::<BillingName>("Robin <b>").is_err());
    assert!(read::<PatientRef>("two words").is_err());
    assert!(read::<InvoiceNumber>("OUT-007").is_err());
    assert!(read::<Quantity>("-1").is_err());
}

/// Everything that can be asked of an invoice.
#[derive(Clone, Debug)]
enum Ask {
    AddLine(i64),
    Finalise(u64),
    RemoveLine(usize),
    Reopen(i64, bool),
    ReplaceLine(usize, i64),
    SetBilling,
    SetDiscount(Option<i64>),
    SetPatient,
    Void(i64, bool),
}

fn ask() -> impl Strategy<Value = Ask> {
    let price = || 0_i64..1_000_00;
    prop_oneof![
        price().prop_map(Ask::AddLine),
        (1_u64..4).prop_map(Ask::Finalise),
        (0_usize..4).prop_map(Ask::RemoveLine),
        (0_i64..2, any::<bool>()).prop_map(|(paid, open)| Ask::Reopen(paid, open)),
        (0_usize..4, price()).prop_map(|(place, minor)| Ask::ReplaceLine(place, minor)),
        Just(Ask::SetBilling),
        prop::option::of(-10_i64..500).prop_map(Ask::SetDiscount),
        Just(Ask::SetPatient),
        (0_i64..2, any::<bool>()).prop_map(|(paid, open)| Ask::Void(paid, open)),
    ]
}

fn apply(invoice: &mut Invoice, ask: &Ask) -> Result<(), InvoiceError> {
    let paid = |minor: &i64, open: &bool| PaidSoFar { net_paid: cad(*minor), open_payment: *open };
    match ask {
        Ask::AddLine(minor) => invoice.add_line(line_of(cad(*minor))),
        Ask::Finalise(sequence) => invoice.finalise(number(*sequence), TODAY, NOW),
        Ask::RemoveLine(place) => invoice.remove_line(*place),
        Ask::Reopen(minor, open) => invoice.reopen(&paid(minor, open)),
        Ask::ReplaceLine(place, minor) => invoice.replace_line(*place, line_of(cad(*minor))),
        Ask::SetBilling => invoice.set_billing(billing("Sam Roy")),
        Ask::SetDiscount(minor) => invoice.set_discount(minor.map(|minor| Discount::Amount(cad(minor)))),
        Ask::SetPatient => invoice.set_patient(PatientRef::parse("chart-0043").unwrap()),
        Ask::Void(minor, open) => void(invoice, &paid(minor, open)),
    }
}

proptest! {
    #[test]
    fn every_change_adds_one_to_the_version_and_a_refusal_changes_nothing(
        asks in prop::collection::vec(ask(), 0..40),
    ) {
        let mut invoice = draft();
        for ask in asks {
            let before = invoice.clone();
            if apply(&mut invoice, &ask).is_ok() {
                prop_assert_eq!(invoice.version(), before.version() + 1);
            } else {
                prop_assert_eq!(&invoice, &before);
            }
        }
    }

    #[test]
    fn an_issued_invoice_keeps_its_lines_payer_patient_and_number(
        asks in prop::collection::vec(ask(), 0..40),
    ) {
        let mut invoice = draft();
        for ask in asks {
            let before = invoice.clone();
            let done = apply(&mut invoice, &ask).is_ok();
            if !matches!(before.state(), InvoiceState::Draft { .. }) {
                prop_assert_eq!(invoice.lines(), before.lines());
                prop_assert_eq!(invoice.billing(), before.billing());
                prop_assert_eq!(invoice.patient(), before.patient());
                prop_assert_eq!(invoice.discount(), before.discount());
                prop_assert!(!done || matches!(ask, Ask::Reopen(0, false) | Ask::Void(0, false)));
            }
            if before.number().is_some() {
                prop_assert_eq!(invoice.number(), before.number());
            }
            prop_assert_eq!(invoice.is_finalised(), invoice.total().is_ok());
        }
    }
}
