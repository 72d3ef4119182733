//! A migrated database with a store on it. No test.

use billing_store::tokio_postgres::{Config, NoTls};
use billing_store::{PostgresOptions, PostgresStore};
use billing_testkit::TestDatabase;

/// A migrated database. It goes when it is dropped, whoever is connected to it.
pub(crate) async fn migrated() -> TestDatabase {
    let database = TestDatabase::fresh().await;
    PostgresStore::migrate(&database.config(), NoTls).await.unwrap();
    database
}

pub(crate) async fn open(config: &Config) -> PostgresStore {
    PostgresStore::open(config, NoTls, PostgresOptions::default()).await.unwrap()
}
