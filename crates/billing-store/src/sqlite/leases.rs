//! Who works on which account: leases. They guard no money and are part of no step.

use billing_domain::{AccountId, AccountRef, DispensaryId, Lease, LeaseId, ProcessorId, StoreError};
use rusqlite::{Connection, params};

use super::failure::failed;
use super::run::all;
use super::statements as sql;
use crate::rows::{AccountRow, nanos};

/// Leases accounts with something due that nobody else holds. The writing thread is alone with the file.
pub(super) fn lease_due(
    connection: &Connection,
    lease: Lease,
    limit: u32,
) -> Result<Vec<AccountRef>, StoreError> {
    let (holder, (at, until)) = (lease.holder.uuid(), times(lease)?);
    let latest = nanos(lease.latest_respected()).ok_or(StoreError::Corrupt("lease"))?;
    let key = params![holder, at, limit.clamp(1, 100), latest];
    let free = all(connection, &sql::FREE_DUE, key, |row| {
        Ok(AccountRef {
            dispensary: DispensaryId::new(row.get(0)?),
            processor: ProcessorId::from_stored(row.get(1)?),
            account: AccountId::new(row.get(2)?),
        })
    })
    .map_err(fail)?;
    for account in &free {
        let row = params![account.dispensary.uuid(), account.account.uuid(), holder, until];
        sql::LEASE.on(connection).and_then(|mut lease| lease.execute(row)).map_err(fail)?;
    }
    Ok(free)
}

/// Extends a lease, unless it is another's by now.
pub(super) fn renew_lease(
    connection: &Connection,
    account: &AccountRef,
    lease: Lease,
) -> Result<bool, StoreError> {
    let (dispensary, id, processor) = key(account);
    let (_, until) = times(lease)?;
    let row = params![dispensary, id, processor, lease.holder.uuid(), until];
    let renewed = sql::RENEW_LEASE.on(connection).and_then(|mut renew| renew.execute(row)).map_err(fail)?;
    Ok(renewed > 0)
}

/// Ends a lease, if it is still the holder's.
pub(super) fn end_lease(
    connection: &Connection,
    account: &AccountRef,
    holder: LeaseId,
) -> Result<(), StoreError> {
    let (dispensary, id, processor) = key(account);
    let row = params![dispensary, id, processor, holder.uuid()];
    sql::END_LEASE.on(connection).and_then(|mut end| end.execute(row)).map(|_| ()).map_err(fail)
}

fn key(account: &AccountRef) -> (crate::rows::Id, crate::rows::Id, &str) {
    (account.dispensary.uuid(), account.account.uuid(), account.processor.as_str())
}

fn times(lease: Lease) -> Result<(i64, i64), StoreError> {
    nanos(lease.at).zip(nanos(lease.until)).ok_or(StoreError::Corrupt("lease"))
}

fn fail(error: rusqlite::Error) -> StoreError {
    failed(AccountRow::WHAT, error)
}
