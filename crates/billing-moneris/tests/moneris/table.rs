//! The decision table of a charge's answer, row by row.

use billing_domain::payment::CaptureSource;
use billing_domain::{ChargeFact, DeclineCategory, Difference, Proof, Why};
use billing_moneris::{classify, decode};

use crate::answers::{Answer, DUPLICATE, approved, cad, declined, not_passed_on, token_order};

fn said(answer: &Answer) -> ChargeFact {
    classify(&token_order(), &decode(&answer.xml()).unwrap())
}

fn differs(answer: &Answer) -> (Vec<Difference>, bool) {
    match said(answer) {
        ChargeFact::Mismatch(seen) => (seen.differs, seen.captured.is_some()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_approval_says_what_a_receipt_and_a_refund_need() {
    let ChargeFact::Succeeded(capture) = said(&approved()) else { panic!("{:?}", said(&approved())) };
    assert_eq!(capture.amount, cad(1_050));
    assert_eq!(capture.reference.0, token_order().key.0);
    assert_eq!(capture.charge.as_deref(), Some("81-0_900"));
    assert_eq!(capture.auth_code.as_deref(), Some("T32472"));
    assert_eq!(capture.receipt_number.as_deref(), Some("660188950010010800"));
    assert_eq!((capture.brand.as_deref(), capture.last4.as_deref()), (Some("mastercard"), Some("5454")));
    assert_eq!(capture.captured_at, Some("2024-09-18T06:11:35Z".parse().unwrap()));
    assert_eq!(capture.source, CaptureSource::Processor);
}

#[test]
fn under_fifty_is_approved_zero_included_and_fifty_is_not() {
    for code in ["000", "001", "027", "049"] {
        assert!(matches!(said(&approved().with("ResponseCode", code)), ChargeFact::Succeeded(_)), "{code}");
    }
    for code in ["050", "051", "481", "999"] {
        assert!(matches!(said(&approved().with("ResponseCode", code)), ChargeFact::Declined(_)), "{code}");
    }
}

#[test]
fn what_is_no_three_digit_code_is_no_evidence() {
    for code in ["0", "27", "0027", "-01", "+27", "1e1", "N7", "0x1", "27.", "０２７", " 0 2 7 "] {
        let fact = said(&approved().with("ResponseCode", code));
        assert_eq!(fact, ChargeFact::NoEvidence(Why::Unrecognised), "{code:?}");
    }
}

#[test]
fn timed_out_is_looked_at_before_anything_else() {
    for answer in [approved(), declined(), not_passed_on("API token mismatch"), not_passed_on(DUPLICATE)] {
        let fact = said(&answer.with("TimedOut", "true"));
        assert_eq!(fact, ChargeFact::NoEvidence(Why::TimedOut));
    }
}

#[test]
fn an_answer_that_is_not_complete_or_does_not_say_so_is_no_evidence() {
    for (name, text) in [
        ("Complete", "false"),
        ("Complete", "null"),
        ("Complete", "yes"),
        ("TimedOut", "null"),
        ("TimedOut", "no"),
    ] {
        for answer in [approved(), declined()] {
            let fact = said(&answer.with(name, text));
            assert_eq!(fact, ChargeFact::NoEvidence(Why::Unrecognised), "{name} {text}");
        }
    }
    let complete = not_passed_on("API token mismatch").with("Complete", "true");
    assert_eq!(said(&complete), ChargeFact::NoEvidence(Why::Unrecognised), "null with Complete true");
}

#[test]
fn a_duplicate_order_id_is_neither_a_decline_nor_a_success() {
    assert_eq!(said(&not_passed_on(DUPLICATE)), ChargeFact::NoEvidence(Why::DuplicateKey));
}

#[test]
fn what_was_clearly_not_passed_on_was_never_charged() {
    for sentence in ["API token mismatch", "Invalid expiry date", "Invalid data key"] {
        assert_eq!(said(&not_passed_on(sentence)), ChargeFact::Dead(Proof::NeverCharged), "{sentence}");
    }
}

#[test]
fn a_refusal_that_names_a_transaction_or_is_not_clear_proves_nothing() {
    let refusal = not_passed_on("API token mismatch");
    for answer in [
        refusal.clone().with("TransID", "81-0_900"),
        refusal.clone().with("AuthCode", "T32472"),
        refusal.clone().with("ReceiptId", "Global Error Receipt"),
        refusal.clone().with("ReceiptId", "another-order-1"),
        refusal.clone().with("Message", "null"),
        refusal.clone().with("Message", "Something new"),
        refusal.clone().with("Message", "System error, try again"),
        refusal.with("Message", "Transaction timed out"),
    ] {
        assert_eq!(said(&answer), ChargeFact::NoEvidence(Why::Unrecognised), "{answer:?}");
    }
}

#[test]
fn a_receipt_that_a_client_made_up_proves_nothing() {
    let mut answer = not_passed_on("Global Error Receipt").with("ReceiptId", "Global Error Receipt");
    assert_eq!(said(&answer), ChargeFact::NoEvidence(Why::Unrecognised));
    answer = approved().with("ReceiptId", "Global Error Receipt");
    assert!(!matches!(said(&answer), ChargeFact::Succeeded(_) | ChargeFact::Declined(_)));
}

#[test]
fn money_taken_for_another_order_or_amount_is_a_mismatch_with_what_was_taken() {
    let other = approved().with("ReceiptId", "another-order-1");
    assert_eq!(differs(&other), (vec![Difference::Reference], true));
    assert_eq!(differs(&approved().with("TransAmount", "10.49")), (vec![Difference::Amount], true));
    let both = approved().with("ReceiptId", "another-order-1").with("TransAmount", "1.00");
    assert_eq!(differs(&both), (vec![Difference::Amount, Difference::Reference], true));
}

#[test]
fn what_an_approval_does_not_say_differs() {
    assert_eq!(differs(&approved().without("ReceiptId")), (vec![Difference::Reference], false));
    assert_eq!(differs(&approved().with("TransAmount", "null")), (vec![Difference::Amount], false));
    for amount in ["10.5", "1,050.00", "10", "1e1", "10.500"] {
        assert_eq!(differs(&approved().with("TransAmount", amount)).0, [Difference::Amount], "{amount}");
    }
}

#[test]
fn an_approval_without_a_transaction_could_not_be_given_back_and_is_not_whole() {
    for id in ["null", "a b", &"1".repeat(65)] {
        let fact = said(&approved().with("TransID", id));
        assert_eq!(fact, ChargeFact::NoEvidence(Why::Unrecognised), "{id}");
    }
}

#[test]
fn only_a_purchase_took_our_money() {
    for kind in ["01", "04", "06", "11", "99"] {
        for answer in [approved(), declined()] {
            let fact = said(&answer.with("TransType", kind));
            assert_eq!(fact, ChargeFact::NoEvidence(Why::Unrecognised), "{kind}");
        }
    }
    assert!(matches!(said(&approved().without("TransType")), ChargeFact::Succeeded(_)));
}

#[test]
fn a_decline_ends_the_attempt_only_if_it_is_whole_and_ours() {
    let ChargeFact::Declined(decline) = said(&declined()) else { panic!("{:?}", said(&declined())) };
    assert_eq!(decline.category, DeclineCategory::IssuerDeclined);
    assert_eq!(decline.code.unwrap().as_str(), "481");
    assert_eq!(
        differs(&declined().with("ReceiptId", "another-order-1")),
        (vec![Difference::Reference], false)
    );
    assert_eq!(differs(&declined().with("TransAmount", "1.00")), (vec![Difference::Amount], false));
    for missing in ["ReceiptId", "TransAmount"] {
        let fact = said(&declined().without(missing));
        assert_eq!(fact, ChargeFact::NoEvidence(Why::Unrecognised), "{missing}");
    }
}

#[test]
fn the_vaults_success_is_no_payment() {
    for answer in [declined(), not_passed_on(DUPLICATE), not_passed_on("Invalid data key")] {
        assert!(answer.xml().contains("<ResSuccess>true</ResSuccess>"));
        assert!(!matches!(said(&answer), ChargeFact::Succeeded(_)));
    }
}

#[test]
fn checks_of_address_and_security_code_do_not_decide() {
    for (avs, code) in [("N", "1N"), ("U", "null"), ("Y", "1M")] {
        let answer = approved().with("AvsResultCode", avs).with("CvdResultCode", code);
        assert!(matches!(said(&answer), ChargeFact::Succeeded(_)));
    }
}

#[test]
fn ids_are_texts_of_any_shape() {
    for id in ["58-0_3", "97-2-0", "66011731642016265140913133-0_11"] {
        let ChargeFact::Succeeded(capture) = said(&approved().with("TransID", id).with("ISO", "N7")) else {
            panic!("{id}")
        };
        assert_eq!(capture.charge.as_deref(), Some(id));
    }
    let ChargeFact::Succeeded(capture) = said(&approved().with("AuthCode", "000123")) else { panic!() };
    assert_eq!(capture.auth_code.as_deref(), Some("000123"));
}
