//! One dispensary's rows in memory, and how a step changes them. No lock, no journal, no fault.

use std::collections::BTreeMap;
use std::sync::Arc;

use billing_domain::payment::{Attempt, AttemptState, Payment, StrayCharge};
use billing_domain::{
    AccountId, AccountRecord, AccountState, Conflict, Dispensary, DispensaryId, Invoice, InvoiceId, Money,
    Payable, PayableId, PayableState, PaymentId, Requirement, Step, StoreError, Write,
};
use jiff::Timestamp;

/// Everything a dispensary has. Cloned for every step, so that a refused one changes nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    pub(super) dispensary: Option<Dispensary>,
    pub(super) accounts: BTreeMap<AccountId, AccountRecord>,
    pub(super) invoices: BTreeMap<InvoiceId, Arc<Invoice>>,
    pub(super) payables: BTreeMap<PayableId, Payable>,
    pub(super) payments: BTreeMap<PaymentId, Arc<Payment>>,
}

impl Books {
    /// Payables are written first, then what the step requires is judged, then the rest is written in order: so a
    /// requirement sees the figures the step brings and nothing else of it.
    pub(super) fn apply(&mut self, step: &Step) -> Result<(), StoreError> {
        for write in &step.writes {
            if let Write::Payable(payable) = write {
                self.write_payable(payable)?;
            }
        }
        for requirement in &step.requires {
            self.require(requirement)?;
        }
        for write in &step.writes {
            self.write(step, write)?;
        }
        Ok(())
    }

    fn require(&self, requirement: &Requirement) -> Result<(), StoreError> {
        match requirement {
            Requirement::AccountActive(account) => match self.accounts.get(account) {
                None => Err(unknown("account")),
                Some(record) if !record.state.is_active() => {
                    Err(StoreError::Conflict(Conflict::AccountNotActive))
                }
                Some(_) => Ok(()),
            },
            Requirement::FitsPayable { payable, amount } => self.require_room(payable, *amount),
            Requirement::NoOpenAttempt(payable) => match self.open_on(payable) {
                Some(open) => Err(StoreError::Conflict(Conflict::OpenAttempt { payment: open.id })),
                None => Ok(()),
            },
            _ => Err(StoreError::Unavailable("a requirement this store does not know".into())),
        }
    }

    fn require_room(&self, payable: &PayableId, amount: Money) -> Result<(), StoreError> {
        let state = self.payable_state(payable)?.ok_or_else(|| unknown("payable"))?;
        let outstanding = state.outstanding().map_err(|_| StoreError::Corrupt("payable"))?;
        let fits = amount.minor() >= 0 && amount.compare(outstanding).is_ok_and(std::cmp::Ordering::is_le);
        if fits { Ok(()) } else { Err(StoreError::Conflict(Conflict::DoesNotFit { outstanding })) }
    }

    fn write(&mut self, step: &Step, write: &Write) -> Result<(), StoreError> {
        match write {
            Write::Account(record) => self.write_account(step.dispensary, record),
            Write::Attempt { payment, attempt } => self.write_attempt(*payment, attempt),
            Write::Dispensary(dispensary) => self.write_dispensary(step.dispensary, dispensary),
            Write::EraseIfDrained(account) => {
                self.erase_if_drained(*account, step.at);
                Ok(())
            }
            Write::Invoice { invoice, replaces } => self.write_invoice(step.dispensary, invoice, *replaces),
            Write::Payable(_) => Ok(()), // written before the requirements were judged
            Write::Payment(payment) => self.write_payment(step.dispensary, payment),
            Write::StrayCharge { payment, stray } => self.write_stray(*payment, stray),
            _ => Err(StoreError::Unavailable("a write this store does not know".into())),
        }
    }

    fn write_account(&mut self, dispensary: DispensaryId, record: &AccountRecord) -> Result<(), StoreError> {
        check_owner(dispensary, record.account.dispensary)?;
        if matches!(record.state, AccountState::Erased { .. }) && record.sealed.is_some() {
            return Err(StoreError::Corrupt("account"));
        }
        let stored = self.accounts.get(&record.account.account);
        check_revision("account", stored.map(|stored| stored.revision), record.revision)?;
        if stored.is_some_and(|stored| stored.account != record.account) {
            return Err(StoreError::Conflict(Conflict::Revision("account")));
        }
        self.accounts.insert(record.account.account, record.clone());
        Ok(())
    }

    fn write_dispensary(&mut self, owner: DispensaryId, dispensary: &Dispensary) -> Result<(), StoreError> {
        check_owner(owner, dispensary.id)?;
        check_revision(
            "dispensary",
            self.dispensary.as_ref().map(|stored| stored.revision),
            dispensary.revision,
        )?;
        self.dispensary = Some(dispensary.clone());
        Ok(())
    }

    fn write_invoice(
        &mut self,
        dispensary: DispensaryId,
        invoice: &Invoice,
        replaces: Option<u64>,
    ) -> Result<(), StoreError> {
        check_owner(dispensary, invoice.dispensary())?;
        let stored = self.invoices.get(&invoice.id()).map(|stored| stored.version());
        // An edit that kept the version would let the next one replace it unseen.
        if stored != replaces || replaces.is_some_and(|replaces| invoice.version() <= replaces) {
            return Err(StoreError::Conflict(Conflict::Revision("invoice")));
        }
        let same_number =
            |other: &Arc<Invoice>| other.id() != invoice.id() && other.number() == invoice.number();
        if invoice.number().is_some() && self.invoices.values().any(same_number) {
            return Err(StoreError::Conflict(Conflict::InvoiceNumberTaken));
        }
        self.invoices.insert(invoice.id(), Arc::new(invoice.clone()));
        Ok(())
    }

    fn write_payable(&mut self, payable: &Payable) -> Result<(), StoreError> {
        Payable::new(
            payable.id.clone(),
            payable.version,
            payable.total,
            payable.paid_elsewhere,
            payable.billing_name.clone(),
        )
        .map_err(|_| StoreError::Corrupt("payable"))?;
        if let Some(stored) = self.payables.get(&payable.id) {
            if stored == payable {
                return Ok(());
            }
            if payable.version <= stored.version || payable.total.currency() != stored.total.currency() {
                return Err(StoreError::Conflict(Conflict::PayableVersion));
            }
            if let Some(open) = self.open_on(&payable.id) {
                return Err(StoreError::Conflict(Conflict::OpenAttempt { payment: open.id }));
            }
        }
        self.payables.insert(payable.id.clone(), payable.clone());
        Ok(())
    }

    fn write_payment(&mut self, dispensary: DispensaryId, payment: &Payment) -> Result<(), StoreError> {
        check_owner(dispensary, payment.account.dispensary)?;
        if self.payments.contains_key(&payment.id) {
            return Err(StoreError::Conflict(Conflict::Revision("payment")));
        }
        let account = self.accounts.get(&payment.account.account);
        if account.is_none_or(|record| record.account != payment.account) {
            return Err(unknown("account"));
        }
        let state = self.payable_state(&payment.payable)?.ok_or_else(|| unknown("payable"))?;
        if !payment.amount.is_positive() || payment.amount.currency() != state.payable.total.currency() {
            let outstanding = state.outstanding().map_err(|_| StoreError::Corrupt("payable"))?;
            return Err(StoreError::Conflict(Conflict::DoesNotFit { outstanding }));
        }
        let bare = Payment { attempts: Vec::new(), strays: Vec::new(), ..payment.clone() };
        self.payments.insert(bare.id, Arc::new(bare));
        Ok(())
    }

    fn write_attempt(&mut self, payment: PaymentId, attempt: &Attempt) -> Result<(), StoreError> {
        if attempt.resolved_at.is_some() != attempt.state.is_resolved() {
            return Err(StoreError::Corrupt("attempt"));
        }
        let stored = self.payments.get(&payment).ok_or_else(|| unknown("payment"))?;
        let place = stored.attempts.iter().position(|known| known.no == attempt.no);
        let known = place.and_then(|place| stored.attempts.get(place));
        check_revision("attempt", known.map(|known| known.revision), attempt.revision)?;
        if attempt.resolved_at.is_none() {
            let other = |open: &&Payment| {
                open.attempts.iter().any(|a| is_open(a) && (open.id, a.no) != (payment, attempt.no))
            };
            if let Some(open) =
                self.payments.values().map(Arc::as_ref).filter(|p| p.payable == stored.payable).find(other)
            {
                return Err(StoreError::Conflict(Conflict::OpenAttempt { payment: open.id }));
            }
        }
        let mut next = attempt.clone();
        if let Some(known) = known {
            // A refused card that was written down stays.
            next.tries =
                known.tries.iter().chain(attempt.tries.iter().skip(known.tries.len())).cloned().collect();
        }
        let mut payment = Payment::clone(stored);
        payment.attempts.retain(|known| known.no != next.no);
        payment.attempts.push(next);
        payment.attempts.sort_by_key(|attempt| attempt.no);
        self.payments.insert(payment.id, Arc::new(payment));
        Ok(())
    }

    fn write_stray(&mut self, payment: PaymentId, stray: &StrayCharge) -> Result<(), StoreError> {
        let stored = self.payments.get(&payment).ok_or_else(|| unknown("payment"))?;
        let same = |known: &StrayCharge| {
            known.capture.reference == stray.capture.reference && known.capture.charge == stray.capture.charge
        };
        if stored.strays.iter().any(same) {
            return Ok(());
        }
        if self.payments.values().flat_map(|payment| &payment.strays).any(|known| known.id == stray.id) {
            return Err(StoreError::Conflict(Conflict::Revision("stray charge")));
        }
        let mut payment = Payment::clone(stored);
        payment.strays.push(stray.clone());
        payment.strays.sort_by_key(|stray| stray.id);
        self.payments.insert(payment.id, Arc::new(payment));
        Ok(())
    }

    fn erase_if_drained(&mut self, account: AccountId, at: Timestamp) {
        let holds = |payment: &Arc<Payment>| {
            payment.account.account == account && payment.attempts.iter().any(is_open)
        };
        if self.payments.values().any(holds) {
            return;
        }
        if let Some(record) = self.accounts.get_mut(&account)
            && matches!(record.state, AccountState::Draining { .. })
        {
            record.state = AccountState::Erased { since: at };
            record.sealed = None;
            record.revision += 1;
        }
    }

    fn open_on(&self, payable: &PayableId) -> Option<&Payment> {
        let open = |payment: &&Payment| payment.payable == *payable && payment.attempts.iter().any(is_open);
        self.payments.values().map(Arc::as_ref).find(open)
    }

    /// Money in another currency than the payable's is not added: it stays on its payment for people to see.
    pub(super) fn payable_state(&self, id: &PayableId) -> Result<Option<PayableState>, StoreError> {
        let Some(payable) = self.payables.get(id).cloned() else { return Ok(None) };
        let nothing = Money::zero(payable.total.currency());
        let captured = self
            .payments
            .values()
            .filter(|payment| payment.payable == *id)
            .flat_map(|payment| captures(payment))
            .filter(|amount| amount.currency() == nothing.currency())
            .try_fold(nothing, Money::checked_add)
            .map_err(|_| StoreError::Corrupt("payable"))?;
        let open = self.open_on(id);
        Ok(Some(PayableState {
            payable,
            captured,
            refunded: nothing,
            open: open.map_or(nothing, |payment| payment.amount),
            open_payment: open.map(|payment| payment.id),
        }))
    }
}

pub(super) fn is_open(attempt: &Attempt) -> bool {
    attempt.resolved_at.is_none()
}

fn captures(payment: &Payment) -> impl Iterator<Item = Money> {
    let of_attempts = payment.attempts.iter().filter_map(|attempt| match &attempt.state {
        AttemptState::Succeeded(capture) => Some(capture.amount),
        _ => None,
    });
    of_attempts.chain(payment.strays.iter().map(|stray| stray.capture.amount))
}

fn check_owner(step: DispensaryId, row: DispensaryId) -> Result<(), StoreError> {
    if step == row { Ok(()) } else { Err(unknown("dispensary")) }
}

fn check_revision(what: &'static str, stored: Option<u64>, new: u64) -> Result<(), StoreError> {
    if new.checked_sub(1) == Some(stored.unwrap_or(0)) {
        Ok(())
    } else {
        Err(StoreError::Conflict(Conflict::Revision(what)))
    }
}

fn unknown(what: &'static str) -> StoreError {
    StoreError::Conflict(Conflict::Unknown(what))
}
