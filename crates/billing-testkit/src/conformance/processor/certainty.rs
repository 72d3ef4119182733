//! Contract lines 3, 7 and 10: what an error says about what it left behind, and when it comes.

use billing_domain::{
    CancelMode, Certainty, ChargeFact, ChargeOrder, ProcessorErrorKind, Proof, QueryError, SubmitError,
};
use tokio::time::{Duration, Instant};

use super::{Call, Disturbance, Harness, handed_over, order};

/// Line 3: where nobody was reached, nothing was sent.
pub async fn what_never_left_is_not_sent(harness: &dyn Harness) {
    let (open, _) = handed_over(harness, 1).await;
    let before = harness.requests();
    let port = harness.unreachable();
    assert_eq!(certainty(port.begin(&order(harness, 2)).await), Certainty::NotSent);
    assert_eq!(certainty(port.cancel(&open, 1).await), Certainty::NotSent);
    let read = port.observe(&open).await;
    assert!(matches!(read, Err(QueryError { sent: false, .. })), "{read:?}");
    assert_eq!(harness.requests(), before);
}

/// Line 3: a clear no to the only send is `Refused`, and it is true.
pub async fn a_clear_refusal_of_the_only_send_is_refused(harness: &dyn Harness) {
    let (open, _) = handed_over(harness, 1).await;
    let before = harness.truth();
    harness.disturb(Call::Begin, Disturbance::Refused);
    harness.disturb(Call::Cancel, Disturbance::Refused);
    let port = harness.processor();
    assert_eq!(certainty(port.begin(&order(harness, 2)).await), Certainty::Refused);
    if can_cancel(harness, &open) {
        assert_eq!(certainty(port.cancel(&open, 1).await), Certainty::Refused);
    }
    assert_eq!(harness.truth(), before);
}

/// Line 3: no answer, a failure and an answer that cannot be trusted leave it unknown.
pub async fn an_unanswered_send_is_unknown(harness: &dyn Harness) {
    let (open, _) = handed_over(harness, 1).await;
    let port = harness.processor();
    for (number, disturbance) in [(2, Disturbance::AnswerLost), (3, Disturbance::FailsAfterEffect)] {
        harness.disturb(Call::Begin, disturbance);
        harness.disturb(Call::Cancel, disturbance);
        let begun = port.begin(&order(harness, number)).await;
        assert_eq!(certainty(begun), Certainty::Unknown, "{disturbance:?}");
        if can_cancel(harness, &open) {
            let cancelled = port.cancel(&open, u32::try_from(number).unwrap_or(1)).await;
            assert_unknown_or_dead(cancelled);
        }
        harness.calm();
    }
}

/// A cancel whose first answer was lost may have learnt from its own repetition that the charge is dead.
fn assert_unknown_or_dead(cancelled: Result<ChargeFact, SubmitError>) {
    match cancelled {
        Ok(ChargeFact::Dead(Proof::Canceled)) | Err(SubmitError { certainty: Certainty::Unknown, .. }) => {}
        other => panic!("{other:?}"),
    }
}

/// Line 3: a refusal tells nothing of an earlier send of the same call.
pub async fn a_refusal_after_a_send_in_doubt_stays_in_doubt(harness: &dyn Harness) {
    harness.disturb_once(Call::Begin, Disturbance::AnswerLost);
    harness.disturb(Call::Begin, Disturbance::Refused);
    assert_eq!(certainty(harness.processor().begin(&order(harness, 1)).await), Certainty::Unknown);
    assert_eq!(harness.truth().objects, 1);
}

/// Line 7: a reference that the processor does not know, and none at all, are no end.
pub async fn not_found_proves_nothing(harness: &dyn Harness) {
    let mut order = order(harness, 1);
    let port = harness.processor();
    for reference in [None, Some(harness.unknown_reference())] {
        order.reference = reference;
        let observed = port.observe(&order).await;
        assert!(matches!(observed, Ok(ChargeFact::NoEvidence(_)) | Err(_)), "{observed:?}");
        let resumed = port.resume(&order).await;
        assert!(
            matches!(resumed, Ok(billing_domain::Begun::Known(ChargeFact::NoEvidence(_))) | Err(_)),
            "{resumed:?}"
        );
        let cancelled = port.cancel(&order, 1).await;
        assert!(matches!(cancelled, Ok(ChargeFact::NoEvidence(_)) | Err(_)), "{cancelled:?}");
    }
}

/// Line 7: a refused key is an error that says so, and no fact.
pub async fn a_refused_key_proves_nothing(harness: &dyn Harness) {
    let (open, _) = handed_over(harness, 1).await;
    let port = harness.with_unknown_keys();
    let rejected = |kind: &ProcessorErrorKind| *kind == ProcessorErrorKind::CredentialsRejected;
    let observed = port.observe(&open).await;
    assert!(observed.as_ref().is_err_and(|error| rejected(&error.cause.kind)), "{observed:?}");
    let resumed = port.resume(&open).await;
    assert!(resumed.as_ref().is_err_and(|error| rejected(&error.cause.kind)), "{resumed:?}");
    let begun = port.begin(&order(harness, 2)).await;
    assert!(begun.as_ref().is_err_and(|error| rejected(&error.cause.kind)), "{begun:?}");
    if can_cancel(harness, &open) {
        let cancelled = port.cancel(&open, 1).await;
        assert!(cancelled.as_ref().is_err_and(|error| rejected(&error.cause.kind)), "{cancelled:?}");
    }
}

/// Line 10: a processor that does not answer does not hold a call for longer than its deadline.
pub async fn every_call_ends_within_its_deadline(harness: &dyn Harness) {
    let (open, _) = handed_over(harness, 1).await;
    for call in [Call::Begin, Call::Cancel, Call::Observe] {
        harness.disturb(call, Disturbance::Hangs);
    }
    let port = harness.processor();
    // What a busy machine may add.
    let longest = harness.deadline() + Duration::from_secs(1);
    let started = Instant::now();
    assert_eq!(certainty(port.begin(&order(harness, 2)).await), Certainty::Unknown);
    assert!(started.elapsed() <= longest, "begin took {:?}", started.elapsed());

    let started = Instant::now();
    let observed = port.observe(&open).await;
    assert!(matches!(observed, Err(QueryError { sent: true, .. })), "{observed:?}");
    assert!(started.elapsed() <= longest, "observe took {:?}", started.elapsed());

    let started = Instant::now();
    let _ = port.cancel(&open, 1).await;
    assert!(started.elapsed() <= longest, "cancel took {:?}", started.elapsed());
}

fn can_cancel(harness: &dyn Harness, order: &ChargeOrder) -> bool {
    harness.processor().capabilities(&order.flow).cancel == CancelMode::AtProcessor
}

fn certainty<T: std::fmt::Debug>(result: Result<T, SubmitError>) -> Certainty {
    match result {
        Ok(fact) => panic!("an error is due, not {fact:?}"),
        Err(error) => error.certainty,
    }
}
