//! A receipt: flat elements in a fixed order, where what is missing says `null`. Decides nothing.

use quick_xml::escape::escape;

use super::super::batch::eastern;
use super::super::cards::{Act, KnownCard};
use super::super::dollars;
use super::super::orders::{Order, Slip};

/// Which elements a receipt has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::moneris) enum Shape {
    /// Of a transaction on an order.
    Plain,
    /// Of a transaction on a data key.
    Vault,
}

/// What a transaction was.
#[derive(Clone, Copy)]
pub(super) enum TransType {
    Correction,
    Purchase,
    Refund,
}

impl TransType {
    fn code(self) -> &'static str {
        match self {
            Self::Correction => "11",
            Self::Purchase => "00",
            Self::Refund => "04",
        }
    }
}

const PLAIN: &[&str] = &[
    "ReceiptId",
    "ReferenceNum",
    "ResponseCode",
    "ISO",
    "AuthCode",
    "TransTime",
    "TransDate",
    "TransType",
    "Complete",
    "Message",
    "TransAmount",
    "CardType",
    "TransID",
    "TimedOut",
    "BankTotals",
    "Ticket",
    "CorporateCard",
    "IsVisaDebit",
];

const VAULT: &[&str] = &[
    "DataKey",
    "ReceiptId",
    "ReferenceNum",
    "ResponseCode",
    "ISO",
    "AuthCode",
    "Message",
    "TransTime",
    "TransDate",
    "TransType",
    "Complete",
    "TransAmount",
    "CardType",
    "TransID",
    "TimedOut",
    "CorporateCard",
    "RecurSuccess",
    "AvsResultCode",
    "CvdResultCode",
    "ResSuccess",
    "PaymentType",
    "IsVisaDebit",
    "ResolveData",
    "IssuerId",
];

/// One receipt, ready to be said.
pub(in crate::moneris) struct Receipt {
    elements: Vec<(String, Content)>,
    shape: Shape,
}

enum Content {
    Group(Vec<(&'static str, String)>),
    Text(String),
}

impl Receipt {
    /// Nothing but a message: the transaction was not sent to the bank.
    pub(in crate::moneris) fn null(shape: Shape, message: &str) -> Self {
        let names = match shape {
            Shape::Plain => PLAIN,
            Shape::Vault => VAULT,
        };
        let null = |name: &&str| ((*name).to_owned(), Content::Text("null".to_owned()));
        let receipt = Self { elements: names.iter().map(null).collect(), shape };
        receipt
            .with("Complete", "false")
            .with("Message", message)
            .with("ResSuccess", "false")
            .with("TimedOut", "false")
    }

    /// A transaction that the bank answered.
    pub(super) fn of(order_id: &str, order: &Order, slip: &Slip, kind: TransType) -> Self {
        let shape = if matches!(kind, TransType::Purchase) { Shape::Vault } else { Shape::Plain };
        let Some(answer) = slip.answer else { return super::timed_out(shape) };
        let at = eastern(slip.at);
        let receipt = Self::null(shape, &answer.message())
            .with("AuthCode", &slip.auth_code)
            .with("CardType", order.card.brand.code())
            .with("Complete", "true")
            .with("CorporateCard", "false")
            .with("CvdResultCode", if order.card.act == Act::CvdMismatch { "1N" } else { "1M" })
            .with("ISO", &format!("{:02}", answer.iso))
            .with("IsVisaDebit", "false")
            .with("ReceiptId", order_id)
            .with("ReferenceNum", &slip.reference_number())
            .with("ResponseCode", &format!("{:03}", answer.code))
            .with("TransAmount", &dollars::text(slip.amount))
            .with("TransDate", &at.date().to_string())
            .with("TransID", &slip.trans_id)
            .with("TransTime", &at.strftime("%H:%M:%S").to_string())
            .with("TransType", kind.code());
        match shape {
            Shape::Plain => receipt,
            Shape::Vault => receipt.resolved(order.data_key.as_deref(), &order.card),
        }
    }

    /// What the vault knew of the card.
    pub(super) fn resolved(mut self, data_key: Option<&str>, card: &KnownCard) -> Self {
        let known = [("masked_pan", card.masked()), ("crypt_type", "7".to_owned())];
        let empty = ["cust_id", "phone", "email", "note", "expdate"].map(|name| (name, String::new()));
        let address =
            ["avs_street_number", "avs_street_name", "avs_zipcode"].map(|name| (name, String::new()));
        let group = Content::Group(empty.into_iter().chain(known).chain(address).collect());
        if let Some((_, content)) = self.elements.iter_mut().find(|(name, _)| name == "ResolveData") {
            *content = group;
        }
        self.with("DataKey", data_key.unwrap_or("null")).with("PaymentType", "cc").with("ResSuccess", "true")
    }

    pub(in crate::moneris) fn shape(&self) -> Shape {
        self.shape
    }

    /// Says something else in an element; a receipt without it stays as it is.
    pub(in crate::moneris) fn with(mut self, name: &str, text: &str) -> Self {
        if let Some((_, content)) = self.elements.iter_mut().find(|(element, _)| element == name) {
            *content = Content::Text(text.to_owned());
        }
        self
    }

    /// One more element, at the end.
    pub(in crate::moneris) fn and(mut self, name: &str, text: &str) -> Self {
        self.elements.push((name.to_owned(), Content::Text(text.to_owned())));
        self
    }

    pub(in crate::moneris) fn to_xml(&self) -> String {
        let elements: String =
            self.elements.iter().map(|(name, content)| element(name, &content.to_xml())).collect();
        format!("<?xml version=\"1.0\"?>{}", element("response", &element("receipt", &elements)))
    }
}

impl Content {
    fn to_xml(&self) -> String {
        match self {
            Self::Group(elements) => {
                elements.iter().map(|(name, text)| element(name, &escape(text))).collect()
            }
            Self::Text(text) => escape(text).into_owned(),
        }
    }
}

fn element(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}
