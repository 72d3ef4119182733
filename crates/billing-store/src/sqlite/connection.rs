//! Opening connections: the writer's, whose durability is read back, and the readers'. No statement of the port.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags};

use super::options::SqliteOptions;
use super::schema;
use crate::{MigrateError, OpenError};

/// More than all statements there are, so that none is ever compiled twice.
const STATEMENTS_MAX: usize = 128;

/// The file a path names, for good: whole, so that neither a change of directory nor its first letters mean another.
/// `None` if SQLite would not take it for a file.
///
/// SQLite as we build it reads `file:` as a URI whether it is asked to or not (`SQLITE_USE_URI`).
pub(super) fn file(path: &Path) -> Option<PathBuf> {
    let text = path.as_os_str().as_encoded_bytes();
    if text.is_empty() || text == b":memory:" || text.starts_with(b"file:") {
        return None;
    }
    // Where the current directory is gone, the path stays as it is.
    Some(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

/// Opens the file for its migration, and creates it if there is none.
pub(super) fn for_migration(path: &Path) -> Result<Connection, MigrateError> {
    let open = || {
        let connection = Connection::open_with_flags(path, FLAGS | OpenFlags::SQLITE_OPEN_CREATE | WRITE)?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        write_ahead(&connection)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        Ok(connection)
    };
    open().map_err(|error: rusqlite::Error| MigrateError::Unavailable {
        path: path.to_owned(),
        source: error.into(),
    })
}

/// Opens the file for writing, and refuses it if a committed step could be lost or the schema is not ours.
pub(super) fn for_writing(path: &Path, options: &SqliteOptions) -> Result<Connection, OpenError> {
    let connection = open_for_writing(path, options).map_err(|error| not_opened(path, error))?;
    if connection.is_readonly(MAIN_DB).unwrap_or(true) {
        return Err(OpenError::ReadOnly);
    }
    check_durable(&connection, path)?;
    schema::check(&connection, path)?;
    Ok(connection)
}

/// Opens the file for reading only. The writer is open already: it made the files that readers need.
pub(super) fn for_reading(path: &Path, options: &SqliteOptions) -> Result<Connection, OpenError> {
    let open = || {
        let connection = Connection::open_with_flags(path, FLAGS | OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(options.busy_timeout)?;
        compile_once(&connection)?;
        Ok(connection)
    };
    open().map_err(|error| unavailable(path, error))
}

/// Keeps every statement compiled, under the plan it was first given. Without the guarantee SQLite compiles a statement
/// again, at each use, where a partial index made it look at what might be bound.
pub(super) fn compile_once(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// The database is there, or may be, and SQLite cannot work with it.
pub(super) fn unavailable(path: &Path, error: rusqlite::Error) -> OpenError {
    OpenError::Unavailable { path: path.to_owned(), source: error.into() }
}

fn not_opened(path: &Path, error: rusqlite::Error) -> OpenError {
    let missing =
        error.sqlite_error_code() == Some(ErrorCode::CannotOpen) && matches!(path.try_exists(), Ok(false));
    if missing { OpenError::Missing { path: path.to_owned() } } else { unavailable(path, error) }
}

/// Each connection lives on one thread, and a path is never a URI ([`file`] sees to what the flag does not): no option
/// of a file can come in through its name.
const FLAGS: OpenFlags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
const WRITE: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE;

fn open_for_writing(path: &Path, options: &SqliteOptions) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, FLAGS | WRITE)?;
    connection.busy_timeout(options.busy_timeout)?;
    compile_once(&connection)?;
    write_ahead(&connection)?;
    connection.pragma_update(None, "synchronous", options.synchronous.level())?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What undoes one step of a batch stays in memory: it need not survive this process, only the batch.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // An fsync on macOS stops at the drive's own cache unless asked not to; elsewhere this changes nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    Ok(connection)
}

/// Asks for the write-ahead log. SQLite answers with the mode it is in, which [`check_durable`] judges.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
}

/// Judges what the connection says of itself, not what it was asked for.
fn check_durable(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let setting = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    let unavailable = |error| unavailable(path, error);
    let journal: String =
        connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(unavailable)?;
    if journal != "wal" {
        return Err(OpenError::NotDurable { setting: "journal_mode", found: journal, needed: "wal" });
    }
    let synchronous: i64 = setting("synchronous").map_err(unavailable)?;
    if synchronous < super::options::Synchronous::Full.level() {
        let found = synchronous.to_string();
        return Err(OpenError::NotDurable { setting: "synchronous", found, needed: "2 (full) or more" });
    }
    for name in ["fullfsync", "checkpoint_fullfsync"] {
        if setting(name).map_err(unavailable)? != 1 {
            return Err(OpenError::NotDurable { setting: name, found: "0".to_owned(), needed: "1" });
        }
    }
    Ok(())
}
