//! What is opened and what is refused; migrations beside a host's own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

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
fn a_path_that_names_no_file_is_neither_migrated_nor_opened() {
    for path in ["", ":memory:", "file::memory:", "file:clinic?mode=memory&cache=shared", "file:clinic.db"] {
        let refused = SqliteStore::migrate(path);
        assert!(matches!(&refused, Err(MigrateError::NotAFile { .. })), "{path}: {refused:?}");
        let refused = open(Path::new(path));
        assert!(matches!(&refused, Err(OpenError::NotAFile { .. })), "{path}: {refused:?}");
        assert!(refused.unwrap_err().to_string().contains(&format!("{path:?} names no file")));
    }
}

// Where `?` and `:` may be in one.
#[cfg(unix)]
#[test]
fn options_in_a_files_name_are_part_of_its_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["clinic.db?mode=memory", "file:clinic.db?mode=memory", ":memory:"] {
        let path = folder.path().join(name);
        SqliteStore::migrate(&path).unwrap();
        assert!(path.exists(), "{name}");
        open(&path).unwrap();
    }
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
    assert!(
        matches!(refused, Err(OpenError::NotDurable { .. } | OpenError::Unavailable { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let said = open(folder.path()).unwrap_err().to_string();
    assert!(said.contains(folder.path().to_str().unwrap()), "{said}");
    let nowhere = folder.path().join("no/such/folder/clinic.db");
    let said = SqliteStore::migrate(&nowhere).unwrap_err().to_string();
    assert!(said.contains(nowhere.to_str().unwrap()), "{said}");
}

#[test]
fn a_database_that_was_not_migrated_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.db");
    let refused = open(&missing).unwrap_err();
    assert!(matches!(&refused, OpenError::Missing { path } if *path == missing), "{refused:?}");
    let said = refused.to_string();
    assert!(
        said.contains(missing.to_str().unwrap()) && said.contains("`SqliteStore::migrate` makes it"),
        "{said}"
    );
    assert!(!missing.exists());
    let empty = folder.path().join("empty.db");
    Connection::open(&empty).unwrap().execute_batch("CREATE TABLE patients (id INTEGER)").unwrap();
    assert!(matches!(open(&empty), Err(OpenError::NotMigrated { found: 0, needed: 4 })));
}

#[test]
fn a_database_of_a_newer_release_is_refused() {
    let (_folder, path) = migrated();
    Connection::open(&path)
        .unwrap()
        .execute(
            "INSERT INTO billing_schema_history (version, name, applied_on, checksum)
             VALUES (5, 'later', '2030-01-01T00:00:00Z', '1')",
            [],
        )
        .unwrap();
    assert!(matches!(open(&path), Err(OpenError::NewerSchema { found: 5, known: 4 })));
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
