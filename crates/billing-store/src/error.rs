//! Why a database is not migrated or not opened. Errors of a store in use are the port's own.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Why a database was not opened. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no such file. `SqliteStore::migrate` makes it.
    #[error("there is no database at {}: `SqliteStore::migrate` makes it", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A newer release migrated it: this one does not know what its tables mean.
    #[error(
        "the database has schema version {found}, and this release knows {known}: install the newer release"
    )]
    NewerSchema {
        /// The database's version.
        found: i64,
        /// The version this release works with.
        known: i64,
    },
    /// The operating system gives no thread.
    #[error("a thread of the store cannot be started")]
    NoThread(#[source] io::Error),
    /// The path names no file; see [`MigrateError::NotAFile`].
    #[error("{path:?} names no file: give the path of one, without `file:`")]
    NotAFile {
        /// What was given.
        path: PathBuf,
    },
    /// A setting, as read back from the open database, could lose a committed step on power loss.
    #[error("{setting} is {found} and must be {needed}: a committed step could be lost on power loss")]
    NotDurable {
        /// The setting's name in the database.
        setting: &'static str,
        /// Its value.
        found: String,
        /// What it must be.
        needed: &'static str,
    },
    /// The server is on another machine and TLS is not demanded: what is said could be read on the way. Say `sslmode=require` and give
    /// a TLS connector, or say that the network is trusted (`PostgresOptions::plaintext`).
    #[error("the database server is on another machine and TLS is not demanded: add `sslmode=require`")]
    NotEncrypted,
    /// It was never migrated, or by an older release. Call `migrate` first.
    #[error("the database has schema version {found}, and this release needs {needed}: migrate it first")]
    NotMigrated {
        /// The database's version; 0 if it has none of ours.
        found: i64,
        /// The version this release works with.
        needed: i64,
    },
    /// The server is older than what this release was written for.
    #[error("the database server is PostgreSQL {found}, and this release needs {needed} or newer")]
    OldServer {
        /// The server's major version.
        found: i32,
        /// The oldest that will do.
        needed: i32,
    },
    /// The file cannot be written, or the server is a standby.
    #[error("the database can only be read")]
    ReadOnly,
    /// SQLite or the operating system said no.
    #[error("the database {} cannot be opened", path.display())]
    Unavailable {
        /// The file.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The database server cannot be reached, or said no.
    #[error("the database server cannot be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
}

/// Why a database was not migrated. Either all of our migrations are in it afterwards, or it is as before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// The path names no file: it is empty, or SQLite would take it for a database in memory or for a URI with
    /// options. Nothing of that would be there after a restart. A file that is really called so takes `./` before it.
    #[error("{path:?} names no file: give the path of one, without `file:`")]
    NotAFile {
        /// What was given.
        path: PathBuf,
    },
    /// A migration was refused, or the history tells of others than ours.
    #[error("the database cannot be migrated")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// SQLite or the operating system said no.
    #[error("the database {} cannot be opened or created", path.display())]
    Unavailable {
        /// The file.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The database server cannot be reached, or said no.
    #[error("the database server cannot be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
}
