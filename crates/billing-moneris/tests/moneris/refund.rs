//! Giving money back: which way, what leaves, once, and what its answer proves.

use billing_domain::payment::{CaptureSource, Reference, SubmitKey};
use billing_domain::refund::RefundFailure;
use billing_domain::{
    AccountId, AccountRef, AmountBound, Certainty, Difference, Money, ProcessorErrorKind, ProcessorId,
    RefundCare, RefundFact, RefundOrder, RefundPlan, SubmitError, Why,
};
use billing_moneris::{FLOW_HOSTED_TOKENIZATION, classify_refund, decode};

use uuid::Uuid;

use crate::answers::{
    Answer, DUPLICATE, STORE, TOKEN, cad, declined, given_back, not_passed_on, refund_order,
};
use crate::canned::{Canned, Said, said};

const BOTH: [RefundPlan; 2] = [RefundPlan::Refund, RefundPlan::Reversal];

fn says(plan: RefundPlan, answer: &Answer) -> RefundFact {
    classify_refund(&refund_order(plan), &decode(&answer.xml()).unwrap())
}

async fn refunded(order: &RefundOrder, says: impl Into<Said>) -> (Result<RefundFact, SubmitError>, Canned) {
    let canned = Canned::new([says.into()]);
    (canned.port(&FLOW_HOSTED_TOKENIZATION).refund(order).await, canned)
}

fn body(element: &str, fields: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><request><store_id>{STORE}</store_id><api_token>{TOKEN}</api_token><{element}>{fields}\
         <crypt_type>7</crypt_type></{element}></request>"
    )
}

#[tokio::test]
async fn a_refund_goes_under_the_charges_order_id_and_its_transaction() {
    let order = RefundOrder { amount: cad(100), ..refund_order(RefundPlan::Refund) };
    let answer = given_back(RefundPlan::Refund).with("TransAmount", "1.00");
    let (fact, canned) = refunded(&order, answer).await;
    assert_eq!(fact.unwrap(), RefundFact::Succeeded(Reference("6963-1_10".to_owned())));
    let fields = format!(
        "<order_id>{}</order_id><amount>1.00</amount><txn_number>81-0_900</txn_number>",
        order.charge_key.0
    );
    assert_eq!(canned.sent(), [body("refund", &fields)]);
}

#[tokio::test]
async fn a_reversal_has_no_amount_and_is_whole_or_not_at_all() {
    let order = refund_order(RefundPlan::Reversal);
    let (fact, canned) = refunded(&order, given_back(RefundPlan::Reversal)).await;
    assert!(matches!(fact, Ok(RefundFact::Succeeded(_))), "{fact:?}");
    let fields = format!("<order_id>{}</order_id><txn_number>81-0_900</txn_number>", order.charge_key.0);
    assert_eq!(canned.sent(), [body("purchasecorrection", &fields)]);

    let part = RefundOrder { amount: cad(1_049), ..order };
    let (answer, canned) = refunded(&part, Said::Lost).await;
    assert_eq!(answer.unwrap_err().certainty, Certainty::NotSent);
    assert!(canned.requests().is_empty());
}

#[tokio::test]
async fn a_capture_that_a_person_found_is_followed_by_what_they_read() {
    let mut order = refund_order(RefundPlan::Refund);
    order.capture.charge = None;
    order.capture.reference = Reference("97-2-0".to_owned());
    order.capture.source = CaptureSource::Finding;
    let (_, canned) = refunded(&order, given_back(RefundPlan::Refund)).await;
    let fields = "<txn_number>97-2-0</txn_number>";
    assert!(canned.sent()[0].contains(fields) && canned.sent()[0].contains(&order.charge_key.0));
}

#[test]
fn no_way_to_give_money_to_another_card_is_built() {
    let sources = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap();
    for source in sources.filter_map(|entry| std::fs::read_to_string(entry.unwrap().path()).ok()) {
        assert!(!source.contains("ind_refund"));
    }
}

#[test]
fn each_row_of_the_table_is_one_fact() {
    for plan in BOTH {
        let good = given_back(plan);
        assert_eq!(says(plan, &good), RefundFact::Succeeded(Reference("6963-1_10".to_owned())));
        let failed = declined().with("TransType", if plan == RefundPlan::Reversal { "11" } else { "04" });
        let reason = RefundFailure::Declined;
        assert_eq!(says(plan, &failed), RefundFact::Failed { reference: None, reason });
        let reason = RefundFailure::Refused;
        let unknown =
            not_passed_on("No Pre-auth corresponds to the store Id and order Id and transaction Id entered");
        assert_eq!(says(plan, &unknown), RefundFact::Failed { reference: None, reason });
        for (answer, why) in [
            (good.clone().with("TimedOut", "true"), Why::TimedOut),
            (not_passed_on(DUPLICATE), Why::DuplicateKey),
            (good.clone().with("Complete", "false"), Why::Unrecognised),
            (good.clone().with("ResponseCode", "N7"), Why::Unrecognised),
            (good.clone().with("TransID", "null"), Why::Unrecognised),
            (not_passed_on("null"), Why::Unrecognised),
            (failed.clone().without("ReceiptId"), Why::Unrecognised),
        ] {
            assert_eq!(says(plan, &answer), RefundFact::NoEvidence(why), "{answer:?}");
        }
        let other = good.clone().with("ReceiptId", "another-order-1");
        assert_eq!(says(plan, &other), RefundFact::Mismatch(vec![Difference::Reference]));
        let less = good.with("TransAmount", "1.00");
        assert_eq!(says(plan, &less), RefundFact::Mismatch(vec![Difference::Amount]));
        let other = failed.with("ReceiptId", "another-order-1");
        assert_eq!(says(plan, &other), RefundFact::Mismatch(vec![Difference::Reference]));
    }
}

#[test]
fn the_charges_own_receipt_is_no_refund() {
    for plan in BOTH {
        let charge = given_back(plan).with("TransType", "00").with("TransID", "81-0_900");
        assert_eq!(says(plan, &charge), RefundFact::NoEvidence(Why::Unrecognised));
        assert_eq!(
            says(plan, &charge.clone().without("TransType")),
            RefundFact::NoEvidence(Why::Unrecognised)
        );
        let untyped = given_back(plan).without("TransType");
        assert!(matches!(says(plan, &untyped), RefundFact::Succeeded(_)));
        let wrong = if plan == RefundPlan::Reversal { "04" } else { "11" };
        let other = given_back(plan).with("TransType", wrong);
        assert_eq!(says(plan, &other), RefundFact::NoEvidence(Why::Unrecognised));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refund_without_a_clear_answer_is_unknown_and_is_not_sent_again() {
    for plan in BOTH {
        for silence in [
            Said::Lost,
            Said::Hangs,
            Said::TooLarge,
            said(200, ""),
            said(500, "<html>"),
            given_back(plan).with("TimedOut", "true").into(),
            not_passed_on(DUPLICATE).into(),
            given_back(plan).with("ResponseCode", "odd").into(),
        ] {
            let (answer, canned) = refunded(&refund_order(plan), silence.clone()).await;
            assert_eq!(answer.unwrap_err().certainty, Certainty::Unknown, "{silence:?}");
            assert_eq!(canned.requests().len(), 1);
        }
    }
}

#[tokio::test]
async fn a_clear_no_to_the_only_send_is_refused() {
    let sentence = "No Pre-auth corresponds to the store Id and order Id and transaction Id entered";
    let (answer, _) = refunded(&refund_order(RefundPlan::Reversal), not_passed_on(sentence)).await;
    let error = answer.unwrap_err();
    assert_eq!(error.certainty, Certainty::Refused);
    assert_eq!(error.cause.kind, ProcessorErrorKind::Rejected(Some("no_matching_transaction".to_owned())));
}

#[tokio::test]
async fn a_refund_of_another_account_or_of_no_order_of_ours_is_not_sent() {
    let elsewhere = RefundOrder {
        account: AccountRef {
            account: AccountId::new(Uuid::from_u128(99)),
            ..refund_order(RefundPlan::Refund).account
        },
        ..refund_order(RefundPlan::Refund)
    };
    let stripes = RefundOrder {
        account: AccountRef { processor: ProcessorId::STRIPE, ..refund_order(RefundPlan::Refund).account },
        ..refund_order(RefundPlan::Refund)
    };
    let nameless = RefundOrder { charge_key: SubmitKey(String::new()), ..refund_order(RefundPlan::Refund) };
    for order in [elsewhere, stripes, nameless] {
        let (answer, canned) = refunded(&order, Said::Lost).await;
        assert_eq!(answer.unwrap_err().certainty, Certainty::NotSent);
        assert!(canned.requests().is_empty());
    }
}

#[tokio::test]
async fn nothing_can_be_asked_about_a_refund() {
    let canned = Canned::new(Vec::<Said>::new());
    let port = canned.port(&FLOW_HOSTED_TOKENIZATION);
    assert_eq!(port.capabilities(&FLOW_HOSTED_TOKENIZATION).refunds, RefundCare::SentOnce);
    let error = port.observe_refund(&refund_order(RefundPlan::Refund)).await.unwrap_err();
    assert!(!error.sent);
    assert_eq!(error.cause.kind, ProcessorErrorKind::Unsupported);
}

#[test]
fn the_plan_is_a_reversal_only_for_everything_and_in_time() {
    let port = Canned::new([Said::Lost]).port(&FLOW_HOSTED_TOKENIZATION);
    let mut capture = refund_order(RefundPlan::Refund).capture;
    capture.captured_at = Some("2026-01-15T15:00:00Z".parse().unwrap());
    let plan = |given_back: i64, amount: i64, at: &str| {
        port.plan_refund(&capture, cad(given_back), cad(amount), at.parse().unwrap())
    };
    let (soon, tomorrow) = ("2026-01-15T16:00:00Z", "2026-01-16T16:00:00Z");
    assert_eq!(plan(0, 1_050, soon), Ok(RefundPlan::Reversal));
    assert_eq!(plan(0, 1_050, tomorrow), Ok(RefundPlan::Refund));
    assert_eq!(plan(0, 100, soon), Ok(RefundPlan::Refund));
    assert_eq!(plan(950, 100, soon), Ok(RefundPlan::Refund));
    for (given_back, amount) in [(0, 1_051), (1, 1_050), (1_050, 1), (-1, 1)] {
        let bound = AmountBound::TooLarge;
        let refused = ProcessorErrorKind::AmountRefused { amount: cad(amount), bound };
        assert_eq!(plan(given_back, amount, soon), Err(refused), "{amount} after {given_back}");
    }
    assert!(plan(0, 0, soon).is_err());
    let usd = Money::new(100, billing_domain::Currency::USD);
    assert!(port.plan_refund(&capture, cad(0), usd, soon.parse().unwrap()).is_err());
    assert!(port.plan_refund(&capture, usd, cad(100), soon.parse().unwrap()).is_err());
}
