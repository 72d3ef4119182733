//! What PostgreSQL's errors mean to a caller of the port.

use billing_domain::{Conflict, StoreError};
use tokio_postgres::error::{DbError, Severity, SqlState};

/// What the server or the connection said. Without the server's details: they may quote a row.
#[derive(Debug, thiserror::Error)]
pub(super) enum Said {
    #[error("the database did not answer within the time of the call")]
    Late,
    #[error("no connection to the database could be had: {0}")]
    NoConnection(String),
    #[error("{message} (SQLSTATE {code})")]
    Server { code: String, message: String },
    #[error(transparent)]
    Connection(tokio_postgres::Error),
}

impl From<tokio_postgres::Error> for Said {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(said) => {
                Self::Server { code: said.code().code().to_owned(), message: said.message().to_owned() }
            }
            None => Self::Connection(error),
        }
    }
}

/// Why a step's transaction came to nothing.
#[derive(Debug)]
pub(super) enum Halt {
    /// It ran into another one; the very same may go through when it is tried again.
    Again(Said),
    /// This is the answer.
    Final(StoreError),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Final(error)
    }
}

/// A read, or a statement of a step before its commit, failed: nothing is kept.
pub(super) fn failed(what: &'static str, error: tokio_postgres::Error) -> StoreError {
    match error.code().map(SqlState::code) {
        // With the dispensary locked nobody of ours wrote it: somebody else did, and its row is to be read again.
        Some("23505") => StoreError::Conflict(Conflict::Revision(what)),
        // A value that the database cannot hold, or that the schema refuses, could not be read back either.
        Some(code) if code.starts_with("22") || code.starts_with("23") => StoreError::Corrupt(what),
        Some(code) if code.starts_with("XX00") && code != "XX000" => StoreError::Corrupt("database"),
        _ => StoreError::Unavailable(Said::from(error).into()),
    }
}

/// As [`failed`], and whether it is worth another try.
pub(super) fn halted(what: &'static str, error: tokio_postgres::Error) -> Halt {
    if is_passing(&error) { Halt::Again(error.into()) } else { Halt::Final(failed(what, error)) }
}

/// COMMIT itself failed. An ERROR comes before the commit is written, and the server has rolled back. Anything else says nothing: a
/// lost connection, or a server that ends the session (FATAL), may come after it.
pub(super) fn at_commit(what: &'static str, error: tokio_postgres::Error) -> Halt {
    let severity = error.as_db_error().and_then(DbError::parsed_severity);
    if severity == Some(Severity::Error) {
        halted(what, error)
    } else {
        Halt::Final(StoreError::InDoubt(Said::from(error).into()))
    }
}

/// Whether transactions met: a serialization failure, a deadlock, or a lock that was not given in time.
fn is_passing(error: &tokio_postgres::Error) -> bool {
    let passing =
        [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::LOCK_NOT_AVAILABLE];
    error.code().is_some_and(|code| passing.contains(code))
}
