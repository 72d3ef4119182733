//! Contract line 8: giving up a charge, where the processor ends it and where it does not.

use billing_domain::{CancelMode, Certainty, ChargeFact, ChargeOrder, ChargePlace, Proof};

use super::certainty::certainty;
use super::orders::{captured, handed_over};
use super::{Card, Harness};

/// Line 8: what was paid stays paid; where charges are not ended at the processor, nothing is sent.
pub async fn cancelling_what_was_paid_takes_nothing_back(harness: &dyn Harness) {
    let (order, _) = captured(harness, 1).await;
    for try_no in 1..=2 {
        if can_cancel(harness) {
            let cancelled = harness.processor().cancel(&order, try_no).await;
            assert!(matches!(cancelled, Ok(ChargeFact::Succeeded(_))), "{cancelled:?}");
        } else {
            is_not_sent(harness, &order, try_no).await;
        }
    }
    assert_eq!((harness.truth().captures, harness.truth().given_back), (1, 0));
}

/// What is cancelled is dead, stays dead, and cannot be paid any more; where charges are not ended at the processor, nothing
/// is sent.
pub async fn cancelling_what_is_open_ends_it(harness: &dyn Harness) {
    let (order, handover) = handed_over(harness, 1).await;
    if !can_cancel(harness) {
        return is_not_sent(harness, &order, 1).await;
    }
    let port = harness.processor();
    for try_no in [1, 1, 2] {
        let cancelled = port.cancel(&order, try_no).await;
        assert!(matches!(cancelled, Ok(ChargeFact::Dead(Proof::Canceled))), "{cancelled:?}");
    }
    if harness.charged() == ChargePlace::InBrowser {
        harness.pay(&handover, Card::Approved).await;
        let observed = port.observe(&order).await;
        assert!(matches!(observed, Ok(ChargeFact::Dead(Proof::Canceled))), "{observed:?}");
    }
    assert_eq!(harness.truth().captures, 0);
}

async fn is_not_sent(harness: &dyn Harness, order: &ChargeOrder, try_no: u32) {
    let before = harness.requests();
    let cancelled = harness.processor().cancel(order, try_no).await;
    assert_eq!(certainty(cancelled), Certainty::NotSent, "there is nobody to ask");
    assert_eq!(harness.requests(), before);
}

pub(super) fn can_cancel(harness: &dyn Harness) -> bool {
    let port = harness.processor();
    port.capabilities(&port.flow()).cancel == CancelMode::AtProcessor
}
