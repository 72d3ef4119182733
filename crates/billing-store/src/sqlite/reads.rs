//! The port's reads, each by key or page, on a connection of a reading thread. No write.

use std::collections::BTreeSet;

use billing_domain::payment::{Payment, Reference};
use billing_domain::{
    AccountId, AccountRecord, AccountRef, AuditEntry, Change, Changed, Dispensary, DispensaryId, Invoice,
    InvoiceId, Notice, PayableId, PayableState, PaymentId, ProcessorId, StoreError,
};
use jiff::Timestamp;
use rusqlite::{Connection, Params, params};
use uuid::Uuid;

use super::failure::failed;
use super::run::{Row, all, exists, one, run};
use super::statements::{self as sql, Statement};
use super::step;
use crate::rows::{
    AccountRow, AttemptRow, DispensaryRow, Id, InvoiceRow, NoticeRow, PaymentRow, RefundRow, StepRow,
    StrayRow, TryRow, assembled, nanos, timestamp, unsigned,
};

pub(super) fn dispensary(
    connection: &Connection,
    dispensary: DispensaryId,
) -> Result<Option<Dispensary>, StoreError> {
    let row = one(connection, &sql::DISPENSARY, [id(dispensary)], DispensaryRow::read)
        .map_err(|error| failed(DispensaryRow::WHAT, error))?;
    row.map(DispensaryRow::into_dispensary).transpose()
}

pub(super) fn accounts(
    connection: &Connection,
    dispensary: DispensaryId,
) -> Result<Vec<AccountRecord>, StoreError> {
    let rows = all(connection, &sql::ACCOUNTS, [id(dispensary)], AccountRow::read)
        .map_err(|error| failed(AccountRow::WHAT, error))?;
    rows.into_iter().map(AccountRow::into_record).collect()
}

pub(super) fn accounts_at(
    connection: &Connection,
    processor: &ProcessorId,
    external_id: &str,
) -> Result<Vec<AccountRef>, StoreError> {
    let key = params![processor.as_str(), external_id];
    let known_there = all(connection, &sql::ACCOUNTS_ELSEWHERE, key, |row| {
        Ok(AccountRef {
            dispensary: DispensaryId::new(row.get(0)?),
            processor: processor.clone(),
            account: AccountId::new(row.get(1)?),
        })
    });
    known_there.map_err(|error| failed(AccountRow::WHAT, error))
}

pub(super) fn invoice(
    connection: &Connection,
    dispensary: DispensaryId,
    invoice: InvoiceId,
) -> Result<Option<Invoice>, StoreError> {
    let key = params![id(dispensary), invoice.uuid()];
    let row = one(connection, &sql::INVOICE, key, InvoiceRow::read)
        .map_err(|error| failed(InvoiceRow::WHAT, error))?;
    row.map(InvoiceRow::into_invoice).transpose()
}

pub(super) fn invoices(
    connection: &Connection,
    dispensary: DispensaryId,
    before: Option<InvoiceId>,
    limit: u32,
) -> Result<Vec<Invoice>, StoreError> {
    let key = params![id(dispensary), or_last(before.map(InvoiceId::uuid)), limit.clamp(1, 100)];
    let rows = all(connection, &sql::INVOICES_BEFORE, key, InvoiceRow::read)
        .map_err(|error| failed(InvoiceRow::WHAT, error))?;
    rows.into_iter().map(InvoiceRow::into_invoice).collect()
}

pub(super) fn next_invoice_number(
    connection: &Connection,
    dispensary: DispensaryId,
) -> Result<u64, StoreError> {
    let last: Option<Option<i64>> = one(connection, &sql::LAST_NUMBER, [id(dispensary)], |row| row.get(0))
        .map_err(|error| failed(InvoiceRow::WHAT, error))?;
    let next = last.flatten().unwrap_or(0).checked_add(1).and_then(unsigned);
    next.ok_or(StoreError::Corrupt(InvoiceRow::WHAT))
}

pub(super) fn payable(
    connection: &Connection,
    dispensary: DispensaryId,
    payable: &PayableId,
) -> Result<Option<PayableState>, StoreError> {
    step::payable_state(connection, dispensary, payable)
}

pub(super) fn payment(
    connection: &Connection,
    dispensary: DispensaryId,
    payment: PaymentId,
) -> Result<Option<Payment>, StoreError> {
    let key = params![id(dispensary), payment.uuid()];
    Ok(whole(connection, dispensary, &sql::PAYMENT, key)?.pop())
}

/// A payment as it stands inside the transaction of a step.
pub(super) fn payment_now(
    connection: &Connection,
    dispensary: DispensaryId,
    payment: PaymentId,
) -> Result<Option<Payment>, StoreError> {
    let key = params![id(dispensary), payment.uuid()];
    Ok(assemble(connection, dispensary, &sql::PAYMENT, key)?.pop())
}

pub(super) fn payments(
    connection: &Connection,
    dispensary: DispensaryId,
    before: Option<PaymentId>,
    limit: u32,
) -> Result<Vec<Payment>, StoreError> {
    let key = params![id(dispensary), or_last(before.map(PaymentId::uuid)), limit.clamp(1, 100)];
    whole(connection, dispensary, &sql::PAYMENTS_BEFORE, key)
}

pub(super) fn payments_on(
    connection: &Connection,
    dispensary: DispensaryId,
    payable: &PayableId,
    limit: u32,
) -> Result<Vec<Payment>, StoreError> {
    let key = params![id(dispensary), payable.as_str(), limit.clamp(1, 100)];
    snapshot(connection, || {
        let found: Vec<Id> = all(connection, &sql::PAYMENTS_ON, key, |row| row.get(0))
            .map_err(|error| failed(PaymentRow::WHAT, error))?;
        let mut payments = Vec::with_capacity(found.len());
        // One by one: between two payments on one payable lie those on others, so there is no range to read.
        for payment in found {
            payments.extend(assemble(
                connection,
                dispensary,
                &sql::PAYMENT,
                params![id(dispensary), payment],
            )?);
        }
        Ok(payments)
    })
}

/// Payments with all that belongs to them, as they stood at one moment.
fn whole(
    connection: &Connection,
    dispensary: DispensaryId,
    statement: &Statement,
    key: impl Params,
) -> Result<Vec<Payment>, StoreError> {
    snapshot(connection, || assemble(connection, dispensary, statement, key))
}

/// The payments of a statement that finds a range of them, with all that belongs to them.
fn assemble(
    connection: &Connection,
    dispensary: DispensaryId,
    statement: &Statement,
    key: impl Params,
) -> Result<Vec<Payment>, StoreError> {
    let payments =
        all(connection, statement, key, PaymentRow::read).map_err(|error| failed(PaymentRow::WHAT, error))?;
    let ids = || payments.iter().map(|row| row.payment);
    let (Some(oldest), Some(newest)) = (ids().min(), ids().max()) else { return Ok(Vec::new()) };
    let range = || params_of(dispensary, oldest, newest);
    let attempts = all(connection, &sql::ATTEMPTS_OF, range(), AttemptRow::read)
        .map_err(|error| failed(AttemptRow::WHAT, error))?;
    let tries = all(connection, &sql::TRIES_OF, range(), TryRow::read)
        .map_err(|error| failed(TryRow::WHAT, error))?;
    let strays = all(connection, &sql::STRAYS_OF, range(), StrayRow::read)
        .map_err(|error| failed(StrayRow::WHAT, error))?;
    let refunds = all(connection, &sql::REFUNDS_OF, range(), RefundRow::read)
        .map_err(|error| failed(RefundRow::WHAT, error))?;
    assembled(payments, attempts, tries, strays, refunds)
}

pub(super) fn open_payments(
    connection: &Connection,
    account: &AccountRef,
    after: Option<PaymentId>,
    limit: u32,
) -> Result<Vec<PaymentId>, StoreError> {
    let fail = |error| failed(AttemptRow::WHAT, error);
    let (dispensary, account_id) = (id(account.dispensary), account.account.uuid());
    if !exists(connection, &sql::ACCOUNT_AT, params![dispensary, account_id, account.processor.as_str()])
        .map_err(fail)?
    {
        return Ok(Vec::new());
    }
    // Nothing is less than every id.
    let after = after.map_or(Vec::new(), |payment| payment.uuid().into_bytes().to_vec());
    let key = params![dispensary, account_id, after, limit.clamp(1, 100)];
    all(connection, &sql::OPEN_PAYMENTS, key, |row| Ok(PaymentId::new(row.get(0)?))).map_err(fail)
}

pub(super) fn payment_with(
    connection: &Connection,
    account: &AccountRef,
    reference: &Reference,
) -> Result<Option<PaymentId>, StoreError> {
    let key =
        params![account.dispensary.uuid(), account.account.uuid(), account.processor.as_str(), reference.0];
    let found: Option<Id> = one(connection, &sql::PAYMENT_WITH, key, |row| row.get(0))
        .map_err(|error| failed(PaymentRow::WHAT, error))?;
    Ok(found.map(PaymentId::new))
}

pub(super) fn notices(
    connection: &Connection,
    dispensary: DispensaryId,
    payment: PaymentId,
) -> Result<Vec<Notice>, StoreError> {
    let key = params![id(dispensary), payment.uuid()];
    let rows = all(connection, &sql::NOTICES, key, NoticeRow::read)
        .map_err(|error| failed(NoticeRow::WHAT, error))?;
    rows.into_iter().map(NoticeRow::into_notice).collect()
}

pub(super) fn due_on(
    connection: &Connection,
    account: &AccountRef,
    at: Timestamp,
    limit: u32,
) -> Result<Vec<PaymentId>, StoreError> {
    let key = params![
        account.dispensary.uuid(),
        account.account.uuid(),
        account.processor.as_str(),
        nanos(at).ok_or(StoreError::Corrupt(PaymentRow::WHAT))?,
        limit.clamp(1, 1_000)
    ];
    all(connection, &sql::DUE_ON, key, |row| Ok(PaymentId::new(row.get(0)?)))
        .map_err(|error| failed(PaymentRow::WHAT, error))
}

pub(super) fn next_due(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let earliest: Option<Option<i64>> = one(connection, &sql::NEXT_DUE, [], |row| row.get(0))
        .map_err(|error| failed(PaymentRow::WHAT, error))?;
    let time = |due_at| timestamp(due_at).ok_or(StoreError::Corrupt(PaymentRow::WHAT));
    earliest.flatten().map(time).transpose()
}

pub(super) fn audit(
    connection: &Connection,
    dispensary: DispensaryId,
    after_seq: u64,
    limit: u32,
) -> Result<Vec<AuditEntry>, StoreError> {
    steps(connection, dispensary, after_seq, limit)?.into_iter().map(StepRow::into_entry).collect()
}

pub(super) fn changes(
    connection: &Connection,
    dispensary: DispensaryId,
    after_seq: u64,
    limit: u32,
) -> Result<Vec<Change>, StoreError> {
    steps(connection, dispensary, after_seq, limit)?.into_iter().map(StepRow::into_change).collect()
}

fn steps(
    connection: &Connection,
    dispensary: DispensaryId,
    after_seq: u64,
    limit: u32,
) -> Result<Vec<StepRow>, StoreError> {
    let key = params![id(dispensary), column(after_seq), limit.clamp(1, 1_000)];
    all(connection, &sql::STEPS_AFTER, key, StepRow::read).map_err(|error| failed(StepRow::WHAT, error))
}

pub(super) fn changed_since(connection: &Connection, cursor: u64, limit: u32) -> Result<Changed, StoreError> {
    let key = params![column(cursor), limit.clamp(1, 1_000)];
    let rows: Vec<(i64, Id)> =
        all(connection, &sql::CHANGED_SINCE, key, |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(|error| failed(StepRow::WHAT, error))?;
    let cursor = rows.last().and_then(|(cursor, _)| unsigned(*cursor)).unwrap_or(cursor);
    let dispensaries: BTreeSet<_> = rows.into_iter().map(|(_, of)| DispensaryId::new(of)).collect();
    Ok(Changed { dispensaries: dispensaries.into_iter().collect(), cursor })
}

/// Several statements that see one moment. Steps go on meanwhile.
fn snapshot<T>(
    connection: &Connection,
    look: impl FnOnce() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    run(connection, &sql::BEGIN_READ).map_err(|error| failed("snapshot", error))?;
    let _end = EndOfSnapshot(connection);
    look()
}

/// Ends the snapshot even if the look panics: the connection is used again.
struct EndOfSnapshot<'c>(&'c Connection);

impl Drop for EndOfSnapshot<'_> {
    fn drop(&mut self) {
        // There is nothing to lose, and the next snapshot tells if this one is still there.
        let _ = run(self.0, &sql::ROLLBACK);
    }
}

fn params_of(dispensary: DispensaryId, oldest: Id, newest: Id) -> [Id; 3] {
    [id(dispensary), oldest, newest]
}

fn id(dispensary: DispensaryId) -> Id {
    dispensary.uuid()
}

/// Where a page before `key` ends. Without one: one byte more than any id has, so that it is greater than every one.
fn or_last(key: Option<Uuid>) -> Vec<u8> {
    key.map_or(vec![u8::MAX; 17], |key| key.into_bytes().to_vec())
}

/// A place in a sequence; beyond the last possible one there is nothing either.
fn column(place: u64) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}
