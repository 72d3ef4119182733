//! Running a statement: bind, step, read rows. No SQL of its own.

use rusqlite::{Connection, OptionalExtension, Params};

use super::statements::Statement;

/// A row of [`crate::rows`] as SQLite reads and binds it.
pub(crate) trait Row: Sized {
    /// The row's columns, in order.
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self>;
    /// The row's columns as the first parameters, in order.
    fn bind(&self, statement: &mut rusqlite::Statement<'_>) -> rusqlite::Result<()>;
}

/// The one row found.
pub(super) fn one<T>(
    connection: &Connection,
    statement: &Statement,
    params: impl Params,
    read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    statement.on(connection)?.query_row(params, read).optional()
}

/// All rows found.
pub(super) fn all<T>(
    connection: &Connection,
    statement: &Statement,
    params: impl Params,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    statement.on(connection)?.query_map(params, read)?.collect()
}

/// Whether there is a row.
pub(super) fn exists(
    connection: &Connection,
    statement: &Statement,
    params: impl Params,
) -> rusqlite::Result<bool> {
    statement.on(connection)?.exists(params)
}

/// Writes a row; how many were written.
pub(super) fn write(
    connection: &Connection,
    statement: &Statement,
    row: &impl Row,
) -> rusqlite::Result<usize> {
    let mut statement = statement.on(connection)?;
    row.bind(&mut statement)?;
    statement.raw_execute()
}

/// Runs a statement without parameters and rows.
pub(super) fn run(connection: &Connection, statement: &Statement) -> rusqlite::Result<()> {
    statement.on(connection)?.execute([]).map(|_| ())
}
