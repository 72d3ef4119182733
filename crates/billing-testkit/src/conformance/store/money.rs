//! Lines 4 and 8: attempts, captured money, refused cards and stray charges are kept whole and add up.

use std::sync::Arc;

use billing_domain::payment::{
    Attempt, AttemptState, Capture, CaptureSource, CheckSlot, Reference, Review, ServerCharge,
};
use billing_domain::{
    BillingStore, Certainty, Conflict, Currency, Decline, DeclineCategory, Difference, Money, Observed,
    Payable, PayableState, Proof, SealedBytes, Write,
};

use super::{commit_all, committed, found, refused};
use crate::store::rows;

const HERE: u128 = 1;
const ACCOUNT: u128 = 7;

/// One open payment of 100.00 on `i-1`.
async fn send(store: &Arc<dyn BillingStore>) -> billing_domain::payment::Payment {
    let payment = rows::payment(10, rows::account_ref(rows::dispensary_id(HERE), ACCOUNT), "i-1", 10_000);
    commit_all(
        store,
        [rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 10_000)), rows::sending(2, &payment)],
    )
    .await;
    payment
}

/// Every state an attempt can be in, with its details, comes back as it was written.
pub async fn a_payment_is_read_back_whole(store: Arc<dyn BillingStore>) {
    let payment = send(&store).await;
    let here = payment.dispensary();
    let seen = Observed {
        differs: vec![Difference::Amount, Difference::Mode],
        captured: Some(Box::new(rows::capture("pi_other", 9_999))),
    };
    let states = [
        AttemptState::AwaitingCardholder,
        AttemptState::Processing,
        AttemptState::Charging,
        AttemptState::Unknown,
        AttemptState::NeedsReview(Review::CheckSpent),
        AttemptState::NeedsReview(Review::Mismatch(seen)),
        AttemptState::Dead(Proof::Declined(
            Decline::new(DeclineCategory::Suspected).with_code("do_not_honor"),
        )),
    ];
    let mut attempt = rows::attempt(10, 1);
    attempt.public = [("publishable_key", "pk_live_1")].into_iter().collect();
    attempt.certainty = Certainty::Unknown;
    attempt.reference = Some(Reference("pi_10".to_owned()));
    attempt.handed_over_at = Some(rows::at(2));
    attempt.cancel_tries = 3;
    attempt.idle_checks = 4;
    for (step, state) in (10..).zip(states) {
        attempt = if state.is_resolved() {
            rows::ended(&attempt, state)
        } else {
            Attempt { state, revision: attempt.revision + 1, ..attempt }
        };
        committed(store.commit(rows::moving(step, &payment, attempt.clone())).await);
        assert_eq!(found(store.payment(here, payment.id).await).attempts, [attempt.clone()]);
    }
    let mut whole = payment.clone();
    whole.attempts = vec![attempt];
    assert_eq!(found(store.payment(here, payment.id).await), whole);
    // A second attempt, taken, with a capture that a person found: the sparsest there is.
    let second = rows::attempt(10, 2);
    let found_by_hand = Capture {
        charge: None,
        auth_code: None,
        receipt_number: None,
        brand: None,
        last4: None,
        captured_at: None,
        source: CaptureSource::Finding,
        ..rows::capture("pi_10b", 10_000)
    };
    let taken = rows::ended(&second, AttemptState::Succeeded(found_by_hand));
    commit_all(&store, [rows::moving(30, &payment, second), rows::moving(31, &payment, taken.clone())]).await;
    whole.attempts.push(taken);
    assert_eq!(found(store.payment(here, payment.id).await), whole);
}

/// What its calls need, sealed, and the server-side charge with its check come back to the byte and the nanosecond, and are gone
/// once the row says so.
pub async fn a_server_side_charge_is_read_back_whole(store: Arc<dyn BillingStore>) {
    let payment = send(&store).await;
    let here = payment.dispensary();
    let sealed = || Some(SealedBytes((0..=u8::MAX).collect()));
    let unchecked = ServerCharge { check: None, ..rows::server_charge(CheckSlot::Unspent) };
    let charges = [
        (AttemptState::AwaitingCardholder, sealed(), None),
        (AttemptState::Charging, sealed(), Some(unchecked)),
        (AttemptState::Charging, sealed(), Some(rows::server_charge(CheckSlot::Unspent))),
        (AttemptState::Unknown, sealed(), Some(rows::server_charge(rows::claimed(3)))),
        (AttemptState::Unknown, Some(SealedBytes(vec![])), Some(rows::server_charge(rows::claimed(4)))),
        (AttemptState::NeedsReview(Review::CheckSpent), None, Some(rows::server_charge(CheckSlot::Spent))),
    ];
    for (revision, (state, sealed, charge)) in (2..).zip(charges) {
        let attempt = Attempt { state, sealed, charge, revision, ..rows::attempt(10, 1) };
        committed(store.commit(rows::moving(u128::from(revision) + 10, &payment, attempt.clone())).await);
        assert_eq!(found(store.payment(here, payment.id).await).attempts, [attempt]);
    }
    let charge = Some(rows::server_charge(CheckSlot::Spent));
    let paid = AttemptState::Succeeded(rows::capture("pi_10", 10_000));
    let paid = rows::ended(&Attempt { charge, revision: 7, ..rows::attempt(10, 1) }, paid);
    committed(store.commit(rows::moving(20, &payment, paid.clone())).await);
    assert_eq!(found(store.payment(here, payment.id).await).attempts, [paid]);
}

/// Line 4: the store refuses a second open attempt even if no step asks it to.
pub async fn a_second_attempt_waits_for_the_first_to_end(store: Arc<dyn BillingStore>) {
    let payment = send(&store).await;
    let here = payment.dispensary();
    let is_open = Conflict::OpenAttempt { payment: payment.id };
    refused(store.commit(rows::moving(3, &payment, rows::attempt(10, 2))).await, &is_open);
    let rival = rows::payment(11, payment.account.clone(), "i-1", 1);
    let unasked = vec![
        Write::Payment(Box::new(rival.clone())),
        Write::Attempt { payment: rival.id, attempt: Box::new(rows::attempt(11, 1)) },
    ];
    refused(store.commit(rows::step(here, 4, unasked)).await, &is_open);
    refused(store.commit(rows::sending(5, &rival)).await, &is_open);
    let review =
        Attempt { state: AttemptState::NeedsReview(Review::KeysErased), revision: 2, ..rows::attempt(10, 1) };
    committed(store.commit(rows::moving(6, &payment, review.clone())).await);
    refused(store.commit(rows::sending(7, &rival)).await, &is_open);
    let dead = rows::ended(&review, AttemptState::Dead(Proof::Finding));
    committed(store.commit(rows::moving(8, &payment, dead.clone())).await);
    committed(store.commit(rows::sending(9, &rival)).await);
    // Nothing comes back to life beside it either.
    let alive = Attempt { state: AttemptState::Unknown, resolved_at: None, revision: 4, ..dead };
    let is_open = Conflict::OpenAttempt { payment: rival.id };
    refused(store.commit(rows::moving(10, &payment, alive)).await, &is_open);
}

/// A taken amount leaves the open sum and enters the captured one, for good.
pub async fn captured_money_stays_after_the_attempt_ended(store: Arc<dyn BillingStore>) {
    let payment = send(&store).await;
    let here = payment.dispensary();
    let state = found(store.payable(here, &payment.payable).await);
    let before = PayableState {
        payable: rows::payable("i-1", 10_000),
        captured: rows::cad(0),
        refunded: rows::cad(0),
        open: rows::cad(10_000),
        open_payment: Some(payment.id),
    };
    assert_eq!(state, before);
    let taken = rows::ended(&rows::attempt(10, 1), AttemptState::Succeeded(rows::capture("pi_10", 10_000)));
    committed(store.commit(rows::moving(3, &payment, taken)).await);
    let after = PayableState {
        captured: rows::cad(10_000),
        open: rows::cad(0),
        open_payment: None,
        ..before.clone()
    };
    assert_eq!(found(store.payable(here, &payment.payable).await), after);
    // Newer figures do not touch it, and facts are never refused: the payable is overpaid.
    let less = Payable { version: 2, ..rows::payable("i-1", 4_000) };
    committed(store.commit(rows::step(here, 4, vec![Write::Payable(less.clone())])).await);
    assert_eq!(found(store.payable(here, &payment.payable).await), PayableState { payable: less, ..after });
}

/// Refused cards are written down once and stay, in order.
pub async fn refused_cards_are_added_never_removed(store: Arc<dyn BillingStore>) {
    let payment = send(&store).await;
    let tries = ["ch_1", "ch_2", "ch_3"].map(rows::refused_card);
    let with = |revision, count| Attempt {
        state: AttemptState::AwaitingCardholder,
        tries: tries.iter().take(count).cloned().collect(),
        revision,
        ..rows::attempt(10, 1)
    };
    for (step, attempt, kept) in
        [(3, with(2, 1), 1), (4, with(3, 3), 3), (5, with(4, 0), 3), (6, with(5, 2), 3)]
    {
        committed(store.commit(rows::moving(step, &payment, attempt)).await);
        let stored = found(store.payment(payment.dispensary(), payment.id).await).attempts;
        assert_eq!(stored.first().map(|attempt| attempt.tries.clone()), Some(tries[..kept].to_vec()));
    }
}

/// Money against a finished attempt is captured money, once per reference and charge.
pub async fn stray_money_counts_once_per_charge(store: Arc<dyn BillingStore>) {
    let payment = send(&store).await;
    let here = payment.dispensary();
    let dead = rows::ended(&rows::attempt(10, 1), AttemptState::Dead(Proof::Canceled));
    committed(store.commit(rows::moving(3, &payment, dead)).await);
    let late = rows::stray(100, rows::capture("pi_10", 10_000));
    let unnamed = rows::stray(101, Capture { charge: None, ..rows::capture("pi_10", 500) });
    let write = |stray: &billing_domain::payment::StrayCharge| Write::StrayCharge {
        payment: payment.id,
        stray: Box::new(stray.clone()),
    };
    committed(store.commit(rows::step(here, 4, vec![write(&late), write(&unnamed)])).await);
    // The same money under new ids is known already.
    let again = [rows::stray(102, late.capture.clone()), rows::stray(103, unnamed.capture.clone())];
    committed(store.commit(rows::step(here, 5, again.iter().map(write).collect())).await);
    let stored = found(store.payment(here, payment.id).await);
    assert_eq!(stored.strays, [late, unnamed]);
    let state = found(store.payable(here, &payment.payable).await);
    assert_eq!((state.captured, state.open), (rows::cad(10_500), rows::cad(0)));
    // Another charge under an id already given would hide one of the two.
    let clash = rows::stray(100, rows::capture("pi_other", 1));
    let answer = store.commit(rows::step(here, 6, vec![write(&clash)])).await;
    refused(answer, &Conflict::Revision("stray charge"));
}

/// A fact is never refused and two currencies never meet in a sum: the money is on its payment, for people to see.
pub async fn stray_money_in_another_currency_is_kept_and_not_added(store: Arc<dyn BillingStore>) {
    let payment = send(&store).await;
    let here = payment.dispensary();
    let dead = rows::ended(&rows::attempt(10, 1), AttemptState::Dead(Proof::Canceled));
    committed(store.commit(rows::moving(3, &payment, dead)).await);
    let dollars = Capture { amount: Money::new(700, Currency::USD), ..rows::capture("pi_usd", 0) };
    let stray = rows::stray(100, dollars);
    let write = Write::StrayCharge { payment: payment.id, stray: Box::new(stray.clone()) };
    committed(store.commit(rows::step(here, 4, vec![write])).await);
    assert_eq!(found(store.payment(here, payment.id).await).strays, [stray]);
    assert_eq!(found(store.payable(here, &payment.payable).await).captured, rows::cad(0));
}
