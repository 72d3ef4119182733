//! The migrations and the schema version. Steps and reads never change the schema.

use refinery::{Migration, Runner};
use tokio_postgres::Client;

use super::connection::unreachable;
use super::statements::migration_lock;
use crate::{MigrateError, OpenError};

/// Our own history: a host that migrates its tables with the same tool keeps the tool's default name.
const HISTORY: &str = "billing_schema_history";

/// Every migration, oldest first.
const MIGRATIONS: &[(&str, &str)] =
    &[("V1__patient_billing", include_str!("../../migrations/postgres/V1__patient_billing.sql"))];

/// Brings the schema to this release's version, in one transaction. Two processes that migrate at once do so one after the other.
pub(super) async fn migrate(client: &mut Client) -> Result<(), MigrateError> {
    let alone = format!("SET lock_timeout = '10s'; SELECT pg_advisory_lock({})", migration_lock());
    client.batch_execute(&alone).await.map_err(|error| MigrateError::Refused(error.into()))?;
    let refused = |error: refinery::Error| MigrateError::Refused(error.into());
    let migrations: Result<Vec<_>, _> =
        MIGRATIONS.iter().map(|(name, sql)| Migration::unapplied(name, sql)).collect();
    // Grouped, a migration and its line in the history are committed together.
    let mut runner = Runner::new(&migrations.map_err(refused)?).set_grouped(true);
    runner.set_migration_table_name(HISTORY);
    runner.run_async(client).await.map_err(refused)?;
    Ok(())
}

/// Refuses a database whose schema is not exactly this release's.
pub(super) async fn check(client: &Client) -> Result<(), OpenError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found = version(client).await.map_err(unreachable)?;
    match found.cmp(&known) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(OpenError::NewerSchema { found, known }),
        std::cmp::Ordering::Less => Err(OpenError::NotMigrated { found, needed: known }),
    }
}

async fn version(client: &Client) -> Result<i64, tokio_postgres::Error> {
    let known = format!("SELECT to_regclass('{HISTORY}') IS NOT NULL");
    if !client.query_one(&known, &[]).await?.try_get::<_, bool>(0)? {
        return Ok(0);
    }
    let last = format!("SELECT coalesce(max(version), 0)::bigint FROM {HISTORY}");
    client.query_one(&last, &[]).await?.try_get(0)
}
