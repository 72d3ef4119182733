//! `SqliteStore` keeps the port's contract.

use std::sync::Arc;

use billing_domain::BillingStore;
use billing_store::{SqliteOptions, SqliteStore};

macro_rules! tests {
    ($($line:ident)+) => {$(
        #[tokio::test]
        async fn $line() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("clinic.db");
            SqliteStore::migrate(&path).unwrap();
            let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
            billing_testkit::conformance::store::$line(Arc::new(store)).await;
        }
    )+};
}

billing_testkit::store_contract!(tests);

#[tokio::test]
async fn what_was_answered_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clinic.db");
    SqliteStore::migrate(&path).unwrap();
    billing_testkit::conformance::store::what_was_answered_is_there_after_reopening(async || {
        let store: Arc<dyn BillingStore> =
            Arc::new(SqliteStore::open(&path, SqliteOptions::default()).unwrap());
        store
    })
    .await;
}
