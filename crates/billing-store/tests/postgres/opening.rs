//! What is opened and what is refused; migrations beside a host's own.

use billing_domain::{BillingStore, StoreError};
use billing_store::tokio_postgres::{Config, NoTls};
use billing_store::{MigrateError, OpenError, PostgresOptions, PostgresStore};
use billing_testkit::TestDatabase;
use billing_testkit::store::rows;

use crate::support::{migrated, open, outsider};

async fn opened(config: &Config) -> Result<PostgresStore, OpenError> {
    PostgresStore::open(config, NoTls, PostgresOptions::default()).await
}

#[tokio::test]
async fn a_setting_that_could_lose_a_committed_step_is_refused() {
    for setting in ["off", "local", "remote_write"] {
        let database = migrated().await;
        let set = format!("ALTER DATABASE {} SET synchronous_commit = {setting}", database.name());
        database.run(&set).await;
        let refused = opened(&database.config()).await;
        assert!(
            matches!(&refused, Err(OpenError::NotDurable { setting: "synchronous_commit", found, .. }) if found == setting),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_connection_made_later_is_asked_as_well() {
    let database = migrated().await;
    let options = PostgresOptions { connections: 1, ..PostgresOptions::default() };
    let store = PostgresStore::open(&database.config(), NoTls, options).await.unwrap();
    database.run(&format!("ALTER DATABASE {} SET synchronous_commit = off", database.name())).await;
    // The store's connections so far are closed, so it has to make one.
    database
        .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        .await;
    let answer = store.commit(rows::step(rows::dispensary_id(1), 1, vec![])).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    database.run(&format!("ALTER DATABASE {} RESET synchronous_commit", database.name())).await;
    assert_eq!(store.commit(rows::step(rows::dispensary_id(1), 1, vec![])).await.unwrap().seq, 1);
}

#[tokio::test]
async fn a_database_that_can_only_be_read_is_refused() {
    let database = migrated().await;
    database.run(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name())).await;
    let refused = opened(&database.config()).await;
    assert!(matches!(refused, Err(OpenError::ReadOnly)), "{refused:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_or_far_away_without_tls_is_refused() {
    let nowhere: Config = "host=127.0.0.1 port=1 user=nobody connect_timeout=1".parse().unwrap();
    assert!(matches!(opened(&nowhere).await, Err(OpenError::Unreachable(_))));
    assert!(matches!(PostgresStore::migrate(&nowhere, NoTls).await, Err(MigrateError::Unreachable(_))));
    let far: Config = "host=db.clinic.example user=billing".parse().unwrap();
    assert!(matches!(opened(&far).await, Err(OpenError::NotEncrypted)));
}

#[tokio::test]
async fn a_database_that_was_not_migrated_or_by_a_newer_release_is_refused() {
    let database = TestDatabase::fresh().await;
    let refused = opened(&database.config()).await;
    assert!(matches!(refused, Err(OpenError::NotMigrated { found: 0, needed: 1 })), "{refused:?}");
    PostgresStore::migrate(&database.config(), NoTls).await.unwrap();
    opened(&database.config()).await.unwrap();
    database
        .run("INSERT INTO billing_schema_history (version, name, applied_on, checksum) VALUES (2, 'later', '2030-01-01T00:00:00Z', '1')")
        .await;
    let refused = opened(&database.config()).await;
    assert!(matches!(refused, Err(OpenError::NewerSchema { found: 2, known: 1 })), "{refused:?}");
    assert!(matches!(PostgresStore::migrate(&database.config(), NoTls).await, Err(MigrateError::Refused(_))));
}

#[tokio::test]
async fn two_processes_migrate_at_once_and_a_third_changes_nothing() {
    let database = TestDatabase::fresh().await;
    let config = database.config();
    let (first, second) =
        tokio::join!(PostgresStore::migrate(&config, NoTls), PostgresStore::migrate(&config, NoTls));
    first.unwrap();
    second.unwrap();
    PostgresStore::migrate(&config, NoTls).await.unwrap();
    open(&config).await;
}

#[tokio::test]
async fn a_hosts_own_tables_and_migrations_in_the_same_database_are_left_alone() {
    let database = TestDatabase::fresh().await;
    database
        .run(
            "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name TEXT, applied_on TEXT, checksum TEXT);
             INSERT INTO refinery_schema_history VALUES (40, 'host', '2026-01-01T00:00:00Z', '1');
             CREATE TABLE patients (id INTEGER PRIMARY KEY); INSERT INTO patients VALUES (1);",
        )
        .await;
    PostgresStore::migrate(&database.config(), NoTls).await.unwrap();
    let store = open(&database.config()).await;
    store.commit(rows::opening(1, 1, 7, rows::payable("i-1", 100))).await.unwrap();
    let host = outsider(&database.config()).await;
    let foreign = host
        .query(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'billing\\_%'
             UNION SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname NOT LIKE 'billing\\_%'
             ORDER BY 1",
            &[],
        )
        .await
        .unwrap();
    let foreign: Vec<String> = foreign.iter().map(|row| row.get(0)).collect();
    assert_eq!(
        foreign,
        ["patients", "patients_pkey", "refinery_schema_history", "refinery_schema_history_pkey"]
    );
}
