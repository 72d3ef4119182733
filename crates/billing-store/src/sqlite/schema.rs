//! The migrations and the schema version. Steps and reads never change the schema.

use std::path::Path;

use refinery::{Migration, Runner};
use rusqlite::{Connection, OptionalExtension};

use super::connection::unavailable;
use crate::{MigrateError, OpenError};

/// Our own history: a host that migrates its tables with the same tool keeps the tool's default name.
const HISTORY: &str = "billing_schema_history";

/// Every migration, oldest first.
const MIGRATIONS: &[(&str, &str)] = &[
    ("V1__patient_billing", include_str!("../../migrations/sqlite/V1__patient_billing.sql")),
    ("V2__payments_on", include_str!("../../migrations/sqlite/V2__payments_on.sql")),
    (
        "V3__refunds_and_server_charges",
        include_str!("../../migrations/sqlite/V3__refunds_and_server_charges.sql"),
    ),
    (
        "V4__notices_leases_and_draining",
        include_str!("../../migrations/sqlite/V4__notices_leases_and_draining.sql"),
    ),
];

/// Brings the schema to this release's version, in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), MigrateError> {
    let refused = |error: refinery::Error| MigrateError::Refused(error.into());
    let migrations: Result<Vec<_>, _> =
        MIGRATIONS.iter().map(|(name, sql)| Migration::unapplied(name, sql)).collect();
    // Grouped, a migration and its line in the history are committed together.
    let mut runner = Runner::new(&migrations.map_err(refused)?).set_grouped(true);
    runner.set_migration_table_name(HISTORY);
    runner.run(connection).map_err(refused)?;
    Ok(())
}

/// Refuses a database whose schema is not exactly this release's.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found = version(connection).map_err(|error| unavailable(path, error))?;
    match found.cmp(&known) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(OpenError::NewerSchema { found, known }),
        std::cmp::Ordering::Less => Err(OpenError::NotMigrated { found, needed: known }),
    }
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    let exists = connection
        .query_row("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1", [HISTORY], |_| Ok(()))
        .optional()?;
    if exists.is_none() {
        return Ok(0);
    }
    connection.query_row(&format!("SELECT coalesce(max(version), 0) FROM {HISTORY}"), [], |row| row.get(0))
}
