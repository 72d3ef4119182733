//! Lines 5, 10 and 11: what can still be given back of a capture, and what giving back does to a payable.

use std::sync::Arc;

use billing_domain::payment::{Capture, CaptureId};
use billing_domain::refund::{Refund, RefundFailure, RefundReview, RefundState};
use billing_domain::{BillingStore, Conflict, Currency, Money, PayableStatus, Requirement, Step, Write};

use super::refunds::taken;
use super::{committed, found, refused};
use crate::store::rows;

const HERE: u128 = 1;
const TAKEN: CaptureId = CaptureId::Attempt(1);

/// Line 11: opening refunds never gives back more than came, to the cent; what failed can be given back again, and a stray charge
/// has a sum of its own.
pub async fn a_refund_fits_its_capture_to_the_cent(store: Arc<dyn BillingStore>) {
    let (payment, stray) = taken(&store, HERE).await;
    let left = |cents| Conflict::RefundDoesNotFit { refundable: rows::cad(cents) };
    refused(
        store.commit(rows::refunding(10, &payment, &rows::refund(100, TAKEN, 10_001))).await,
        &left(10_000),
    );
    let most = rows::refund(100, TAKEN, 9_000);
    let pending = rows::refund_in(&most, RefundState::Pending);
    committed(store.commit(rows::refunding(11, &payment, &most)).await);
    committed(store.commit(rows::moving_refund(12, &payment, &pending)).await);
    refused(
        store.commit(rows::refunding(13, &payment, &rows::refund(101, TAKEN, 1_001))).await,
        &left(1_000),
    );
    let rest = rows::refund(101, TAKEN, 1_000);
    committed(store.commit(rows::refunding(14, &payment, &rest)).await);
    committed(
        store
            .commit(rows::moving_refund(15, &payment, &rows::refund_in(&rest, RefundState::Succeeded)))
            .await,
    );
    refused(store.commit(rows::refunding(16, &payment, &rows::refund(102, TAKEN, 1))).await, &left(0));
    let failed = rows::refund_in(&pending, RefundState::Failed(RefundFailure::CardUnusable));
    committed(store.commit(rows::moving_refund(17, &payment, &failed)).await);
    refused(
        store.commit(rows::refunding(18, &payment, &rows::refund(102, TAKEN, 9_001))).await,
        &left(9_000),
    );
    committed(store.commit(rows::refunding(19, &payment, &rows::refund(102, TAKEN, 9_000))).await);
    refused(
        store.commit(rows::refunding(20, &payment, &rows::refund(103, stray, 2_001))).await,
        &left(2_000),
    );
    committed(store.commit(rows::refunding(21, &payment, &rows::refund(103, stray, 2_000))).await);
    // What is required is judged by itself as well.
    let required = |step, payment, capture, amount| Step {
        requires: vec![Requirement::FitsCapture { payment, capture, amount }],
        ..rows::step(rows::dispensary_id(HERE), step, vec![])
    };
    let in_doubt = Conflict::RefundInDoubt { refund: rows::refund_id(103) };
    refused(store.commit(required(30, payment.id, stray, rows::cad(1))).await, &in_doubt);
    let nobody = rows::payment_id(99);
    refused(store.commit(required(31, nobody, TAKEN, rows::cad(1))).await, &Conflict::Unknown("payment"));
    let nothing = CaptureId::Attempt(2);
    refused(
        store.commit(required(32, payment.id, nothing, rows::cad(1))).await,
        &Conflict::Unknown("capture"),
    );
}

/// Line 11: a negative amount, none, or one in another currency is no refund, whether or not the step asks.
pub async fn a_refund_in_another_currency_is_kept_and_not_added(store: Arc<dyn BillingStore>) {
    let (payment, _) = taken(&store, HERE).await;
    let here = payment.dispensary();
    let usd = |cents| Money::new(cents, Currency::USD);
    let left = Conflict::RefundDoesNotFit { refundable: rows::cad(10_000) };
    for (n, amount) in (10..).step_by(2).zip([rows::cad(0), rows::cad(-1), usd(1)]) {
        let refund = Refund { amount, ..rows::refund(100, TAKEN, 1) };
        refused(store.commit(rows::refunding(n, &payment, &refund)).await, &left);
        refused(store.commit(rows::moving_refund(n + 1, &payment, &refund)).await, &left);
    }
    // Money that came in dollars of another country goes back in them, and counts for nothing on the payable either way.
    let dollars = Capture { amount: usd(700), ..rows::capture("pi_usd", 0) };
    let stray = rows::stray(51, dollars);
    let capture = CaptureId::Stray(stray.id);
    let write = Write::StrayCharge { payment: payment.id, stray: Box::new(stray) };
    committed(store.commit(rows::step(here, 20, vec![write])).await);
    let refund = rows::refund(101, capture, 700);
    let answer = store.commit(rows::refunding(21, &payment, &refund)).await;
    refused(answer, &Conflict::RefundDoesNotFit { refundable: usd(700) });
    let refund = Refund { amount: usd(700), ..refund };
    let done = rows::refund_in(&refund, RefundState::Succeeded);
    committed(store.commit(rows::refunding(22, &payment, &refund)).await);
    committed(store.commit(rows::moving_refund(23, &payment, &done)).await);
    assert_eq!(found(store.payment(here, payment.id).await).refunds, [done]);
    let state = found(store.payable(here, &payment.payable).await);
    assert_eq!((state.captured, state.refunded), (rows::cad(12_000), rows::cad(0)));
}

/// Line 5: money given back is owed again from the moment it went, not before; if the refund fails after all it is not, and what
/// was paid meanwhile is too much.
pub async fn money_given_back_makes_room_on_its_payable(store: Arc<dyn BillingStore>) {
    let (payment, stray) = taken(&store, HERE).await;
    let here = payment.dispensary();
    // The stray charge goes back first: it was never owed.
    let surplus = rows::refund(100, stray, 2_000);
    let mut refund = rows::refund(101, TAKEN, 4_000);
    committed(store.commit(rows::refunding(10, &payment, &surplus)).await);
    committed(store.commit(rows::refunding(11, &payment, &refund)).await);
    let surplus = rows::refund_in(&surplus, RefundState::Succeeded);
    committed(store.commit(rows::moving_refund(12, &payment, &surplus)).await);
    let again = |cents| rows::payment(11, payment.account.clone(), "i-1", cents);
    let full = Conflict::DoesNotFit { outstanding: rows::cad(0) };
    let states =
        [RefundState::Unknown, RefundState::NeedsReview(RefundReview::NoAnswer), RefundState::Pending];
    for (n, state) in (20..).step_by(2).zip(states) {
        refund = rows::refund_in(&refund, state);
        committed(store.commit(rows::moving_refund(n, &payment, &refund)).await);
        refused(store.commit(rows::sending(n + 1, &again(1))).await, &full);
    }
    refund = rows::refund_in(&refund, RefundState::Succeeded);
    committed(store.commit(rows::moving_refund(30, &payment, &refund)).await);
    let state = found(store.payable(here, &payment.payable).await);
    assert_eq!((state.captured, state.refunded), (rows::cad(12_000), rows::cad(6_000)));
    assert_eq!((state.outstanding(), state.status()), (Ok(rows::cad(4_000)), Ok(PayableStatus::PartlyPaid)));
    let answer = store.commit(rows::sending(31, &again(4_001))).await;
    refused(answer, &Conflict::DoesNotFit { outstanding: rows::cad(4_000) });
    committed(store.commit(rows::sending(32, &again(4_000))).await);
    refund = rows::refund_in(&refund, RefundState::Failed(RefundFailure::CardUnusable));
    committed(store.commit(rows::moving_refund(33, &payment, &refund)).await);
    let state = found(store.payable(here, &payment.payable).await);
    assert_eq!((state.refunded, state.open), (rows::cad(2_000), rows::cad(4_000)));
    assert_eq!(state.outstanding(), Ok(rows::cad(-4_000)));
}

/// Line 11: a refund believed to have given nothing back, and given a second time for that, turns out to have gone after all.
/// Both are facts.
pub async fn what_a_processor_gave_back_is_stored_whatever_it_adds_up_to(store: Arc<dyn BillingStore>) {
    let (payment, stray) = taken(&store, HERE).await;
    let here = payment.dispensary();
    let parked =
        rows::refund_in(&rows::refund(100, TAKEN, 10_000), RefundState::NeedsReview(RefundReview::NoAnswer));
    let given_up = rows::refund_in(&parked, RefundState::Failed(RefundFailure::Finding));
    let first = rows::refund_in(&given_up, RefundState::Succeeded);
    let second = rows::refund_in(&rows::refund(101, TAKEN, 10_000), RefundState::Succeeded);
    let steps = [
        rows::refunding(10, &payment, &rows::refund(100, TAKEN, 10_000)),
        rows::moving_refund(11, &payment, &parked),
        rows::moving_refund(12, &payment, &given_up),
        rows::refunding(13, &payment, &rows::refund(101, TAKEN, 10_000)),
        rows::moving_refund(14, &payment, &second),
        rows::moving_refund(15, &payment, &first),
    ];
    for step in steps {
        committed(store.commit(step).await);
    }
    let stored = found(store.payment(here, payment.id).await);
    assert_eq!(stored.refunds, [first, second]);
    assert_eq!(
        (stored.given_back(TAKEN), stored.refundable(TAKEN)),
        (Some(rows::cad(20_000)), Some(rows::cad(0)))
    );
    assert_eq!(stored.refundable(stray), Some(rows::cad(2_000)), "another capture is another sum");
    let state = found(store.payable(here, &payment.payable).await);
    assert_eq!((state.refunded, state.outstanding()), (rows::cad(20_000), Ok(rows::cad(18_000))));
    let one_more = rows::refunding(20, &payment, &rows::refund(102, TAKEN, 1));
    refused(store.commit(one_more).await, &Conflict::RefundDoesNotFit { refundable: rows::cad(0) });
}
