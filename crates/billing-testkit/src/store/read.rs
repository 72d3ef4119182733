//! The port on [`MemoryStore`]: every read is a look at the whole, under the lock. No rule of its own.

use std::collections::BTreeSet;

use async_trait::async_trait;
use billing_domain::invoice::InvoiceNumber;
use billing_domain::payment::{Payment, Reference};
use billing_domain::{
    AccountRecord, AccountRef, AuditEntry, BillingStore, Change, Changed, Committed, Dispensary,
    DispensaryId, Invoice, InvoiceId, Lease, LeaseId, Notice, PayableId, PayableState, PaymentId,
    ProcessorId, Step, StoreError,
};
use jiff::Timestamp;

use super::rows::place;
use super::{Inner, MemoryStore};

#[async_trait]
impl BillingStore for MemoryStore {
    async fn commit(&self, step: Step) -> Result<Committed, StoreError> {
        self.lock().commit(step)
    }

    async fn dispensary(&self, dispensary: DispensaryId) -> Result<Option<Dispensary>, StoreError> {
        Ok(self.lock().books.get(&dispensary).and_then(|books| books.dispensary.clone()))
    }

    async fn accounts(&self, dispensary: DispensaryId) -> Result<Vec<AccountRecord>, StoreError> {
        let inner = self.lock();
        Ok(inner
            .books
            .get(&dispensary)
            .into_iter()
            .flat_map(|books| books.accounts.values().cloned())
            .collect())
    }

    async fn accounts_at(
        &self,
        processor: &ProcessorId,
        external_id: &str,
    ) -> Result<Vec<AccountRef>, StoreError> {
        let inner = self.lock();
        let all = inner.books.values().flat_map(|books| books.accounts.values());
        let known_there = all.filter(|record| {
            record.account.processor == *processor
                && record.external_id.as_deref() == Some(external_id)
                && record.sealed.is_some()
        });
        Ok(known_there.map(|record| record.account.clone()).collect())
    }

    async fn invoice(
        &self,
        dispensary: DispensaryId,
        invoice: InvoiceId,
    ) -> Result<Option<Invoice>, StoreError> {
        let inner = self.lock();
        let stored = inner.books.get(&dispensary).and_then(|books| books.invoices.get(&invoice));
        Ok(stored.map(|invoice| Invoice::clone(invoice)))
    }

    async fn invoices(
        &self,
        dispensary: DispensaryId,
        before: Option<InvoiceId>,
        limit: u32,
    ) -> Result<Vec<Invoice>, StoreError> {
        let inner = self.lock();
        let Some(books) = inner.books.get(&dispensary) else { return Ok(Vec::new()) };
        let newest_first = books.invoices.values().rev();
        let older = newest_first.filter(|invoice| before.is_none_or(|before| invoice.id() < before));
        Ok(older.take(page(limit, 100)).map(|invoice| Invoice::clone(invoice)).collect())
    }

    async fn next_invoice_number(&self, dispensary: DispensaryId) -> Result<u64, StoreError> {
        let inner = self.lock();
        let invoices = inner.books.get(&dispensary).into_iter().flat_map(|books| books.invoices.values());
        let last = invoices.filter_map(|invoice| invoice.number()).map(InvoiceNumber::sequence).max();
        Ok(last.unwrap_or(0) + 1)
    }

    async fn payable(
        &self,
        dispensary: DispensaryId,
        payable: &PayableId,
    ) -> Result<Option<PayableState>, StoreError> {
        self.lock().books.get(&dispensary).map_or(Ok(None), |books| books.payable_state(payable))
    }

    async fn payment(
        &self,
        dispensary: DispensaryId,
        payment: PaymentId,
    ) -> Result<Option<Payment>, StoreError> {
        let inner = self.lock();
        let stored = inner.books.get(&dispensary).and_then(|books| books.payments.get(&payment));
        Ok(stored.map(|payment| Payment::clone(payment)))
    }

    async fn payments(
        &self,
        dispensary: DispensaryId,
        before: Option<PaymentId>,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        let inner = self.lock();
        let Some(books) = inner.books.get(&dispensary) else { return Ok(Vec::new()) };
        let newest_first = books.payments.values().rev();
        let older = newest_first.filter(|payment| before.is_none_or(|before| payment.id < before));
        Ok(older.take(page(limit, 100)).map(|payment| Payment::clone(payment)).collect())
    }

    async fn payments_on(
        &self,
        dispensary: DispensaryId,
        payable: &PayableId,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        let inner = self.lock();
        let Some(books) = inner.books.get(&dispensary) else { return Ok(Vec::new()) };
        let newest_first = books.payments.values().rev().filter(|payment| payment.payable == *payable);
        Ok(newest_first.take(page(limit, 100)).map(|payment| Payment::clone(payment)).collect())
    }

    async fn open_payments(
        &self,
        account: &AccountRef,
        after: Option<PaymentId>,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError> {
        let inner = self.lock();
        let Some(books) = inner.books.get(&account.dispensary) else { return Ok(Vec::new()) };
        let pinned = books.payments.values().filter(|payment| payment.account == *account);
        let open = pinned.filter(|payment| payment.is_open()).map(|payment| payment.id);
        Ok(open.filter(|id| after.is_none_or(|after| *id > after)).take(page(limit, 100)).collect())
    }

    async fn payment_with(
        &self,
        account: &AccountRef,
        reference: &Reference,
    ) -> Result<Option<PaymentId>, StoreError> {
        let inner = self.lock();
        let Some(books) = inner.books.get(&account.dispensary) else { return Ok(None) };
        let mut newest_first = books.payments.values().rev().filter(|payment| payment.account == *account);
        let found = newest_first.find(|payment| {
            payment.attempts.iter().any(|attempt| attempt.reference.as_ref() == Some(reference))
                || payment.captures().any(|(_, capture)| capture.reference == *reference)
        });
        Ok(found.map(|payment| payment.id))
    }

    async fn notices(&self, dispensary: DispensaryId, payment: PaymentId) -> Result<Vec<Notice>, StoreError> {
        let inner = self.lock();
        let Some(books) = inner.books.get(&dispensary) else { return Ok(Vec::new()) };
        Ok(books.unhandled(payment).into_iter().take(100).collect())
    }

    async fn lease_due(&self, lease: Lease, limit: u32) -> Result<Vec<AccountRef>, StoreError> {
        Ok(self.lock().lease_due(lease, page(limit, 100)))
    }

    async fn renew_lease(&self, account: &AccountRef, lease: Lease) -> Result<bool, StoreError> {
        Ok(self.lock().renew_lease(account, lease))
    }

    async fn end_lease(&self, account: &AccountRef, holder: LeaseId) -> Result<(), StoreError> {
        self.lock().end_lease(account, holder);
        Ok(())
    }

    async fn due_on(
        &self,
        account: &AccountRef,
        at: Timestamp,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError> {
        Ok(self.lock().due_on(account, at, page(limit, 1_000)))
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.lock().next_due())
    }

    async fn audit(
        &self,
        dispensary: DispensaryId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        Ok(self.lock().entries(dispensary, after_seq, limit))
    }

    async fn changes(
        &self,
        dispensary: DispensaryId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        let entries = self.lock().entries(dispensary, after_seq, limit).into_iter();
        Ok(entries
            .map(|AuditEntry { seq, dispensary, at, action, subject, .. }| Change {
                seq,
                dispensary,
                at,
                action,
                subject,
            })
            .collect())
    }

    async fn changed_since(&self, cursor: u64, limit: u32) -> Result<Changed, StoreError> {
        let inner = self.lock();
        let unread = inner.order.iter().skip(usize::try_from(cursor).unwrap_or(usize::MAX));
        let changes: Vec<DispensaryId> = unread.take(page(limit, 1_000)).copied().collect();
        let cursor = cursor + place(changes.len());
        let dispensaries = changes.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        Ok(Changed { dispensaries, cursor })
    }
}

impl Inner {
    fn entries(&self, dispensary: DispensaryId, after_seq: u64, limit: u32) -> Vec<AuditEntry> {
        let Some(journal) = self.journals.get(&dispensary) else { return Vec::new() };
        let unread = journal.entries.iter().skip(usize::try_from(after_seq).unwrap_or(usize::MAX));
        unread.take(page(limit, 1_000)).cloned().collect()
    }
}

/// A page's size, within its bounds.
fn page(limit: u32, max: u32) -> usize {
    usize::try_from(limit.clamp(1, max)).unwrap_or(usize::MAX)
}
