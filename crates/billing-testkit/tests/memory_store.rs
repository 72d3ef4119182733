//! `MemoryStore` keeps the port's contract, and fails as it is told to.

use std::sync::Arc;

use billing_domain::{BillingStore, Conflict, StoreError};
use billing_testkit::store::{Fault, MemoryStore, rows};

macro_rules! tests {
    ($($line:ident)+) => {$(
        #[tokio::test]
        async fn $line() {
            billing_testkit::conformance::store::$line(Arc::new(MemoryStore::new())).await;
        }
    )+};
}

billing_testkit::store_contract!(tests);

#[tokio::test]
async fn faults_are_used_up_in_order() {
    let store = MemoryStore::new();
    let step = |n| rows::step(rows::dispensary_id(1), n, vec![]);
    store.fail_next(Fault::Unavailable);
    store.fail_next(Fault::Conflict(Conflict::AccountNotActive));
    assert!(matches!(store.commit(step(1)).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.commit(step(1)).await, Err(StoreError::Conflict(Conflict::AccountNotActive))));
    assert_eq!(store.commit(step(1)).await.unwrap().seq, 1);
}

#[tokio::test]
async fn doubt_is_settled_by_committing_the_same_step_again() {
    for committed in [false, true] {
        let store = MemoryStore::new();
        let step = rows::step(rows::dispensary_id(1), 1, vec![]);
        store.fail_next(Fault::InDoubt { committed });
        assert!(matches!(store.commit(step.clone()).await, Err(StoreError::InDoubt(_))));
        let again = store.commit(step).await.unwrap();
        assert_eq!((again.seq, again.repeated), (1, committed));
    }
}
