//! The whole judgement, when everything has come to rest: our ledger against the processors', payment by payment.

use std::collections::BTreeMap;

use billing_domain::payment::{Attempt, AttemptState, Payment, Review};
use billing_domain::refund::{Refund, RefundState};
use billing_domain::{BillingStore as _, PaymentId};
use billing_moneris::FLOW_CHECKOUT;

use super::outcome::Rule;
use super::rest::{is_stripes, payments};
use super::truth::payment_named;
use super::world::World;

/// What the processors' ledgers say of one payment, in cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Told {
    charges: usize,
    captured: i64,
    given_back: i64,
    /// Intents or orders.
    objects: usize,
}

fn ledgers(world: &World) -> BTreeMap<PaymentId, Told> {
    let mut all = BTreeMap::<PaymentId, Told>::new();
    for entry in world.accounts.iter().flat_map(|account| world.stripe.ledger(account.id()).entries) {
        let Some(payment) = entry.metadata.get("payment_id").and_then(|id| id.parse().ok()) else { continue };
        let told = all.entry(payment).or_default();
        told.charges += entry.successful_charges;
        told.captured += entry.captured;
        told.given_back += entry.refunded();
        told.objects += 1;
    }
    for entry in world.tills.iter().flat_map(|till| world.moneris.ledger(till.id()).entries) {
        let Some(payment) = payment_named(&entry.order_id) else { continue };
        let told = all.entry(payment).or_default();
        told.charges += entry.successful_charges;
        told.captured += entry.captured;
        told.given_back += entry.refunded + entry.corrected;
        told.objects += 1;
    }
    all
}

/// What the processor can tell is known by now, without a person.
pub(super) async fn must_be_known(world: &World) {
    for payment in payments(world).await {
        if let Some(attempt) = payment.open_attempt() {
            let told = || format!("attempt {} is {}", attempt.no, attempt.state.name());
            let AttemptState::NeedsReview(review) = &attempt.state else {
                return world.broken(Rule::Unresolved, Some(payment.id), &told());
            };
            if can_tell(world, &payment, attempt) {
                let told = format!("{}: {}", told(), name(review));
                return world.broken(Rule::Unresolved, Some(payment.id), &told);
            }
        }
        for refund in &payment.refunds {
            let is_reviewed = matches!(refund.state, RefundState::NeedsReview(_));
            let may_wait = is_reviewed && !can_tell_of(world, &payment, refund);
            if !refund.state.is_resolved() && !may_wait {
                let told = format!("a refund is {}", refund.state.name());
                return world.broken(Rule::Unresolved, Some(payment.id), &told);
            }
        }
    }
}

/// Whether the processor can tell how an attempt under review ended. Stripe can be asked at any time, and tells of an intent that can
/// still be paid that it has not ended: whether that one is to be cancelled is for a person to say. Checkout's receipt tells of money; of a
/// refused card it proves nothing.
fn can_tell(world: &World, payment: &Payment, attempt: &Attempt) -> bool {
    if !is_stripes(payment) {
        return attempt.flow == FLOW_CHECKOUT && taken_by(world, payment, attempt).is_some();
    }
    // One whose creation answered something else has no reference, and its client secret was given to nobody.
    let Some(reference) = &attempt.reference else { return false };
    let entry = world.stripe.ledger_entry(&reference.0);
    entry.is_none_or(|entry| matches!(entry.status, "canceled" | "succeeded"))
}

/// Whether the processor can tell how a refund under review ended: Stripe can, of one that it made. One that it does not list may still
/// have been made, for all that a list proves.
fn can_tell_of(world: &World, payment: &Payment, refund: &Refund) -> bool {
    let intent = payment.capture(refund.capture).map(|capture| &capture.reference.0);
    let entry = intent.filter(|_| is_stripes(payment)).and_then(|intent| world.stripe.ledger_entry(intent));
    let id = refund.id.to_string();
    entry.is_some_and(|entry| entry.refunds.iter().any(|made| made.metadata.get("refund_id") == Some(&id)))
}

/// Whether the processor may still say something of a payment that waits for people.
pub(super) fn may_still_be_told(payment: &Payment) -> bool {
    is_stripes(payment) || payment.open_attempt().is_some_and(|attempt| attempt.flow == FLOW_CHECKOUT)
}

/// Both ledgers say the same, of every payment.
pub(super) async fn everything(world: &World) {
    let truth = ledgers(world);
    let ours = payments(world).await;
    for (payment, told) in &truth {
        if told.charges > 1 {
            return world.broken(
                Rule::ChargedTwice,
                Some(*payment),
                &format!("{} charges in the end", told.charges),
            );
        }
        if !ours.iter().any(|known| known.id == *payment) {
            return world.broken(
                Rule::LedgersDiffer,
                Some(*payment),
                &format!("not written down, and {told:?}"),
            );
        }
    }
    for payment in &ours {
        let told = truth.get(&payment.id).copied().unwrap_or_default();
        if let Err((rule, why)) = compare(payment, told) {
            return world.broken(rule, Some(payment.id), &why);
        }
    }
    for invoice in world.invoices() {
        let payable = world.payable_of(invoice).id;
        let state = world.store.payable(world.dispensary_of(invoice), &payable).await.ok().flatten();
        if let Some(open) = state.and_then(|state| state.open_payment) {
            return world.broken(Rule::Unresolved, Some(open), "holds its invoice for ever");
        }
    }
}

fn compare(payment: &Payment, told: Told) -> Result<(), (Rule, String)> {
    let captured: i64 = payment.captures().map(|(_, capture)| capture.amount.minor()).sum();
    let given_back = payment.refunded().minor();
    if (captured, given_back) != (told.captured, told.given_back) {
        let states: Vec<_> = payment.attempts.iter().map(|attempt| attempt.state.name()).collect();
        let refunds: Vec<_> = payment.refunds.iter().map(|refund| refund.state.name()).collect();
        let why = format!(
            "ours says {captured} taken and {given_back} given back, the processor's {} and {}; attempts {states:?}, refunds {refunds:?}",
            told.captured, told.given_back
        );
        return Err((Rule::LedgersDiffer, why));
    }
    if told.objects > payment.attempts.len() {
        let why =
            format!("{} objects at the processor for {} attempts", told.objects, payment.attempts.len());
        return Err((Rule::ObjectMadeTwice, why));
    }
    if let Some(open) = payment.open_attempt() {
        return Err((Rule::Unresolved, format!("attempt {} is {} for ever", open.no, open.state.name())));
    }
    if let Some(open) = payment.refunds.iter().find(|refund| !refund.state.is_resolved()) {
        return Err((Rule::Unresolved, format!("a refund is {} for ever", open.state.name())));
    }
    Ok(())
}

/// What the processor's list shows of an attempt, as a person reads it: the reference, if money was taken.
pub(super) fn taken_by(world: &World, payment: &Payment, attempt: &Attempt) -> Option<String> {
    if is_stripes(payment) {
        let entry = world.stripe.ledger_entry(&attempt.reference.as_ref()?.0)?;
        return (entry.captured > 0).then_some(entry.id);
    }
    let entries = world.tills.iter().filter_map(|till| world.moneris.ledger_entry(till.id(), &attempt.key.0));
    entries.filter(|entry| entry.captured > 0).map(|entry| entry.trans_id).next()
}

/// What the processor's list shows of a refund, as a person reads it who knows which of our refunds are on it already.
pub(super) fn given_back_by(world: &World, payment: &Payment, refund: &Refund) -> Option<String> {
    if is_stripes(payment) {
        return can_tell_of(world, payment, refund).then(|| "re_seen".to_owned());
    }
    let known: i64 = payment.refunded().minor();
    let order = format!("{}-", payment.id);
    let entries = world.tills.iter().flat_map(|till| world.moneris.ledger(till.id()).entries);
    let listed: i64 = entries
        .filter(|entry| entry.order_id.starts_with(&order))
        .map(|entry| entry.refunded + entry.corrected)
        .sum();
    (listed >= known + refund.amount.minor()).then(|| "99-0_99".to_owned())
}

/// A review's reason, in a word.
pub(super) fn name(review: &Review) -> &'static str {
    match review {
        Review::CheckSpent => "the one status check told nothing",
        Review::KeysErased => "keys erased",
        Review::Mismatch(_) => "the answer was not about it",
        Review::Overdue => "nobody could tell for days",
        Review::TicketLimit => "a ticket outlived its limit",
        _ => "another reason",
    }
}
