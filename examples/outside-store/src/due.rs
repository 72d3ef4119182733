//! What is due when, and who works on which account. It reads every look there is: what is open is little.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use billing_domain::{AccountId, AccountRecord, AccountRef, Lease, LeaseId, PaymentId, StoreError};
use jiff::Timestamp;
use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition, WriteTransaction};
use uuid::Uuid;

use crate::books::{ACCOUNTS, LOOKS, Tables, put, unavailable};

/// By dispensary and account: who holds it, and until when in nanoseconds.
pub(crate) const LEASES: TableDefinition<(u128, u128), (u128, i128)> = TableDefinition::new("leases");

/// How soon something wants a look: first what has one status check only, then the longest due.
type Urgency = (Reverse<bool>, i128);

/// The most urgent look at each of something, of those that `name` names.
fn most_urgent<K: Ord>(
    tables: &impl Tables,
    name: impl Fn((u128, u128, u128, &str)) -> Option<K>,
    at: i128,
) -> Result<BTreeMap<K, Urgency>, StoreError> {
    let looks = tables.table(LOOKS).map_err(unavailable)?;
    let mut due = BTreeMap::new();
    for look in looks.iter().map_err(unavailable)? {
        let (key, value) = look.map_err(unavailable)?;
        let (due_at, is_awaited) = value.value();
        let urgency = (Reverse(is_awaited), due_at);
        let Some(name) = name(key.value()).filter(|_| due_at <= at) else { continue };
        let most = due.entry(name).or_insert(urgency);
        *most = urgency.min(*most);
    }
    Ok(due)
}

fn by_urgency<K: Ord>(due: BTreeMap<K, Urgency>) -> impl Iterator<Item = K> {
    let mut due: Vec<_> = due.into_iter().map(|(name, urgency)| (urgency, name)).collect();
    due.sort();
    due.into_iter().map(|(_, name)| name)
}

/// Leases accounts with something due that nobody else holds.
pub(crate) fn lease_due(file: &Database, lease: Lease, limit: usize) -> Result<Vec<AccountRef>, StoreError> {
    let transaction = file.begin_write().map_err(unavailable)?;
    let due = most_urgent(&transaction, |look| Some((look.0, look.1)), lease.at.as_nanosecond())?;
    let mut free = BTreeMap::new();
    for ((here, id), urgency) in due {
        let record: Option<AccountRecord> = transaction.row(ACCOUNTS, (here, id))?;
        let is_held = holder(&transaction, (here, id))?.is_some_and(|(holder, until)| {
            let is_respected =
                until > lease.at.as_nanosecond() && until <= lease.latest_respected().as_nanosecond();
            holder != lease.holder.uuid().as_u128() && is_respected
        });
        if let Some(record) = record.filter(|_| !is_held) {
            free.insert(record.account, urgency);
        }
    }
    let leased: Vec<_> = by_urgency(free).take(limit).collect();
    for account in &leased {
        hold(&transaction, account, lease)?;
    }
    transaction.commit().map_err(|error| StoreError::InDoubt(Box::new(error)))?;
    Ok(leased)
}

/// Extends a lease, unless it is another's by now.
pub(crate) fn renew_lease(file: &Database, account: &AccountRef, lease: Lease) -> Result<bool, StoreError> {
    let transaction = file.begin_write().map_err(unavailable)?;
    let is_ours = is_held_by(&transaction, account, lease.holder)?;
    if is_ours {
        hold(&transaction, account, lease)?;
    }
    transaction.commit().map_err(|error| StoreError::InDoubt(Box::new(error)))?;
    Ok(is_ours)
}

/// Ends a lease, if it is still the holder's.
pub(crate) fn end_lease(file: &Database, account: &AccountRef, holder: LeaseId) -> Result<(), StoreError> {
    let transaction = file.begin_write().map_err(unavailable)?;
    if is_held_by(&transaction, account, holder)? {
        let mut leases = transaction.open_table(LEASES).map_err(unavailable)?;
        leases.remove(key(account)).map_err(unavailable)?;
    }
    transaction.commit().map_err(|error| StoreError::InDoubt(Box::new(error)))
}

/// The account's payments that are due, the most urgent first.
pub(crate) fn due_on(
    file: &Database,
    account: &AccountRef,
    at: Timestamp,
    limit: usize,
) -> Result<Vec<PaymentId>, StoreError> {
    let transaction = file.begin_read().map_err(unavailable)?;
    let record: Option<AccountRecord> = transaction.row(ACCOUNTS, key(account))?;
    if record.is_none_or(|record| record.account != *account) {
        return Ok(Vec::new());
    }
    let of_it = |look: (u128, u128, u128, &str)| {
        let is_payment = look.3 != crate::books::ACCOUNT_ITSELF;
        (is_payment && (look.0, look.1) == key(account)).then_some(look.2)
    };
    let due = by_urgency(most_urgent(&transaction, of_it, at.as_nanosecond())?);
    Ok(due.take(limit).map(|payment| PaymentId::new(Uuid::from_u128(payment))).collect())
}

/// When the earliest of everything is due.
pub(crate) fn next_due(file: &Database) -> Result<Option<Timestamp>, StoreError> {
    let transaction = file.begin_read().map_err(unavailable)?;
    let all = most_urgent(&transaction, |look| Some((look.0, look.1, look.2, look.3.to_owned())), i128::MAX)?;
    all.into_values().map(|(_, due_at)| due_at).min().map(time).transpose()
}

fn time(nanos: i128) -> Result<Timestamp, StoreError> {
    Timestamp::from_nanosecond(nanos).map_err(|_| StoreError::Corrupt("payment"))
}

fn key(account: &AccountRef) -> (u128, u128) {
    let AccountRef { dispensary, account: id, .. } = account;
    (dispensary.uuid().as_u128(), AccountId::uuid(*id).as_u128())
}

fn holder(transaction: &WriteTransaction, account: (u128, u128)) -> Result<Option<(u128, i128)>, StoreError> {
    let leases = transaction.open_table(LEASES).map_err(unavailable)?;
    let found = leases.get(account).map_err(unavailable)?;
    Ok(found.map(|lease| lease.value()))
}

fn is_held_by(
    transaction: &WriteTransaction,
    account: &AccountRef,
    asking: LeaseId,
) -> Result<bool, StoreError> {
    let record: Option<AccountRecord> = transaction.row(ACCOUNTS, key(account))?;
    let is_it = record.is_some_and(|record| record.account == *account);
    let held = holder(transaction, key(account))?;
    Ok(is_it && held.is_some_and(|(holder, _)| holder == asking.uuid().as_u128()))
}

fn hold(transaction: &WriteTransaction, account: &AccountRef, lease: Lease) -> Result<(), StoreError> {
    let held = (lease.holder.uuid().as_u128(), lease.until.as_nanosecond());
    put(transaction, LEASES, key(account), held)
}
