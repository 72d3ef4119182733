//! The port's reads, each by key or page, each one wait for the server. No write.

use std::collections::BTreeSet;

use billing_domain::payment::{Payment, Reference};
use billing_domain::{
    AccountId, AccountRecord, AccountRef, AuditEntry, Change, Changed, Dispensary, DispensaryId, Invoice,
    InvoiceId, Notice, PayableId, PayableState, PaymentId, ProcessorId, StoreError,
};
use deadpool_postgres::Pool;
use jiff::Timestamp;
use uuid::Uuid;

use super::failure::failed;
use super::loaded::{each, read};
use super::run::{Answer, Ask, Row, Value};
use super::session::Session;
use super::statements::{self as sql, Statement, Whole};
use crate::rows::{
    AccountRow, AttemptRow, DispensaryRow, InvoiceRow, NoticeRow, PayableRow, PaymentRow, RefundRow, StepRow,
    StrayRow, TryRow, assembled, nanos, timestamp, unsigned,
};

/// Asks one thing.
pub(super) async fn one(
    pool: &Pool,
    what: &'static str,
    statement: &'static Statement,
    values: &[Value<'_>],
) -> Result<Answer, StoreError> {
    let session = Session::begin(pool).await?;
    let answers =
        session.ask(&[Ask::new(statement, values.to_vec())]).await.map_err(|error| failed(what, error))?;
    session.end();
    Ok(answers.into_iter().next().unwrap_or_default())
}

/// Asks for several things that stood so at one moment. Steps go on meanwhile.
async fn snapshot(pool: &Pool, what: &'static str, asks: Vec<Ask<'_>>) -> Result<Vec<Answer>, StoreError> {
    let session = Session::begin(pool).await?;
    let asked = asks.len();
    let mut all = vec![Ask::plain(&sql::BEGIN_READ)];
    all.extend(asks);
    all.push(Ask::plain(&sql::COMMIT));
    let mut answers = session.ask(&all).await.map_err(|error| failed(what, error))?;
    session.end();
    // Without what BEGIN and COMMIT answered.
    answers.remove(0);
    answers.truncate(asked);
    Ok(answers)
}

/// The rows of one statement.
async fn rows<T: Row>(
    pool: &Pool,
    what: &'static str,
    statement: &'static Statement,
    values: &[Value<'_>],
) -> Result<Vec<T>, StoreError> {
    read(&one(pool, what, statement, values).await?, what)
}

pub(super) async fn dispensary(
    pool: &Pool,
    dispensary: DispensaryId,
) -> Result<Option<Dispensary>, StoreError> {
    let found = rows(pool, DispensaryRow::WHAT, &sql::DISPENSARY, &[&dispensary.uuid()]).await?.pop();
    found.map(DispensaryRow::into_dispensary).transpose()
}

pub(super) async fn accounts(
    pool: &Pool,
    dispensary: DispensaryId,
) -> Result<Vec<AccountRecord>, StoreError> {
    let found = rows(pool, AccountRow::WHAT, &sql::ACCOUNTS, &[&dispensary.uuid()]).await?;
    found.into_iter().map(AccountRow::into_record).collect()
}

pub(super) async fn accounts_at(
    pool: &Pool,
    processor: &ProcessorId,
    external_id: &str,
) -> Result<Vec<AccountRef>, StoreError> {
    let found =
        one(pool, AccountRow::WHAT, &sql::ACCOUNTS_ELSEWHERE, &[&processor.as_str(), &external_id]).await?;
    each(&found, AccountRow::WHAT, |row| {
        Ok(AccountRef {
            dispensary: DispensaryId::new(row.try_get(0)?),
            processor: processor.clone(),
            account: AccountId::new(row.try_get(1)?),
        })
    })
}

pub(super) async fn invoice(
    pool: &Pool,
    dispensary: DispensaryId,
    invoice: InvoiceId,
) -> Result<Option<Invoice>, StoreError> {
    let found =
        rows(pool, InvoiceRow::WHAT, &sql::INVOICE, &[&dispensary.uuid(), &invoice.uuid()]).await?.pop();
    found.map(InvoiceRow::into_invoice).transpose()
}

pub(super) async fn invoices(
    pool: &Pool,
    dispensary: DispensaryId,
    before: Option<InvoiceId>,
    limit: u32,
) -> Result<Vec<Invoice>, StoreError> {
    let Some(up_to) = up_to(before.map(InvoiceId::uuid)) else { return Ok(Vec::new()) };
    let found =
        rows(pool, InvoiceRow::WHAT, &sql::INVOICES_UP_TO, &[&dispensary.uuid(), &up_to, &page(limit, 100)])
            .await?;
    found.into_iter().map(InvoiceRow::into_invoice).collect()
}

pub(super) async fn next_invoice_number(pool: &Pool, dispensary: DispensaryId) -> Result<u64, StoreError> {
    let found = one(pool, InvoiceRow::WHAT, &sql::LAST_NUMBER, &[&dispensary.uuid()]).await?;
    let last: Vec<Option<i64>> = each(&found, InvoiceRow::WHAT, |row| row.try_get(0))?;
    let next = last.first().copied().flatten().unwrap_or(0).checked_add(1).and_then(unsigned);
    next.ok_or(StoreError::Corrupt(InvoiceRow::WHAT))
}

pub(super) async fn payable(
    pool: &Pool,
    dispensary: DispensaryId,
    payable: &PayableId,
) -> Result<Option<PayableState>, StoreError> {
    let (here, id) = (dispensary.uuid(), payable.as_str());
    let key = || -> Vec<Value<'_>> { vec![&here, &id] };
    let mut asks = vec![Ask::new(&sql::PAYABLE, key())];
    asks.extend(of(&sql::PAYMENTS_OF_PAYABLE, key));
    let mut answers = snapshot(pool, PayableRow::WHAT, asks).await?;
    let found: Option<PayableRow> = read(&answers.remove(0), PayableRow::WHAT)?.pop();
    let Some(found) = found else { return Ok(None) };
    let state = PayableState::of(found.into_payable()?, &whole(&answers)?);
    state.map(Some).map_err(|_| StoreError::Corrupt(PayableRow::WHAT))
}

pub(super) async fn payment(
    pool: &Pool,
    dispensary: DispensaryId,
    payment: PaymentId,
) -> Result<Option<Payment>, StoreError> {
    let (here, id) = (dispensary.uuid(), payment.uuid());
    Ok(payments_of(pool, &sql::ONE_PAYMENT, || vec![&here, &id]).await?.pop())
}

pub(super) async fn payments(
    pool: &Pool,
    dispensary: DispensaryId,
    before: Option<PaymentId>,
    limit: u32,
) -> Result<Vec<Payment>, StoreError> {
    let Some(up_to) = up_to(before.map(PaymentId::uuid)) else { return Ok(Vec::new()) };
    let (here, limit) = (dispensary.uuid(), page(limit, 100));
    payments_of(pool, &sql::PAYMENTS_UP_TO, || vec![&here, &up_to, &limit]).await
}

pub(super) async fn payments_on(
    pool: &Pool,
    dispensary: DispensaryId,
    payable: &PayableId,
    limit: u32,
) -> Result<Vec<Payment>, StoreError> {
    let (here, id, limit) = (dispensary.uuid(), payable.as_str(), page(limit, 100));
    payments_of(pool, &sql::PAYMENTS_ON, || vec![&here, &id, &limit]).await
}

/// Payments with all that belongs to them, newest first.
async fn payments_of<'a>(
    pool: &Pool,
    which: &'static Whole,
    key: impl Fn() -> Vec<Value<'a>>,
) -> Result<Vec<Payment>, StoreError> {
    let mut payments = whole(&snapshot(pool, PaymentRow::WHAT, of(which, key)).await?)?;
    payments.reverse();
    Ok(payments)
}

fn of<'a>(which: &'static Whole, key: impl Fn() -> Vec<Value<'a>>) -> Vec<Ask<'a>> {
    let statements = [which.payments, which.attempts, which.tries, which.strays, which.refunds];
    statements.into_iter().map(|statement| Ask::new(statement, key())).collect()
}

/// The payments of the five answers, oldest first.
fn whole(answers: &[Answer]) -> Result<Vec<Payment>, StoreError> {
    let [payments, attempts, tries, strays, refunds] = answers else {
        return Err(StoreError::Corrupt(PaymentRow::WHAT));
    };
    assembled(
        read(payments, PaymentRow::WHAT)?,
        read(attempts, AttemptRow::WHAT)?,
        read(tries, TryRow::WHAT)?,
        read(strays, StrayRow::WHAT)?,
        read(refunds, RefundRow::WHAT)?,
    )
}

pub(super) async fn open_payments(
    pool: &Pool,
    account: &AccountRef,
    after: Option<PaymentId>,
    limit: u32,
) -> Result<Vec<PaymentId>, StoreError> {
    // The id that follows; after the last possible one there is none.
    let from = after.map_or(Some(0), |after| after.uuid().as_u128().checked_add(1)).map(Uuid::from_u128);
    let Some(from) = from else { return Ok(Vec::new()) };
    payment_ids(
        &one(
            pool,
            PaymentRow::WHAT,
            &sql::OPEN_PAYMENTS,
            &[
                &account.dispensary.uuid(),
                &account.account.uuid(),
                &account.processor.as_str(),
                &from,
                &page(limit, 100),
            ],
        )
        .await?,
    )
}

pub(super) async fn payment_with(
    pool: &Pool,
    account: &AccountRef,
    reference: &Reference,
) -> Result<Option<PaymentId>, StoreError> {
    Ok(payment_ids(
        &one(
            pool,
            PaymentRow::WHAT,
            &sql::PAYMENT_WITH,
            &[&account.dispensary.uuid(), &account.account.uuid(), &account.processor.as_str(), &reference.0],
        )
        .await?,
    )?
    .pop())
}

pub(super) async fn notices(
    pool: &Pool,
    dispensary: DispensaryId,
    payment: PaymentId,
) -> Result<Vec<Notice>, StoreError> {
    let found = rows(pool, NoticeRow::WHAT, &sql::NOTICES, &[&dispensary.uuid(), &payment.uuid()]).await?;
    found.into_iter().map(NoticeRow::into_notice).collect()
}

pub(super) async fn due_on(
    pool: &Pool,
    account: &AccountRef,
    at: Timestamp,
    limit: u32,
) -> Result<Vec<PaymentId>, StoreError> {
    let at = nanos(at).ok_or(StoreError::Corrupt(PaymentRow::WHAT))?;
    payment_ids(
        &one(
            pool,
            PaymentRow::WHAT,
            &sql::DUE_ON,
            &[
                &account.dispensary.uuid(),
                &account.account.uuid(),
                &account.processor.as_str(),
                &at,
                &page(limit, 1_000),
            ],
        )
        .await?,
    )
}

pub(super) async fn next_due(pool: &Pool) -> Result<Option<Timestamp>, StoreError> {
    let found = one(pool, PaymentRow::WHAT, &sql::NEXT_DUE, &[]).await?;
    let earliest: Vec<Option<i64>> = each(&found, PaymentRow::WHAT, |row| row.try_get(0))?;
    earliest.first().copied().flatten().map(time).transpose()
}

pub(super) async fn audit(
    pool: &Pool,
    dispensary: DispensaryId,
    after_seq: u64,
    limit: u32,
) -> Result<Vec<AuditEntry>, StoreError> {
    steps(pool, dispensary, after_seq, limit).await?.into_iter().map(StepRow::into_entry).collect()
}

pub(super) async fn changes(
    pool: &Pool,
    dispensary: DispensaryId,
    after_seq: u64,
    limit: u32,
) -> Result<Vec<Change>, StoreError> {
    steps(pool, dispensary, after_seq, limit).await?.into_iter().map(StepRow::into_change).collect()
}

async fn steps(
    pool: &Pool,
    dispensary: DispensaryId,
    after_seq: u64,
    limit: u32,
) -> Result<Vec<StepRow>, StoreError> {
    rows(
        pool,
        StepRow::WHAT,
        &sql::STEPS_AFTER,
        &[&dispensary.uuid(), &column(after_seq), &page(limit, 1_000)],
    )
    .await
}

/// Names every step that is to be seen, and moves the cursor only over those before which none can appear any more.
///
/// A cursor is taken before its step is to be seen, so a later one may be seen first. Whoever takes one announces before that it
/// will be above a bound, until it is seen or given up. So, in this order: how far cursors were taken; which bounds are announced;
/// what is to be seen. A cursor taken by then whose bound is no longer announced is to be seen, or never will be.
pub(super) async fn changed_since(pool: &Pool, cursor: u64, limit: u32) -> Result<Changed, StoreError> {
    let (from, limit) = (column(cursor), page(limit, 1_000));
    let session = Session::begin(pool).await?;
    let asks = [
        Ask::plain(&sql::LAST_CURSOR),
        Ask::plain(&sql::ANNOUNCED),
        Ask::new(&sql::CHANGED_SINCE, vec![&from, &limit]),
    ];
    let answers = session.ask(&asks).await.map_err(|error| failed(StepRow::WHAT, error))?;
    session.end();
    let [last, announced, steps] = answers.as_slice() else { return Err(StoreError::Corrupt(StepRow::WHAT)) };
    let bounds: Vec<Option<i64>> =
        each(&[last.as_slice(), announced.as_slice()].concat(), StepRow::WHAT, |row| row.try_get(0))?;
    let settled = bounds.into_iter().flatten().min().unwrap_or(0);
    let steps: Vec<(i64, Uuid)> = each(steps, StepRow::WHAT, |row| Ok((row.try_get(0)?, row.try_get(1)?)))?;
    let reached = steps.iter().rev().find(|(cursor, _)| *cursor <= settled).and_then(|step| unsigned(step.0));
    let dispensaries: BTreeSet<_> = steps.into_iter().map(|(_, of)| DispensaryId::new(of)).collect();
    Ok(Changed { dispensaries: dispensaries.into_iter().collect(), cursor: reached.unwrap_or(cursor) })
}

fn payment_ids(answer: &Answer) -> Result<Vec<PaymentId>, StoreError> {
    each(answer, PaymentRow::WHAT, |row| Ok(PaymentId::new(row.try_get(0)?)))
}

/// The last id of a page before `key`: the one before it, or the last possible one. Before the first there is none.
fn up_to(key: Option<Uuid>) -> Option<Uuid> {
    key.map_or(Some(u128::MAX), |key| key.as_u128().checked_sub(1)).map(Uuid::from_u128)
}

/// A place in a sequence; beyond the last possible one there is nothing either.
fn column(place: u64) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

/// A page's size, within its bounds.
fn page(limit: u32, most: u32) -> i64 {
    limit.clamp(1, most).into()
}

fn time(due_at: i64) -> Result<Timestamp, StoreError> {
    timestamp(due_at).ok_or(StoreError::Corrupt(AttemptRow::WHAT))
}
