//! A step's rows as they were found, and over them what the step puts: what the domain's rules read and write. No SQL.

use std::collections::{BTreeMap, BTreeSet};

use billing_domain::invoice::InvoiceNumber;
use billing_domain::payment::Payment;
use billing_domain::{
    AccountId, AccountRecord, Dispensary, Invoice, InvoiceId, Notice, NoticeId, Payable, PayableId,
    PaymentId, RefundId, Rows, StoreError, StrayChargeId,
};
use uuid::Uuid;

use super::failure::failed;
use super::needs::{About, Found, Needs};
use super::run::{Answer, Row};
use crate::rows::{
    AccountRow, AttemptRow, DispensaryRow, InvoiceRow, NoticeRow, PayableRow, PaymentRow, RefundRow,
    StrayRow, TryRow, assembled,
};

/// The rows found for a step. One is read only when it is asked for: a broken row harms only the steps that need it.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    needs: Needs,
    pub(super) dispensary: Option<DispensaryRow>,
    pub(super) accounts: BTreeMap<Uuid, AccountRow>,
    open_on: BTreeMap<Uuid, Vec<Uuid>>,
    pub(super) invoices: BTreeMap<Uuid, InvoiceRow>,
    numbers: BTreeMap<(i64, String), Uuid>,
    pub(super) payables: BTreeMap<String, PayableRow>,
    pub(super) payments: BTreeMap<Uuid, Parts>,
    refund_ids: BTreeSet<Uuid>,
    stray_ids: BTreeSet<Uuid>,
    pub(super) notices: BTreeMap<(Uuid, String), NoticeRow>,
    pub(super) put: Put,
}

/// What the step puts, the last of each.
#[derive(Debug, Default)]
pub(super) struct Put {
    pub(super) dispensary: Option<Dispensary>,
    pub(super) accounts: BTreeMap<AccountId, AccountRecord>,
    pub(super) invoices: BTreeMap<InvoiceId, Invoice>,
    pub(super) payables: BTreeMap<PayableId, Payable>,
    pub(super) payments: BTreeMap<PaymentId, Payment>,
    pub(super) notices: BTreeMap<(AccountId, NoticeId), Notice>,
}

/// A payment's rows.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) payment: PaymentRow,
    pub(super) attempts: Vec<AttemptRow>,
    pub(super) tries: Vec<TryRow>,
    pub(super) strays: Vec<StrayRow>,
    pub(super) refunds: Vec<RefundRow>,
}

impl Parts {
    fn whole(&self) -> Result<Payment, StoreError> {
        let payments = vec![self.payment.clone()];
        let (attempts, tries) = (self.attempts.clone(), self.tries.clone());
        let mut whole = assembled(payments, attempts, tries, self.strays.clone(), self.refunds.clone())?;
        whole.pop().ok_or(StoreError::Corrupt(PaymentRow::WHAT))
    }
}

impl Loaded {
    /// Takes in what was found.
    pub(super) fn new(needs: Needs, found: Found) -> Result<Self, StoreError> {
        let mut loaded = Self { needs, ..Self::default() };
        for (about, answer) in found {
            loaded.take(about, &answer)?;
        }
        Ok(loaded)
    }

    fn take(&mut self, about: About, answer: &Answer) -> Result<(), StoreError> {
        match about {
            About::Accounts => {
                let rows = read::<AccountRow>(answer, AccountRow::WHAT)?;
                self.accounts.extend(rows.into_iter().map(|row| (row.account, row)));
            }
            About::Attempts => {
                for row in read::<AttemptRow>(answer, AttemptRow::WHAT)? {
                    self.parts(row.payment)?.attempts.push(row);
                }
            }
            About::Dispensary => self.dispensary = read(answer, DispensaryRow::WHAT)?.pop(),
            About::Invoices => {
                let rows = read::<InvoiceRow>(answer, InvoiceRow::WHAT)?;
                self.invoices.extend(rows.into_iter().map(|row| (row.invoice, row)));
            }
            About::Notices => {
                let rows = read::<NoticeRow>(answer, NoticeRow::WHAT)?;
                self.notices.extend(rows.into_iter().map(|row| ((row.account, row.notice.clone()), row)));
            }
            About::Numbers => {
                let number =
                    |row: &tokio_postgres::Row| Ok(((row.try_get(1)?, row.try_get(0)?), row.try_get(2)?));
                self.numbers = each(answer, InvoiceRow::WHAT, number)?;
            }
            About::OpenOn(account) => {
                self.open_on.insert(account, each(answer, PaymentRow::WHAT, |row| row.try_get(0))?);
            }
            About::Payables => {
                let rows = read::<PayableRow>(answer, PayableRow::WHAT)?;
                self.payables.extend(rows.into_iter().map(|row| (row.payable.clone(), row)));
            }
            About::Payments => {
                for payment in read::<PaymentRow>(answer, PaymentRow::WHAT)? {
                    let (attempts, tries, strays, refunds) = (vec![], vec![], vec![], vec![]);
                    let parts = Parts { payment, attempts, tries, strays, refunds };
                    self.payments.insert(parts.payment.payment, parts);
                }
            }
            About::RefundIds => self.refund_ids = each(answer, RefundRow::WHAT, |row| row.try_get(0))?,
            About::Refunds => {
                for row in read::<RefundRow>(answer, RefundRow::WHAT)? {
                    self.parts(row.payment)?.refunds.push(row);
                }
            }
            About::StrayIds => self.stray_ids = each(answer, StrayRow::WHAT, |row| row.try_get(0))?,
            About::Strays => {
                for row in read::<StrayRow>(answer, StrayRow::WHAT)? {
                    self.parts(row.payment)?.strays.push(row);
                }
            }
            About::Tries => {
                for row in read::<TryRow>(answer, TryRow::WHAT)? {
                    self.parts(row.payment)?.tries.push(row);
                }
            }
        }
        Ok(())
    }

    /// The payment's rows: its own was found first.
    fn parts(&mut self, payment: Uuid) -> Result<&mut Parts, StoreError> {
        self.payments.get_mut(&payment).ok_or(StoreError::Corrupt(PaymentRow::WHAT))
    }

    /// The payment as it stands now, if it was found or put.
    fn known(&self, payment: PaymentId) -> Result<Option<Payment>, StoreError> {
        match self.put.payments.get(&payment) {
            Some(put) => Ok(Some(put.clone())),
            None => self.payments.get(&payment.uuid()).map(Parts::whole).transpose(),
        }
    }
}

/// Rows of a table.
pub(super) fn read<T: Row>(answer: &Answer, what: &'static str) -> Result<Vec<T>, StoreError> {
    each(answer, what, T::read)
}

/// Anything of each row.
pub(super) fn each<T, C: FromIterator<T>>(
    answer: &Answer,
    what: &'static str,
    read: impl Fn(&tokio_postgres::Row) -> Result<T, tokio_postgres::Error>,
) -> Result<C, StoreError> {
    answer.iter().map(read).collect::<Result<_, _>>().map_err(|error| failed(what, error))
}

/// What was not asked for is not known to be absent. A rule that reads more than [`Needs`] names is a bug, and must not pass
/// for a row that is not there.
fn asked(was: bool) -> Result<(), StoreError> {
    if was { Ok(()) } else { Err(StoreError::Unavailable("a row was not read for the step".into())) }
}

impl Rows for Loaded {
    fn dispensary(&self) -> Result<Option<Dispensary>, StoreError> {
        match &self.put.dispensary {
            Some(put) => Ok(Some(put.clone())),
            None => self.dispensary.clone().map(DispensaryRow::into_dispensary).transpose(),
        }
    }

    fn account(&self, account: AccountId) -> Result<Option<AccountRecord>, StoreError> {
        asked(self.needs.has_account(account))?;
        match self.put.accounts.get(&account) {
            Some(put) => Ok(Some(put.clone())),
            None => self.accounts.get(&account.uuid()).cloned().map(AccountRow::into_record).transpose(),
        }
    }

    fn invoice(&self, invoice: InvoiceId) -> Result<Option<Invoice>, StoreError> {
        match self.put.invoices.get(&invoice) {
            Some(put) => Ok(Some(put.clone())),
            None => self.invoices.get(&invoice.uuid()).cloned().map(InvoiceRow::into_invoice).transpose(),
        }
    }

    fn invoice_numbered(&self, number: &InvoiceNumber) -> Result<Option<InvoiceId>, StoreError> {
        if let Some(put) = self.put.invoices.values().find(|put| put.number() == Some(number)) {
            return Ok(Some(put.id()));
        }
        let sequence = i64::try_from(number.sequence()).unwrap_or(i64::MAX);
        let stored = self.numbers.get(&(sequence, number.prefix().to_owned())).copied().map(InvoiceId::new);
        // One that the step itself gave another number has it no more.
        Ok(stored.filter(|stored| !self.put.invoices.contains_key(stored)))
    }

    fn payable(&self, payable: &PayableId) -> Result<Option<Payable>, StoreError> {
        asked(self.needs.has_payable(payable))?;
        match self.put.payables.get(payable) {
            Some(put) => Ok(Some(put.clone())),
            None => self.payables.get(payable.as_str()).cloned().map(PayableRow::into_payable).transpose(),
        }
    }

    fn payment(&self, payment: PaymentId) -> Result<Option<Payment>, StoreError> {
        asked(self.needs.has_payment(payment))?;
        self.known(payment)
    }

    fn payments_on(&self, payable: &PayableId) -> Result<Vec<Payment>, StoreError> {
        let on_it = |parts: &&Parts| parts.payment.payable == payable.as_str();
        let found = self.payments.values().filter(on_it).map(|parts| PaymentId::new(parts.payment.payment));
        let put = self.put.payments.values().filter(|put| put.payable == *payable).map(|put| put.id);
        let all: BTreeSet<_> = found.chain(put).collect();
        asked(self.needs.has_payable(payable) || !all.is_empty())?;
        all.into_iter().filter_map(|payment| self.known(payment).transpose()).collect()
    }

    fn is_open_on(&self, account: AccountId) -> Result<bool, StoreError> {
        let stored = self.open_on.get(&account.uuid());
        asked(stored.is_some())?;
        let mut put = self.put.payments.values();
        let mut untouched =
            stored.into_iter().flatten().filter(|id| !self.put.payments.contains_key(&PaymentId::new(**id)));
        Ok(untouched.next().is_some() || put.any(|put| put.account.account == account && put.is_open()))
    }

    fn notice(&self, account: AccountId, notice: &NoticeId) -> Result<Option<Notice>, StoreError> {
        match self.put.notices.get(&(account, notice.clone())) {
            Some(put) => Ok(Some(put.clone())),
            None => {
                let key = (account.uuid(), notice.as_str().to_owned());
                self.notices.get(&key).cloned().map(NoticeRow::into_notice).transpose()
            }
        }
    }

    fn has_refund(&self, refund: RefundId) -> Result<bool, StoreError> {
        let put = self.put.payments.values().any(|put| put.refund(refund).is_some());
        Ok(put || self.refund_ids.contains(&refund.uuid()))
    }

    fn has_stray(&self, stray: StrayChargeId) -> Result<bool, StoreError> {
        let put = self.put.payments.values().flat_map(|put| &put.strays).any(|known| known.id == stray);
        Ok(put || self.stray_ids.contains(&stray.uuid()))
    }

    fn put_dispensary(&mut self, dispensary: &Dispensary) -> Result<(), StoreError> {
        self.put.dispensary = Some(dispensary.clone());
        Ok(())
    }

    fn put_account(&mut self, account: &AccountRecord) -> Result<(), StoreError> {
        self.put.accounts.insert(account.account.account, account.clone());
        Ok(())
    }

    fn put_invoice(&mut self, invoice: &Invoice) -> Result<(), StoreError> {
        self.put.invoices.insert(invoice.id(), invoice.clone());
        Ok(())
    }

    fn put_payable(&mut self, payable: &Payable) -> Result<(), StoreError> {
        self.put.payables.insert(payable.id.clone(), payable.clone());
        Ok(())
    }

    fn put_notice(&mut self, notice: &Notice) -> Result<(), StoreError> {
        self.put.notices.insert((notice.account.account, notice.id.clone()), notice.clone());
        Ok(())
    }

    fn put_payment(&mut self, payment: &Payment) -> Result<(), StoreError> {
        self.put.payments.insert(payment.id, payment.clone());
        Ok(())
    }
}
