//! Several processes on one database: numbers without gaps, changes that are never skipped, accounts that nobody shares.

use std::collections::BTreeMap;
use std::sync::Arc;

use billing_domain::{BillingStore, Step};
use billing_testkit::store::rows;
use tokio::task::JoinSet;

use crate::support::{hold_commits, let_go, migrated, open, waiting};

#[tokio::test(flavor = "multi_thread")]
async fn steps_of_two_processes_are_numbered_without_gaps_and_every_change_is_named() {
    let database = migrated().await;
    let stores = [Arc::new(open(&database.config()).await), Arc::new(open(&database.config()).await)];
    let dispensaries = [1, 2, 3].map(rows::dispensary_id);
    let mut writing = JoinSet::new();
    for writer in 0..6_u128 {
        let store = Arc::clone(&stores[usize::try_from(writer % 2).unwrap()]);
        writing.spawn(async move {
            for n in 0..20 {
                let of = rows::dispensary_id(1 + (writer + n) % 3);
                store.commit(rows::step(of, writer * 1_000 + n, vec![])).await.unwrap();
            }
        });
    }
    // A host that follows the changes meanwhile, as it would: which dispensaries, and then what of each.
    let mut cursor = 0;
    let mut followed: BTreeMap<_, u64> = BTreeMap::new();
    loop {
        let is_over = writing.is_empty();
        let changed = stores[0].changed_since(cursor, 7).await.unwrap();
        for dispensary in &changed.dispensaries {
            let after = followed.entry(*dispensary).or_default();
            for change in stores[0].changes(*dispensary, *after, 1_000).await.unwrap() {
                assert_eq!(change.seq, *after + 1, "without gaps");
                *after = change.seq;
            }
        }
        let is_at_the_end = changed.cursor == cursor;
        cursor = changed.cursor;
        if is_over && is_at_the_end {
            break;
        }
        while writing.try_join_next().is_some() {}
    }
    assert_eq!(followed, dispensaries.map(|dispensary| (dispensary, 40)).into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_seen_late_is_not_skipped() {
    let database = migrated().await;
    let (first, second) = (Arc::new(open(&database.config()).await), open(&database.config()).await);
    let holder = hold_commits(&database).await;
    let (here, there) = (rows::dispensary_id(1), rows::dispensary_id(2));
    let held = Step { note: "hold".to_owned(), ..rows::step(here, 1, vec![]) };
    let slow = tokio::spawn({
        let first = Arc::clone(&first);
        async move { first.commit(held).await.map(|done| done.seq) }
    });
    waiting(&holder).await;
    // The slow step has its place in the order, and is not to be seen. What came after it is named, and read again later.
    second.commit(rows::step(there, 1, vec![])).await.unwrap();
    let early = second.changed_since(0, 10).await.unwrap();
    assert_eq!((early.dispensaries, early.cursor), (vec![there], 0));
    let_go(&holder).await;
    assert_eq!(slow.await.unwrap().unwrap(), 1);
    let late = second.changed_since(early.cursor, 10).await.unwrap();
    assert_eq!(late.dispensaries, [here, there]);
    let end = second.changed_since(late.cursor, 10).await.unwrap();
    assert_eq!((end.dispensaries, end.cursor), (vec![], late.cursor));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_given_up_does_not_hold_up_the_changes() {
    let database = migrated().await;
    let store = Arc::new(open(&database.config()).await);
    let holder = hold_commits(&database).await;
    let (here, there) = (rows::dispensary_id(1), rows::dispensary_id(2));
    let held = Step { note: "hold".to_owned(), ..rows::step(here, 1, vec![]) };
    let lost = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.commit(held).await.map(|done| done.seq) }
    });
    let session = waiting(&holder).await;
    store.commit(rows::step(there, 1, vec![])).await.unwrap();
    holder.execute("SELECT pg_terminate_backend($1, 60000)", &[&session]).await.unwrap();
    assert!(lost.await.unwrap().is_err());
    let changed = store.changed_since(0, 10).await.unwrap();
    assert_eq!(changed.dispensaries, [there]);
    assert!(changed.cursor > 0, "its place in the order stays empty");
}

#[tokio::test(flavor = "multi_thread")]
async fn sweeps_of_two_processes_neither_share_nor_wait_for_an_account() {
    let database = migrated().await;
    let stores = [open(&database.config()).await, open(&database.config()).await];
    for dispensary in 1..=3 {
        let payment = rows::payment(10, rows::account_ref(rows::dispensary_id(dispensary), 7), "i-1", 100);
        stores[0].commit(rows::opening(dispensary, 1, 7, rows::payable("i-1", 100))).await.unwrap();
        stores[0].commit(rows::sending(2, &payment)).await.unwrap();
    }
    // Somebody is at the first account, as another sweep would be for a moment.
    let other = crate::support::outsider(&database.config()).await;
    other
        .batch_execute("BEGIN; SELECT 1 FROM billing_accounts ORDER BY dispensary LIMIT 1 FOR NO KEY UPDATE")
        .await
        .unwrap();
    let (one, two) = tokio::join!(
        stores[0].lease_due(rows::lease(1, 100, 200), 1),
        stores[1].lease_due(rows::lease(2, 100, 200), 1)
    );
    let mut leased = [one.unwrap(), two.unwrap()].concat();
    leased.extend(stores[0].lease_due(rows::lease(3, 100, 200), 10).await.unwrap());
    leased.sort();
    assert_eq!(leased, [2, 3].map(|n| rows::account_ref(rows::dispensary_id(n), 7)));
    other.batch_execute("ROLLBACK").await.unwrap();
    let rest = stores[1].lease_due(rows::lease(4, 100, 200), 10).await.unwrap();
    assert_eq!(rest, [rows::account_ref(rows::dispensary_id(1), 7)]);
}
