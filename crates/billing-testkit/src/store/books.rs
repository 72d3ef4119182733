//! One dispensary's rows in memory. What a step may do to them is the domain's to say; no lock, no journal, no fault here.

use std::collections::BTreeMap;
use std::sync::Arc;

use billing_domain::invoice::InvoiceNumber;
use billing_domain::payment::Payment;
use billing_domain::{
    AccountId, AccountRecord, Dispensary, Invoice, InvoiceId, Notice, NoticeId, Payable, PayableId,
    PayableState, PaymentId, RefundId, Rows, StoreError, StrayChargeId,
};

/// Everything a dispensary has. Cloned for every step, so that a refused one changes nothing; what many steps leave alone is shared.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    pub(super) dispensary: Option<Dispensary>,
    pub(super) accounts: BTreeMap<AccountId, AccountRecord>,
    pub(super) invoices: BTreeMap<InvoiceId, Arc<Invoice>>,
    pub(super) payables: Arc<BTreeMap<PayableId, Payable>>,
    pub(super) payments: BTreeMap<PaymentId, Arc<Payment>>,
    pub(super) notices: Arc<BTreeMap<(AccountId, NoticeId), Notice>>,
    /// A step does not see what else is paid on a payable.
    pub(super) is_blind: bool,
}

impl Books {
    pub(super) fn payable_state(&self, id: &PayableId) -> Result<Option<PayableState>, StoreError> {
        let Some(payable) = self.payables.get(id).cloned() else { return Ok(None) };
        let state = PayableState::of(payable, &self.paid_on(id));
        state.map(Some).map_err(|_| StoreError::Corrupt("payable"))
    }

    fn paid_on(&self, payable: &PayableId) -> Vec<Payment> {
        let on_it = self.payments.values().filter(|payment| payment.payable == *payable);
        on_it.map(|payment| Payment::clone(payment)).collect()
    }
}

impl Rows for Books {
    fn dispensary(&self) -> Result<Option<Dispensary>, StoreError> {
        Ok(self.dispensary.clone())
    }

    fn account(&self, account: AccountId) -> Result<Option<AccountRecord>, StoreError> {
        Ok(self.accounts.get(&account).cloned())
    }

    fn invoice(&self, invoice: InvoiceId) -> Result<Option<Invoice>, StoreError> {
        Ok(self.invoices.get(&invoice).map(|invoice| Invoice::clone(invoice)))
    }

    fn invoice_numbered(&self, number: &InvoiceNumber) -> Result<Option<InvoiceId>, StoreError> {
        let numbered = self.invoices.values().find(|invoice| invoice.number() == Some(number));
        Ok(numbered.map(|invoice| invoice.id()))
    }

    fn payable(&self, payable: &PayableId) -> Result<Option<Payable>, StoreError> {
        Ok(self.payables.get(payable).cloned())
    }

    fn payment(&self, payment: PaymentId) -> Result<Option<Payment>, StoreError> {
        Ok(self.payments.get(&payment).map(|payment| Payment::clone(payment)))
    }

    fn payments_on(&self, payable: &PayableId) -> Result<Vec<Payment>, StoreError> {
        Ok(if self.is_blind { Vec::new() } else { self.paid_on(payable) })
    }

    fn is_open_on(&self, account: AccountId) -> Result<bool, StoreError> {
        let mut pinned = self.payments.values().filter(|payment| payment.account.account == account);
        Ok(pinned.any(|payment| payment.is_open()))
    }

    fn notice(&self, account: AccountId, notice: &NoticeId) -> Result<Option<Notice>, StoreError> {
        Ok(self.notices.get(&(account, notice.clone())).cloned())
    }

    fn has_refund(&self, refund: RefundId) -> Result<bool, StoreError> {
        Ok(self.payments.values().any(|payment| payment.refund(refund).is_some()))
    }

    fn has_stray(&self, stray: StrayChargeId) -> Result<bool, StoreError> {
        Ok(self.payments.values().flat_map(|payment| &payment.strays).any(|known| known.id == stray))
    }

    fn put_dispensary(&mut self, dispensary: &Dispensary) -> Result<(), StoreError> {
        self.dispensary = Some(dispensary.clone());
        Ok(())
    }

    fn put_account(&mut self, account: &AccountRecord) -> Result<(), StoreError> {
        self.accounts.insert(account.account.account, account.clone());
        Ok(())
    }

    fn put_invoice(&mut self, invoice: &Invoice) -> Result<(), StoreError> {
        self.invoices.insert(invoice.id(), Arc::new(invoice.clone()));
        Ok(())
    }

    fn put_payable(&mut self, payable: &Payable) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.payables).insert(payable.id.clone(), payable.clone());
        Ok(())
    }

    fn put_notice(&mut self, notice: &Notice) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.notices).insert((notice.account.account, notice.id.clone()), notice.clone());
        Ok(())
    }

    fn put_payment(&mut self, payment: &Payment) -> Result<(), StoreError> {
        self.payments.insert(payment.id, Arc::new(payment.clone()));
        Ok(())
    }
}
