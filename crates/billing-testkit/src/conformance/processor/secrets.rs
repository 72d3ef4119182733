//! Contract line 9: whatever is shown, no secret is in it.

use std::error::Error;
use std::fmt::{Debug, Display};
use std::sync::Arc;

use billing_domain::{ChargeOrder, ChargePlace, Handover, PaymentProcessor, RefundOrder};
use secrecy::{ExposeSecret, SecretString};

use super::cancel::can_cancel;
use super::certainty::is_observable;
use super::lists::has_lists;
use super::orders::{captured, handed_over, order, refund_order, with_grant};
use super::{Call, Card, Disturbance, Harness};

/// Line 9: Debug of the port, of hand-overs and of facts, and Debug and texts of errors with all their causes, hold neither
/// a key nor a token nor a client secret.
pub async fn nothing_shown_holds_a_secret(harness: &dyn Harness) {
    let mut shown = Vec::new();
    let (taken, capture) = captured(harness, 1).await;
    let (open, handover) = open(harness, 2, Card::Refused).await;
    let refund = refund_order(harness, &taken, &capture, 1, 400);
    shown.push(format!("{taken:?} {open:?} {handover:?} {refund:?}"));
    for port in [harness.processor(), harness.with_unknown_keys(), harness.unreachable()] {
        show_calls(harness, &port, &open, &refund, &mut shown).await;
    }
    for disturbance in [Disturbance::Refused, Disturbance::AnswerLost, Disturbance::FailsAfterEffect] {
        for call in calls(harness) {
            harness.disturb(call, disturbance);
        }
        show_calls(harness, &harness.processor(), &open, &refund, &mut shown).await;
        harness.calm();
    }
    if harness.charged() == ChargePlace::InBrowser {
        harness.pay(&handover, Card::Refused).await;
        show_calls(harness, &harness.processor(), &open, &refund, &mut shown).await;
    }
    let mut secrets = harness.secrets();
    let kept = [&handover.secret, &open.secret, &taken.secret];
    secrets.extend(kept.into_iter().flatten().map(exposed));
    assert!(!secrets.is_empty(), "the harness names its secrets");
    for text in shown {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "a secret is shown in: {text}");
        }
    }
}

/// An order that can be paid, with the grant that pays it where that is done on return.
async fn open(harness: &dyn Harness, number: u128, card: Card) -> (ChargeOrder, Handover) {
    let (order, handover) = handed_over(harness, number).await;
    if harness.charged() == ChargePlace::InBrowser {
        return (order, handover);
    }
    let grant = harness.grant(&handover, card).await;
    (with_grant(&order, grant), handover)
}

/// Every operation that makes requests here.
fn calls(harness: &dyn Harness) -> Vec<Call> {
    let mut calls = match harness.charged() {
        ChargePlace::OnReturn => vec![Call::Charge, Call::Check],
        _ => vec![Call::Begin, Call::Observe],
    };
    calls.push(Call::Refund);
    if is_observable(harness) {
        calls.push(Call::CheckRefund);
    }
    if can_cancel(harness) {
        calls.push(Call::Cancel);
    }
    if has_lists(harness) {
        calls.push(Call::ObserveMany);
    }
    calls
}

async fn show_calls(
    harness: &dyn Harness,
    port: &Arc<dyn PaymentProcessor>,
    open: &ChargeOrder,
    refund: &RefundOrder,
    shown: &mut Vec<String>,
) {
    shown.push(format!("{port:?}"));
    shown.push(text(port.begin(&order(harness, 3)).await));
    shown.push(text(port.resume(open).await));
    shown.push(text(port.observe(open).await));
    shown.push(text(port.observe_many(std::slice::from_ref(open)).await));
    shown.push(text(port.charge(open).await));
    shown.push(text(port.refund(refund).await));
    shown.push(text(port.observe_refund(refund).await));
    // Under a try number of its own each time it would end the charge that the others look at.
    shown.push(text(port.cancel(&ChargeOrder { reference: None, ..open.clone() }, 1).await));
}

fn text<T: Debug, E: Debug + Display + Error>(result: Result<T, E>) -> String {
    match result {
        Ok(fact) => format!("{fact:?}"),
        Err(error) => {
            let mut causes = Vec::new();
            let mut next = error.source();
            while let Some(cause) = next {
                causes.push(format!("{cause} {cause:?}"));
                next = cause.source();
            }
            format!("{error} {error:?} {}", causes.join(" "))
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "to look for it in what is shown")]
fn exposed(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}
