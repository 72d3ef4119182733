//! What a step changed, as statements: rows that are new are added, rows that moved on replace the ones that were read.

use billing_domain::payment::Payment;
use billing_domain::{DispensaryId, StoreError};
use uuid::Uuid;

use super::loaded::{Loaded, Parts};
use super::run::{Ask, Row};
use super::statements::{self as sql, Statement};
use crate::rows::{
    AccountRow, AttemptRow, DispensaryRow, InvoiceRow, NoticeRow, PayableRow, PaymentRow, RefundRow,
    StrayRow, TryRow,
};

/// One row to write.
pub(super) struct Change {
    turn: Turn,
    /// What it is, to a reader of errors.
    pub(super) what: &'static str,
    statement: &'static Statement,
    row: Box<dyn Row + Send + Sync>,
    /// The revision it replaces; none for a new row.
    follows: Option<i64>,
}

/// When a row is written: after the rows it names, and what is open after what has ended, so that no index meets two at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Ground,
    Payment,
    EndedAttempt,
    OpenAttempt,
    OfAttempt,
    AnsweredRefund,
    OpenRefund,
    Notice,
}

impl Change {
    pub(super) fn ask(&self) -> Ask<'_> {
        let mut values = self.row.values();
        if let Some(follows) = &self.follows {
            values.push(follows);
        }
        Ask::new(self.statement, values)
    }
}

/// The step's changes, in the order in which they are written.
pub(super) fn changes(here: DispensaryId, loaded: &Loaded) -> Result<Vec<Change>, StoreError> {
    let mut changes = Changes(Vec::new());
    let put = &loaded.put;
    if let Some(dispensary) = &put.dispensary {
        let follows = loaded.dispensary.as_ref().map(|stored| stored.revision);
        let pair = (&sql::INSERT_DISPENSARY, &sql::UPDATE_DISPENSARY);
        changes.row(Turn::Ground, DispensaryRow::WHAT, pair, DispensaryRow::of(dispensary)?, follows);
    }
    for (id, record) in &put.accounts {
        let follows = loaded.accounts.get(&id.uuid()).map(|stored| stored.revision);
        let pair = (&sql::INSERT_ACCOUNT, &sql::UPDATE_ACCOUNT);
        changes.row(Turn::Ground, AccountRow::WHAT, pair, AccountRow::of(record)?, follows);
    }
    for (id, invoice) in &put.invoices {
        let follows = loaded.invoices.get(&id.uuid()).map(|stored| stored.version);
        let pair = (&sql::INSERT_INVOICE, &sql::UPDATE_INVOICE);
        changes.row(Turn::Ground, InvoiceRow::WHAT, pair, InvoiceRow::of(invoice)?, follows);
    }
    for (id, payable) in &put.payables {
        let follows = loaded.payables.get(id.as_str()).map(|stored| stored.version);
        let pair = (&sql::INSERT_PAYABLE, &sql::UPDATE_PAYABLE);
        changes.row(Turn::Ground, PayableRow::WHAT, pair, PayableRow::of(here, payable)?, follows);
    }
    for (id, payment) in &put.payments {
        changes.payment(here.uuid(), payment, loaded.payments.get(&id.uuid()))?;
    }
    for ((account, id), notice) in &put.notices {
        let stored = loaded.notices.get(&(account.uuid(), id.as_str().to_owned()));
        let pair = (&sql::INSERT_NOTICE, &sql::UPDATE_NOTICE);
        let follows = stored.map(|stored| stored.revision);
        changes.row(Turn::Notice, NoticeRow::WHAT, pair, NoticeRow::of(notice)?, follows);
    }
    changes.0.sort_by_key(|change| change.turn);
    Ok(changes.0)
}

struct Changes(Vec<Change>);

impl Changes {
    fn row(
        &mut self,
        turn: Turn,
        what: &'static str,
        (insert, update): (&'static Statement, &'static Statement),
        row: impl Row + Send + Sync + 'static,
        follows: Option<i64>,
    ) {
        let statement = if follows.is_some() { update } else { insert };
        self.0.push(Change { turn, what, statement, row: Box::new(row), follows });
    }

    fn add(
        &mut self,
        turn: Turn,
        what: &'static str,
        insert: &'static Statement,
        row: impl Row + Send + Sync + 'static,
    ) {
        self.row(turn, what, (insert, insert), row, None);
    }

    /// The rows of a payment that are not as they were.
    fn payment(&mut self, here: Uuid, payment: &Payment, stored: Option<&Parts>) -> Result<(), StoreError> {
        if stored.is_none() {
            self.add(Turn::Payment, PaymentRow::WHAT, &sql::INSERT_PAYMENT, PaymentRow::of(payment)?);
        }
        for attempt in &payment.attempts {
            let row = AttemptRow::of(here, payment.id, attempt)?;
            let known = stored.and_then(|stored| stored.attempts.iter().find(|known| known.no == row.no));
            let follows = known.map(|known| known.revision);
            if follows == Some(row.revision) {
                continue;
            }
            let kept =
                stored.map_or(0, |stored| stored.tries.iter().filter(|kept| kept.no == row.no).count());
            for (place, refused) in (1..).zip(&attempt.tries).skip(kept) {
                let row = TryRow::of(&row, place, refused)?;
                self.add(Turn::OfAttempt, TryRow::WHAT, &sql::INSERT_TRY, row);
            }
            let turn = if row.resolved_at.is_some() { Turn::EndedAttempt } else { Turn::OpenAttempt };
            self.row(turn, AttemptRow::WHAT, (&sql::INSERT_ATTEMPT, &sql::UPDATE_ATTEMPT), row, follows);
        }
        for stray in &payment.strays {
            let row = StrayRow::of(here, payment.id, stray)?;
            if stored.is_none_or(|stored| stored.strays.iter().all(|known| known.stray != row.stray)) {
                self.add(Turn::OfAttempt, StrayRow::WHAT, &sql::INSERT_STRAY, row);
            }
        }
        for refund in &payment.refunds {
            let row = RefundRow::of(here, payment.id, refund)?;
            let known =
                stored.and_then(|stored| stored.refunds.iter().find(|known| known.refund == row.refund));
            let follows = known.map(|known| known.revision);
            if follows == Some(row.revision) {
                continue;
            }
            let turn = if refund.state.is_unanswered() { Turn::OpenRefund } else { Turn::AnsweredRefund };
            self.row(turn, RefundRow::WHAT, (&sql::INSERT_REFUND, &sql::UPDATE_REFUND), row, follows);
        }
        Ok(())
    }
}
