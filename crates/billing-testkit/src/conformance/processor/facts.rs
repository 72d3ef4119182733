//! Contract lines 4, 5, 6 and 8: what an answer is taken for.

use billing_domain::{Begun, CancelMode, ChargeFact, Difference, Money, PayableId, Proof};

use super::{Call, Card, Disturbance, Harness, handed_over, order, paid};

/// Line 4: looking and reopening leave everything as it was, and say what is.
pub async fn looking_changes_nothing(harness: &dyn Harness) {
    let port = harness.processor();
    let (open, _) = handed_over(harness, 1).await;
    let before = harness.truth();
    for _ in 0..2 {
        let observed = port.observe(&open).await;
        assert!(matches!(observed, Ok(ChargeFact::Live { last: None })), "{observed:?}");
        let resumed = port.resume(&open).await;
        let same = |begun: &Begun| matches!(begun, Begun::HandOver { reference, .. } if Some(reference) == open.reference.as_ref());
        assert!(resumed.as_ref().is_ok_and(same), "{resumed:?}");
    }
    assert_eq!(harness.truth(), before);
}

/// Line 5: money taken for exactly what was asked is a success, and says what was taken.
pub async fn a_success_that_matches_is_a_success(harness: &dyn Harness) {
    let order = paid(harness, 1).await;
    let before = harness.truth();
    let port = harness.processor();
    for _ in 0..2 {
        let observed = port.observe(&order).await;
        let Ok(ChargeFact::Succeeded(capture)) = observed else { panic!("{observed:?}") };
        assert_eq!(capture.amount, order.amount);
        assert_eq!(Some(&capture.reference), order.reference.as_ref());
        let resumed = port.resume(&order).await;
        assert!(matches!(&resumed, Ok(Begun::Known(ChargeFact::Succeeded(_)))), "{resumed:?}");
    }
    assert_eq!(harness.truth(), before);
}

/// Line 5: a success that is not what was asked is a mismatch that says in what, and what was taken.
pub async fn a_success_that_differs_is_a_mismatch(harness: &dyn Harness) {
    let order = paid(harness, 1).await;
    let port = harness.processor();
    for difference in [
        Difference::Amount,
        Difference::Currency,
        Difference::InvoiceId,
        Difference::Mode,
        Difference::PaymentId,
        Difference::Reference,
    ] {
        harness.disturb_once(Call::Observe, Disturbance::Differs(difference));
        assert_mismatch(port.observe(&order).await, difference);
    }

    let other = paid_order_of_another(harness, &order);
    assert_mismatch(port.observe(&other).await, Difference::InvoiceId);
    let less =
        billing_domain::ChargeOrder { amount: Money::new(1_049, order.amount.currency()), ..order.clone() };
    let observed = port.observe(&less).await;
    let Ok(ChargeFact::Mismatch(seen)) = observed else { panic!("{observed:?}") };
    assert_eq!(seen.differs, [Difference::Amount]);
    assert_eq!(seen.captured.map(|capture| capture.amount), Some(order.amount));
}

fn paid_order_of_another(
    harness: &dyn Harness,
    order: &billing_domain::ChargeOrder,
) -> billing_domain::ChargeOrder {
    let payable: PayableId = super::order(harness, 2).payable;
    billing_domain::ChargeOrder { payable, ..order.clone() }
}

fn assert_mismatch(observed: Result<ChargeFact, billing_domain::QueryError>, difference: Difference) {
    match observed {
        Ok(ChargeFact::Mismatch(seen)) => assert!(seen.differs.contains(&difference), "{seen:?}"),
        other => panic!("{difference:?} differs, and the answer is {other:?}"),
    }
}

/// Line 6: a status nobody knows is no success and no end, also of a charge that was paid.
pub async fn what_is_not_known_proves_nothing(harness: &dyn Harness) {
    let port = harness.processor();
    let paid = paid(harness, 1).await;
    for call in [Call::Begin, Call::Observe] {
        harness.disturb(call, Disturbance::UnknownStatus);
    }
    let observed = port.observe(&paid).await;
    assert!(matches!(observed, Ok(ChargeFact::NoEvidence(_))), "{observed:?}");
    let resumed = port.resume(&paid).await;
    assert!(matches!(resumed, Ok(Begun::Known(ChargeFact::NoEvidence(_)))), "{resumed:?}");
    let begun = port.begin(&order(harness, 2)).await;
    assert!(matches!(begun, Ok(Begun::Known(ChargeFact::NoEvidence(_))) | Err(_)), "{begun:?}");
}

/// A refused card is a fact with a reason. Where the same object can still be paid, it is, once.
pub async fn a_card_that_is_refused_is_a_fact(harness: &dyn Harness) {
    let port = harness.processor();
    let (order, handover) = handed_over(harness, 1).await;
    harness.pay(&handover, Card::Refused).await;
    match port.observe(&order).await {
        Ok(ChargeFact::Declined(_)) => return,
        Ok(ChargeFact::Live { last: Some(_) }) => {}
        other => panic!("{other:?}"),
    }
    let again = port.observe(&order).await;
    assert!(matches!(again, Ok(ChargeFact::Live { last: Some(_) })), "{again:?}");
    harness.pay(&handover, Card::Approved).await;
    let observed = port.observe(&order).await;
    assert!(matches!(observed, Ok(ChargeFact::Succeeded(_))), "{observed:?}");
    assert_eq!((harness.truth().objects, harness.truth().captures), (1, 1));
}

/// Line 8: what was paid stays paid.
pub async fn cancelling_what_was_paid_answers_succeeded(harness: &dyn Harness) {
    let order = paid(harness, 1).await;
    if harness.processor().capabilities(&order.flow).cancel != CancelMode::AtProcessor {
        return;
    }
    for try_no in 1..=2 {
        let cancelled = harness.processor().cancel(&order, try_no).await;
        assert!(matches!(cancelled, Ok(ChargeFact::Succeeded(_))), "{cancelled:?}");
    }
    assert_eq!(harness.truth().captures, 1);
}

/// What is cancelled is dead, stays dead, and cannot be paid any more.
pub async fn cancelling_what_is_open_ends_it(harness: &dyn Harness) {
    let (order, handover) = handed_over(harness, 1).await;
    let port = harness.processor();
    if port.capabilities(&order.flow).cancel != CancelMode::AtProcessor {
        return;
    }
    for try_no in [1, 1, 2] {
        let cancelled = port.cancel(&order, try_no).await;
        assert!(matches!(cancelled, Ok(ChargeFact::Dead(Proof::Canceled))), "{cancelled:?}");
    }
    harness.pay(&handover, Card::Approved).await;
    assert_eq!(harness.truth().captures, 0);
    let observed = port.observe(&order).await;
    assert!(matches!(observed, Ok(ChargeFact::Dead(Proof::Canceled))), "{observed:?}");
}
