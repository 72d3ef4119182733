//! Whatever Moneris answers: nothing but a whole, matching approval is money taken, and nothing makes a reader fall over.

use billing_domain::{ChargeFact, RefundFact, RefundPlan};
use billing_moneris::{
    classify, classify_check, classify_checkout, classify_refund, decode, decode_checkout,
};
use proptest::prelude::*;
use proptest::sample::Index;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::answers::{
    Answer, TICKET, approved, cad, given_back, paid, refund_order, set, ticket_order, token_order,
};

/// Every text that an element may be tempted to say.
fn text() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "null",
        "",
        "true",
        "false",
        "TRUE",
        "000",
        "027",
        "049",
        "050",
        "481",
        "999",
        "27",
        "0",
        "00",
        "01",
        "04",
        "06",
        "11",
        "10.50",
        "10.5",
        "1050",
        "81-0_900",
        "2024-09-18",
        "02:11:35",
        "a",
        "d",
        "N7",
    ])
    .prop_map(str::to_owned);
    prop_oneof![4 => known, 1 => Just(token_order().key.0), 2 => "[ -;=?-~]{0,12}"]
}

const TOLD: [&str; 12] = [
    "ReceiptId",
    "ResponseCode",
    "Complete",
    "TimedOut",
    "TransAmount",
    "TransID",
    "TransType",
    "Message",
    "TransDate",
    "TransTime",
    "AuthCode",
    "status_code",
];

/// Any receipt made of those elements, each there or not.
fn receipt() -> impl Strategy<Value = Answer> {
    prop::collection::vec(prop::option::of(text()), TOLD.len()).prop_map(|texts| {
        let told = TOLD.iter().zip(texts).filter_map(|(name, text)| Some(((*name).to_owned(), text?)));
        Answer(told.collect())
    })
}

/// A good answer with up to three elements changed.
fn changed(good: fn() -> Answer) -> impl Strategy<Value = Answer> {
    let change = (prop::sample::select(TOLD.to_vec()), prop::option::of(text()));
    prop::collection::vec(change, 0..4).prop_map(move |changes| {
        changes.into_iter().fold(good(), |answer, (name, text)| match text {
            Some(text) => answer.with(name, &text),
            None => answer.without(name),
        })
    })
}

/// What the answer says of `name`, as XML reads it.
fn told<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let (_, text) = answer.0.iter().find(|(known, _)| known == name)?;
    Some(text.trim()).filter(|text| !text.is_empty() && *text != "null")
}

/// The rule, written again and otherwise than in the adapter.
fn is_whole_approval(answer: &Answer, kind: &str) -> bool {
    let is = |name, text: &str| told(answer, name).is_some_and(|said| said.eq_ignore_ascii_case(text));
    let code = told(answer, "ResponseCode").is_some_and(|code| {
        code.len() == 3
            && code.bytes().all(|byte| byte.is_ascii_digit())
            && code.starts_with('0')
            && code < "050"
    });
    is("Complete", "true")
        && is("TimedOut", "false")
        && code
        && told(answer, "ReceiptId") == Some(token_order().key.0.as_str())
        && told(answer, "TransAmount") == Some("10.50")
        && told(answer, "TransID").is_some()
        && told(answer, "TransType").is_none_or(|said| said == kind)
}

fn assert_charge(answer: &Answer) -> Result<(), TestCaseError> {
    let Ok(receipt) = decode(&answer.xml()) else { return Ok(()) };
    for fact in [
        classify(&token_order(), &receipt),
        classify_check(&token_order(), &receipt, false),
        classify_check(&token_order(), &receipt, true),
    ] {
        if let ChargeFact::Succeeded(capture) = fact {
            prop_assert!(is_whole_approval(answer, "00"), "{answer:?}");
            prop_assert_eq!(capture.amount, cad(1_050));
            prop_assert_eq!(capture.reference.0, token_order().key.0);
        } else if let ChargeFact::Declined(_) = fact {
            prop_assert!(told(answer, "ResponseCode").is_some_and(|code| code >= "050"), "{answer:?}");
            let ours = token_order().key.0;
            prop_assert_eq!(told(answer, "ReceiptId"), Some(ours.as_str()));
        } else if let ChargeFact::Dead(_) = fact {
            prop_assert!(
                told(answer, "ResponseCode").is_none() && told(answer, "TransID").is_none(),
                "{answer:?}"
            );
        }
    }
    Ok(())
}

fn assert_refund(answer: &Answer) -> Result<(), TestCaseError> {
    let Ok(receipt) = decode(&answer.xml()) else { return Ok(()) };
    for (plan, kind) in [(RefundPlan::Refund, "04"), (RefundPlan::Reversal, "11")] {
        if let RefundFact::Succeeded(_) = classify_refund(&refund_order(plan), &receipt) {
            prop_assert!(is_whole_approval(answer, kind), "{answer:?}");
        }
    }
    Ok(())
}

/// Every place in a document, as a pointer.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    if let Value::Object(fields) = value {
        for (name, field) in fields {
            places(field, &format!("{here}/{name}"), found);
        }
    }
}

fn json_text() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => text().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => Just(json!({})),
        1 => Just(json!([])),
    ]
}

fn is_whole_checkout_approval(answer: &Value) -> bool {
    let at = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str).map(str::trim);
    let order = ticket_order().key.0;
    at("/response/success") == Some("true")
        && at("/response/receipt/result") == Some("a")
        && at("/response/receipt/cc/result") == Some("a")
        && at("/response/receipt/cc/response_code").is_some_and(|code| code.len() == 3 && code < "050")
        && at("/response/receipt/cc/amount") == Some("10.50")
        && at("/response/receipt/cc/order_no") == Some(order.as_str())
        && at("/response/request/ticket") == Some(TICKET)
        && at("/response/receipt/cc/transaction_no").is_some()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn nothing_but_a_whole_matching_approval_is_a_success(answer in receipt()) {
        assert_charge(&answer)?;
        assert_refund(&answer)?;
    }

    #[test]
    fn no_change_of_a_good_answer_is_a_success_that_is_not_ours(answer in changed(approved)) {
        assert_charge(&answer)?;
        assert_refund(&answer)?;
    }

    #[test]
    fn no_change_of_a_good_refund_is_a_success_that_is_not_ours(
        answer in changed(|| given_back(RefundPlan::Refund)),
        reversed in changed(|| given_back(RefundPlan::Reversal)),
    ) {
        assert_refund(&answer)?;
        assert_refund(&reversed)?;
        assert_charge(&answer)?;
    }

    #[test]
    fn no_change_of_a_paid_receipt_is_a_success_that_is_not_ours(
        changes in prop::collection::vec((any::<Index>(), json_text()), 0..4),
    ) {
        let mut answer = paid();
        for (place, to) in changes {
            let mut found = Vec::new();
            places(&answer, "", &mut found);
            let place: &String = place.get(found.as_slice());
            set(&mut answer, place, to);
        }
        if let Ok(receipt) = decode_checkout(answer.to_string().as_bytes()) {
            let ticket = SecretString::from(TICKET);
            for is_final in [false, true] {
                let fact = classify_checkout(&ticket_order(), &ticket, &receipt, is_final);
                if let ChargeFact::Succeeded(capture) = fact {
                    prop_assert!(is_whole_checkout_approval(&answer), "{answer}");
                    prop_assert_eq!(capture.amount, cad(1_050));
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_a_reader_fall_over(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = decode(&String::from_utf8_lossy(&bytes));
        let _ = decode_checkout(&bytes);
    }

    #[test]
    fn no_damage_to_a_good_answer_makes_a_reader_fall_over_or_believe(
        places in prop::collection::vec((any::<Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = approved().xml().into_bytes();
        for (place, byte) in places {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(receipt) = decode(&String::from_utf8_lossy(&bytes))
            && let ChargeFact::Succeeded(capture) = classify(&token_order(), &receipt)
        {
            prop_assert_eq!(capture.amount, cad(1_050));
            prop_assert_eq!(capture.reference.0, token_order().key.0);
        }
    }
}
