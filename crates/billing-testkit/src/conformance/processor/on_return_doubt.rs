//! Contract lines 3, 7 and 11 in flows charged on return: what a charge without an answer leaves behind. The money may be gone.

use billing_domain::{Certainty, ChargeFact, ChargeOrder, EvidenceMode, QueryError};

use super::certainty::certainty;
use super::on_return::tells_nothing;
use super::orders::{captured, granted};
use super::{Call, Card, Disturbance, Harness};

/// Line 3: a clear no to the only send is `Refused`, and it is true.
pub async fn a_clear_refusal_of_the_only_charge_is_refused(harness: &dyn Harness) {
    let order = granted(harness, 1, Card::Approved).await;
    harness.disturb(Call::Charge, Disturbance::Refused);
    assert_eq!(certainty(harness.processor().charge(&order).await), Certainty::Refused);
    assert_eq!(harness.truth().captures, 0);
}

/// Lines 3 and 11: without an answer that tells, the charge is in doubt and was sent once; the check finds what it took.
pub async fn an_unanswered_charge_is_unknown_and_the_check_finds_it(harness: &dyn Harness) {
    let disturbances = [&Disturbance::TELLS_NOTHING[..], &[Disturbance::Hangs]].concat();
    for (disturbance, number) in disturbances.into_iter().zip(1..) {
        let order = granted(harness, number, Card::Approved).await;
        let before = (harness.requests(), harness.truth().captures);
        harness.disturb(Call::Charge, disturbance);
        let told = harness.processor().charge(&order).await;
        harness.calm();
        assert!(tells_nothing(&told), "{disturbance:?}: {told:?}");
        assert_eq!(harness.requests(), before.0 + 1, "{disturbance:?}: a charge is sent once");
        assert_eq!(harness.truth().captures, before.1 + 1, "{disturbance:?} comes after the effect");
        let checked = harness.processor().observe(&order).await;
        assert!(matches!(checked, Ok(ChargeFact::Succeeded(_))), "{disturbance:?}: {checked:?}");
        assert_eq!(harness.truth().captures, before.1 + 1, "{disturbance:?}");
    }
}

/// Lines 3 and 6: where the processor itself got no answer, nothing is proved, whether the money was taken or not.
pub async fn a_charge_that_timed_out_further_on_proves_nothing(harness: &dyn Harness) {
    let order = granted(harness, 1, Card::Approved).await;
    let before = harness.requests();
    harness.disturb(Call::Charge, Disturbance::TimesOut);
    let told = harness.processor().charge(&order).await;
    assert!(tells_nothing(&told), "{told:?}");
    assert_eq!(harness.requests(), before + 1, "a charge is sent once");
    harness.calm();
    let checked = harness.processor().observe(&order).await;
    assert!(
        matches!(checked, Ok(ChargeFact::Succeeded(_) | ChargeFact::NoEvidence(_)) | Err(_)),
        "the money may be gone: {checked:?}"
    );
}

/// Line 7: a charge that was never heard is in doubt all the same, and not finding it is no end.
pub async fn a_charge_that_was_never_heard_is_no_end(harness: &dyn Harness) {
    let order = granted(harness, 1, Card::Approved).await;
    let before = harness.requests();
    harness.disturb(Call::Charge, Disturbance::Unheard);
    assert_eq!(certainty(harness.processor().charge(&order).await), Certainty::Unknown);
    assert_eq!(harness.requests(), before + 1, "a charge is sent once, also over connections that fail");
    harness.calm();
    let checked = harness.processor().observe(&order).await;
    assert!(matches!(checked, Ok(ChargeFact::NoEvidence(_)) | Err(_)), "{checked:?}");
    assert_eq!(harness.truth().captures, 0);
}

/// Line 3: where nobody was reached, the charge was not sent, and neither was the question.
pub async fn a_charge_that_never_left_is_not_sent(harness: &dyn Harness) {
    let order = granted(harness, 1, Card::Approved).await;
    let before = (harness.requests(), harness.truth());
    let port = harness.unreachable();
    assert_eq!(certainty(port.charge(&order).await), Certainty::NotSent);
    let checked = port.observe(&order).await;
    assert!(matches!(checked, Err(QueryError { sent: false, .. })), "{checked:?}");
    assert_eq!((harness.requests(), harness.truth()), before);
    let told = harness.processor().charge(&order).await;
    assert!(matches!(told, Ok(ChargeFact::Succeeded(_))), "what was not sent can be sent: {told:?}");
}

/// Line 7: the check is one question where only one may be asked, whatever befalls it; and no answer is no end.
pub async fn a_check_is_asked_once_and_its_failure_proves_nothing(harness: &dyn Harness) {
    let port = harness.processor();
    let is_single = matches!(port.capabilities(&port.flow()).evidence, EvidenceMode::Once { .. });
    let disturbances =
        [&Disturbance::TELLS_NOTHING[..], &[Disturbance::Hangs, Disturbance::Refused, Disturbance::Unheard]];
    for (disturbance, number) in disturbances.concat().into_iter().zip(1..) {
        let (order, _) = captured(harness, number).await;
        let before = (harness.requests(), harness.truth());
        harness.disturb(Call::Check, disturbance);
        let checked = port.observe(&order).await;
        harness.calm();
        assert!(
            matches!(checked, Ok(ChargeFact::NoEvidence(_)) | Err(QueryError { sent: true, .. })),
            "{disturbance:?}: {checked:?}"
        );
        if is_single {
            assert_eq!(harness.requests(), before.0 + 1, "{disturbance:?}: a check is asked once");
        }
        assert_eq!(harness.truth(), before.1, "{disturbance:?}: a check changes nothing");
    }
}

/// Line 7: what was never charged is not found, and that is no end.
pub async fn a_charge_that_was_never_made_is_not_found(harness: &dyn Harness) {
    let order: ChargeOrder = granted(harness, 1, Card::Approved).await;
    let checked = harness.processor().observe(&order).await;
    assert!(matches!(checked, Ok(ChargeFact::NoEvidence(_)) | Err(_)), "{checked:?}");
    assert_eq!(harness.truth().captures, 0);
    // The question was none that charges: the order can still be charged.
    let told = harness.processor().charge(&order).await;
    assert!(matches!(told, Ok(ChargeFact::Succeeded(_))), "{told:?}");
}
