//! What is opened and what is refused; migrations beside a host's own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use billing_domain::BillingStore;
use billing_store::{MigrateError, OpenError, SqliteOptions, SqliteStore, Synchronous};
use billing_testkit::store::rows;
use rusqlite::Connection;
use tempfile::TempDir;

fn migrated() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clinic.db");
    SqliteStore::migrate(&path).unwrap();
    (folder, path)
}

fn open(path: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(path, SqliteOptions::default())
}

#[test]
fn a_setting_that_could_lose_a_committed_step_is_refused() {
    let (_folder, path) = migrated();
    for synchronous in [Synchronous::Normal, Synchronous::Off] {
        let refused = SqliteStore::open(&path, SqliteOptions { synchronous, ..SqliteOptions::default() });
        assert!(matches!(refused, Err(OpenError::NotDurable { setting: "synchronous", .. })), "{refused:?}");
    }
    for synchronous in [Synchronous::Full, Synchronous::Extra] {
        SqliteStore::open(&path, SqliteOptions { synchronous, ..SqliteOptions::default() }).unwrap();
    }
}

#[test]
fn a_database_that_only_lives_in_memory_is_refused() {
    let refused = open(Path::new(":memory:"));
    assert!(matches!(&refused, Err(OpenError::NotDurable { setting: "journal_mode", .. })), "{refused:?}");
}

#[test]
fn a_file_left_in_another_journal_mode_is_opened_with_the_write_ahead_log() {
    for mode in ["DELETE", "TRUNCATE", "PERSIST", "MEMORY", "OFF"] {
        let (_folder, path) = migrated();
        let other = Connection::open(&path).unwrap();
        other.pragma_update(None, "journal_mode", mode).unwrap();
        drop(other);
        let _store = open(&path).unwrap();
        let found: String = Connection::open(&path)
            .unwrap()
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(found, "wal");
    }
}

#[test]
fn a_file_that_somebody_holds_in_another_journal_mode_is_refused() {
    let (_folder, path) = migrated();
    let other = Connection::open(&path).unwrap();
    other.pragma_update(None, "journal_mode", "DELETE").unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let options = SqliteOptions { busy_timeout: std::time::Duration::ZERO, ..SqliteOptions::default() };
    let refused = SqliteStore::open(&path, options);
    assert!(matches!(refused, Err(OpenError::NotDurable { .. } | OpenError::Unavailable(_))), "{refused:?}");
}

#[test]
fn a_database_that_was_not_migrated_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.db");
    assert!(matches!(open(&missing), Err(OpenError::Unavailable(_))));
    assert!(!missing.exists());
    let empty = folder.path().join("empty.db");
    Connection::open(&empty).unwrap().execute_batch("CREATE TABLE patients (id INTEGER)").unwrap();
    assert!(matches!(open(&empty), Err(OpenError::NotMigrated { found: 0, needed: 1 })));
}

#[test]
fn a_database_of_a_newer_release_is_refused() {
    let (_folder, path) = migrated();
    Connection::open(&path)
        .unwrap()
        .execute(
            "INSERT INTO billing_schema_history (version, name, applied_on, checksum)
             VALUES (2, 'later', '2030-01-01T00:00:00Z', '1')",
            [],
        )
        .unwrap();
    assert!(matches!(open(&path), Err(OpenError::NewerSchema { found: 2, known: 1 })));
    assert!(matches!(SqliteStore::migrate(&path), Err(MigrateError::Refused(_))));
}

#[test]
fn migrating_again_changes_nothing() {
    let (_folder, path) = migrated();
    let schema = |path: &Path| -> Vec<String> {
        let connection = Connection::open(path).unwrap();
        let mut read =
            connection.prepare("SELECT ifnull(sql, name) FROM sqlite_schema ORDER BY name").unwrap();
        read.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let before = schema(&path);
    SqliteStore::migrate(&path).unwrap();
    assert_eq!(schema(&path), before);
}

#[tokio::test]
async fn a_hosts_own_tables_and_migrations_in_the_same_file_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("emr.db");
    let host = Connection::open(&path).unwrap();
    host.execute_batch(
        "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name TEXT, applied_on TEXT, checksum TEXT);
         INSERT INTO refinery_schema_history VALUES (40, 'host', '2026-01-01T00:00:00Z', '1');
         CREATE TABLE patients (id INTEGER PRIMARY KEY); INSERT INTO patients VALUES (1);",
    )
    .unwrap();
    SqliteStore::migrate(&path).unwrap();
    let store = open(&path).unwrap();
    store.commit(rows::opening(1, 1, 7, rows::payable("i-1", 100))).await.unwrap();
    host.execute_batch("INSERT INTO patients VALUES (2)").unwrap();
    let ours: Vec<String> = host
        .prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let foreign: Vec<_> = ours.iter().filter(|name| !name.starts_with("billing_")).collect();
    assert_eq!(foreign, ["refinery_schema_history", "patients"]);
    let versions: i64 =
        host.query_row("SELECT count(*) FROM refinery_schema_history", [], |row| row.get(0)).unwrap();
    assert_eq!(versions, 1);
}

#[tokio::test]
async fn every_connection_is_closed_when_the_store_is_dropped() {
    let (_folder, path) = migrated();
    let store = Arc::new(open(&path).unwrap());
    store.commit(rows::step(rows::dispensary_id(1), 1, vec![])).await.unwrap();
    let log = path.with_extension("db-wal");
    assert!(log.exists());
    drop(store);
    // The last connection to close takes the write-ahead log with it.
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while log.exists() && std::time::Instant::now() < patience {
        std::thread::yield_now();
    }
    assert!(!log.exists());
}
