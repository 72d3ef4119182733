//! Checkout's receipt of a ticket: reading it, and what it says of the charge we asked for. Pure. Callbacks of the page are not read
//! anywhere: only this counts.

use std::fmt;

use billing_domain::payment::{Capture, CaptureSource, Reference, Try};
use billing_domain::{ChargeFact, ChargeOrder, Difference, Observed, ProcessorErrorKind, Why};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::preload::refusal;
use super::text::{at, text};
use super::{Shop, json};
use crate::amount::from_wire;
use crate::card::{brand, short_id};
use crate::decline::decline;
use crate::eastern;
use crate::expose::expose;
use crate::receipt::last_four;

/// In the order of Moneris's own sample (<https://developer.moneris.com/Documentation/NA/E-Commerce%20Solutions/MCO/Receipt%20Request>).
#[derive(Serialize)]
struct Question<'a> {
    store_id: &'a str,
    api_token: &'a str,
    checkout_id: &'a str,
    ticket: &'a str,
    environment: &'a str,
    action: &'a str,
}

/// The question what became of `ticket`. It may be asked as often as one likes.
pub(crate) fn receipt_request(shop: Shop<'_>, ticket: &SecretString) -> Zeroizing<Vec<u8>> {
    json(&Question {
        store_id: shop.store_id,
        api_token: expose(shop.token),
        checkout_id: shop.checkout_id,
        ticket: expose(ticket),
        environment: shop.environment,
        action: "receipt",
    })
}

/// An answer of Checkout's to the question for a receipt. It has no Debug of its contents: they hold a ticket and parts of a card.
#[derive(Clone)]
pub struct CheckoutReceipt(Value);

impl fmt::Debug for CheckoutReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckoutReceipt").field("success", &self.at(&["success"])).finish_non_exhaustive()
    }
}

/// The text is no answer of Checkout's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer is no receipt of Moneris Checkout")]
pub struct CheckoutReceiptError;

/// Reads one whole answer. It never panics.
pub fn decode_checkout(body: &[u8]) -> Result<CheckoutReceipt, CheckoutReceiptError> {
    let mut answer: Value = serde_json::from_slice(body).map_err(|_| CheckoutReceiptError)?;
    let response = answer.get_mut("response").map(Value::take);
    response.filter(Value::is_object).map(CheckoutReceipt).ok_or(CheckoutReceiptError)
}

impl CheckoutReceipt {
    fn at(&self, path: &[&str]) -> Option<&str> {
        at(&self.0, path)
    }

    /// A field of the card transaction.
    fn cc(&self, name: &str) -> Option<&str> {
        self.at(&["receipt", "cc", name])
    }

    /// The store's credentials are not known: no answer about the ticket.
    pub(crate) fn rejects_credentials(&self) -> bool {
        let error = self.0.get("error").filter(|_| self.at(&["success"]) == Some("false"));
        error.is_some_and(|error| refusal(error) == ProcessorErrorKind::CredentialsRejected)
    }
}

/// What `receipt` says of the charge that `ticket` was for. `declined_is_final` is
/// [`MonerisConfig::declined_receipt_is_final`](crate::MonerisConfig::declined_receipt_is_final).
///
/// | success | result | code | says |
/// |---|---|---|---|
/// | `"true"` | a, twice | 000 to 049, of a purchase | paid, if order, ticket and amount are ours and it has a transaction's id |
/// | `"true"` | d | 050 to 999 | a refused card, if order and ticket are ours; the end only where that is trusted |
/// | `"false"` | | | not finished, or no such ticket: the answer is the same |
/// | anything else | | | nothing |
///
/// What is approved is never a check of the card (an order number with `_veri`, transaction codes 01 and 06).
pub fn classify_checkout(
    order: &ChargeOrder,
    ticket: &SecretString,
    receipt: &CheckoutReceipt,
    declined_is_final: bool,
) -> ChargeFact {
    match (receipt.at(&["success"]), receipt.at(&["receipt", "result"])) {
        (Some("false"), None) => ChargeFact::NoEvidence(Why::NotFinished),
        (Some("true"), Some("a")) => approved(order, ticket, receipt),
        (Some("true"), Some("d")) => declined(order, ticket, receipt, declined_is_final),
        _ => ChargeFact::NoEvidence(Why::Unrecognised),
    }
}

fn approved(order: &ChargeOrder, ticket: &SecretString, receipt: &CheckoutReceipt) -> ChargeFact {
    let is_approval = receipt.cc("result") == Some("a")
        && receipt.cc("response_code").and_then(response_code).is_some_and(|code| code < 50)
        && receipt.cc("transaction_code").is_none_or(|code| code == "00")
        && !receipt.cc("order_no").is_some_and(|order_no| order_no.ends_with("_veri"));
    if !is_approval {
        return ChargeFact::NoEvidence(Why::Unrecognised);
    }
    let differs = differences(order, ticket, receipt);
    let captured = capture(receipt);
    match captured {
        _ if !differs.is_empty() => {
            ChargeFact::Mismatch(Observed { differs, captured: captured.map(Box::new) })
        }
        Some(capture) if capture.charge.is_some() => ChargeFact::Succeeded(capture),
        _ => ChargeFact::NoEvidence(Why::Unrecognised),
    }
}

fn declined(
    order: &ChargeOrder,
    ticket: &SecretString,
    receipt: &CheckoutReceipt,
    is_final: bool,
) -> ChargeFact {
    let code = receipt.cc("response_code");
    let is_refusal = receipt.cc("result").is_none_or(|result| result == "d");
    match code.and_then(response_code) {
        Some(50..) if is_refusal && differences(order, ticket, receipt).is_empty() => {}
        _ => return ChargeFact::NoEvidence(Why::Unrecognised),
    }
    let decline = decline(code.unwrap_or_default());
    if is_final {
        ChargeFact::Declined(decline)
    } else {
        ChargeFact::Live { last: Some(Try { charge: short_id(receipt.cc("transaction_no")), decline }) }
    }
}

/// Exactly three digits. Anything else is no code.
fn response_code(text: &str) -> Option<u16> {
    let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_code)
}

/// Everything in which the receipt is not of what we asked. What it does not say of amount, order and ticket differs; what it says
/// twice must be the same twice.
fn differences(order: &ChargeOrder, ticket: &SecretString, receipt: &CheckoutReceipt) -> Vec<Difference> {
    let asked = |name| receipt.at(&["request", name]);
    let is_amount = |text: &str| from_wire(text) == Some(order.amount);
    let is_order = |text: &str| text == order.key.0;
    let same = [
        (
            Difference::Amount,
            receipt.cc("amount").is_some_and(is_amount) && asked("txn_total").is_none_or(is_amount),
        ),
        (Difference::InvoiceId, asked("cust_id").is_none_or(|id| id == order.payable.as_str())),
        (
            Difference::Reference,
            receipt.cc("order_no").is_some_and(is_order)
                && asked("order_no").is_none_or(is_order)
                && asked("ticket") == Some(expose(ticket)),
        ),
    ];
    same.into_iter().filter(|(_, same)| !same).map(|(difference, _)| difference).collect()
}

/// The money the receipt says was taken, if it says how much and for which order.
fn capture(receipt: &CheckoutReceipt) -> Option<Capture> {
    let when = receipt.cc("transaction_date_time").and_then(|text| text.split_once(' '));
    let card =
        receipt.cc("first6last4").or_else(|| text(receipt.0.get("request")?.get("cc")?.get("first6last4")?));
    Some(Capture {
        amount: receipt.cc("amount").and_then(from_wire)?,
        reference: Reference(short_id(receipt.cc("order_no"))?),
        charge: short_id(receipt.cc("transaction_no")),
        auth_code: short_id(receipt.cc("approval_code")),
        receipt_number: short_id(receipt.cc("reference_no")),
        brand: receipt.cc("card_type").and_then(brand).map(str::to_owned),
        last4: card.and_then(last_four),
        captured_at: when.and_then(|(date, time)| eastern::instant(date, time)),
        source: CaptureSource::Processor,
    })
}
