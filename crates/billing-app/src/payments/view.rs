//! A payment as a host shows it, and reading payments by id and page.

use billing_domain::payment::{Payment, PaymentState};
use billing_domain::{Decline, PayableId, PaymentId};

use crate::{Actor, Billing, BillingError, Permission};

/// A payment and the two things a window needs of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentView {
    /// Everything kept about it.
    pub payment: Payment,
    /// How it stands.
    pub state: PaymentState,
    /// The newest decline, to show while it is open and after it ended so: the patient reads its
    /// [`patient_text`](Decline::patient_text) in a language of the host's choice, staff its
    /// [`staff_text`](Decline::staff_text).
    pub decline: Option<Decline>,
}

impl PaymentView {
    pub(crate) fn of(payment: Payment) -> Self {
        let newest = payment.newest();
        let ended = newest.and_then(|attempt| match &attempt.state {
            billing_domain::payment::AttemptState::Dead(billing_domain::Proof::Declined(decline)) => {
                Some(decline.clone())
            }
            _ => None,
        });
        let logged =
            || newest.and_then(|attempt| attempt.tries.last()).map(|refused| refused.decline.clone());
        let decline = ended.or_else(logged);
        Self { state: payment.state(), decline, payment }
    }
}

impl Billing {
    /// A payment of the actor's dispensary.
    pub async fn payment(&self, actor: &Actor, payment: PaymentId) -> Result<PaymentView, BillingError> {
        self.parts.authorise(actor, Permission::TakePayment).await?;
        let found = self.parts.store.payment(actor.dispensary, payment).await?;
        found.map(PaymentView::of).ok_or(BillingError::NotFound("payment"))
    }

    /// A page of the dispensary's payments, newest first: at most `limit` (1 to 100) older than `before`.
    pub async fn payments(
        &self,
        actor: &Actor,
        before: Option<PaymentId>,
        limit: u32,
    ) -> Result<Vec<PaymentView>, BillingError> {
        self.parts.authorise(actor, Permission::TakePayment).await?;
        let page = self.parts.store.payments(actor.dispensary, before, limit.clamp(1, 100)).await?;
        Ok(page.into_iter().map(PaymentView::of).collect())
    }

    /// The newest payments on a payable, our invoice or a host's own, newest first: at most `limit` (1 to 100).
    pub async fn payments_on(
        &self,
        actor: &Actor,
        payable: &PayableId,
        limit: u32,
    ) -> Result<Vec<PaymentView>, BillingError> {
        self.parts.authorise(actor, Permission::TakePayment).await?;
        let page = self.parts.store.payments_on(actor.dispensary, payable, limit.clamp(1, 100)).await?;
        Ok(page.into_iter().map(PaymentView::of).collect())
    }
}
