//! What can still be given back of a capture, what a refund's row may say, and what giving back does to a payable.

use billing_domain::payment::{AttemptState, CaptureId, Payment, SubmitKey};
use billing_domain::refund::{Refund, RefundFailure, RefundReview, RefundState};
use billing_domain::{
    ActorId, BillingName, Conflict, Currency, Money, Payable, PayableState, PayableStatus, Proof, RefundPlan,
};
use proptest::prelude::*;

use crate::samples::{AMOUNT, TAKEN, at, attempt, cad, capture, id, payment, refund, stray, usd};

fn failed() -> RefundState {
    RefundState::Failed(RefundFailure::Declined)
}

fn review() -> RefundState {
    RefundState::NeedsReview(RefundReview::NoAnswer)
}

/// A payment of 123.45, taken, with these refunds of it.
fn taken(refunds: Vec<Refund>) -> Payment {
    Payment { refunds, ..payment(vec![attempt(AttemptState::Succeeded(capture("ch_1")))]) }
}

fn of_taken(n: u32, cents: i64, state: RefundState) -> Refund {
    refund(n, TAKEN, cad(cents), state)
}

fn left(refundable: Money) -> Result<(), Conflict> {
    Err(Conflict::RefundDoesNotFit { refundable })
}

#[test]
fn every_refund_that_did_not_fail_counts_as_given_back() {
    for (state, counts) in [
        (failed(), false),
        (RefundState::Failed(RefundFailure::NeverSent), false),
        (review(), true),
        (RefundState::Pending, true),
        (RefundState::Sending, true),
        (RefundState::Succeeded, true),
        (RefundState::Unknown, true),
    ] {
        let payment =
            taken(vec![of_taken(100, 2_345, state.clone()), of_taken(101, 300, RefundState::Succeeded)]);
        let expected = if counts { cad(2_645) } else { cad(300) };
        assert_eq!(payment.given_back(TAKEN), Some(expected), "{state:?}");
        assert_eq!(payment.refundable(TAKEN), AMOUNT.checked_sub(expected).ok());
    }
}

#[test]
fn a_refund_is_opened_within_what_is_left_and_one_after_the_other() {
    let none = taken(vec![]);
    assert_eq!(none.admits_refund(TAKEN, AMOUNT), Ok(()));
    assert_eq!(none.admits_refund(TAKEN, cad(1)), Ok(()));
    for wrong in [cad(12_346), cad(0), cad(-1), usd(1)] {
        assert_eq!(none.admits_refund(TAKEN, wrong), left(AMOUNT), "{wrong}");
    }
    let part = |state| taken(vec![of_taken(100, 2_345, state)]);
    for state in [RefundState::Pending, RefundState::Succeeded] {
        assert_eq!(part(state.clone()).admits_refund(TAKEN, cad(10_000)), Ok(()));
        assert_eq!(part(state).admits_refund(TAKEN, cad(10_001)), left(cad(10_000)));
    }
    assert_eq!(part(failed()).admits_refund(TAKEN, AMOUNT), Ok(()));
    for state in [RefundState::Sending, RefundState::Unknown, review()] {
        let in_doubt = Err(Conflict::RefundInDoubt { refund: id(100) });
        assert_eq!(part(state.clone()).admits_refund(TAKEN, cad(1)), in_doubt, "{state:?}");
    }
}

#[test]
fn each_capture_has_a_sum_of_its_own() {
    let (here, elsewhere) = (stray(200, cad(500)), stray(201, usd(700)));
    let (of_here, of_elsewhere) = (CaptureId::Stray(here.id), CaptureId::Stray(elsewhere.id));
    let mut payment = taken(vec![
        of_taken(100, 12_345, RefundState::Unknown),
        refund(101, of_elsewhere, usd(200), RefundState::Succeeded),
    ]);
    payment.strays = vec![here, elsewhere];
    assert_eq!(payment.refundable(TAKEN), Some(cad(0)));
    assert_eq!(payment.refundable(of_here), Some(cad(500)));
    assert_eq!(payment.refundable(of_elsewhere), Some(usd(500)));
    assert_eq!(payment.admits_refund(of_here, cad(500)), Ok(()), "the doubt is another capture's");
    assert_eq!(payment.admits_refund(of_elsewhere, usd(500)), Ok(()));
    assert_eq!(payment.admits_refund(of_elsewhere, usd(501)), left(usd(500)));
    assert_eq!(payment.admits_refund(of_elsewhere, cad(1)), left(usd(500)));
    for nothing in [CaptureId::Attempt(2), CaptureId::Stray(id(202))] {
        assert_eq!((payment.given_back(nothing), payment.refundable(nothing)), (None, None));
        assert_eq!(payment.admits_refund(nothing, cad(1)), Err(Conflict::Unknown("capture")));
    }
    let unpaid = self::payment(vec![attempt(AttemptState::Dead(Proof::Canceled))]);
    assert_eq!(unpaid.admits_refund(TAKEN, cad(1)), Err(Conflict::Unknown("capture")));
}

#[test]
fn what_went_back_beyond_what_came_leaves_nothing_and_no_negative_amount() {
    let over = taken(vec![
        of_taken(100, 12_345, RefundState::Succeeded),
        of_taken(101, 12_345, RefundState::Succeeded),
    ]);
    assert_eq!((over.given_back(TAKEN), over.refundable(TAKEN)), (Some(cad(24_690)), Some(cad(0))));
    assert_eq!(over.admits_refund(TAKEN, cad(1)), left(cad(0)));
}

#[test]
fn a_row_of_a_refund_follows_the_stored_one_and_changes_nothing_of_what_it_gives_back() {
    let stored = of_taken(100, 1_000, RefundState::Sending);
    let payment = taken(vec![stored.clone()]);
    let next = Refund { revision: 2, ..of_taken(100, 1_000, RefundState::Pending) };
    assert_eq!(payment.admits_refund_row(&next), Ok(()));
    let kept = Refund { account_version: 9, idle_checks: 3, answer_deadline: at(500), ..next.clone() };
    assert_eq!(payment.admits_refund_row(&kept), Ok(()), "these change");
    for wrong in [
        Refund { revision: 1, ..next.clone() },
        Refund { revision: 3, ..next.clone() },
        Refund { amount: cad(999), ..next.clone() },
        Refund { capture: CaptureId::Attempt(2), ..next.clone() },
        Refund { encoding: 2, ..next.clone() },
        Refund { first_sent_at: at(61), ..next.clone() },
        Refund { key: SubmitKey("another".to_owned()), ..next.clone() },
        Refund { opened_by: ActorId::parse("nurse-7").unwrap(), ..next.clone() },
        Refund { plan: RefundPlan::Reversal, ..next },
    ] {
        assert_eq!(payment.admits_refund_row(&wrong), Err(Conflict::Revision("refund")), "{wrong:?}");
    }
}

/// Facts are never refused: neither for what the refunds of a capture add up to, nor because another one needs review.
#[test]
fn a_row_is_refused_for_a_second_unanswered_refund_and_for_no_sum() {
    let beside = |state| taken(vec![of_taken(100, 12_345, state)]);
    let row = |state| of_taken(101, 12_345, state);
    for state in [RefundState::Sending, RefundState::Unknown] {
        let refused = Err(Conflict::RefundInDoubt { refund: id(100) });
        assert_eq!(beside(state.clone()).admits_refund_row(&row(RefundState::Sending)), refused);
        assert_eq!(beside(state.clone()).admits_refund_row(&row(RefundState::Unknown)), refused);
        for fact in [RefundState::Succeeded, RefundState::Pending, failed(), review()] {
            assert_eq!(beside(state.clone()).admits_refund_row(&row(fact.clone())), Ok(()), "{fact:?}");
        }
    }
    for state in [RefundState::Succeeded, RefundState::Pending, failed(), review()] {
        assert_eq!(beside(state.clone()).admits_refund_row(&row(RefundState::Unknown)), Ok(()), "{state:?}");
    }
    for wrong in [cad(0), cad(-5), usd(5)] {
        let row = Refund { amount: wrong, ..row(RefundState::Succeeded) };
        assert_eq!(beside(failed()).admits_refund_row(&row), left(AMOUNT));
    }
}

#[test]
fn a_payment_is_open_and_due_with_its_refunds() {
    let due = |n, second, state| Refund { due_at: Some(at(second)), ..of_taken(n, 1, state) };
    let none = taken(vec![]);
    assert_eq!((none.is_open(), none.due_at()), (false, None));
    let done = taken(vec![due(100, 5, RefundState::Succeeded), due(101, 6, RefundState::Succeeded)]);
    assert_eq!((done.is_open(), done.due_at()), (false, Some(at(5))), "it may fail for some time");
    for state in [RefundState::Pending, RefundState::Sending, RefundState::Unknown, review()] {
        let over = Refund { due_at: None, ..of_taken(102, 1, failed()) };
        let open = taken(vec![due(100, 30, state.clone()), due(101, 20, state), over]);
        assert_eq!((open.is_open(), open.due_at()), (true, Some(at(20))));
    }
    let mut paying = taken(vec![due(100, 95, RefundState::Pending)]);
    paying.attempts.push(attempt(AttemptState::AwaitingCardholder));
    assert_eq!(paying.due_at(), Some(at(90)), "the attempt's time is the earlier one");
}

fn payable(cents: i64) -> Payable {
    let name = BillingName::parse("Zoé Tremblay").unwrap();
    Payable::new("invoice-1".parse().unwrap(), 1, cad(cents), cad(0), name).unwrap()
}

#[test]
fn money_is_owed_again_once_it_went_back_and_not_before() {
    let owed =
        |payments: &[Payment]| PayableState::of(payable(12_345), payments).unwrap().outstanding().unwrap();
    let with = |state| taken(vec![of_taken(100, 345, state)]);
    for state in [RefundState::Pending, RefundState::Sending, RefundState::Unknown, review(), failed()] {
        assert_eq!(owed(&[with(state.clone())]), cad(0), "{state:?}");
    }
    let state = PayableState::of(payable(12_345), &[with(RefundState::Succeeded)]).unwrap();
    assert_eq!((state.refunded, state.outstanding()), (cad(345), Ok(cad(345))));
    assert_eq!(state.status(), Ok(PayableStatus::PartlyPaid));
}

#[test]
fn a_refund_that_fails_after_all_takes_the_room_back_and_what_was_paid_meanwhile_is_too_much() {
    let again = |n| Payment { id: id(n), amount: cad(12_345), ..taken(vec![]) };
    let done = taken(vec![of_taken(100, 12_345, RefundState::Succeeded)]);
    let state = PayableState::of(payable(12_345), &[done, again(5)]).unwrap();
    assert_eq!((state.outstanding(), state.status()), (Ok(cad(0)), Ok(PayableStatus::Paid)));
    let back = taken(vec![of_taken(100, 12_345, failed())]);
    let state = PayableState::of(payable(12_345), &[back, again(5)]).unwrap();
    assert_eq!((state.refunded, state.outstanding()), (cad(0), Ok(cad(-12_345))));
    assert_eq!(state.status(), Ok(PayableStatus::Overpaid));
}

#[test]
fn what_went_back_in_another_currency_counts_for_nothing_on_the_payable() {
    let elsewhere = stray(201, usd(700));
    let mut payment =
        taken(vec![refund(101, CaptureId::Stray(elsewhere.id), usd(700), RefundState::Succeeded)]);
    payment.strays = vec![elsewhere];
    let state = PayableState::of(payable(12_345), std::slice::from_ref(&payment)).unwrap();
    assert_eq!((state.captured, state.refunded), (AMOUNT, cad(0)));
    assert_eq!(payment.refunded(), Money::zero(Currency::CAD));
}

proptest! {
    /// Refunds opened one after another, however each ends and however often one is tried again, never give back more than came.
    #[test]
    fn opening_refunds_never_gives_back_more_than_came(
        asked in proptest::collection::vec((-10_i64..9_000, 0_usize..6), 0..40),
    ) {
        let ends = [RefundState::Succeeded, failed(), RefundState::Pending, review(), RefundState::Unknown, RefundState::Sending];
        let mut payment = taken(vec![]);
        for (n, (cents, end)) in (100..).zip(asked) {
            if payment.admits_refund(TAKEN, cad(cents)).is_ok() {
                let doubt = payment.refunds.iter().any(|refund| refund.state.is_in_doubt());
                prop_assert!(!doubt && cents > 0);
                payment.refunds.push(of_taken(n, cents, ends[end].clone()));
            } else if let Some(doubtful) = payment.refunds.iter_mut().find(|refund| refund.state.is_in_doubt()) {
                doubtful.state = if end % 2 == 0 { failed() } else { RefundState::Succeeded };
            }
            let given_back = payment.given_back(TAKEN).unwrap();
            prop_assert!(given_back.minor() <= AMOUNT.minor());
            let refundable = payment.refundable(TAKEN).unwrap();
            prop_assert_eq!(given_back.checked_add(refundable), Ok(AMOUNT));
        }
    }
}
