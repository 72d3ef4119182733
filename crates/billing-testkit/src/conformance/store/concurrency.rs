//! Lines 4, 5, 7, 8 and 11 with many callers at once.

use std::sync::Arc;

use billing_domain::payment::{Attempt, AttemptState, CaptureId};
use billing_domain::{BillingStore, Committed, Conflict, Step, StoreError, Write};
use tokio::task::JoinSet;

use super::{commit_all, committed, found, read, refused};
use crate::store::rows;

const HERE: u128 = 1;
const ACCOUNT: u128 = 7;

/// Commits all steps at once; the answers in the steps' order.
async fn at_once(store: &Arc<dyn BillingStore>, steps: Vec<Step>) -> Vec<Result<Committed, StoreError>> {
    let mut tasks = JoinSet::new();
    for (place, step) in steps.into_iter().enumerate() {
        let store = Arc::clone(store);
        tasks.spawn(async move { (place, store.commit(step).await) });
    }
    let mut answers: Vec<_> = Vec::new();
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok(answer) => answers.push(answer),
            Err(error) => panic!("a commit panicked: {error}"),
        }
    }
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Line 4: fifty people press the button; one payment is open, the others learn which.
pub async fn of_many_payments_at_once_one_is_open(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    commit_all(&store, [rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 10_000))]).await;
    let payments: Vec<_> =
        (100..150).map(|n| rows::payment(n, rows::account_ref(here, ACCOUNT), "i-1", 10_000)).collect();
    let steps = payments.iter().map(|payment| rows::sending(payment.id.uuid().as_u128(), payment)).collect();
    let answers = at_once(&store, steps).await;
    let state = found(store.payable(here, &rows::payable_id("i-1")).await);
    assert_eq!(state.open, rows::cad(10_000));
    let mut open = 0;
    for (answer, payment) in answers.into_iter().zip(payments) {
        if Some(payment.id) == state.open_payment {
            committed(answer);
            open += 1;
        } else {
            let winner = state.open_payment.unwrap_or(payment.id);
            refused(answer, &Conflict::OpenAttempt { payment: winner });
            assert_eq!(read(store.payment(here, payment.id).await), None);
        }
    }
    assert_eq!(open, 1);
}

/// Line 11: thirty people give the same money back; one refund goes out, the others learn which.
pub async fn of_many_refunds_at_once_one_is_open(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let payment = rows::payment(10, rows::account_ref(here, ACCOUNT), "i-1", 10_000);
    let taken = rows::ended(&rows::attempt(10, 1), AttemptState::Succeeded(rows::capture("pi_10", 10_000)));
    commit_all(
        &store,
        [
            rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 10_000)),
            rows::sending(2, &payment),
            rows::moving(3, &payment, taken),
        ],
    )
    .await;
    let refunds: Vec<_> = (100..130).map(|n| rows::refund(n, CaptureId::Attempt(1), 300)).collect();
    let steps = (100..).zip(&refunds).map(|(n, refund)| rows::refunding(n, &payment, refund)).collect();
    let answers = at_once(&store, steps).await;
    let stored = found(store.payment(here, payment.id).await).refunds;
    let [winner] = stored.as_slice() else { panic!("one refund is stored, not {stored:?}") };
    for (answer, refund) in answers.into_iter().zip(refunds) {
        if refund.id == winner.id {
            committed(answer);
        } else {
            refused(answer, &Conflict::RefundInDoubt { refund: winner.id });
        }
    }
}

/// Line 5: captures on forty payables at once, and the same step twice each, add up to the cent.
pub async fn many_captures_at_once_add_up(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let account = rows::account_ref(here, ACCOUNT);
    commit_all(&store, [rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 10_000))]).await;
    let first = rows::payment(10, account, "i-1", 10_000);
    let dead = rows::ended(&rows::attempt(10, 1), AttemptState::Dead(billing_domain::Proof::Canceled));
    commit_all(&store, [rows::sending(2, &first), rows::moving(3, &first, dead)]).await;
    let stray = |n: u128| {
        let stray = rows::stray(n, rows::capture(&format!("pi_{n}"), 7));
        rows::step(here, n, vec![Write::StrayCharge { payment: first.id, stray: Box::new(stray) }])
    };
    let steps: Vec<_> = (100..140).flat_map(|n| [stray(n), stray(n)]).collect();
    let answers: Vec<_> = at_once(&store, steps).await.into_iter().map(read).collect();
    for pair in answers.chunks(2) {
        assert_eq!(pair[0].seq, pair[1].seq, "a step has one number however often it is committed");
        assert_eq!(pair.iter().filter(|answer| answer.repeated).count(), 1);
    }
    let state = found(store.payable(here, &first.payable).await);
    assert_eq!(state.captured, rows::cad(40 * 7));
    let seqs = read(store.audit(here, 0, 1_000).await).into_iter().map(|entry| entry.seq);
    assert!(seqs.eq(1..=43), "without gaps");
}

/// Line 7: among steps committed together, refused ones leave no trace and good ones all count.
pub async fn a_refused_step_does_not_disturb_its_neighbours(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    commit_all(&store, [rows::opening(HERE, 1, ACCOUNT, rows::payable("i-0", 1))]).await;
    let good = |n: u128| {
        let payable = format!("i-{n}");
        let payment = rows::payment(n, rows::account_ref(here, ACCOUNT), &payable, 100);
        let mut step = rows::sending(n, &payment);
        step.writes.push(Write::Payable(rows::payable(&payable, 100)));
        step
    };
    // All its rows could be written but the last one.
    let bad = |n: u128| {
        let mut step = good(n);
        step.writes.push(Write::Dispensary(rows::dispensary(HERE)));
        step
    };
    let is_good = |n: u128| !n.is_multiple_of(3);
    let steps = (100..160).map(|n| if is_good(n) { good(n) } else { bad(n) }).collect();
    let answers = at_once(&store, steps).await;
    for (n, answer) in (100..).zip(answers) {
        let stored = read(store.payment(here, rows::payment_id(n)).await);
        let payable = read(store.payable(here, &rows::payable_id(&format!("i-{n}"))).await);
        if is_good(n) {
            committed(answer);
        } else {
            refused(answer, &Conflict::Revision("dispensary"));
        }
        assert_eq!((stored.is_some(), payable.is_some()), (is_good(n), is_good(n)));
    }
    let seqs = read(store.audit(here, 0, 1_000).await).into_iter().map(|entry| entry.seq);
    assert!(seqs.eq(1..=41), "refused steps take no number");
}

/// Line 8: whoever has the answer reads what it told, and readers never see half of a step.
pub async fn an_answered_step_is_seen_by_every_read_after_it(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let account = rows::account_ref(here, ACCOUNT);
    commit_all(&store, [rows::opening(HERE, 1, ACCOUNT, rows::payable("i-0", 1))]).await;
    let mut tasks = JoinSet::new();
    for n in 100..116 {
        let (store, account) = (Arc::clone(&store), account.clone());
        tasks.spawn(async move {
            let payable = format!("i-{n}");
            let payment = rows::payment(n, account, &payable, 100);
            let mut step = rows::sending(n * 100, &payment);
            step.writes.push(Write::Payable(rows::payable(&payable, 100)));
            committed(store.commit(step).await);
            for (revision, step) in (2..8).zip(n * 100 + 1..) {
                let state = AttemptState::AwaitingCardholder;
                let attempt = Attempt { state, revision, idle_checks: 5, ..rows::attempt(n, 1) };
                committed(store.commit(rows::moving(step, &payment, attempt.clone())).await);
                assert_eq!(found(store.payment(here, payment.id).await).attempts, [attempt]);
            }
            for payment in read(store.payments(here, None, 100).await) {
                assert_eq!(payment.attempts.len(), 1, "a payment and its attempt were one step");
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        if let Err(error) = done {
            panic!("a caller failed: {error}");
        }
    }
}
