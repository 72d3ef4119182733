//! What SQLite's errors mean to a caller of the port.

use std::sync::Arc;

use billing_domain::{Conflict, StoreError};
use rusqlite::ffi;

/// A read or a statement of a step failed: nothing of it is kept.
pub(super) fn failed(what: &'static str, error: rusqlite::Error) -> StoreError {
    use rusqlite::Error as E;
    match &error {
        E::FromSqlConversionFailure(..) | E::IntegralValueOutOfRange(..) | E::InvalidColumnType(..) => {
            StoreError::Corrupt(what)
        }
        E::SqliteFailure(failure, message) => match failure.code {
            // A value that the schema refuses could not be read back either.
            ffi::ErrorCode::ConstraintViolation => StoreError::Corrupt(what),
            ffi::ErrorCode::DatabaseCorrupt | ffi::ErrorCode::NotADatabase => {
                StoreError::Corrupt("database file")
            }
            _ if message.as_deref() == Some("integer overflow") => StoreError::Corrupt(what),
            _ => StoreError::Unavailable(error.into()),
        },
        _ => StoreError::Unavailable(error.into()),
    }
}

/// A refusal.
pub(super) fn conflict<T>(conflict: Conflict) -> Result<T, StoreError> {
    Err(StoreError::Conflict(conflict))
}

/// Whether a unique index or a primary key refused the row.
pub(super) fn is_taken(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|failure| failure.extended_code);
    matches!(code, Some(ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_UNIQUE))
}

/// Why a whole batch failed; every step of it is told.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{doing} failed")]
pub(super) struct BatchFailure {
    doing: &'static str,
    #[source]
    cause: Arc<rusqlite::Error>,
    in_doubt: bool,
}

impl BatchFailure {
    /// The batch never began, or was rolled back.
    pub(super) fn before_commit(doing: &'static str, cause: rusqlite::Error) -> Self {
        Self { doing, cause: Arc::new(cause), in_doubt: false }
    }

    /// COMMIT itself failed. SQLite checks for locks, rights and room before the commit is whole in the log; after
    /// any other failure, a failed fsync above all, the log may hold it.
    pub(super) fn at_commit(cause: rusqlite::Error) -> Self {
        use ffi::ErrorCode as C;
        let code = cause.sqlite_error_code();
        let in_doubt = !matches!(
            code,
            Some(C::DatabaseBusy | C::DatabaseLocked | C::DiskFull | C::ReadOnly | C::PermissionDenied)
        );
        Self { doing: "COMMIT", cause: Arc::new(cause), in_doubt }
    }

    /// Whether another process held the file: the connection itself is as good as before.
    pub(super) fn is_lock(&self) -> bool {
        use ffi::ErrorCode as C;
        matches!(self.cause.sqlite_error_code(), Some(C::DatabaseBusy | C::DatabaseLocked))
    }

    /// What each step of the batch is answered.
    pub(super) fn answer(&self) -> StoreError {
        if self.in_doubt {
            StoreError::InDoubt(self.clone().into())
        } else {
            StoreError::Unavailable(self.clone().into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn a_failed_fsync_at_commit_leaves_the_batch_in_doubt() {
        let answer = BatchFailure::at_commit(failure(ffi::SQLITE_IOERR_FSYNC)).answer();
        assert!(matches!(answer, StoreError::InDoubt(_)));
    }

    #[test]
    fn a_full_disk_or_a_lock_at_commit_means_nothing_was_written() {
        for code in [ffi::SQLITE_FULL, ffi::SQLITE_BUSY, ffi::SQLITE_READONLY] {
            assert!(matches!(BatchFailure::at_commit(failure(code)).answer(), StoreError::Unavailable(_)));
        }
    }

    #[test]
    fn a_failure_before_commit_means_nothing_was_written() {
        let answer = BatchFailure::before_commit("BEGIN", failure(ffi::SQLITE_IOERR)).answer();
        assert!(matches!(answer, StoreError::Unavailable(_)));
    }
}
