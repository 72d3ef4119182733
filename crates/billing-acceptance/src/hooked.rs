//! A store and an exchange with something in front of them: to stop, to stall, or to fail at a chosen moment.

use std::sync::Arc;

use async_trait::async_trait;
use billing_domain::payment::{Payment, Reference};
use billing_domain::{
    AccountRecord, AccountRef, AuditEntry, BillingStore, Change, Changed, Committed, Dispensary,
    DispensaryId, Invoice, InvoiceId, Lease, LeaseId, Notice, PayableId, PayableState, PaymentId,
    ProcessorId, Step, StoreError,
};
use billing_transport::{Exchange, Request, Response, SendError};
use jiff::Timestamp;

use crate::standing_still::standing_still;

/// What stands in front of every write and every send. Each moment does nothing unless it is told to.
#[async_trait]
pub trait Hook: std::fmt::Debug + Send + Sync {
    /// Before a commit reaches the store; an error is answered instead.
    async fn before_commit(&self, _step: &Step) -> Result<(), StoreError> {
        Ok(())
    }

    /// What the store is given of a commit that reaches it: the step as it is, another, or nothing.
    fn instead_of_commit(&self, step: Step) -> Instead {
        Instead::Commit(step)
    }

    /// Has the store write a step, in a way of its own.
    async fn write(&self, store: &Arc<dyn BillingStore>, step: Step) -> Result<Committed, StoreError> {
        standing_still(store.commit(step)).await
    }

    /// After a commit is durable, before its caller learns of it; an error is answered instead.
    async fn after_commit(&self, _step: &Step) -> Result<(), StoreError> {
        Ok(())
    }

    /// Before a read; an error is answered instead.
    async fn before_read(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Before a request leaves; an error is answered instead.
    async fn before_send(&self, _request: &Request) -> Result<(), SendError> {
        Ok(())
    }

    /// After the processor answered, before the caller learns of it; an error is answered instead.
    async fn after_send(&self) -> Result<(), SendError> {
        Ok(())
    }
}

/// What becomes of a step that reaches the store.
#[derive(Debug)]
pub enum Instead {
    /// The store never sees it; this is answered.
    Answer(Result<Committed, StoreError>),
    /// The store is given this.
    Commit(Step),
}

/// A store behind a hook.
#[derive(Debug)]
pub struct HookedStore {
    /// The store itself.
    pub inner: Arc<dyn BillingStore>,
    /// What stands in front of it.
    pub hook: Arc<dyn Hook>,
}

/// An exchange behind a hook.
#[derive(Debug)]
pub struct HookedExchange {
    /// The exchange itself.
    pub inner: Arc<dyn Exchange>,
    /// What stands in front of it.
    pub hook: Arc<dyn Hook>,
}

impl HookedStore {
    async fn read<T>(
        &self,
        read: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        self.hook.before_read().await?;
        standing_still(read).await
    }
}

#[async_trait]
impl Exchange for HookedExchange {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        self.hook.before_send(&request).await?;
        let answer = self.inner.send(request).await;
        self.hook.after_send().await?;
        answer
    }
}

#[async_trait]
impl BillingStore for HookedStore {
    async fn commit(&self, step: Step) -> Result<Committed, StoreError> {
        self.hook.before_commit(&step).await?;
        let committed = match self.hook.instead_of_commit(step.clone()) {
            Instead::Answer(answer) => answer?,
            Instead::Commit(given) => self.hook.write(&self.inner, given).await?,
        };
        self.hook.after_commit(&step).await?;
        Ok(committed)
    }

    async fn dispensary(&self, dispensary: DispensaryId) -> Result<Option<Dispensary>, StoreError> {
        self.read(self.inner.dispensary(dispensary)).await
    }

    async fn accounts(&self, dispensary: DispensaryId) -> Result<Vec<AccountRecord>, StoreError> {
        self.read(self.inner.accounts(dispensary)).await
    }

    async fn accounts_at(
        &self,
        processor: &ProcessorId,
        external_id: &str,
    ) -> Result<Vec<AccountRef>, StoreError> {
        self.read(self.inner.accounts_at(processor, external_id)).await
    }

    async fn invoice(
        &self,
        dispensary: DispensaryId,
        invoice: InvoiceId,
    ) -> Result<Option<Invoice>, StoreError> {
        self.read(self.inner.invoice(dispensary, invoice)).await
    }

    async fn invoices(
        &self,
        dispensary: DispensaryId,
        before: Option<InvoiceId>,
        limit: u32,
    ) -> Result<Vec<Invoice>, StoreError> {
        self.read(self.inner.invoices(dispensary, before, limit)).await
    }

    async fn next_invoice_number(&self, dispensary: DispensaryId) -> Result<u64, StoreError> {
        self.read(self.inner.next_invoice_number(dispensary)).await
    }

    async fn payable(
        &self,
        dispensary: DispensaryId,
        payable: &PayableId,
    ) -> Result<Option<PayableState>, StoreError> {
        self.read(self.inner.payable(dispensary, payable)).await
    }

    async fn payment(
        &self,
        dispensary: DispensaryId,
        payment: PaymentId,
    ) -> Result<Option<Payment>, StoreError> {
        self.read(self.inner.payment(dispensary, payment)).await
    }

    async fn payments(
        &self,
        dispensary: DispensaryId,
        before: Option<PaymentId>,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        self.read(self.inner.payments(dispensary, before, limit)).await
    }

    async fn payments_on(
        &self,
        dispensary: DispensaryId,
        payable: &PayableId,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        self.read(self.inner.payments_on(dispensary, payable, limit)).await
    }

    async fn open_payments(
        &self,
        account: &AccountRef,
        after: Option<PaymentId>,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError> {
        self.read(self.inner.open_payments(account, after, limit)).await
    }

    async fn payment_with(
        &self,
        account: &AccountRef,
        reference: &Reference,
    ) -> Result<Option<PaymentId>, StoreError> {
        self.read(self.inner.payment_with(account, reference)).await
    }

    async fn notices(&self, dispensary: DispensaryId, payment: PaymentId) -> Result<Vec<Notice>, StoreError> {
        self.read(self.inner.notices(dispensary, payment)).await
    }

    async fn lease_due(&self, lease: Lease, limit: u32) -> Result<Vec<AccountRef>, StoreError> {
        self.read(self.inner.lease_due(lease, limit)).await
    }

    async fn renew_lease(&self, account: &AccountRef, lease: Lease) -> Result<bool, StoreError> {
        self.read(self.inner.renew_lease(account, lease)).await
    }

    async fn end_lease(&self, account: &AccountRef, holder: LeaseId) -> Result<(), StoreError> {
        self.read(self.inner.end_lease(account, holder)).await
    }

    async fn due_on(
        &self,
        account: &AccountRef,
        at: Timestamp,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError> {
        self.read(self.inner.due_on(account, at, limit)).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(self.inner.next_due()).await
    }

    async fn audit(
        &self,
        dispensary: DispensaryId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        self.read(self.inner.audit(dispensary, after_seq, limit)).await
    }

    async fn changes(
        &self,
        dispensary: DispensaryId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        self.read(self.inner.changes(dispensary, after_seq, limit)).await
    }

    async fn changed_since(&self, cursor: u64, limit: u32) -> Result<Changed, StoreError> {
        self.read(self.inner.changed_since(cursor, limit)).await
    }
}
