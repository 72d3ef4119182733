//! A person's answer where no program can tell: whether a refund gave money back.

use std::sync::Arc;

use billing_domain::payment::{Finding, Payment};
use billing_domain::refund::{RefundEvent, RefundState};
use billing_domain::{PaymentId, RefundId};

use crate::payments::{check_note, checked, kept_note};
use crate::refunds::RefundView;
use crate::{Actor, Billing, BillingError, Permission};

impl Billing {
    /// Records what a person found out about a refund under review, and ends the review.
    ///
    /// `note` is as in [`record_finding`](Self::record_finding).
    ///
    /// # Errors
    ///
    /// [`BillingError::NotUnderReview`] if evidence or another person came first.
    pub async fn record_refund_finding(
        &self,
        actor: &Actor,
        payment: PaymentId,
        refund: RefundId,
        finding: Finding,
        note: &str,
    ) -> Result<RefundView, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        let note = kept_note(note);
        self.tasks
            .run(async move {
                parts.authorise(&actor, Permission::ResolveReview).await?;
                let found = parts.payment_of(actor.dispensary, payment).await?;
                let known = found.refund(refund).ok_or(BillingError::NotFound("refund"))?;
                if !matches!(known.state, RefundState::NeedsReview(_)) {
                    return Err(BillingError::NotUnderReview);
                }
                check_note(&note)?;
                let (finding, told) = checked(finding)?;
                if finding == Finding::NothingMoved {
                    // Where the processor can be asked, its word ends the review.
                    match parts.settle_refund(&actor.id, actor.dispensary, payment, refund).await {
                        Ok(settled) if !is_under_review(&settled, refund) => {
                            return RefundView::of(settled, refund);
                        }
                        Ok(_) => {}
                        Err(error) => {
                            tracing::warn!(%error, %refund, "could not be looked at before a finding");
                        }
                    }
                }
                let event = RefundEvent::Found(finding);
                let note = format!("{told}: {note}");
                let payment = parts.record_refund_noting(&actor.id, &found, refund, event, &note).await?;
                RefundView::of(payment, refund)
            })
            .await
    }
}

fn is_under_review(payment: &Payment, refund: RefundId) -> bool {
    payment.refund(refund).is_some_and(|refund| matches!(refund.state, RefundState::NeedsReview(_)))
}
