//! `RedbStore` keeps the store port's contract: every published line, each on a file of its own.

use std::sync::Arc;

use outside_store::RedbStore;

macro_rules! tests {
    ($($line:ident)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $line() {
            let folder = tempfile::tempdir().unwrap();
            let store = RedbStore::open(folder.path().join("clinic.redb")).unwrap();
            billing_testkit::conformance::store::$line(Arc::new(store)).await;
        }
    )+};
}

billing_testkit::store_contract!(tests);
