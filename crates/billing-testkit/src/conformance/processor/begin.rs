//! Contract lines 1 and 2: one object per key, no money, and nothing leaves that need not.

use billing_domain::Begun;

use super::{Call, Disturbance, Harness, handed_over, order};

/// Line 1: the same order begun twice is one object and the same hand-over; nothing is taken.
pub async fn begin_makes_one_object_per_key_and_moves_no_money(harness: &dyn Harness) {
    let (first, _) = handed_over(harness, 1).await;
    let (again, _) = handed_over(harness, 1).await;
    assert_eq!(first.reference, again.reference);
    assert_eq!(harness.truth().objects, 1);

    let (other, _) = handed_over(harness, 2).await;
    assert_ne!(first.reference, other.reference);
    assert_eq!((harness.truth().objects, harness.truth().captures), (2, 0));
}

/// Line 1: an answer lost on the way back does not make a second object, whether the adapter repeats the request itself
/// or the caller does.
pub async fn begin_replays_what_an_unanswered_send_made(harness: &dyn Harness) {
    for disturbance in [Disturbance::AnswerLost, Disturbance::Hangs] {
        let number = if disturbance == Disturbance::Hangs { 2 } else { 1 };
        harness.disturb(Call::Begin, disturbance);
        let lost = harness.processor().begin(&order(harness, number)).await;
        assert!(lost.is_err(), "nothing was answered: {lost:?}");
        harness.calm();
        let replayed = harness.processor().begin(&order(harness, number)).await;
        assert!(matches!(replayed, Ok(Begun::HandOver { .. })), "{replayed:?}");
        assert_eq!(harness.truth().objects, usize::try_from(number).unwrap_or_default());
    }

    harness.disturb_once(Call::Begin, Disturbance::AnswerLost);
    let _ = harness.processor().begin(&order(harness, 3)).await;
    handed_over(harness, 3).await;
    assert_eq!((harness.truth().objects, harness.truth().captures), (3, 0));
}

/// Line 2: every value that leaves is the amount, the currency, one of our two ids, the key that is made of one of them, or
/// the same for every order.
pub async fn only_the_amount_and_our_ids_leave(harness: &dyn Harness) {
    let (order, _) = handed_over(harness, 1).await;
    let mut allowed = harness.constants();
    allowed.push(harness.written(order.amount));
    allowed.push(order.amount.currency().code().to_ascii_lowercase());
    allowed.push(order.key.0.clone());
    allowed.push(order.payment.to_string());
    allowed.push(order.payable.to_string());
    let sent = harness.sent(Call::Begin);
    assert!(!sent.is_empty(), "the harness shows what was sent");
    for value in sent {
        let known = allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(&value));
        assert!(known, "{value:?} left for the processor");
    }
}
