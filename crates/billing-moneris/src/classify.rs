//! What the gateway's answer says of the charge we asked for. Pure, and with Checkout's the only place that says "succeeded".

use std::time::Duration;

use billing_domain::payment::{Capture, CaptureSource, Reference};
use billing_domain::{ChargeFact, ChargeOrder, Difference, Observed, Proof, Why};
use jiff::Timestamp;

use crate::amount::from_wire;
use crate::card::{brand, short_id};
use crate::decline::decline;
use crate::receipt::Receipt;
use crate::refusal::{self, Reason, Sentence};

/// What a receipt says, whatever it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Approved,
    Declined,
    /// It was not passed on, because the order id was used before.
    Duplicate,
    /// It was not passed on, for this reason.
    Refused(Reason),
    /// It was not passed on, and does not say why.
    Silent,
    /// Moneris itself got no answer.
    TimedOut,
    Unrecognised,
}

impl Verdict {
    /// | `Complete` | `TimedOut` | `ResponseCode` | verdict |
    /// |---|---|---|---|
    /// | any | true | any | timed out: looked at first |
    /// | true | false | 000 to 049 | approved |
    /// | true | false | 050 to 999 | declined |
    /// | false | false | none, a message about a duplicate | duplicate |
    /// | false | false | none, another message, and nothing of a transaction | refused |
    /// | false | false | none, no message, and nothing of a transaction | silent |
    /// | anything else | | | unrecognised |
    ///
    /// That under 50 is approved, from 50 up declined, and no code not sent, the gateway documents
    /// (<https://developer.moneris.com/Documentation/NA/E-Commerce%20Solutions/API/Response%20Fields>); the other rows are the safe reading.
    pub(crate) fn of(receipt: &Receipt, order_id: &str) -> Self {
        let text = |field: &Option<String>| field.as_deref().map(str::to_ascii_lowercase);
        let (complete, timed_out) = (text(&receipt.complete), text(&receipt.timed_out));
        if timed_out.as_deref() == Some("true") {
            return Self::TimedOut;
        }
        match (complete.as_deref(), timed_out.as_deref(), receipt.response_code.as_deref()) {
            (Some("true"), Some("false"), Some(code)) => match response_code(code) {
                Some(0..=49) => Self::Approved,
                Some(_) => Self::Declined,
                None => Self::Unrecognised,
            },
            (Some("false"), Some("false"), None) if names_nothing(receipt, order_id) => {
                not_passed_on(receipt)
            }
            _ => Self::Unrecognised,
        }
    }
}

/// Exactly three digits. Anything else is no code.
fn response_code(text: &str) -> Option<u16> {
    let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_code)
}

/// What was not passed on has no transaction, and no name but ours.
fn names_nothing(receipt: &Receipt, order_id: &str) -> bool {
    receipt.trans_id.is_none()
        && receipt.auth_code.is_none()
        && receipt.order_id.as_deref().is_none_or(|named| named == order_id)
}

fn not_passed_on(receipt: &Receipt) -> Verdict {
    let Some(sentence) = receipt.message_words() else { return Verdict::Silent };
    match refusal::read(&sentence) {
        Sentence::Duplicate => Verdict::Duplicate,
        Sentence::InDoubt => Verdict::Unrecognised,
        Sentence::No(reason) => Verdict::Refused(reason),
    }
}

/// What the answer to a charge says of it.
///
/// Approved money is a success only if order id and amount are ours and the transaction has an id; a refusal by the issuer ends the
/// attempt only if they are. What was clearly not passed on is [`Proof::NeverCharged`]: true of the first and only send, and of no other.
pub fn classify(order: &ChargeOrder, receipt: &Receipt) -> ChargeFact {
    match Verdict::of(receipt, &order.key.0) {
        Verdict::Approved => approved(order, receipt),
        Verdict::Declined => declined(order, receipt),
        Verdict::Duplicate => ChargeFact::NoEvidence(Why::DuplicateKey),
        Verdict::Refused(_) => ChargeFact::Dead(Proof::NeverCharged),
        Verdict::TimedOut => ChargeFact::NoEvidence(Why::TimedOut),
        Verdict::Silent | Verdict::Unrecognised => ChargeFact::NoEvidence(Why::Unrecognised),
    }
}

/// What the answer to the one status check says of the charge. `not_found_is_proof` is
/// [`MonerisConfig::not_found_is_proof`](crate::MonerisConfig::not_found_is_proof).
///
/// An order id that was used before we began is another payment's (a shared store, a restored backup), whatever else fits.
pub fn classify_check(order: &ChargeOrder, receipt: &Receipt, not_found_is_proof: bool) -> ChargeFact {
    let verdict = Verdict::of(receipt, &order.key.0);
    let status = Status::of(receipt);
    match (verdict, status) {
        (Verdict::TimedOut, _) => ChargeFact::NoEvidence(Why::TimedOut),
        (Verdict::Duplicate, _) => ChargeFact::NoEvidence(Why::DuplicateKey),
        (Verdict::Refused(_) | Verdict::Silent, _)
            if not_found_is_proof && says_not_found(receipt, status) =>
        {
            ChargeFact::Dead(Proof::NeverCharged)
        }
        (Verdict::Refused(_), _) | (_, Status::NotFound) => ChargeFact::NoEvidence(Why::NotFound),
        (Verdict::Silent | Verdict::Unrecognised, _) | (_, Status::Unrecognised) => {
            ChargeFact::NoEvidence(Why::Unrecognised)
        }
        (Verdict::Approved, _) if receipt.made_at().is_none() => ChargeFact::NoEvidence(Why::Unrecognised),
        (Verdict::Declined, _) if is_older_than(order, receipt) => ChargeFact::NoEvidence(Why::NotFound),
        (Verdict::Approved, _) if is_older_than(order, receipt) => mismatch(vec![Difference::Date], receipt),
        (Verdict::Approved, _) => approved(order, receipt),
        (Verdict::Declined, _) => declined(order, receipt),
    }
}

/// What a status check says of itself: that it found something or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Found,
    NotFound,
    Silent,
    Unrecognised,
}

impl Status {
    /// Moneris's own clients read the code; that it goes by the same bound as others is a reading.
    fn of(receipt: &Receipt) -> Self {
        match receipt.status_code.as_deref().map(response_code) {
            Some(Some(0..=49)) => Self::Found,
            Some(Some(_)) => Self::NotFound,
            Some(None) => Self::Unrecognised,
            None => Self::Silent,
        }
    }
}

/// The code of the check says so, or a sentence where there is no code.
fn says_not_found(receipt: &Receipt, status: Status) -> bool {
    let told = receipt.message_words().is_some_and(|sentence| sentence.contains("not found"));
    status == Status::NotFound || (status == Status::Silent && told)
}

/// A day is left for clocks that differ, and for a store whose clock is not Eastern.
const CLOCKS_DIFFER: Duration = Duration::from_hours(24);

fn is_older_than(order: &ChargeOrder, receipt: &Receipt) -> bool {
    let began =
        |order: &ChargeOrder| order.first_sent_at.checked_sub(CLOCKS_DIFFER).unwrap_or(Timestamp::MIN);
    receipt.made_at().is_some_and(|made_at| made_at < began(order))
}

/// What follows for staff from a charge that was not passed on.
pub(crate) fn refusal_of(receipt: &Receipt, order_id: &str) -> Option<Reason> {
    match Verdict::of(receipt, order_id) {
        Verdict::Refused(reason) => Some(reason),
        _ => None,
    }
}

fn approved(order: &ChargeOrder, receipt: &Receipt) -> ChargeFact {
    if !is_purchase(receipt) {
        return ChargeFact::NoEvidence(Why::Unrecognised);
    }
    let differs = differences(order, receipt);
    if !differs.is_empty() {
        return mismatch(differs, receipt);
    }
    // Without its transaction's id a charge could not be given back: the answer is not whole.
    match capture(receipt) {
        Some(capture) if capture.charge.is_some() => ChargeFact::Succeeded(capture),
        _ => ChargeFact::NoEvidence(Why::Unrecognised),
    }
}

fn declined(order: &ChargeOrder, receipt: &Receipt) -> ChargeFact {
    let is_whole = receipt.order_id.is_some() && receipt.trans_amount.is_some() && is_purchase(receipt);
    let differs = differences(order, receipt);
    match receipt.response_code.as_deref() {
        Some(code) if is_whole && differs.is_empty() => ChargeFact::Declined(decline(code)),
        Some(_) if is_whole => ChargeFact::Mismatch(Observed { differs, captured: None }),
        _ => ChargeFact::NoEvidence(Why::Unrecognised),
    }
}

/// A purchase is `00`; a hold, a refund, a verification or a correction under our order id took no money of ours.
fn is_purchase(receipt: &Receipt) -> bool {
    receipt.trans_type.as_deref().is_none_or(|kind| kind == "00")
}

/// Everything in which the answer is not to what we asked. What it does not say differs.
///
/// Our payment's id is in the order id. The gateway echoes neither currency nor invoice, and does not say whether it is the test one.
fn differences(order: &ChargeOrder, receipt: &Receipt) -> Vec<Difference> {
    let amount = receipt.trans_amount.as_deref().and_then(from_wire);
    let same = [
        (Difference::Amount, amount == Some(order.amount)),
        (Difference::Reference, receipt.order_id.as_deref() == Some(order.key.0.as_str())),
    ];
    same.into_iter().filter(|(_, same)| !same).map(|(difference, _)| difference).collect()
}

fn mismatch(differs: Vec<Difference>, receipt: &Receipt) -> ChargeFact {
    ChargeFact::Mismatch(Observed { differs, captured: capture(receipt).map(Box::new) })
}

/// The money the receipt says was taken, if it says how much and for which order.
fn capture(receipt: &Receipt) -> Option<Capture> {
    Some(Capture {
        amount: receipt.trans_amount.as_deref().and_then(from_wire)?,
        reference: Reference(short_id(receipt.order_id.as_deref())?),
        charge: short_id(receipt.trans_id.as_deref()),
        auth_code: short_id(receipt.auth_code.as_deref()),
        receipt_number: short_id(receipt.reference_num.as_deref()),
        brand: receipt.card_type.as_deref().and_then(brand).map(str::to_owned),
        last4: receipt.last4.clone(),
        captured_at: receipt.made_at(),
        source: CaptureSource::Processor,
    })
}
