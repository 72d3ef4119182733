//! Contract lines 3, 7 and 10: what an error says about what it left behind, and when it comes. Lines about a charge made on
//! return or about a refund are in the files named after them.

use std::fmt::Debug;

use billing_domain::payment::CaptureSource;
use billing_domain::payment::{Capture, Reference};
use billing_domain::{
    Begun, Certainty, ChargeFact, ChargeOrder, ChargePlace, ProcessorErrorKind, Proof, QueryError,
    RefundCare, RefundPlan, SubmitError,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Duration, Instant};

use super::cancel::can_cancel;
use super::lists::has_lists;
use super::orders::{captured, granted, handed_over, order, planned, refund_order};
use super::{Call, Card, Disturbance, Harness};

/// Line 3: where nobody was reached, nothing was sent.
pub async fn what_never_left_is_not_sent(harness: &dyn Harness) {
    let (taken, capture) = captured(harness, 1).await;
    let before = (harness.requests(), harness.truth());
    let port = harness.unreachable();
    let refund = refund_order(harness, &taken, &capture, 1, 400);
    assert_eq!(certainty(port.refund(&refund).await), Certainty::NotSent);
    let read = port.observe_refund(&refund).await;
    assert!(matches!(read, Err(QueryError { sent: false, .. })), "{read:?}");
    let read = port.observe(&taken).await;
    assert!(matches!(read, Err(QueryError { sent: false, .. })), "{read:?}");
    assert_eq!(certainty(port.cancel(&taken, 1).await), Certainty::NotSent);
    if harness.charged() == ChargePlace::InBrowser {
        assert_eq!(certainty(port.begin(&order(harness, 2)).await), Certainty::NotSent);
    }
    assert_eq!((harness.requests(), harness.truth()), before);
}

/// Line 3, paid in the browser: a clear no to the only send is `Refused`, and it is true.
pub async fn a_clear_refusal_of_the_only_send_is_refused(harness: &dyn Harness) {
    let (open, _) = handed_over(harness, 1).await;
    let before = harness.truth();
    harness.disturb(Call::Begin, Disturbance::Refused);
    let port = harness.processor();
    assert_eq!(certainty(port.begin(&order(harness, 2)).await), Certainty::Refused);
    if can_cancel(harness) {
        harness.disturb(Call::Cancel, Disturbance::Refused);
        assert_eq!(certainty(port.cancel(&open, 1).await), Certainty::Refused);
    }
    assert_eq!(harness.truth(), before);
}

/// Line 3, paid in the browser: no answer, a failure and an answer that cannot be trusted leave it unknown.
pub async fn an_unanswered_send_is_unknown(harness: &dyn Harness) {
    let (open, _) = handed_over(harness, 1).await;
    let port = harness.processor();
    for (disturbance, number) in Disturbance::TELLS_NOTHING.into_iter().zip(2..) {
        harness.disturb(Call::Begin, disturbance);
        let begun = port.begin(&order(harness, number)).await;
        assert_eq!(certainty(begun), Certainty::Unknown, "{disturbance:?}");
        if can_cancel(harness) {
            harness.disturb(Call::Cancel, disturbance);
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

/// Line 3, paid in the browser: a refusal tells nothing of an earlier send of the same call.
pub async fn a_refusal_after_a_send_in_doubt_stays_in_doubt(harness: &dyn Harness) {
    harness.disturb_once(Call::Begin, Disturbance::AnswerLost);
    harness.disturb(Call::Begin, Disturbance::Refused);
    assert_eq!(certainty(harness.processor().begin(&order(harness, 1)).await), Certainty::Unknown);
    assert_eq!(harness.truth().objects, 1);
}

/// Line 7: a reference that the processor does not know, and none at all, are no end, of a charge or of a refund.
pub async fn not_found_proves_nothing(harness: &dyn Harness) {
    let mut order = order(harness, 1);
    let port = harness.processor();
    for known in [None, Some(harness.unknown_reference())] {
        order.secret = if known.is_some() { harness.unknown_secret() } else { None };
        order.reference = known;
        let observed = port.observe(&order).await;
        assert!(matches!(observed, Ok(ChargeFact::NoEvidence(_)) | Err(_)), "{observed:?}");
        if harness.charged() == ChargePlace::InBrowser {
            let resumed = port.resume(&order).await;
            assert!(resumed.as_ref().map_or(true, |begun| is_no_end(begun, &order)), "{resumed:?}");
        }
        let cancelled = port.cancel(&order, 1).await;
        assert!(matches!(cancelled, Ok(ChargeFact::NoEvidence(_)) | Err(_)), "{cancelled:?}");
    }

    let nowhere = Capture { reference: harness.unknown_reference(), ..no_capture(&order) };
    let mut refund = planned(&order, &nowhere, 1, 400, RefundPlan::Refund);
    for known in [None, harness.unknown_refund()] {
        refund.reference = known;
        let observed = port.observe_refund(&refund).await;
        assert!(matches!(observed, Ok(billing_domain::RefundFact::NoEvidence(_)) | Err(_)), "{observed:?}");
    }
    assert_eq!(harness.truth().given_back, 0);
}

/// Nothing is known of it; or, where a processor says the same of what is open and of what it never gave, it is handed over again as it
/// was kept, and nothing new is.
fn is_no_end(begun: &Begun, order: &ChargeOrder) -> bool {
    match (begun, &order.secret) {
        (Begun::Known(fact), _) => matches!(fact, ChargeFact::NoEvidence(_)),
        (Begun::HandOver { keep: Some(keep), .. }, Some(kept)) => exposed(keep) == exposed(kept),
        (Begun::HandOver { .. }, _) => false,
    }
}

#[expect(clippy::disallowed_methods, reason = "to compare it with what was kept")]
fn exposed(secret: &SecretString) -> &str {
    secret.expose_secret()
}

fn no_capture(order: &ChargeOrder) -> Capture {
    Capture {
        amount: order.amount,
        reference: Reference(String::new()),
        charge: None,
        auth_code: None,
        receipt_number: None,
        brand: None,
        last4: None,
        captured_at: None,
        source: CaptureSource::Processor,
    }
}

/// Line 7: a refused key is an error that says so, and no fact.
pub async fn a_refused_key_proves_nothing(harness: &dyn Harness) {
    let (taken, capture) = captured(harness, 1).await;
    let before = harness.truth();
    let port = harness.with_unknown_keys();
    let read = port.observe(&taken).await;
    assert!(matches!(&read, Err(error) if says_rejected(&error.cause.kind)), "{read:?}");
    let refund = refund_order(harness, &taken, &capture, 1, 400);
    says_refused(&port.refund(&refund).await);
    if is_observable(harness) {
        let read = port.observe_refund(&refund).await;
        assert!(matches!(&read, Err(error) if says_rejected(&error.cause.kind)), "{read:?}");
    }
    if can_cancel(harness) {
        says_refused(&port.cancel(&taken, 1).await);
    }
    assert_eq!(harness.truth(), before);
    if harness.charged() == ChargePlace::OnReturn {
        let open = granted(harness, 2, Card::Approved).await;
        says_refused(&port.charge(&open).await);
    } else {
        let resumed = port.resume(&taken).await;
        assert!(matches!(&resumed, Err(error) if says_rejected(&error.cause.kind)), "{resumed:?}");
        says_refused(&port.begin(&order(harness, 2)).await);
    }
    assert_eq!((harness.truth().captures, harness.truth().given_back), (1, 0));
}

fn says_refused<T: Debug>(said: &Result<T, SubmitError>) {
    let clearly =
        |error: &SubmitError| says_rejected(&error.cause.kind) && error.certainty == Certainty::Refused;
    assert!(said.as_ref().is_err_and(clearly), "{said:?}");
}

fn says_rejected(kind: &ProcessorErrorKind) -> bool {
    *kind == ProcessorErrorKind::CredentialsRejected
}

/// Line 10: a processor that does not answer does not hold a call for longer than its deadline.
pub async fn every_call_ends_within_its_deadline(harness: &dyn Harness) {
    let (taken, capture) = captured(harness, 1).await;
    let (open, _) = handed_over(harness, 2).await;
    let refund = refund_order(harness, &taken, &capture, 1, 400);
    let port = harness.processor();
    let in_doubt = |error: &SubmitError| error.certainty == Certainty::Unknown;
    if harness.charged() == ChargePlace::OnReturn {
        let ready = granted(harness, 3, Card::Approved).await;
        hang(harness, &[Call::Charge, Call::Check]);
        assert!(in_time(harness, port.charge(&ready)).await.is_err_and(|error| in_doubt(&error)));
    } else {
        hang(harness, &[Call::Begin, Call::Observe]);
        assert!(in_time(harness, port.begin(&order(harness, 3))).await.is_err_and(|error| in_doubt(&error)));
    }
    let observed = in_time(harness, port.observe(&taken)).await;
    assert!(matches!(observed, Err(QueryError { sent: true, .. })), "{observed:?}");
    if has_lists(harness) {
        hang(harness, &[Call::ObserveMany]);
        let observed = in_time(harness, port.observe_many(std::slice::from_ref(&taken))).await;
        assert!(matches!(observed, Err(QueryError { sent: true, .. })), "{observed:?}");
    }
    hang(harness, &[Call::Refund]);
    assert!(in_time(harness, port.refund(&refund)).await.is_err_and(|error| in_doubt(&error)));
    if is_observable(harness) {
        hang(harness, &[Call::CheckRefund]);
        let observed = in_time(harness, port.observe_refund(&refund)).await;
        assert!(matches!(observed, Err(QueryError { sent: true, .. })), "{observed:?}");
    }
    if can_cancel(harness) {
        hang(harness, &[Call::Cancel]);
        let _ = in_time(harness, port.cancel(&open, 1)).await;
    }
}

fn hang(harness: &dyn Harness, calls: &[Call]) {
    for call in calls {
        harness.disturb(*call, Disturbance::Hangs);
    }
}

async fn in_time<T>(harness: &dyn Harness, call: impl Future<Output = T>) -> T {
    // What a busy machine may add.
    let longest = harness.deadline() + Duration::from_secs(5);
    let started = Instant::now();
    let ended = call.await;
    assert!(started.elapsed() <= longest, "a call took {:?}", started.elapsed());
    ended
}

pub(super) fn is_observable(harness: &dyn Harness) -> bool {
    let port = harness.processor();
    matches!(port.capabilities(&port.flow()).refunds, RefundCare::Observable { .. })
}

pub(super) fn certainty<T: Debug>(result: Result<T, SubmitError>) -> Certainty {
    match result {
        Ok(fact) => panic!("an error is due, not {fact:?}"),
        Err(error) => error.certainty,
    }
}
