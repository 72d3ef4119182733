//! One step inside its savepoint: its name, what it requires, its writes. No transaction and no thread.

use std::cmp::Ordering;

use billing_domain::{
    AccountId, Committed, Conflict, DispensaryId, Money, PayableId, PayableState, PaymentId, Requirement,
    Step, StoreError, Write,
};
use rusqlite::{Connection, params};

use super::failure::{conflict, failed};
use super::reads;
use super::run::{Row as _, one};
use super::state::StateRow;
use super::statements as sql;
use super::writes;
use crate::rows::{Id, PayableRow, StepRow, unsigned};

/// Applies a step. The savepoint around it is to be undone unless the answer is a step committed for the first time.
///
/// The step's name goes first, so that a repeated step is known before anything else of it is judged.
pub(super) fn apply(connection: &Connection, step: &Step) -> Result<Committed, StoreError> {
    let committed = remember(connection, step)?;
    if committed.repeated {
        return Ok(committed);
    }
    for row in &step.writes {
        if let Write::Payable(payable) = row {
            writes::payable(connection, step.dispensary, payable)?;
        }
    }
    for requirement in &step.requires {
        require(connection, step.dispensary, requirement)?;
    }
    for row in &step.writes {
        write_row(connection, step, row)?;
    }
    Ok(committed)
}

fn remember(connection: &Connection, step: &Step) -> Result<Committed, StoreError> {
    let fail = |error| failed(StepRow::WHAT, error);
    let row = StepRow::of(step)?;
    let given: Option<i64> = insert_step(connection, &row).map_err(fail)?;
    let (seq, repeated) = match given {
        Some(seq) => (seq, false),
        None => {
            let key = params![row.dispensary, row.step];
            let first = one(connection, &sql::SEQ_OF_STEP, key, |row| row.get(0)).map_err(fail)?;
            (first.ok_or(StoreError::Corrupt(StepRow::WHAT))?, true)
        }
    };
    Ok(Committed { seq: unsigned(seq).ok_or(StoreError::Corrupt("sequence"))?, repeated })
}

/// Writes the step's row under the dispensary's next number, and tells it; `None` if the step is there already.
fn insert_step(connection: &Connection, row: &StepRow) -> rusqlite::Result<Option<i64>> {
    let mut insert = sql::INSERT_STEP.on(connection)?;
    row.bind(&mut insert)?;
    let mut rows = insert.raw_query();
    rows.next()?.map(|row| row.get(0)).transpose()
}

fn require(
    connection: &Connection,
    dispensary: DispensaryId,
    requirement: &Requirement,
) -> Result<(), StoreError> {
    match requirement {
        Requirement::AccountActive(account) => require_active(connection, dispensary, *account),
        Requirement::AccountKept(account) => require_kept(connection, dispensary, *account),
        Requirement::FitsCapture { payment, capture, amount } => {
            let payment = reads::payment_now(connection, dispensary, *payment)?;
            let payment = payment.ok_or(StoreError::Conflict(Conflict::Unknown("payment")))?;
            payment.admits_refund(*capture, *amount).map_err(StoreError::Conflict)
        }
        Requirement::FitsPayable { payable, amount } => {
            require_room(connection, dispensary, payable, *amount)
        }
        Requirement::NoOpenAttempt(payable) => require_none_open(connection, dispensary, payable),
        _ => Err(StoreError::Unavailable("a requirement this store does not know".into())),
    }
}

fn require_active(
    connection: &Connection,
    dispensary: DispensaryId,
    account: AccountId,
) -> Result<(), StoreError> {
    let key = params![dispensary.uuid(), account.uuid()];
    let state: Option<String> = one(connection, &sql::ACCOUNT_STATE, key, |row| row.get(0))
        .map_err(|error| failed("account", error))?;
    match state.as_deref() {
        None => conflict(Conflict::Unknown("account")),
        Some("active") => Ok(()),
        Some(_) => conflict(Conflict::AccountNotActive),
    }
}

fn require_kept(
    connection: &Connection,
    dispensary: DispensaryId,
    account: AccountId,
) -> Result<(), StoreError> {
    let key = params![dispensary.uuid(), account.uuid()];
    let kept: Option<bool> = one(connection, &sql::ACCOUNT_KEPT, key, |row| row.get(0))
        .map_err(|error| failed("account", error))?;
    match kept {
        None => conflict(Conflict::Unknown("account")),
        Some(true) => Ok(()),
        Some(false) => conflict(Conflict::AccountErased),
    }
}

fn require_room(
    connection: &Connection,
    dispensary: DispensaryId,
    payable: &PayableId,
    amount: Money,
) -> Result<(), StoreError> {
    let Some(state) = payable_state(connection, dispensary, payable)? else {
        return conflict(Conflict::Unknown("payable"));
    };
    let outstanding = state.outstanding().map_err(|_| StoreError::Corrupt("payable"))?;
    if amount.minor() >= 0 && amount.compare(outstanding).is_ok_and(Ordering::is_le) {
        Ok(())
    } else {
        conflict(Conflict::DoesNotFit { outstanding })
    }
}

/// Refuses if an attempt on the payable is unresolved.
pub(super) fn require_none_open(
    connection: &Connection,
    dispensary: DispensaryId,
    payable: &PayableId,
) -> Result<(), StoreError> {
    let key = params![dispensary.uuid(), payable.as_str()];
    let open: Option<Id> = one(connection, &sql::OPEN_ON_PAYABLE, key, |row| row.get(0))
        .map_err(|error| failed("attempt", error))?;
    match open {
        None => Ok(()),
        Some(payment) => conflict(Conflict::OpenAttempt { payment: PaymentId::new(payment) }),
    }
}

/// A payable with its sums: one statement, whatever else is stored.
pub(super) fn payable_state(
    connection: &Connection,
    dispensary: DispensaryId,
    payable: &PayableId,
) -> Result<Option<PayableState>, StoreError> {
    let key = params![dispensary.uuid(), payable.as_str()];
    let row = one(connection, &sql::PAYABLE_STATE, key, |row| {
        let sums = PayableRow::COLUMNS.len();
        Ok(StateRow {
            payable: PayableRow::read(row)?,
            captured_minor: row.get(sums)?,
            stray_minor: row.get(sums + 1)?,
            refunded_minor: row.get(sums + 2)?,
            open_payment: row.get(sums + 3)?,
            open_minor: row.get(sums + 4)?,
        })
    })
    .map_err(|error| failed(PayableRow::WHAT, error))?;
    row.map(StateRow::into_state).transpose()
}

fn write_row(connection: &Connection, step: &Step, row: &Write) -> Result<(), StoreError> {
    let dispensary = step.dispensary;
    match row {
        Write::Account(record) => writes::account(connection, dispensary, record),
        Write::Attempt { payment, attempt } => writes::attempt(connection, dispensary, *payment, attempt),
        Write::Dispensary(row) => writes::dispensary(connection, dispensary, row),
        Write::EraseIfDrained(account) => writes::erase_if_drained(connection, dispensary, *account, step.at),
        Write::Invoice { invoice, replaces } => writes::invoice(connection, dispensary, invoice, *replaces),
        Write::Notice(notice) => writes::notice(connection, dispensary, notice),
        Write::Payable(_) => Ok(()), // written before the requirements were judged
        Write::Payment(payment) => writes::payment(connection, dispensary, payment),
        Write::Refund { payment, refund } => writes::refund(connection, dispensary, *payment, refund),
        Write::StrayCharge { payment, stray } => writes::stray(connection, dispensary, *payment, stray),
        _ => Err(StoreError::Unavailable("a write this store does not know".into())),
    }
}
