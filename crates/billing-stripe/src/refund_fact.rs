//! From a refund to a fact about the refund we asked for. Pure, and the only place that says money was given back.

use billing_domain::payment::Reference;
use billing_domain::refund::RefundFailure;
use billing_domain::{Difference, RefundFact, RefundOrder, Why};

use crate::amount::to_wire;
use crate::wire::{IdOr, Refund, Text};

/// What `refund` says of `order`.
///
/// A refund that is not the one we asked for is a mismatch whatever its status. It says no mode: the key it was asked for with has
/// one, and so has the charge it names, which is compared.
pub(crate) fn refund_fact(order: &RefundOrder, refund: &Refund<'_>) -> RefundFact {
    let differs = differences(order, refund);
    if !differs.is_empty() {
        return RefundFact::Mismatch(differs);
    }
    match text(refund.status.as_ref()) {
        Some("canceled") => failed(refund, RefundFailure::Canceled),
        Some("failed") => failed(refund, RefundFailure::Unspecified),
        // What it waits for (the bank, the clinic's balance, the cardholder) changes nothing: it has given nothing back.
        Some("pending" | "requires_action") => RefundFact::Pending(reference(refund)),
        Some("succeeded") => RefundFact::Succeeded(reference(refund)),
        _ => RefundFact::NoEvidence(Why::Unrecognised),
    }
}

fn failed(refund: &Refund<'_>, unless_told: RefundFailure) -> RefundFact {
    let told = text(refund.failure_reason.as_ref()).and_then(reason);
    RefundFact::Failed { reference: Some(reference(refund)), reason: told.unwrap_or(unless_told) }
}

fn reference(refund: &Refund<'_>) -> Reference {
    Reference(refund.id.as_str().to_owned())
}

/// Whether it carries our id. All else is compared when it is read as a fact.
pub(crate) fn is_ours(order: &RefundOrder, refund: &Refund<'_>) -> bool {
    let ours = refund.metadata.as_ref().and_then(|ours| text(ours.refund_id.as_ref()));
    ours == Some(order.refund.to_string().as_str())
}

/// Everything in which the refund is not the one we asked for. What it does not say differs.
fn differences(order: &RefundOrder, refund: &Refund<'_>) -> Vec<Difference> {
    let wire = to_wire(order.amount).ok();
    let currency = text(refund.currency.as_ref());
    let same = [
        (Difference::Amount, wire.is_some() && refund.amount == wire),
        (
            Difference::Currency,
            currency.is_some_and(|code| code.eq_ignore_ascii_case(order.amount.currency().code())),
        ),
        (Difference::Reference, is_same_refund(order, refund) && is_of_the_charge(order, refund)),
        (Difference::RefundId, is_ours(order, refund)),
    ];
    same.into_iter().filter(|(_, same)| !same).map(|(difference, _)| difference).collect()
}

fn is_same_refund(order: &RefundOrder, refund: &Refund<'_>) -> bool {
    order.reference.as_ref().is_none_or(|reference| reference.0 == refund.id.as_str())
}

/// It names the money it gives back of, by the intent or by the charge, and neither is another one's.
fn is_of_the_charge(order: &RefundOrder, refund: &Refund<'_>) -> bool {
    let capture = &order.capture;
    let taken = capture.reference.0.as_str();
    let intent = refund.payment_intent.as_ref().map(IdOr::id);
    let charge = refund.charge.as_ref().map(IdOr::id);
    if charge == Some(taken) {
        // A person wrote down the charge; its intent is not known here.
        return true;
    }
    let other_charge = charge.zip(capture.charge.as_deref()).is_some_and(|(told, known)| told != known);
    intent == Some(taken) && !other_charge
}

/// Stripe's word for why a refund gave nothing back (<https://docs.stripe.com/api/refunds/object#refund_object-failure_reason>).
fn reason(word: &str) -> Option<RefundFailure> {
    Some(match word {
        "charge_for_pending_refund_disputed" => RefundFailure::Disputed,
        "declined" => RefundFailure::Declined,
        "expired_or_canceled_card" | "lost_or_stolen_card" => RefundFailure::CardUnusable,
        "insufficient_funds" => RefundFailure::InsufficientFunds,
        "merchant_request" => RefundFailure::Canceled,
        _ => return None,
    })
}

fn text<'a>(field: Option<&'a Text<'_>>) -> Option<&'a str> {
    field.map(Text::as_str)
}
