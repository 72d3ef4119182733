//! Contract lines 1 and 2: one object per key, no money, and nothing leaves that need not.

use std::time::Duration;

use billing_domain::{Begun, Certainty};

use super::certainty::certainty;
use super::orders::{handed_over, order};
use super::{Call, Disturbance, Harness};

/// A port says of its flow what is so: where it is charged, and whose account it is, whatever its keys.
pub async fn the_port_says_which_flow_it_is(harness: &dyn Harness) {
    let port = harness.processor();
    let (order, handover) = handed_over(harness, 1).await;
    assert_eq!(port.capabilities(&port.flow()).charge, harness.charged());
    assert_eq!((&handover.flow, &handover.processor), (&order.flow, &port.account().processor));
    for other in [harness.with_unknown_keys(), harness.unreachable()] {
        assert_eq!((other.account(), other.flow()), (port.account(), port.flow()));
        assert_eq!(other.capabilities(&port.flow()), port.capabilities(&port.flow()));
    }
}

/// Line 1: the same order begun twice is the same hand-over, where the port may repeat it; nothing is taken.
pub async fn begin_moves_no_money(harness: &dyn Harness) {
    let (first, handover) = handed_over(harness, 1).await;
    if repeats_begin(harness) {
        let (again, same) = handed_over(harness, 1).await;
        assert_eq!(first.reference, again.reference);
        assert_eq!(handover.public, same.public);
    }
    let (other, _) = handed_over(harness, 2).await;
    assert_ne!(first.reference, other.reference);
    let truth = harness.truth();
    assert_eq!((truth.captures, truth.given_back), (0, 0), "{truth:?}");
}

/// Line 1, paid in the browser: the same order begun twice is one object. Where a repetition would make a second one, the
/// port says so: a call for it is sent once.
pub async fn begin_makes_one_object_per_key(harness: &dyn Harness) {
    handed_over(harness, 1).await;
    if repeats_begin(harness) {
        handed_over(harness, 1).await;
    }
    assert_eq!(harness.truth().objects, 1);
    handed_over(harness, 2).await;
    assert_eq!((harness.truth().objects, harness.truth().captures), (2, 0));
}

/// Line 1, paid in the browser: an answer lost on the way back does not make a second object, whether the adapter repeats the
/// request itself or the caller does. Where neither may, the call sends once and says that it is in doubt.
pub async fn begin_replays_what_an_unanswered_send_made(harness: &dyn Harness) {
    for (number, disturbance) in [(1, Disturbance::AnswerLost), (2, Disturbance::Hangs)] {
        harness.disturb(Call::Begin, disturbance);
        let before = harness.requests();
        let lost = harness.processor().begin(&order(harness, number)).await;
        harness.calm();
        assert_eq!(certainty(lost), Certainty::Unknown, "nothing was answered");
        assert_eq!(harness.truth().objects, usize::try_from(number).unwrap_or_default());
        if !repeats_begin(harness) {
            assert_eq!(harness.requests(), before + 1, "what may not be repeated is sent once");
            continue;
        }
        let replayed = harness.processor().begin(&order(harness, number)).await;
        assert!(matches!(replayed, Ok(Begun::HandOver { .. })), "{replayed:?}");
        assert_eq!(harness.truth().objects, usize::try_from(number).unwrap_or_default());
    }

    harness.disturb_once(Call::Begin, Disturbance::AnswerLost);
    let _ = harness.processor().begin(&order(harness, 3)).await;
    if repeats_begin(harness) {
        handed_over(harness, 3).await;
    }
    assert_eq!((harness.truth().objects, harness.truth().captures), (3, 0));
}

/// Line 2, paid in the browser: every value that leaves is the amount, the currency, one of our two ids, the key that is made
/// of one of them, or the same for every order.
pub async fn only_the_amount_and_our_ids_leave(harness: &dyn Harness) {
    let (order, _) = handed_over(harness, 1).await;
    let mut allowed = harness.constants();
    allowed.push(harness.written(order.amount));
    allowed.push(order.amount.currency().code().to_owned());
    allowed.push(order.key.0.clone());
    allowed.push(order.payment.to_string());
    allowed.push(order.payable.to_string());
    only_these_leave(&harness.sent(Call::Begin), &allowed);
}

pub(super) fn only_these_leave(sent: &[String], allowed: &[String]) {
    assert!(!sent.is_empty(), "the harness shows what was sent");
    for value in sent {
        let known = allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(value));
        assert!(known, "{value:?} left for the processor");
    }
}

/// Whether a begin may be repeated at all; the orders of a test are as young as can be.
fn repeats_begin(harness: &dyn Harness) -> bool {
    let port = harness.processor();
    port.capabilities(&port.flow()).replay_within > Duration::ZERO
}
