//! One row of a step each. A write that does not apply is a refusal; why is asked only then.

use billing_domain::payment::{Attempt, Payment, StrayCharge};
use billing_domain::refund::Refund;
use billing_domain::{
    AccountId, AccountRecord, Conflict, Dispensary, DispensaryId, Invoice, Notice, Payable, PaymentId,
    StoreError,
};
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::failure::{conflict, failed, is_taken};
use super::reads;
use super::run::{Row, exists, one, write};
use super::statements as sql;
use super::step::{payable_state, require_none_open};
use crate::rows::{
    AccountRow, AttemptRow, DispensaryRow, Id, InvoiceRow, NoticeRow, PayableRow, PaymentRow, RefundRow,
    StrayRow, TryRow, nanos, signed,
};

/// A new account, or the one its revision follows.
pub(super) fn account(
    connection: &Connection,
    dispensary: DispensaryId,
    record: &AccountRecord,
) -> Result<(), StoreError> {
    check_owner(dispensary, record.account.dispensary)?;
    let statement = if record.revision == 1 { &sql::INSERT_ACCOUNT } else { &sql::UPDATE_ACCOUNT };
    replace(connection, statement, &AccountRow::of(record)?, AccountRow::WHAT)
}

/// A new dispensary, or the one its revision follows.
pub(super) fn dispensary(
    connection: &Connection,
    owner: DispensaryId,
    dispensary: &Dispensary,
) -> Result<(), StoreError> {
    check_owner(owner, dispensary.id)?;
    let statement = if dispensary.revision == 1 { &sql::INSERT_DISPENSARY } else { &sql::UPDATE_DISPENSARY };
    replace(connection, statement, &DispensaryRow::of(dispensary)?, DispensaryRow::WHAT)
}

/// Erases an account's keys if it is draining and nothing is open on it.
pub(super) fn erase_if_drained(
    connection: &Connection,
    dispensary: DispensaryId,
    account: AccountId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let at = nanos(at).ok_or(StoreError::Corrupt(AccountRow::WHAT))?;
    let key = params![dispensary.uuid(), account.uuid(), at];
    let erased = sql::ERASE_IF_DRAINED.on(connection).and_then(|mut statement| statement.execute(key));
    erased.map(|_| ()).map_err(|error| failed(AccountRow::WHAT, error))
}

/// A new invoice, or the one made from the version it names.
pub(super) fn invoice(
    connection: &Connection,
    dispensary: DispensaryId,
    invoice: &Invoice,
    replaces: Option<u64>,
) -> Result<(), StoreError> {
    check_owner(dispensary, invoice.dispensary())?;
    let row = InvoiceRow::of(invoice)?;
    let written = match replaces {
        None => write(connection, &sql::INSERT_INVOICE, &row),
        Some(version) => update_invoice(connection, &row, version),
    };
    let fail = |error| failed(InvoiceRow::WHAT, error);
    match written {
        Ok(1) => Ok(()),
        Ok(_) => conflict(Conflict::Revision(InvoiceRow::WHAT)),
        Err(error) if is_taken(&error) => {
            let key = params![row.dispensary, row.invoice];
            let stored = replaces.is_none() && exists(connection, &sql::INVOICE_EXISTS, key).map_err(fail)?;
            conflict(if stored { Conflict::Revision(InvoiceRow::WHAT) } else { Conflict::InvoiceNumberTaken })
        }
        Err(error) => Err(fail(error)),
    }
}

fn update_invoice(connection: &Connection, row: &InvoiceRow, replaced: u64) -> rusqlite::Result<usize> {
    let mut statement = sql::UPDATE_INVOICE.on(connection)?;
    row.bind(&mut statement)?;
    statement.raw_bind_parameter(InvoiceRow::COLUMNS.len() + 1, signed(replaced))?;
    statement.raw_execute()
}

/// A new notice, or one that is handled now. Its payment is one of its account.
pub(super) fn notice(
    connection: &Connection,
    dispensary: DispensaryId,
    notice: &Notice,
) -> Result<(), StoreError> {
    check_owner(dispensary, notice.account.dispensary)?;
    let row = NoticeRow::of(notice)?;
    let fail = |error| failed(NoticeRow::WHAT, error);
    if notice.revision > 1 {
        replace(connection, &sql::UPDATE_NOTICE, &row, NoticeRow::WHAT)?;
        let pinned = params![row.dispensary, row.payment, row.account, row.processor];
        let is_its_own = exists(connection, &sql::PAYMENT_OF_ACCOUNT, pinned).map_err(fail)?;
        return if is_its_own { Ok(()) } else { conflict(Conflict::Unknown(PaymentRow::WHAT)) };
    }
    match write(connection, &sql::INSERT_NOTICE, &row) {
        Ok(1) => Ok(()),
        Ok(_) => {
            let key = params![row.dispensary, row.account, row.notice];
            let stored = exists(connection, &sql::NOTICE_EXISTS, key).map_err(fail)?;
            let (known, unknown) = (Conflict::Revision(NoticeRow::WHAT), Conflict::Unknown(PaymentRow::WHAT));
            conflict(if stored { known } else { unknown })
        }
        Err(error) if is_taken(&error) => conflict(Conflict::Revision(NoticeRow::WHAT)),
        Err(error) => Err(fail(error)),
    }
}

/// A payable's newest figures, if they are newer and nothing is open on it.
pub(super) fn payable(
    connection: &Connection,
    dispensary: DispensaryId,
    payable: &Payable,
) -> Result<(), StoreError> {
    let fail = |error| failed(PayableRow::WHAT, error);
    let row = PayableRow::of(dispensary, payable)?;
    let key = params![row.dispensary, row.payable];
    let Some(stored) = one(connection, &sql::PAYABLE, key, PayableRow::read).map_err(fail)? else {
        return write(connection, &sql::INSERT_PAYABLE, &row).map(|_| ()).map_err(fail);
    };
    if stored == row {
        return Ok(());
    }
    if row.version <= stored.version || row.currency != stored.currency {
        return conflict(Conflict::PayableVersion);
    }
    require_none_open(connection, dispensary, &payable.id)?;
    write(connection, &sql::UPDATE_PAYABLE, &row).map(|_| ()).map_err(fail)
}

/// A new payment on a payable and an account that exist, of an amount in the payable's currency.
pub(super) fn payment(
    connection: &Connection,
    dispensary: DispensaryId,
    payment: &Payment,
) -> Result<(), StoreError> {
    check_owner(dispensary, payment.account.dispensary)?;
    let row = PaymentRow::of(payment)?;
    match write(connection, &sql::INSERT_PAYMENT, &row) {
        Ok(1) => Ok(()),
        Ok(_) => Err(why_no_payment(connection, payment, &row)?),
        Err(error) if is_taken(&error) => conflict(Conflict::Revision(PaymentRow::WHAT)),
        Err(error) => Err(failed(PaymentRow::WHAT, error)),
    }
}

fn why_no_payment(
    connection: &Connection,
    payment: &Payment,
    row: &PaymentRow,
) -> Result<StoreError, StoreError> {
    let refusal = if payment_exists(connection, row.dispensary, row.payment)? {
        Conflict::Revision(PaymentRow::WHAT)
    } else if !account_exists(connection, row)? {
        Conflict::Unknown(AccountRow::WHAT)
    } else if let Some(state) = payable_state(connection, payment.dispensary(), &payment.payable)? {
        let outstanding = state.outstanding().map_err(|_| StoreError::Corrupt(PayableRow::WHAT))?;
        Conflict::DoesNotFit { outstanding }
    } else {
        Conflict::Unknown(PayableRow::WHAT)
    };
    Ok(StoreError::Conflict(refusal))
}

/// A new attempt of a payment, or the one its revision follows. Tries already written down stay; new ones follow.
pub(super) fn attempt(
    connection: &Connection,
    dispensary: DispensaryId,
    payment: PaymentId,
    attempt: &Attempt,
) -> Result<(), StoreError> {
    let row = AttemptRow::of(dispensary.uuid(), payment, attempt)?;
    match write_attempt(connection, attempt, &row) {
        Ok(1) => tries(connection, &row, attempt),
        Ok(_) if payment_exists(connection, row.dispensary, row.payment)? => {
            conflict(Conflict::Revision(AttemptRow::WHAT))
        }
        Ok(_) => conflict(Conflict::Unknown(PaymentRow::WHAT)),
        Err(error) if is_taken(&error) => Err(why_no_attempt(connection, attempt, &row)?),
        Err(error) => Err(failed(AttemptRow::WHAT, error)),
    }
}

fn write_attempt(connection: &Connection, attempt: &Attempt, row: &AttemptRow) -> rusqlite::Result<usize> {
    if attempt.revision == 1 {
        return write(connection, &sql::INSERT_ATTEMPT, row);
    }
    let stays_open = row.resolved_at.is_none() && write(connection, &sql::UPDATE_OPEN_ATTEMPT, row)? > 0;
    if stays_open { Ok(1) } else { write(connection, &sql::UPDATE_ATTEMPT, row) }
}

fn why_no_attempt(
    connection: &Connection,
    attempt: &Attempt,
    row: &AttemptRow,
) -> Result<StoreError, StoreError> {
    let fail = |error| failed(AttemptRow::WHAT, error);
    let key = params![row.dispensary, row.payment, row.no];
    if attempt.revision == 1 && exists(connection, &sql::ATTEMPT_EXISTS, key).map_err(fail)? {
        return Ok(StoreError::Conflict(Conflict::Revision(AttemptRow::WHAT)));
    }
    let key = params![row.dispensary, row.payment];
    let open: Option<Id> = one(connection, &sql::OPEN_BESIDE, key, |row| row.get(0)).map_err(fail)?;
    let payment = PaymentId::new(open.ok_or(StoreError::Corrupt(AttemptRow::WHAT))?);
    Ok(StoreError::Conflict(Conflict::OpenAttempt { payment }))
}

fn tries(connection: &Connection, row: &AttemptRow, attempt: &Attempt) -> Result<(), StoreError> {
    if attempt.tries.is_empty() {
        return Ok(());
    }
    let fail = |error| failed(TryRow::WHAT, error);
    let key = params![row.dispensary, row.payment, row.no];
    let kept: Option<i64> = one(connection, &sql::TRIES_KEPT, key, |row| row.get(0)).map_err(fail)?;
    let kept = kept.unwrap_or(0);
    for (place, refused) in (1..).zip(&attempt.tries).filter(|(place, _)| *place > kept) {
        write(connection, &sql::INSERT_TRY, &TryRow::of(row, place, refused)?).map_err(fail)?;
    }
    Ok(())
}

/// A new refund of a payment, or the one its revision follows. Refunds are rare: the payment is read, and judges itself.
pub(super) fn refund(
    connection: &Connection,
    dispensary: DispensaryId,
    payment: PaymentId,
    refund: &Refund,
) -> Result<(), StoreError> {
    let row = RefundRow::of(dispensary.uuid(), payment, refund)?;
    let Some(stored) = reads::payment_now(connection, dispensary, payment)? else {
        return conflict(Conflict::Unknown(PaymentRow::WHAT));
    };
    let known = stored.refund(refund.id).is_some();
    let key = params![row.dispensary, row.refund];
    if !known
        && exists(connection, &sql::REFUND_EXISTS, key).map_err(|error| failed(RefundRow::WHAT, error))?
    {
        return conflict(Conflict::Revision(RefundRow::WHAT));
    }
    stored.admits_refund_row(refund).map_err(StoreError::Conflict)?;
    let statement = if known { &sql::UPDATE_REFUND } else { &sql::INSERT_REFUND };
    replace(connection, statement, &row, RefundRow::WHAT)
}

/// Money against a finished attempt, unless it is known already.
pub(super) fn stray(
    connection: &Connection,
    dispensary: DispensaryId,
    payment: PaymentId,
    stray: &StrayCharge,
) -> Result<(), StoreError> {
    let row = StrayRow::of(dispensary.uuid(), payment, stray)?;
    match write(connection, &sql::INSERT_STRAY, &row) {
        Ok(1) => Ok(()),
        Ok(_) if payment_exists(connection, row.dispensary, row.payment)? => Ok(()),
        Ok(_) => conflict(Conflict::Unknown(PaymentRow::WHAT)),
        Err(error) if is_taken(&error) => conflict(Conflict::Revision(StrayRow::WHAT)),
        Err(error) => Err(failed(StrayRow::WHAT, error)),
    }
}

/// Inserts or updates a row under its revision; either way one row must have been written.
fn replace(
    connection: &Connection,
    statement: &sql::Statement,
    row: &impl Row,
    what: &'static str,
) -> Result<(), StoreError> {
    match write(connection, statement, row) {
        Ok(1) => Ok(()),
        Ok(_) => conflict(Conflict::Revision(what)),
        Err(error) if is_taken(&error) => conflict(Conflict::Revision(what)),
        Err(error) => Err(failed(what, error)),
    }
}

fn payment_exists(connection: &Connection, dispensary: Id, payment: Id) -> Result<bool, StoreError> {
    exists(connection, &sql::PAYMENT_EXISTS, params![dispensary, payment])
        .map_err(|error| failed(PaymentRow::WHAT, error))
}

fn account_exists(connection: &Connection, row: &PaymentRow) -> Result<bool, StoreError> {
    exists(connection, &sql::ACCOUNT_AT, params![row.dispensary, row.account, row.processor])
        .map_err(|error| failed(AccountRow::WHAT, error))
}

fn check_owner(step: DispensaryId, row: DispensaryId) -> Result<(), StoreError> {
    if step == row { Ok(()) } else { conflict(Conflict::Unknown(DispensaryRow::WHAT)) }
}
