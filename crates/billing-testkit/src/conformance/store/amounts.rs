//! Lines 4 and 5: what a payable still asks for, and which of its figures count.

use std::sync::Arc;

use billing_domain::payment::AttemptState;
use billing_domain::{BillingStore, Conflict, Currency, Money, Payable, Proof, Requirement, Step, Write};

use super::{commit_all, committed, found, read, refused};
use crate::store::rows;

const HERE: u128 = 1;
const ACCOUNT: u128 = 7;

async fn open(store: &Arc<dyn BillingStore>, payable: Payable) {
    commit_all(store, [rows::opening(HERE, 1, ACCOUNT, payable)]).await;
}

fn pay(n: u128, payable: &str, cents: i64) -> billing_domain::payment::Payment {
    rows::payment(n, rows::account_ref(rows::dispensary_id(HERE), ACCOUNT), payable, cents)
}

/// Line 5: a cent more than is outstanding is refused, and the refusal says what is outstanding.
pub async fn a_payment_fits_its_payable_to_the_cent(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    open(&store, rows::payable("i-1", 10_000)).await;
    let too_much = Conflict::DoesNotFit { outstanding: rows::cad(10_000) };
    refused(store.commit(rows::sending(2, &pay(10, "i-1", 10_001))).await, &too_much);
    let part = pay(11, "i-1", 4_000);
    committed(store.commit(rows::sending(3, &part)).await);
    let taken = rows::ended(&rows::attempt(11, 1), AttemptState::Succeeded(rows::capture("pi_11", 4_000)));
    committed(store.commit(rows::moving(4, &part, taken)).await);
    let too_much = Conflict::DoesNotFit { outstanding: rows::cad(6_000) };
    refused(store.commit(rows::sending(5, &pay(12, "i-1", 6_001))).await, &too_much);
    committed(store.commit(rows::sending(6, &pay(12, "i-1", 6_000))).await);
    let state = found(store.payable(here, &part.payable).await);
    assert_eq!((state.captured, state.open), (rows::cad(4_000), rows::cad(6_000)));
    assert_eq!(state.outstanding(), Ok(rows::cad(0)));
    // What is open counts whether or not the step asks for an empty slot.
    let payable = rows::payable_id("i-1");
    let fits = |amount| Requirement::FitsPayable { payable: payable.clone(), amount };
    let step = Step { requires: vec![fits(rows::cad(1))], ..rows::step(here, 7, vec![]) };
    refused(store.commit(step).await, &Conflict::DoesNotFit { outstanding: rows::cad(0) });
    let step = Step { requires: vec![fits(rows::cad(-1))], ..rows::step(here, 8, vec![]) };
    refused(store.commit(step).await, &Conflict::DoesNotFit { outstanding: rows::cad(0) });
    let unknown = Requirement::FitsPayable { payable: rows::payable_id("i-9"), amount: rows::cad(1) };
    let step = Step { requires: vec![unknown], ..rows::step(here, 9, vec![]) };
    refused(store.commit(step).await, &Conflict::Unknown("payable"));
}

/// Line 5: what was paid by other means is not asked for again.
pub async fn money_paid_elsewhere_counts(store: Arc<dyn BillingStore>) {
    open(&store, Payable { paid_elsewhere: rows::cad(2_500), ..rows::payable("i-1", 10_000) }).await;
    let too_much = Conflict::DoesNotFit { outstanding: rows::cad(7_500) };
    refused(store.commit(rows::sending(2, &pay(10, "i-1", 7_501))).await, &too_much);
    committed(store.commit(rows::sending(3, &pay(11, "i-1", 7_500))).await);
}

/// Line 5: two currencies never meet in a sum.
pub async fn a_payment_in_another_currency_is_refused(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    open(&store, rows::payable("i-1", 10_000)).await;
    let dollars = Money::new(100, Currency::USD);
    let does_not_fit = Conflict::DoesNotFit { outstanding: rows::cad(10_000) };
    let foreign = billing_domain::payment::Payment { amount: dollars, ..pay(10, "i-1", 100) };
    refused(store.commit(rows::sending(2, &foreign)).await, &does_not_fit);
    let unjudged = rows::step(here, 3, vec![Write::Payment(Box::new(foreign))]);
    refused(store.commit(unjudged).await, &does_not_fit);
    let nothing = rows::step(here, 4, vec![Write::Payment(Box::new(pay(10, "i-1", 0)))]);
    refused(store.commit(nothing).await, &does_not_fit);
    let zero = Money::zero(Currency::USD);
    let elsewhere = Payable { version: 2, total: dollars, paid_elsewhere: zero, ..rows::payable("i-1", 1) };
    refused(
        store.commit(rows::step(here, 5, vec![Write::Payable(elsewhere)])).await,
        &Conflict::PayableVersion,
    );
}

/// Line 5: the step's own payable is in force before the amount is judged, wherever it stands among the writes.
pub async fn an_amount_is_judged_by_the_figures_the_step_brings(store: Arc<dyn BillingStore>) {
    open(&store, rows::payable("i-1", 10_000)).await;
    let more = Payable { version: 2, ..rows::payable("i-1", 12_000) };
    let mut step = rows::sending(2, &pay(10, "i-1", 12_000));
    step.writes.push(Write::Payable(more));
    committed(store.commit(step).await);
    let mut step = rows::sending(3, &pay(11, "i-2", 800));
    step.writes.push(Write::Payable(rows::payable("i-2", 800)));
    committed(store.commit(step).await);
    let mut step = rows::sending(4, &pay(12, "i-3", 801));
    step.writes.insert(0, Write::Payable(rows::payable("i-3", 800)));
    refused(store.commit(step).await, &Conflict::DoesNotFit { outstanding: rows::cad(800) });
    let here = rows::dispensary_id(HERE);
    assert_eq!(read(store.payable(here, &rows::payable_id("i-3")).await), None);
}

/// A payable's version grows; the same version twice says the same.
pub async fn a_payable_only_grows_newer(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    open(&store, Payable { version: 3, ..rows::payable("i-1", 10_000) }).await;
    let write = |step, version, cents| {
        rows::step(here, step, vec![Write::Payable(Payable { version, ..rows::payable("i-1", cents) })])
    };
    committed(store.commit(write(2, 3, 10_000)).await);
    refused(store.commit(write(3, 3, 10_001)).await, &Conflict::PayableVersion);
    refused(store.commit(write(4, 2, 10_000)).await, &Conflict::PayableVersion);
    committed(store.commit(write(5, 7, 9_000)).await);
    let stored = found(store.payable(here, &rows::payable_id("i-1")).await).payable;
    assert_eq!(stored, Payable { version: 7, ..rows::payable("i-1", 9_000) });
}

/// Newer figures wait until nothing is open; the very same ones are no change.
pub async fn a_payable_cannot_change_while_an_attempt_is_open(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    open(&store, rows::payable("i-1", 10_000)).await;
    let payment = pay(10, "i-1", 10_000);
    committed(store.commit(rows::sending(2, &payment)).await);
    let newer = Write::Payable(Payable { version: 2, ..rows::payable("i-1", 8_000) });
    let is_open = Conflict::OpenAttempt { payment: payment.id };
    refused(store.commit(rows::step(here, 3, vec![newer.clone()])).await, &is_open);
    committed(store.commit(rows::step(here, 4, vec![Write::Payable(rows::payable("i-1", 10_000))])).await);
    let dead = rows::ended(&rows::attempt(10, 1), AttemptState::Dead(Proof::NeverHandedOver));
    committed(store.commit(rows::moving(5, &payment, dead)).await);
    committed(store.commit(rows::step(here, 6, vec![newer])).await);
}
