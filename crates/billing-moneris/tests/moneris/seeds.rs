//! The fuzzer's seeds, read as ordinary answers: each says what its name says.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use billing_domain::{ChargeFact, RefundFact, RefundPlan};
use billing_moneris::{
    classify, classify_check, classify_checkout, classify_refund, decode, decode_checkout,
};
use secrecy::SecretString;

use crate::answers::{TICKET, refund_order, ticket_order, token_order};

fn folder(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target)
}

/// Every seed's name and bytes.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder(target)).unwrap();
    let read = |entry: fs::DirEntry| {
        (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap())
    };
    entries.map(|entry| read(entry.unwrap())).collect()
}

/// The word for a fact in the table below.
fn word(fact: &ChargeFact) -> &'static str {
    match fact {
        ChargeFact::Dead(_) => "dead",
        ChargeFact::Declined(_) => "declined",
        ChargeFact::Live { .. } => "live",
        ChargeFact::Mismatch(_) => "mismatch",
        ChargeFact::Succeeded(_) => "succeeded",
        _ => "nothing",
    }
}

fn assert_known(target: &str, table: &[(&str, &str)]) {
    let names: BTreeSet<_> = seeds(target).into_iter().map(|(name, _)| name).collect();
    let known: BTreeSet<_> = table.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names, known, "every seed has a row, and every row a seed");
}

#[test]
fn each_seed_of_the_gateway_says_what_its_name_says() {
    let table = [
        ("approved.xml", "succeeded"),
        ("approved_000.xml", "succeeded"),
        ("approved_new_elements.xml", "succeeded"),
        ("check_found.xml", "succeeded"),
        ("check_not_found.xml", "nothing"),
        ("correction.xml", "nothing"),
        ("declined.xml", "declined"),
        ("duplicate.xml", "nothing"),
        ("entities.xml", "unreadable"),
        ("half.xml", "unreadable"),
        ("no_match.xml", "dead"),
        ("null_but_complete.xml", "nothing"),
        ("other_amount.xml", "mismatch"),
        ("other_order.xml", "mismatch"),
        ("page.html", "unreadable"),
        ("references.xml", "succeeded"),
        ("refund.xml", "nothing"),
        ("timed_out.xml", "nothing"),
        ("token_mismatch.xml", "dead"),
    ];
    assert_known("gateway", &table);
    for (name, bytes) in seeds("gateway") {
        let read = decode(&String::from_utf8_lossy(&bytes));
        let says = read.as_ref().map_or("unreadable", |receipt| word(&classify(&token_order(), receipt)));
        let expected = table.iter().find(|(known, _)| *known == name).map(|(_, says)| *says);
        assert_eq!(Some(says), expected, "{name}");
        let Ok(receipt) = read else { continue };
        let checked = classify_check(&token_order(), &receipt, false);
        let is_end = matches!(checked, ChargeFact::Dead(_));
        assert!(!is_end, "{name}: a check is asked after doubt, where a refusal proves nothing");
        for (plan, answer) in [(RefundPlan::Refund, "refund.xml"), (RefundPlan::Reversal, "correction.xml")] {
            let given_back =
                matches!(classify_refund(&refund_order(plan), &receipt), RefundFact::Succeeded(_));
            assert_eq!(given_back, name == answer, "{name} as an answer to {plan:?}");
        }
    }
}

#[test]
fn each_seed_of_checkout_says_what_its_name_says() {
    let table = [
        ("declined.json", "live"),
        ("half.json", "unreadable"),
        ("no_code.json", "nothing"),
        ("not_complete.json", "nothing"),
        ("other_amount.json", "mismatch"),
        ("other_ticket.json", "mismatch"),
        ("paid.json", "succeeded"),
        ("ticket.json", "nothing"),
        ("token_invalid.json", "nothing"),
        ("true_that_is_no_text.json", "nothing"),
        ("verified_only.json", "nothing"),
    ];
    assert_known("checkout", &table);
    let ticket = SecretString::from(TICKET);
    for (name, bytes) in seeds("checkout") {
        let read = decode_checkout(&bytes);
        let fact = |receipt| classify_checkout(&ticket_order(), &ticket, receipt, false);
        let says = read.as_ref().map_or("unreadable", |receipt| word(&fact(receipt)));
        let expected = table.iter().find(|(known, _)| *known == name).map(|(_, says)| *says);
        assert_eq!(Some(says), expected, "{name}");
    }
}
