//! Lines 3 and 9: rows follow their own revisions, belong to the step's dispensary and build on what exists.

use std::sync::Arc;

use billing_domain::payment::{AttemptState, CaptureId};
use billing_domain::{BillingStore, Conflict, Write};

use super::{commit_all, committed, found, refused};
use crate::store::rows;

const HERE: u128 = 1;
const ACCOUNT: u128 = 7;

/// Line 3: a dispensary, an account or an attempt is written as revision 1, then as 2, and nothing else.
pub async fn a_row_is_written_only_over_the_revision_it_follows(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    let account = rows::account_ref(here, ACCOUNT);
    let payment = rows::payment(10, account.clone(), "i-1", 10_000);
    commit_all(
        &store,
        [rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 10_000)), rows::sending(2, &payment)],
    )
    .await;
    let dispensary =
        |revision| Write::Dispensary(billing_domain::Dispensary { revision, ..rows::dispensary(HERE) });
    let record = |revision| {
        Write::Account(Box::new(billing_domain::AccountRecord { revision, ..rows::account(account.clone()) }))
    };
    let attempt = |revision| Write::Attempt {
        payment: payment.id,
        attempt: Box::new(billing_domain::payment::Attempt {
            state: AttemptState::Processing,
            revision,
            ..rows::attempt(10, 1)
        }),
    };
    let writes: [(&str, &(dyn Fn(u64) -> Write + Sync)); 3] =
        [("dispensary", &dispensary), ("account", &record), ("attempt", &attempt)];
    let mut step = 10;
    for (what, write) in writes {
        for wrong in [0, 1, 3, u64::MAX / 2] {
            step += 1;
            let answer = store.commit(rows::step(here, step, vec![write(wrong)])).await;
            refused(answer, &Conflict::Revision(what));
        }
        step += 1;
        committed(store.commit(rows::step(here, step, vec![write(2)])).await);
        step += 1;
        refused(store.commit(rows::step(here, step, vec![write(2)])).await, &Conflict::Revision(what));
    }
    // A row nobody wrote has no second revision.
    let unknown = billing_domain::AccountRecord { revision: 2, ..rows::account(rows::account_ref(here, 8)) };
    let answer = store.commit(rows::step(here, 100, vec![Write::Account(Box::new(unknown))])).await;
    refused(answer, &Conflict::Revision("account"));
    // A payment is written once.
    let answer = store.commit(rows::step(here, 101, vec![Write::Payment(Box::new(payment))])).await;
    refused(answer, &Conflict::Revision("payment"));
}

/// Line 9: a step of one dispensary cannot write another one's rows.
pub async fn a_row_of_another_dispensary_is_refused(store: Arc<dyn BillingStore>) {
    let (here, there) = (rows::dispensary_id(HERE), rows::dispensary_id(2));
    commit_all(
        &store,
        [
            rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 10_000)),
            rows::opening(2, 2, ACCOUNT + 1, rows::payable("i-1", 10_000)),
        ],
    )
    .await;
    let foreign = rows::payment(10, rows::account_ref(there, ACCOUNT + 1), "i-1", 100);
    let next = billing_domain::Dispensary { revision: 2, ..rows::dispensary(2) };
    let writes = [
        Write::Account(Box::new(rows::account(rows::account_ref(there, 9)))),
        Write::Dispensary(next),
        Write::Invoice { invoice: Box::new(rows::invoice(there, 20)), replaces: None },
        Write::Payment(Box::new(foreign)),
    ];
    for (step, write) in (10..).zip(writes) {
        let answer = store.commit(rows::step(here, step, vec![write])).await;
        refused(answer, &Conflict::Unknown("dispensary"));
    }
    // An account of another dispensary is not one that a payment here can be pinned to.
    let borrowed = rows::payment(10, rows::account_ref(here, ACCOUNT + 1), "i-1", 100);
    let answer = store.commit(rows::step(here, 20, vec![Write::Payment(Box::new(borrowed))])).await;
    refused(answer, &Conflict::Unknown("account"));
    assert_eq!(found(store.dispensary(there).await).revision, 1);
}

/// A payment needs its payable and its account, an attempt, a stray charge and a refund their payment, a
/// refund its capture.
pub async fn rows_build_on_rows_that_exist(store: Arc<dyn BillingStore>) {
    let here = rows::dispensary_id(HERE);
    commit_all(&store, [rows::opening(HERE, 1, ACCOUNT, rows::payable("i-1", 10_000))]).await;
    let account = rows::account_ref(here, ACCOUNT);
    let missing = rows::payment_id(99);
    let writes = [
        (Write::Payment(Box::new(rows::payment(10, account.clone(), "i-9", 100))), "payable"),
        (Write::Payment(Box::new(rows::payment(10, rows::account_ref(here, 9), "i-1", 100))), "account"),
        (Write::Attempt { payment: missing, attempt: Box::new(rows::attempt(99, 1)) }, "payment"),
        (
            Write::StrayCharge {
                payment: missing,
                stray: Box::new(rows::stray(1, rows::capture("pi_1", 100))),
            },
            "payment",
        ),
        (
            Write::Refund {
                payment: missing,
                refund: Box::new(rows::refund(100, CaptureId::Attempt(1), 100)),
            },
            "payment",
        ),
    ];
    for (step, (write, what)) in (10..).zip(writes) {
        let answer = store.commit(rows::step(here, step, vec![write])).await;
        refused(answer, &Conflict::Unknown(what));
    }
    let attempt = Write::Attempt { payment: rows::payment_id(10), attempt: Box::new(rows::attempt(10, 1)) };
    let payment = Write::Payment(Box::new(rows::payment(10, account, "i-1", 100)));
    let answer = store.commit(rows::step(here, 20, vec![attempt.clone(), payment.clone()])).await;
    refused(answer, &Conflict::Unknown("payment"));
    committed(store.commit(rows::step(here, 21, vec![payment, attempt])).await);
    // The attempt is there and has taken nothing; there is no stray charge.
    let paid = rows::payment(10, rows::account_ref(here, ACCOUNT), "i-1", 100);
    let stray = rows::stray(100, rows::capture("pi_10", 100));
    for (step, capture) in (30..).zip([CaptureId::Attempt(1), CaptureId::Stray(stray.id)]) {
        let refund = rows::refund(100, capture, 100);
        let answer = store.commit(rows::moving_refund(step, &paid, &refund)).await;
        refused(answer, &Conflict::Unknown("capture"));
    }
}
