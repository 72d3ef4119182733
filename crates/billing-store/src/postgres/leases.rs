//! Who works on which account: leases. They guard no money and are part of no step.

use billing_domain::{AccountId, AccountRef, DispensaryId, Lease, LeaseId, ProcessorId, StoreError};
use deadpool_postgres::Pool;

use super::loaded::each;
use super::reads::one;
use super::statements as sql;
use crate::rows::{AccountRow, nanos};

const WHAT: &str = AccountRow::WHAT;

pub(super) async fn lease_due(pool: &Pool, lease: Lease, limit: u32) -> Result<Vec<AccountRef>, StoreError> {
    let (holder, limit) = (lease.holder.uuid(), i64::from(limit.clamp(1, 100)));
    let (at, until) = times(lease)?;
    let latest = nanos(lease.latest_respected()).ok_or(StoreError::Corrupt("lease"))?;
    let found = one(pool, WHAT, &sql::LEASE_DUE, &[&holder, &at, &until, &limit, &latest]).await?;
    each(&found, WHAT, |row| {
        Ok(AccountRef {
            dispensary: DispensaryId::new(row.try_get(0)?),
            processor: ProcessorId::from_stored(row.try_get(1)?),
            account: AccountId::new(row.try_get(2)?),
        })
    })
}

pub(super) async fn renew_lease(pool: &Pool, account: &AccountRef, lease: Lease) -> Result<bool, StoreError> {
    let (dispensary, id, holder) = (account.dispensary.uuid(), account.account.uuid(), lease.holder.uuid());
    let (processor, (_, until)) = (account.processor.as_str(), times(lease)?);
    Ok(!one(pool, WHAT, &sql::RENEW_LEASE, &[&dispensary, &id, &processor, &holder, &until])
        .await?
        .is_empty())
}

pub(super) async fn end_lease(pool: &Pool, account: &AccountRef, holder: LeaseId) -> Result<(), StoreError> {
    let (dispensary, id, holder) = (account.dispensary.uuid(), account.account.uuid(), holder.uuid());
    let processor = account.processor.as_str();
    one(pool, WHAT, &sql::END_LEASE, &[&dispensary, &id, &processor, &holder]).await.map(|_| ())
}

fn times(lease: Lease) -> Result<(i64, i64), StoreError> {
    nanos(lease.at).zip(nanos(lease.until)).ok_or(StoreError::Corrupt("lease"))
}
