//! Orders, and the answers of a truthful Moneris to them, to be changed by a test.

use billing_credentials::fields::{CHECKOUT_ID, PROFILE_ID, STORE_ID};
use billing_domain::payment::{Capture, CaptureSource, Reference, SubmitKey};
use billing_domain::{
    AccountId, AccountRef, ChargeOrder, Currency, DispensaryId, Flow, Money, PayableId, PaymentId,
    ProcessorId, PublicFields, RefundId, RefundOrder, RefundPlan,
};
use billing_moneris::{FLOW_CHECKOUT, FLOW_HOSTED_TOKENIZATION};
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const STORE: &str = "monca01234";
pub(crate) const TOKEN: &str = "abcDEF0123456789xyzw";
pub(crate) const PROFILE: &str = "ht4RXXBKV9T52A8";
pub(crate) const CHECKOUT: &str = "chkt5BF66neris";
pub(crate) const DATA_KEY: &str = "ot-pILqxjIp3BPZgLgN80roTHrAH";
pub(crate) const TICKET: &str = "1726820807T55AZxCjC3wAPkKrym0NB8yfd9UvoF";

pub(crate) fn cad(cents: i64) -> Money {
    Money::new(cents, Currency::CAD)
}

pub(crate) fn account() -> AccountRef {
    AccountRef {
        dispensary: DispensaryId::new(Uuid::from_u128(1)),
        processor: ProcessorId::MONERIS,
        account: AccountId::new(Uuid::from_u128(2)),
    }
}

pub(crate) fn public(flow: &Flow) -> PublicFields {
    let mut fields = vec![(STORE_ID, STORE), (PROFILE_ID, PROFILE)];
    if *flow == FLOW_CHECKOUT {
        fields.push((CHECKOUT_ID, CHECKOUT));
    }
    fields.into_iter().collect()
}

/// 10.50 CAD, with what the flow keeps.
fn order_in(flow: Flow, secret: &str) -> ChargeOrder {
    let payment = PaymentId::new(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0001));
    ChargeOrder {
        account: account(),
        public: public(&flow),
        flow,
        payment,
        attempt_no: 1,
        payable: PayableId::parse("inv-0001").unwrap(),
        amount: cad(1_050),
        key: SubmitKey::of_attempt(payment, 1),
        reference: Some(Reference(SubmitKey::of_attempt(payment, 1).0)),
        secret: Some(SecretString::from(secret)),
        first_sent_at: "2024-09-18T06:00:00Z".parse().unwrap(),
    }
}

pub(crate) fn token_order() -> ChargeOrder {
    order_in(FLOW_HOSTED_TOKENIZATION, DATA_KEY)
}

pub(crate) fn ticket_order() -> ChargeOrder {
    order_in(FLOW_CHECKOUT, TICKET)
}

/// 10.50 CAD back, all of it.
pub(crate) fn refund_order(plan: RefundPlan) -> RefundOrder {
    let (charged, refund) = (token_order(), RefundId::new(Uuid::from_u128(9)));
    RefundOrder {
        account: account(),
        refund,
        capture: Capture {
            amount: charged.amount,
            reference: Reference(charged.key.0.clone()),
            charge: Some("81-0_900".to_owned()),
            auth_code: None,
            receipt_number: None,
            brand: None,
            last4: None,
            captured_at: None,
            source: CaptureSource::Processor,
        },
        charge_key: charged.key,
        amount: charged.amount,
        plan,
        key: SubmitKey::of_refund(refund),
        reference: None,
        first_sent_at: "2024-09-18T07:00:00Z".parse().unwrap(),
    }
}

/// A gateway's answer: its elements in order.
#[derive(Clone, Debug)]
pub(crate) struct Answer(pub(crate) Vec<(String, String)>);

impl Answer {
    fn of(elements: &[(&str, &str)]) -> Self {
        Self(elements.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
    }

    /// Another text for an element, which is added if it is not there.
    pub(crate) fn with(mut self, name: &str, text: &str) -> Self {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => text.clone_into(known),
            None => self.0.push((name.to_owned(), text.to_owned())),
        }
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn xml(&self) -> String {
        let elements: Vec<_> = self.0.iter().map(|(name, text)| format!("<{name}>{text}</{name}>")).collect();
        let elements = elements.concat();
        format!("<?xml version=\"1.0\"?><response><receipt>{elements}</receipt></response>")
    }
}

/// An approved purchase of [`token_order`], element for element as a test store answered one.
pub(crate) fn approved() -> Answer {
    Answer::of(&[
        ("DataKey", "WBtBt9oUcBbVsCoeMVSnFdUb4"),
        ("ReceiptId", &token_order().key.0),
        ("ReferenceNum", "660188950010010800"),
        ("ResponseCode", "027"),
        ("ISO", "01"),
        ("AuthCode", "T32472"),
        ("Message", "APPROVED           *                    ="),
        ("TransTime", "02:11:35"),
        ("TransDate", "2024-09-18"),
        ("TransType", "00"),
        ("Complete", "true"),
        ("TransAmount", "10.50"),
        ("CardType", "M"),
        ("TransID", "81-0_900"),
        ("TimedOut", "false"),
        ("CorporateCard", "false"),
        ("RecurSuccess", "null"),
        ("AvsResultCode", "null"),
        ("CvdResultCode", "null"),
        ("ResSuccess", "true"),
        ("PaymentType", "cc"),
        ("IsVisaDebit", "false"),
        (
            "ResolveData",
            "<cust_id>x</cust_id><phone></phone><masked_pan>5454***5454</masked_pan><note></note>",
        ),
        ("IssuerId", "null"),
    ])
}

/// The issuer said no.
pub(crate) fn declined() -> Answer {
    approved()
        .with("ResponseCode", "481")
        .with("ISO", "05")
        .with("AuthCode", "000000")
        .with("Message", "DECLINED           *                    =")
        .with("TransID", "108-0_901")
}

/// Not passed on, with this sentence.
pub(crate) fn not_passed_on(sentence: &str) -> Answer {
    let mut answer = approved().without("ResolveData").without("DataKey");
    for (name, text) in &mut answer.0 {
        let said = match name.as_str() {
            "Complete" | "TimedOut" => "false",
            "Message" => sentence,
            "ResSuccess" => "true",
            _ => "null",
        };
        said.clone_into(text);
    }
    answer
}

pub(crate) const DUPLICATE: &str = "The transaction was not sent to the host because of a duplicate order id";

/// Money given back of [`token_order`]'s charge.
pub(crate) fn given_back(plan: RefundPlan) -> Answer {
    let kind = if plan == RefundPlan::Reversal { "11" } else { "04" };
    approved().without("ResolveData").with("TransType", kind).with("TransID", "6963-1_10")
}

/// A paid receipt of [`ticket_order`].
pub(crate) fn paid() -> Value {
    let order = ticket_order();
    json!({"response": {
        "success": "true",
        "request": {
            "txn_total": "10.50", "order_no": order.key.0, "ticket": TICKET, "cust_id": "inv-0001", "eci": "7",
            "cc": {"first6last4": "3566005365", "expiry": "0126", "cardholder": "Ann Lee"},
        },
        "receipt": {"result": "a", "cc": {
            "result": "a", "order_no": order.key.0, "transaction_no": "193-0_920",
            "reference_no": "660188950010011800", "transaction_code": "00", "transaction_type": "200",
            "transaction_date_time": "2024-10-08 08:44:06", "amount": "10.50", "response_code": "025",
            "iso_response_code": "00", "approval_code": "755387", "card_type": "AX", "eci": "7",
            "cvd_result_code": "null", "avs_result_code": null, "first6last4": null, "issuer_id": "null",
            "ecr_no": "66018895", "batch_no": "001", "sequence_no": "180",
            "fraud": {"cvd": {"result": "4", "status": "ineligible"}, "avs": {}, "3d_secure": {}, "kount": {}},
        }},
    }})
}

/// The same, refused by the issuer.
pub(crate) fn refused() -> Value {
    let mut receipt = paid();
    set(&mut receipt, "/response/receipt/result", json!("d"));
    set(&mut receipt, "/response/receipt/cc/result", json!("d"));
    set(&mut receipt, "/response/receipt/cc/response_code", json!("481"));
    receipt
}

/// Nobody has paid the ticket, or there is none.
pub(crate) fn not_complete() -> Value {
    json!({"response": {"success": "false", "error": {
        "field": "ticket", "message": "invalid ticket or transaction is not complete",
    }}})
}

pub(crate) fn set(value: &mut Value, pointer: &str, to: Value) {
    *value.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = to;
}
