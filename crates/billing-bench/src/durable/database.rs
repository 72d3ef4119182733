//! The files that are measured on: where they are, how a floor opens one, what stands in them. No measuring.

use std::path::{Path, PathBuf};

use billing_store::{SqliteOptions, SqliteStore};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tempfile::TempDir;

use super::Failure;

/// A migrated file of its own, removed with everything beside it.
#[derive(Debug)]
pub(super) struct Database {
    folder: TempDir,
}

impl Database {
    pub(super) fn new(folder: &Path) -> Result<Self, Failure> {
        let database = Self { folder: tempfile::tempdir_in(folder)? };
        SqliteStore::migrate(database.path())?;
        Ok(database)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("bench.sqlite")
    }

    pub(super) fn store(&self) -> Result<SqliteStore, Failure> {
        Ok(SqliteStore::open(self.path(), SqliteOptions::default())?)
    }

    /// A connection as durable as the store's own: a commit is on the disk before it returns. The last one to close removes
    /// the log, so what is measured twice on one file keeps another open.
    pub(super) fn connect(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open(self.path())?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        // Without it SQLite compiles a statement again at each use, where a partial index made it look at what is bound.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // Rows that refer to others are written without looking: a floor owes nobody an answer.
        connection.pragma_update(None, "foreign_keys", false)?;
        Ok(connection)
    }

    /// How many steps the file remembers.
    pub(super) fn steps(&self) -> Result<u64, Failure> {
        let count = "SELECT count(*) FROM billing_steps";
        let found: i64 = self.connect()?.query_row(count, [], |row| row.get(0))?;
        Ok(u64::try_from(found)?)
    }
}

/// What the folder's filesystem is called, as far as the system tells.
pub(super) fn filesystem(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    let kinds = mounts.lines().filter_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let (at, kind) = (words.next()?, words.next()?);
        folder.starts_with(at).then(|| (at.len(), kind.to_owned()))
    });
    // Of two mounts on one place, the later one is seen.
    kinds
        .max_by_key(|(length, _)| *length)
        .map_or_else(|| "an unknown filesystem".to_owned(), |(_, kind)| kind)
}
