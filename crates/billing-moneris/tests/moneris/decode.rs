//! Reading the gateway's answers: only whole ones, and nothing twice.

use billing_domain::ChargeFact;
use billing_moneris::{ReceiptError, classify, decode};

use crate::answers::{approved, token_order};

fn refused(text: &str) -> ReceiptError {
    decode(text).map(drop).expect_err(text)
}

fn is_success(xml: &str) -> bool {
    decode(xml).is_ok_and(|receipt| matches!(classify(&token_order(), &receipt), ChargeFact::Succeeded(_)))
}

#[test]
fn a_whole_answer_is_read_whatever_is_new_in_it() {
    let answer = approved().with("NTResponseCode", "1").with("AdviceCode", "<a b='c'><d/></a>text");
    assert!(is_success(&answer.xml()));
    let spaced = answer.xml().replace("><", ">\n  <");
    assert!(is_success(&spaced), "white space between elements says nothing");
    assert!(is_success(&format!("{}\n", approved().xml())));
    assert!(is_success(approved().xml().trim_start_matches("<?xml version=\"1.0\"?>")));
}

#[test]
fn what_is_cut_short_is_no_answer() {
    let whole = approved().xml();
    for end in 0..whole.len() {
        if whole.is_char_boundary(end) {
            assert!(decode(&whole[..end]).is_err(), "cut at {end}");
        }
    }
}

#[test]
fn what_is_no_receipt_is_no_answer() {
    for text in [
        "",
        "   ",
        "<html><body>502 Bad Gateway</body></html>",
        "Service unavailable",
        "<response></response>",
        "<response><receipt/></response><response><receipt/></response>",
        "<receipt><ResponseCode>027</ResponseCode></receipt>",
        "<Response><receipt/></Response>",
        "{\"response\":{}}",
    ] {
        assert!(decode(text).is_err(), "{text:?}");
    }
    assert_eq!(refused("text<response><receipt/></response>"), ReceiptError::NotAReceipt);
    assert_eq!(refused("<response><receipt>text</receipt></response>"), ReceiptError::NotAReceipt);
}

#[test]
fn nothing_is_said_twice() {
    let code = "<ResponseCode>027</ResponseCode>";
    for second in [code, "<ResponseCode>481</ResponseCode>", "<ResponseCode/>"] {
        let twice = approved().xml().replace(code, &format!("{code}{second}"));
        assert_eq!(refused(&twice), ReceiptError::Duplicate, "{second}");
        let reversed = approved().xml().replace(code, &format!("{second}{code}"));
        assert_eq!(refused(&reversed), ReceiptError::Duplicate, "{second}");
    }
    let receipt = "<receipt><Complete>true</Complete></receipt>";
    assert_eq!(refused(&format!("<response>{receipt}{receipt}</response>")), ReceiptError::Duplicate);
}

#[test]
fn only_elements_directly_below_the_receipt_count() {
    let code = "<ResponseCode>027</ResponseCode>";
    for elsewhere in [format!("<Other>{code}</Other>"), format!("<ResolveData>{code}</ResolveData>")] {
        let moved = approved().without("ResolveData").xml().replace(code, &elsewhere);
        assert!(decode(&moved).is_ok() && !is_success(&moved), "{elsewhere}");
    }
    let outside = approved().xml().replace(code, "").replace("<receipt>", &format!("{code}<receipt>"));
    assert!(!is_success(&outside));
    let nested = approved().xml().replace(code, "<ResponseCode><b>027</b></ResponseCode>");
    assert_eq!(refused(&nested), ReceiptError::Nested);
    let deep = format!("<response><receipt>{}{}</receipt></response>", "<a>".repeat(9), "</a>".repeat(9));
    assert_eq!(refused(&deep), ReceiptError::Nested);
}

#[test]
fn no_entity_and_no_document_type_is_followed() {
    let with_type = approved().xml().replace(
        "<response>",
        "<!DOCTYPE response [<!ENTITY a \"027\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><response>",
    );
    assert_eq!(refused(&with_type), ReceiptError::DocumentType);
    let own = approved().with("ResponseCode", "&code;").xml();
    assert_eq!(refused(&own), ReceiptError::Entity);
    let file = approved().with("ResponseCode", "&#0;").xml();
    assert_eq!(refused(&file), ReceiptError::Entity);
    assert!(
        is_success(&approved().with("ResponseCode", "&#48;2&#x37;").xml()),
        "XML's own references are text"
    );
    assert!(is_success(&approved().with("Message", "A &amp; B &lt;c&gt; &quot;&apos;").xml()));
}

#[test]
fn nothing_hides_inside_a_value() {
    for hidden in ["0<!-- 48 -->27", "0<?x 1?>27"] {
        assert_eq!(refused(&approved().with("ResponseCode", hidden).xml()), ReceiptError::Nested, "{hidden}");
    }
    assert!(is_success(&approved().with("ResponseCode", "<![CDATA[027]]>").xml()));
}

#[test]
fn null_is_nothing_and_no_number() {
    for nothing in ["null", "", " null ", "\n"] {
        for name in ["ResponseCode", "Complete", "TimedOut", "ReceiptId", "TransAmount", "TransID"] {
            assert!(!is_success(&approved().with(name, nothing).xml()), "{name} {nothing:?}");
        }
    }
}

#[test]
fn huge_answers_are_read_in_one_pass() {
    let padding = "<Padding>x</Padding>".repeat(50_000);
    let huge = approved().xml().replace("<receipt>", &format!("<receipt>{padding}"));
    assert!(is_success(&huge));
    assert!(decode(&"<response>".repeat(100_000)).is_err());
}
