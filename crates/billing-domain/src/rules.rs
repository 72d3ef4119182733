//! What a step may do to a dispensary's rows: the store port's rules, pure and in one place for every store that is not SQL.
//! No transaction, no numbering of steps, no page: those are the store's.

use jiff::Timestamp;

use crate::invoice::InvoiceNumber;
use crate::payment::{Attempt, Payment, StrayCharge};
use crate::refund::{Refund, RefundState};
use crate::{
    AccountId, AccountRecord, AccountState, Conflict, Dispensary, DispensaryId, Invoice, InvoiceId, Money,
    MoneyError, Notice, NoticeId, Payable, PayableId, PayableState, PaymentId, RefundId, Requirement, Step,
    StoreError, StrayChargeId, Write,
};

/// One dispensary's rows inside one transaction of a store: each found by its key, each replaced whole.
///
/// A read sees what the same transaction wrote before. Nothing is kept unless the store commits the transaction.
pub trait Rows {
    /// The dispensary itself.
    fn dispensary(&self) -> Result<Option<Dispensary>, StoreError>;

    /// An account.
    fn account(&self, account: AccountId) -> Result<Option<AccountRecord>, StoreError>;

    /// An invoice.
    fn invoice(&self, invoice: InvoiceId) -> Result<Option<Invoice>, StoreError>;

    /// The invoice that has this number.
    fn invoice_numbered(&self, number: &InvoiceNumber) -> Result<Option<InvoiceId>, StoreError>;

    /// A payable's figures.
    fn payable(&self, payable: &PayableId) -> Result<Option<Payable>, StoreError>;

    /// A payment with its attempts, tries, stray charges and refunds.
    fn payment(&self, payment: PaymentId) -> Result<Option<Payment>, StoreError>;

    /// Every payment on a payable, ended ones included.
    fn payments_on(&self, payable: &PayableId) -> Result<Vec<Payment>, StoreError>;

    /// Whether a payment that [is open](Payment::is_open) is pinned to the account.
    fn is_open_on(&self, account: AccountId) -> Result<bool, StoreError>;

    /// A notice in an account's inbox.
    fn notice(&self, account: AccountId, notice: &NoticeId) -> Result<Option<Notice>, StoreError>;

    /// Whether a refund of any payment has this id.
    fn has_refund(&self, refund: RefundId) -> Result<bool, StoreError>;

    /// Whether a stray charge of any payment has this id.
    fn has_stray(&self, stray: StrayChargeId) -> Result<bool, StoreError>;

    /// Writes the dispensary.
    fn put_dispensary(&mut self, dispensary: &Dispensary) -> Result<(), StoreError>;

    /// Writes an account.
    fn put_account(&mut self, account: &AccountRecord) -> Result<(), StoreError>;

    /// Writes an invoice.
    fn put_invoice(&mut self, invoice: &Invoice) -> Result<(), StoreError>;

    /// Writes a payable's figures.
    fn put_payable(&mut self, payable: &Payable) -> Result<(), StoreError>;

    /// Writes a notice.
    fn put_notice(&mut self, notice: &Notice) -> Result<(), StoreError>;

    /// Writes a payment with its attempts, tries, stray charges and refunds.
    fn put_payment(&mut self, payment: &Payment) -> Result<(), StoreError>;
}

impl Step {
    /// Writes the step's rows, or says why not: contract lines 3, 4, 5, 9, 10 and 11 of [`BillingStore`](crate::BillingStore).
    ///
    /// Payables are written first, then what the step requires is judged, then the rest is written in order: so a
    /// requirement sees the figures the step brings and nothing else of it. After an error the transaction behind `rows`
    /// holds half of the step and must be rolled back.
    pub fn write_to(&self, rows: &mut impl Rows) -> Result<(), StoreError> {
        for write in &self.writes {
            if let Write::Payable(payable) = write {
                write_payable(rows, payable)?;
            }
        }
        for requirement in &self.requires {
            require(rows, requirement)?;
        }
        for write in &self.writes {
            self.write(rows, write)?;
        }
        Ok(())
    }

    fn write(&self, rows: &mut impl Rows, write: &Write) -> Result<(), StoreError> {
        match write {
            Write::Account(record) => write_account(rows, self.dispensary, record),
            Write::Attempt { payment, attempt } => write_attempt(rows, *payment, attempt),
            Write::Dispensary(dispensary) => write_dispensary(rows, self.dispensary, dispensary),
            Write::EraseIfDrained(account) => erase_if_drained(rows, *account, self.at),
            Write::Invoice { invoice, replaces } => write_invoice(rows, self.dispensary, invoice, *replaces),
            Write::Notice(notice) => write_notice(rows, self.dispensary, notice),
            Write::Payable(_) => Ok(()), // written before the requirements were judged
            Write::Payment(payment) => write_payment(rows, self.dispensary, payment),
            Write::Refund { payment, refund } => write_refund(rows, *payment, refund),
            Write::StrayCharge { payment, stray } => write_stray(rows, *payment, stray),
        }
    }
}

impl PayableState {
    /// A payable with what its payments captured and may still capture. Money in another currency than the payable's is
    /// not added: it stays on its payment for people to see.
    pub fn of(payable: Payable, payments: &[Payment]) -> Result<Self, MoneyError> {
        let nothing = Money::zero(payable.total.currency());
        let captured = payments
            .iter()
            .flat_map(|payment| payment.captures().map(|(_, capture)| capture.amount))
            .filter(|amount| amount.currency() == nothing.currency())
            .try_fold(nothing, Money::checked_add)?;
        let refunded = payments
            .iter()
            .flat_map(|payment| &payment.refunds)
            .filter(|refund| refund.state == RefundState::Succeeded)
            .map(|refund| refund.amount)
            .filter(|amount| amount.currency() == nothing.currency())
            .try_fold(nothing, Money::checked_add)?;
        let open = payments.iter().find(|payment| payment.open_attempt().is_some());
        Ok(Self {
            payable,
            captured,
            refunded,
            open: open.map_or(nothing, |payment| payment.amount),
            open_payment: open.map(|payment| payment.id),
        })
    }
}

fn require(rows: &impl Rows, requirement: &Requirement) -> Result<(), StoreError> {
    match requirement {
        Requirement::AccountActive(account) => match rows.account(*account)? {
            None => Err(unknown("account")),
            Some(record) if !record.state.is_active() => conflict(Conflict::AccountNotActive),
            Some(_) => Ok(()),
        },
        Requirement::AccountKept(account) => match rows.account(*account)? {
            None => Err(unknown("account")),
            Some(record) if record.sealed.is_none() => conflict(Conflict::AccountErased),
            Some(_) => Ok(()),
        },
        Requirement::FitsCapture { payment, capture, amount } => {
            let payment = rows.payment(*payment)?.ok_or_else(|| unknown("payment"))?;
            payment.admits_refund(*capture, *amount).map_err(StoreError::Conflict)
        }
        Requirement::FitsPayable { payable, amount } => {
            let outstanding = outstanding(&state_of(rows, payable)?)?;
            let fits =
                amount.minor() >= 0 && amount.compare(outstanding).is_ok_and(std::cmp::Ordering::is_le);
            if fits { Ok(()) } else { conflict(Conflict::DoesNotFit { outstanding }) }
        }
        Requirement::NoOpenAttempt(payable) => refuse_if_open(rows, payable),
    }
}

fn write_account(
    rows: &mut impl Rows,
    owner: DispensaryId,
    record: &AccountRecord,
) -> Result<(), StoreError> {
    check_owner(owner, record.account.dispensary)?;
    let kept = record.sealed.is_some() || record.subscription.is_some() || record.due_at.is_some();
    if matches!(record.state, AccountState::Erased { .. }) && kept {
        return Err(StoreError::Corrupt("account"));
    }
    let stored = rows.account(record.account.account)?;
    check_revision("account", stored.as_ref().map(|stored| stored.revision), record.revision)?;
    if stored.is_some_and(|stored| stored.account != record.account) {
        return conflict(Conflict::Revision("account"));
    }
    rows.put_account(record)
}

fn write_dispensary(
    rows: &mut impl Rows,
    owner: DispensaryId,
    dispensary: &Dispensary,
) -> Result<(), StoreError> {
    check_owner(owner, dispensary.id)?;
    let stored = rows.dispensary()?;
    check_revision("dispensary", stored.map(|stored| stored.revision), dispensary.revision)?;
    rows.put_dispensary(dispensary)
}

fn write_invoice(
    rows: &mut impl Rows,
    owner: DispensaryId,
    invoice: &Invoice,
    replaces: Option<u64>,
) -> Result<(), StoreError> {
    check_owner(owner, invoice.dispensary())?;
    let stored = rows.invoice(invoice.id())?.map(|stored| stored.version());
    // An edit that kept the version would let the next one replace it unseen.
    if stored != replaces || replaces.is_some_and(|replaces| invoice.version() <= replaces) {
        return conflict(Conflict::Revision("invoice"));
    }
    if let Some(number) = invoice.number()
        && rows.invoice_numbered(number)?.is_some_and(|other| other != invoice.id())
    {
        return conflict(Conflict::InvoiceNumberTaken);
    }
    rows.put_invoice(invoice)
}

fn write_payable(rows: &mut impl Rows, payable: &Payable) -> Result<(), StoreError> {
    let Payable { id, version, total, paid_elsewhere, billing_name } = payable.clone();
    Payable::new(id, version, total, paid_elsewhere, billing_name)
        .map_err(|_| StoreError::Corrupt("payable"))?;
    if let Some(stored) = rows.payable(&payable.id)? {
        if stored == *payable {
            return Ok(());
        }
        if payable.version <= stored.version || payable.total.currency() != stored.total.currency() {
            return conflict(Conflict::PayableVersion);
        }
        refuse_if_open(rows, &payable.id)?;
    }
    rows.put_payable(payable)
}

fn write_payment(rows: &mut impl Rows, owner: DispensaryId, payment: &Payment) -> Result<(), StoreError> {
    check_owner(owner, payment.account.dispensary)?;
    if rows.payment(payment.id)?.is_some() {
        return conflict(Conflict::Revision("payment"));
    }
    if rows.account(payment.account.account)?.is_none_or(|record| record.account != payment.account) {
        return Err(unknown("account"));
    }
    let state = state_of(rows, &payment.payable)?;
    if !payment.amount.is_positive() || payment.amount.currency() != state.payable.total.currency() {
        return conflict(Conflict::DoesNotFit { outstanding: outstanding(&state)? });
    }
    rows.put_payment(&Payment {
        attempts: Vec::new(),
        strays: Vec::new(),
        refunds: Vec::new(),
        ..payment.clone()
    })
}

fn write_attempt(rows: &mut impl Rows, payment: PaymentId, attempt: &Attempt) -> Result<(), StoreError> {
    if attempt.resolved_at.is_some() != attempt.state.is_resolved() {
        return Err(StoreError::Corrupt("attempt"));
    }
    let mut stored = rows.payment(payment)?.ok_or_else(|| unknown("payment"))?;
    let known = stored.attempts.iter().find(|known| known.no == attempt.no);
    check_revision("attempt", known.map(|known| known.revision), attempt.revision)?;
    let mut next = attempt.clone();
    if let Some(known) = known {
        // A refused card that was written down stays.
        next.tries =
            known.tries.iter().chain(attempt.tries.iter().skip(known.tries.len())).cloned().collect();
    }
    stored.attempts.retain(|known| known.no != next.no);
    if !next.state.is_resolved() {
        // Beside this one, none is open: neither of this payment nor of another on the same payable.
        let others = rows.payments_on(&stored.payable)?.into_iter().filter(|other| other.id != payment);
        if let Some(open) = others.chain([stored.clone()]).find(|other| other.open_attempt().is_some()) {
            return conflict(Conflict::OpenAttempt { payment: open.id });
        }
    }
    stored.attempts.push(next);
    stored.attempts.sort_by_key(|attempt| attempt.no);
    rows.put_payment(&stored)
}

fn write_stray(rows: &mut impl Rows, payment: PaymentId, stray: &StrayCharge) -> Result<(), StoreError> {
    let mut stored = rows.payment(payment)?.ok_or_else(|| unknown("payment"))?;
    let same = |known: &StrayCharge| {
        known.capture.reference == stray.capture.reference && known.capture.charge == stray.capture.charge
    };
    if stored.strays.iter().any(same) {
        return Ok(());
    }
    if rows.has_stray(stray.id)? {
        return conflict(Conflict::Revision("stray charge"));
    }
    stored.strays.push(stray.clone());
    stored.strays.sort_by_key(|stray| stray.id);
    rows.put_payment(&stored)
}

fn write_refund(rows: &mut impl Rows, payment: PaymentId, refund: &Refund) -> Result<(), StoreError> {
    if refund.resolved_at.is_some() != refund.state.is_resolved() {
        return Err(StoreError::Corrupt("refund"));
    }
    let mut stored = rows.payment(payment)?.ok_or_else(|| unknown("payment"))?;
    if stored.refund(refund.id).is_none() && rows.has_refund(refund.id)? {
        return conflict(Conflict::Revision("refund"));
    }
    stored.admits_refund_row(refund).map_err(StoreError::Conflict)?;
    stored.refunds.retain(|known| known.id != refund.id);
    stored.refunds.push(refund.clone());
    stored.refunds.sort_by_key(|refund| refund.id);
    rows.put_payment(&stored)
}

fn write_notice(rows: &mut impl Rows, owner: DispensaryId, notice: &Notice) -> Result<(), StoreError> {
    check_owner(owner, notice.account.dispensary)?;
    if notice.due_at.is_some() == notice.handled_at.is_some() {
        return Err(StoreError::Corrupt("notice"));
    }
    let stored = rows.notice(notice.account.account, &notice.id)?;
    check_revision("notice", stored.as_ref().map(|stored| stored.revision), notice.revision)?;
    if stored.is_some_and(|stored| stored.payment != notice.payment) {
        return conflict(Conflict::Revision("notice"));
    }
    if rows.payment(notice.payment)?.is_none_or(|payment| payment.account != notice.account) {
        return Err(unknown("payment"));
    }
    rows.put_notice(notice)
}

fn erase_if_drained(rows: &mut impl Rows, account: AccountId, at: Timestamp) -> Result<(), StoreError> {
    let Some(mut record) = rows.account(account)? else { return Ok(()) };
    let is_draining = matches!(record.state, AccountState::Draining { .. });
    if !is_draining || record.subscription.is_some() || rows.is_open_on(account)? {
        return Ok(());
    }
    record.state = AccountState::Erased { since: at };
    record.sealed = None;
    record.due_at = None;
    record.revision += 1;
    rows.put_account(&record)
}

fn state_of(rows: &impl Rows, payable: &PayableId) -> Result<PayableState, StoreError> {
    let figures = rows.payable(payable)?.ok_or_else(|| unknown("payable"))?;
    PayableState::of(figures, &rows.payments_on(payable)?).map_err(|_| StoreError::Corrupt("payable"))
}

fn outstanding(state: &PayableState) -> Result<Money, StoreError> {
    state.outstanding().map_err(|_| StoreError::Corrupt("payable"))
}

fn refuse_if_open(rows: &impl Rows, payable: &PayableId) -> Result<(), StoreError> {
    let open = rows.payments_on(payable)?.into_iter().find(|payment| payment.open_attempt().is_some());
    open.map_or(Ok(()), |open| conflict(Conflict::OpenAttempt { payment: open.id }))
}

fn check_owner(step: DispensaryId, row: DispensaryId) -> Result<(), StoreError> {
    if step == row { Ok(()) } else { Err(unknown("dispensary")) }
}

fn check_revision(what: &'static str, stored: Option<u64>, new: u64) -> Result<(), StoreError> {
    if new.checked_sub(1) == Some(stored.unwrap_or(0)) { Ok(()) } else { conflict(Conflict::Revision(what)) }
}

fn conflict<T>(conflict: Conflict) -> Result<T, StoreError> {
    Err(StoreError::Conflict(conflict))
}

fn unknown(what: &'static str) -> StoreError {
    StoreError::Conflict(Conflict::Unknown(what))
}
