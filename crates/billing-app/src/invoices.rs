//! Our own invoices: drafts, finalising, voiding. A host with its own invoices needs none of this.

use std::sync::Arc;

use billing_domain::invoice::{InvoiceNumber, InvoiceState, PaidSoFar, VoidReason};
use billing_domain::{
    Action, Conflict, DispensaryId, Invoice, InvoiceId, Money, Payable, PayableId, PayableState, Requirement,
    StoreError, Subject, Write,
};
use jiff::civil::Date;

use crate::billing::Parts;
use crate::steps::StepExt;
use crate::{Actor, Billing, BillingError, Permission};

impl Billing {
    /// Saves a draft: a new one, or one edited from the stored version `replaces`.
    pub async fn save_draft(
        &self,
        actor: &Actor,
        invoice: Invoice,
        replaces: Option<u64>,
    ) -> Result<(), BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks.run(async move { parts.save_draft(&actor, invoice, replaces).await }).await
    }

    /// Gives the draft its number and freezes it; `on` is the invoice's date in the dispensary's time zone and
    /// decides the tax rates.
    pub async fn finalise_invoice(
        &self,
        actor: &Actor,
        invoice: InvoiceId,
        on: Date,
    ) -> Result<Invoice, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks.run(async move { parts.finalise(&actor, invoice, on).await }).await
    }

    /// Makes a finalised invoice a draft again, to edit it. Refused while money is on it or on its way.
    pub async fn reopen_invoice(&self, actor: &Actor, invoice: InvoiceId) -> Result<Invoice, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks.run(async move { parts.withdraw_invoice(&actor, invoice, None).await }).await
    }

    /// Voids a finalised invoice; it keeps its number. Refused while money is on it or on its way.
    pub async fn void_invoice(
        &self,
        actor: &Actor,
        invoice: InvoiceId,
        reason: VoidReason,
    ) -> Result<Invoice, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks.run(async move { parts.withdraw_invoice(&actor, invoice, Some(reason)).await }).await
    }

    /// An invoice of the actor's dispensary.
    pub async fn invoice(&self, actor: &Actor, invoice: InvoiceId) -> Result<Invoice, BillingError> {
        self.parts.authorise(actor, Permission::TakePayment).await?;
        self.parts.invoice_of(actor, invoice).await
    }

    /// A page of the dispensary's invoices in every state, newest first: at most `limit` (1 to 100) older than `before`.
    ///
    /// Their ids tell their age, as UUIDs of version 7 do. With ids that do not, every invoice is still listed once.
    pub async fn invoices(
        &self,
        actor: &Actor,
        before: Option<InvoiceId>,
        limit: u32,
    ) -> Result<Vec<Invoice>, BillingError> {
        self.parts.authorise(actor, Permission::TakePayment).await?;
        Ok(self.parts.store.invoices(actor.dispensary, before, limit.clamp(1, 100)).await?)
    }

    /// Records a host's newer figures of its own invoice: an edit, or money taken outside this library.
    ///
    /// A host with its own invoices records them before it edits, voids or takes cash for an invoice that may have a
    /// card payment.
    ///
    /// # Errors
    ///
    /// [`BillingError::InvoiceLocked`] while a card payment is open on it: settle or cancel that first.
    /// [`BillingError::AlreadyExists`] for the id of an invoice of this library.
    /// [`BillingError::FiguresConflict`] for other figures under a version already stored, or an older version.
    pub async fn record_payable(
        &self,
        actor: &Actor,
        payable: Payable,
    ) -> Result<PayableState, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        self.tasks.run(async move { parts.record_payable(&actor, payable).await }).await
    }

    /// What is paid and open on a payable.
    pub async fn payable(
        &self,
        actor: &Actor,
        payable: &PayableId,
    ) -> Result<Option<PayableState>, BillingError> {
        self.parts.authorise(actor, Permission::TakePayment).await?;
        Ok(self.parts.store.payable(actor.dispensary, payable).await?)
    }
}

impl Parts {
    async fn invoice_of(&self, actor: &Actor, invoice: InvoiceId) -> Result<Invoice, BillingError> {
        let found = self.store.invoice(actor.dispensary, invoice).await?;
        found.ok_or(BillingError::NotFound("invoice"))
    }

    async fn record_payable(&self, actor: &Actor, payable: Payable) -> Result<PayableState, BillingError> {
        self.authorise(actor, Permission::CreateInvoice).await?;
        self.check_hosts_own(actor.dispensary, &payable).await?;
        let (id, version) = (payable.id.clone(), payable.version);
        let step = self
            .step(actor.dispensary, &actor.id, Action::PayableSaved, Subject::Payable(id.clone()))
            .noting(format!("version {version}, total {}", payable.total))
            .writing(Write::Payable(payable));
        match self.commit(step).await {
            Ok(_) => {}
            Err(StoreError::Conflict(Conflict::OpenAttempt { payment })) => {
                return Err(BillingError::InvoiceLocked { payment: Some(payment) });
            }
            Err(StoreError::Conflict(Conflict::PayableVersion)) => {
                return Err(BillingError::FiguresConflict { version });
            }
            Err(error) => return Err(error.into()),
        }
        self.alarm_if_overpaid(actor.dispensary, &id).await?;
        self.store.payable(actor.dispensary, &id).await?.ok_or(BillingError::NotFound("payable"))
    }

    async fn save_draft(
        &self,
        actor: &Actor,
        invoice: Invoice,
        replaces: Option<u64>,
    ) -> Result<(), BillingError> {
        self.authorise(actor, Permission::CreateInvoice).await?;
        if invoice.dispensary() != actor.dispensary {
            return Err(BillingError::NotFound("dispensary"));
        }
        if !matches!(invoice.state(), InvoiceState::Draft { .. }) {
            return Err(BillingError::InvoiceLocked { payment: None });
        }
        if replaces.is_some() {
            // The commit holds `replaces` against what is stored then, so what is read here cannot go stale unseen.
            let stored = self.invoice_of(actor, invoice.id()).await?;
            if !matches!(stored.state(), InvoiceState::Draft { .. }) || stored.number() != invoice.number() {
                return Err(BillingError::InvoiceLocked { payment: None });
            }
        }
        let step = self
            .step(actor.dispensary, &actor.id, Action::InvoiceSaved, Subject::Invoice(invoice.id()))
            .writing(Write::Invoice { invoice: Box::new(invoice), replaces });
        self.commit(step).await?;
        Ok(())
    }

    async fn next_number(&self, dispensary: DispensaryId) -> Result<InvoiceNumber, BillingError> {
        let sequence = self.store.next_invoice_number(dispensary).await?;
        InvoiceNumber::new("", sequence).map_err(|_| BillingError::NotFound("invoice number"))
    }

    async fn finalise(&self, actor: &Actor, id: InvoiceId, on: Date) -> Result<Invoice, BillingError> {
        self.authorise(actor, Permission::CreateInvoice).await?;
        for _ in 0..self.config.conflict_retries {
            let mut invoice = self.invoice_of(actor, id).await?;
            let replaces = Some(invoice.version());
            let number = match invoice.number() {
                Some(kept) => kept.clone(),
                None => self.next_number(actor.dispensary).await?,
            };
            invoice.finalise(number.clone(), on, self.clock.now())?;
            let payable = Payable::of_invoice(&invoice)?;
            let step = self
                .step(actor.dispensary, &actor.id, Action::InvoiceFinalised, Subject::Invoice(id))
                .noting(format!("number {number}, total {}", payable.total))
                .writing(Write::Payable(payable))
                .writing(Write::Invoice { invoice: Box::new(invoice.clone()), replaces });
            match self.commit(step).await {
                Ok(_) => return Ok(invoice),
                Err(StoreError::Conflict(Conflict::InvoiceNumberTaken | Conflict::Revision(_))) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(BillingError::Busy)
    }

    /// Voids the invoice for `reason`, or reopens it without one. In the same commit its payable asks for
    /// nothing any more, and the store refuses that if anything captured and not given back, or open, is on it.
    async fn withdraw_invoice(
        &self,
        actor: &Actor,
        id: InvoiceId,
        reason: Option<VoidReason>,
    ) -> Result<Invoice, BillingError> {
        self.authorise(actor, Permission::VoidInvoice).await?;
        let mut invoice = self.invoice_of(actor, id).await?;
        let replaces = Some(invoice.version());
        let mut payable = Payable::of_invoice(&invoice)?;
        let state = self.store.payable(actor.dispensary, &payable.id).await?;
        let nothing = Money::zero(payable.total.currency());
        let (net_paid, open) = match state {
            Some(state) => (state.captured.checked_sub(state.refunded)?, state.open_payment),
            None => (nothing, None),
        };
        if open.is_some() || !net_paid.is_zero() {
            return Err(BillingError::InvoiceLocked { payment: open });
        }
        let paid = PaidSoFar { net_paid, open_payment: false };
        let action = match reason {
            Some(reason) => {
                invoice.void(reason, actor.id.clone(), self.clock.now(), &paid)?;
                Action::InvoiceVoided
            }
            None => {
                invoice.reopen(&paid)?;
                Action::InvoiceSaved
            }
        };
        payable.version = invoice.version();
        payable.total = nothing;
        let step = self
            .step(actor.dispensary, &actor.id, action, Subject::Invoice(id))
            .requiring(Requirement::FitsPayable { payable: payable.id.clone(), amount: nothing })
            .writing(Write::Payable(payable))
            .writing(Write::Invoice { invoice: Box::new(invoice.clone()), replaces });
        match self.commit(step).await {
            Ok(_) => Ok(invoice),
            Err(StoreError::Conflict(Conflict::OpenAttempt { payment })) => {
                Err(BillingError::InvoiceLocked { payment: Some(payment) })
            }
            Err(StoreError::Conflict(Conflict::DoesNotFit { .. })) => {
                Err(BillingError::InvoiceLocked { payment: None })
            }
            Err(error) => Err(error.into()),
        }
    }
}
