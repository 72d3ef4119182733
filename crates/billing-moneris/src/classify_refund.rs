//! What the gateway's answer says of a refund or a reversal we asked for. Pure.

use billing_domain::payment::Reference;
use billing_domain::refund::RefundFailure;
use billing_domain::{Difference, RefundFact, RefundOrder, RefundPlan, Why};

use crate::amount::from_wire;
use crate::card::short_id;
use crate::classify::Verdict;
use crate::receipt::Receipt;

/// What the answer to a refund says of it.
///
/// Its order id is the charge's own, and so is that of any other refund of it: only a whole answer to this very kind of transaction,
/// under an id that is not the charge's, counts. [`RefundFailure::Refused`] is true of the first and only send, and of no other.
pub fn classify_refund(order: &RefundOrder, receipt: &Receipt) -> RefundFact {
    match Verdict::of(receipt, &order.charge_key.0) {
        Verdict::Approved => approved(order, receipt),
        Verdict::Declined => declined(order, receipt),
        Verdict::Duplicate => RefundFact::NoEvidence(Why::DuplicateKey),
        Verdict::Refused(_) => RefundFact::Failed { reference: None, reason: RefundFailure::Refused },
        Verdict::TimedOut => RefundFact::NoEvidence(Why::TimedOut),
        Verdict::Silent | Verdict::Unrecognised => RefundFact::NoEvidence(Why::Unrecognised),
    }
}

/// The charge that a refund follows: the transaction's id or, if a person found the capture, what they read at Moneris.
pub(crate) fn charge_of(order: &RefundOrder) -> &str {
    order.capture.charge.as_deref().unwrap_or(&order.capture.reference.0)
}

fn approved(order: &RefundOrder, receipt: &Receipt) -> RefundFact {
    let differs = differences(order, receipt);
    match short_id(receipt.trans_id.as_deref()) {
        _ if !is_this_kind(order, receipt) => RefundFact::NoEvidence(Why::Unrecognised),
        _ if !differs.is_empty() => RefundFact::Mismatch(differs),
        Some(id) => RefundFact::Succeeded(Reference(id)),
        None => RefundFact::NoEvidence(Why::Unrecognised),
    }
}

fn declined(order: &RefundOrder, receipt: &Receipt) -> RefundFact {
    let is_whole = receipt.order_id.is_some() && receipt.trans_amount.is_some();
    let differs = differences(order, receipt);
    if !is_whole || !is_this_kind(order, receipt) {
        RefundFact::NoEvidence(Why::Unrecognised)
    } else if differs.is_empty() {
        RefundFact::Failed { reference: None, reason: RefundFailure::Declined }
    } else {
        RefundFact::Mismatch(differs)
    }
}

/// A refund is `04` and a correction `11`. An answer that does not say counts only if it is not about the charge itself.
fn is_this_kind(order: &RefundOrder, receipt: &Receipt) -> bool {
    let ours = match order.plan {
        RefundPlan::Reversal => "11",
        _ => "04",
    };
    match receipt.trans_type.as_deref() {
        Some(kind) => kind == ours,
        None => receipt.trans_id.as_deref() != Some(charge_of(order)),
    }
}

fn differences(order: &RefundOrder, receipt: &Receipt) -> Vec<Difference> {
    let amount = receipt.trans_amount.as_deref().and_then(from_wire);
    let same = [
        (Difference::Amount, amount == Some(order.amount)),
        (Difference::Reference, receipt.order_id.as_deref() == Some(order.charge_key.0.as_str())),
    ];
    same.into_iter().filter(|(_, same)| !same).map(|(difference, _)| difference).collect()
}
