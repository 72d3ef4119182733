//! Contract lines 3 and 12 for refunds: what an error says, and that a lost answer never gives money back a second time.

use billing_domain::{Certainty, RefundFact, RefundOrder, SubmitError};

use super::certainty::{certainty, is_observable};
use super::orders::{captured, refund_order};
use super::refunds::gives_back;
use super::{Call, Disturbance, Harness};

/// Line 3: a clear no to the only send is `Refused`, and nothing went back.
pub async fn a_clear_refusal_of_the_only_refund_is_refused(harness: &dyn Harness) {
    let (order, capture) = captured(harness, 1).await;
    let refund = refund_order(harness, &order, &capture, 1, 400);
    harness.disturb(Call::Refund, Disturbance::Refused);
    assert_eq!(certainty(harness.processor().refund(&refund).await), Certainty::Refused);
    assert_eq!((harness.truth().refunds, harness.truth().given_back), (0, 0));
}

/// Lines 3 and 12: without an answer that tells, the refund is in doubt. Where it may be repeated or asked about, either finds it;
/// where it may not, it was sent once. Money went back once.
pub async fn an_unanswered_refund_is_unknown_and_gives_back_once(harness: &dyn Harness) {
    let disturbances = [&Disturbance::TELLS_NOTHING[..], &[Disturbance::Hangs]].concat();
    for (disturbance, number) in disturbances.into_iter().zip(1..) {
        let (order, capture) = captured(harness, number).await;
        let refund = refund_order(harness, &order, &capture, number, 400);
        let before = (harness.requests(), harness.truth());
        harness.disturb(Call::Refund, disturbance);
        let told = harness.processor().refund(&refund).await;
        harness.calm();
        assert_eq!(certainty(told), Certainty::Unknown, "{disturbance:?}");
        assert_eq!(harness.truth().refunds, before.1.refunds + 1, "{disturbance:?} comes after the effect");
        if is_observable(harness) {
            is_found_again(harness, &refund, disturbance).await;
        } else {
            assert_eq!(harness.requests(), before.0 + 1, "{disturbance:?}: sent once");
        }
        let truth = harness.truth();
        let once = (before.1.refunds + 1, before.1.given_back + 400);
        assert_eq!((truth.refunds, truth.given_back), once, "{disturbance:?}");
    }
}

async fn is_found_again(harness: &dyn Harness, refund: &RefundOrder, disturbance: Disturbance) {
    let observed = harness.processor().observe_refund(refund).await;
    assert!(observed.as_ref().is_ok_and(gives_back), "{disturbance:?}: {observed:?}");
    // A processor may have stored its own failure under the key; then the repetition does not tell either.
    let again = harness.processor().refund(refund).await;
    match &again {
        Ok(fact) => assert_eq!(Some(fact), observed.ok().as_ref(), "{disturbance:?}"),
        Err(error) => assert_eq!(error.certainty, Certainty::Unknown, "{disturbance:?}: {error:?}"),
    }
}

/// Line 3: a refund that was never heard is in doubt all the same, and not finding it proves nothing. Where it may be repeated, the
/// repetition gives the money back.
pub async fn a_refund_that_was_never_heard_stays_in_doubt(harness: &dyn Harness) {
    let (order, capture) = captured(harness, 1).await;
    let refund = refund_order(harness, &order, &capture, 1, 400);
    let port = harness.processor();
    harness.disturb(Call::Refund, Disturbance::Unheard);
    let before = harness.requests();
    assert_eq!(certainty(port.refund(&refund).await), Certainty::Unknown);
    assert_eq!(harness.truth().given_back, 0);
    harness.calm();
    if !is_observable(harness) {
        assert_eq!(harness.requests(), before + 1, "sent once");
        return;
    }
    let observed = port.observe_refund(&refund).await;
    assert!(matches!(observed, Ok(RefundFact::NoEvidence(_))), "{observed:?}");
    let again = port.refund(&refund).await;
    assert!(again.as_ref().is_ok_and(gives_back), "{again:?}");
    assert_eq!((harness.truth().refunds, harness.truth().given_back), (1, 400));
}

/// Line 3: a refusal tells nothing of an earlier send of the same call, and nothing counts as stored that is not.
pub async fn a_refusal_after_a_refund_in_doubt_stays_in_doubt(harness: &dyn Harness) {
    let (order, capture) = captured(harness, 1).await;
    let refund = refund_order(harness, &order, &capture, 1, 400);
    harness.disturb_once(Call::Refund, Disturbance::AnswerLost);
    harness.disturb(Call::Refund, Disturbance::Refused);
    let told = harness.processor().refund(&refund).await;
    assert!(
        matches!(told, Err(SubmitError { certainty: Certainty::Unknown, stored: false, .. })),
        "{told:?}"
    );
    if is_observable(harness) {
        // The caller's own repetition, in another call: its refusal is not the first send's outcome.
        let told = harness.processor().refund(&refund).await;
        assert!(matches!(told, Err(SubmitError { stored: false, .. })), "{told:?}");
    }
    assert_eq!((harness.truth().refunds, harness.truth().given_back), (1, 400));
}
