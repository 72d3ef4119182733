//! `PostgresStore` keeps the port's contract.

use std::sync::Arc;

use billing_domain::BillingStore;

use crate::support::{migrated, open};

macro_rules! tests {
    ($($line:ident)+) => {$(
        #[tokio::test]
        async fn $line() {
            let database = migrated().await;
            let store = open(&database.config()).await;
            billing_testkit::conformance::store::$line(Arc::new(store)).await;
        }
    )+};
}

billing_testkit::store_contract!(tests);

#[tokio::test]
async fn what_was_answered_is_there_after_reopening() {
    let database = migrated().await;
    billing_testkit::conformance::store::what_was_answered_is_there_after_reopening(async || {
        let store: Arc<dyn BillingStore> = Arc::new(open(&database.config()).await);
        store
    })
    .await;
}
