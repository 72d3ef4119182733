//! Lines 1, 2 and 7, one caller at a time: all or nothing, and once.

use std::sync::Arc;

use billing_domain::{BillingStore, Committed, Conflict, Requirement, Step, Write};

use super::{commit_all, committed, found, read, refused};
use crate::store::rows;

const HERE: u128 = 1;
const ACCOUNT: u128 = 7;

/// Line 2: the second commit of a step writes nothing and answers with the first one's number.
pub async fn a_repeated_step_answers_as_the_first(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let opening = rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 10_000));
    let first = committed(store.commit(opening.clone()).await);
    commit_all(&store, [rows::step(here, 2, vec![])]).await;
    let again = read(store.commit(opening).await);
    assert_eq!(again, Committed { seq: first, repeated: true });
    assert_eq!(read(store.audit(here, 0, 10).await).len(), 2, "a repeated step is not remembered again");
}

/// Line 2: a step known by its id is not judged again, whatever it holds by now.
pub async fn a_repeated_step_is_known_before_it_is_judged(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let payment = rows::payment(10, rows::account_ref(here, ACCOUNT), "i-1", 10_000);
    let sending = rows::sending(2, &payment);
    commit_all(&store, [rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 10_000)), sending.clone()])
        .await;
    // The same step now runs into its own attempt; another content under its id would be refused as well.
    let other = Step {
        requires: vec![Requirement::AccountActive(rows::account_ref(here, 99).account)],
        writes: vec![Write::Dispensary(rows::dispensary(HERE))],
        ..sending.clone()
    };
    for step in [sending, other] {
        assert_eq!(read(store.commit(step).await), Committed { seq: 2, repeated: true });
    }
    assert_eq!(found(store.payable(here, &payment.payable).await).open, payment.amount);
}

/// Lines 1 and 7: when the last row of a step is refused, the rows before it are not written either.
pub async fn a_refused_step_changes_nothing(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    commit_all(&store, [rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 10_000))]).await;
    let payment = rows::payment(10, rows::account_ref(here, ACCOUNT), "i-2", 500);
    let stale = rows::dispensary(HERE); // revision 1 again
    let step = Step {
        writes: vec![
            Write::Payable(rows::payable("i-2", 500)),
            Write::Payment(Box::new(payment.clone())),
            Write::Attempt { payment: payment.id, attempt: Box::new(rows::attempt(10, 1)) },
            Write::Dispensary(stale),
        ],
        ..rows::step(here, 2, vec![])
    };
    refused(store.commit(step.clone()).await, &Conflict::Revision("dispensary"));
    assert_eq!(read(store.payable(here, &payment.payable).await), None);
    assert_eq!(read(store.payment(here, payment.id).await), None);
    assert_eq!(read(store.next_due().await), None);
    assert_eq!(read(store.audit(here, 0, 10).await).len(), 1);
    // Refused is not committed: the same id may come back with something that can be.
    let mended = Step { writes: step.writes.into_iter().take(3).collect(), ..rows::step(here, 2, vec![]) };
    assert_eq!(committed(store.commit(mended).await), 2, "a refused step takes no number");
}
