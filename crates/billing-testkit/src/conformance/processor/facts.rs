//! Contract lines 4, 5 and 6 in flows paid in the browser: what an answer is taken for.

use billing_domain::{
    Begun, CardGrant, Certainty, ChargeFact, ChargeOrder, Difference, Money, ProcessorErrorKind, QueryError,
    SubmitError, Why,
};
use secrecy::SecretString;

use super::orders::{handed_over, order, paid};
use super::{Call, Card, Disturbance, Harness};

/// Line 4: looking and reopening leave everything as it was, and say what is.
pub async fn looking_changes_nothing(harness: &dyn Harness) {
    let port = harness.processor();
    let (open, _) = handed_over(harness, 1).await;
    let before = harness.truth();
    for _ in 0..2 {
        let observed = port.observe(&open).await;
        assert!(observed.as_ref().is_ok_and(|fact| is_open(fact, false)), "{observed:?}");
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
    let echoes = harness.echoes(Call::Observe);
    assert!(echoes.contains(&Difference::Amount) && echoes.len() > 1, "an amount and an id: {echoes:?}");
    for difference in echoes.iter().copied() {
        harness.disturb_once(Call::Observe, Disturbance::Differs(difference));
        assert_mismatch(port.observe(&order).await, difference);
    }

    let others = ChargeOrder { payable: super::order(harness, 2).payable, ..order.clone() };
    if echoes.contains(&Difference::InvoiceId) {
        assert_mismatch(port.observe(&others).await, Difference::InvoiceId);
    }
    let less = ChargeOrder { amount: Money::new(1_049, order.amount.currency()), ..order.clone() };
    let observed = port.observe(&less).await;
    let Ok(ChargeFact::Mismatch(seen)) = observed else { panic!("{observed:?}") };
    assert_eq!(seen.differs, [Difference::Amount]);
    assert_eq!(seen.captured.map(|capture| capture.amount), Some(order.amount));
}

fn assert_mismatch(observed: Result<ChargeFact, QueryError>, difference: Difference) {
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
        Ok(open) if is_open(&open, true) => {}
        other => panic!("{other:?}"),
    }
    let again = port.observe(&order).await;
    assert!(again.as_ref().is_ok_and(|fact| is_open(fact, true)), "{again:?}");
    harness.pay(&handover, Card::Approved).await;
    let observed = port.observe(&order).await;
    assert!(matches!(observed, Ok(ChargeFact::Succeeded(_))), "{observed:?}");
    assert_eq!((harness.truth().objects, harness.truth().captures), (1, 1));
}

/// The charge can still be paid. A processor that says nothing of a charge before it ends is "not finished" all the while.
fn is_open(fact: &ChargeFact, was_refused: bool) -> bool {
    match fact {
        ChargeFact::Live { last } => last.is_some() == was_refused,
        ChargeFact::NoEvidence(why) => *why == Why::NotFinished,
        _ => false,
    }
}

/// What the cardholder pays in the browser, our server never charges: no grant is taken, and nothing is sent.
pub async fn what_is_paid_in_the_browser_is_not_charged_by_us(harness: &dyn Harness) {
    let (order, _) = handed_over(harness, 1).await;
    let port = harness.processor();
    let before = (harness.requests(), harness.truth());
    let reference = order.reference.clone().unwrap_or_else(|| harness.unknown_reference());
    let grant = CardGrant { reference, token: SecretString::from("ot-of-another-processor-1234") };
    assert_eq!(port.accepts_grant(&grant), Err(ProcessorErrorKind::Unsupported));
    let charged = port.charge(&ChargeOrder { secret: Some(grant.token), ..order }).await;
    assert!(
        matches!(&charged, Err(SubmitError { certainty: Certainty::NotSent, cause, .. }) if cause.kind == ProcessorErrorKind::Unsupported),
        "{charged:?}"
    );
    assert_eq!((harness.requests(), harness.truth()), before);
}
