//! A person's answer where no program can tell: whether money moved.

use std::sync::Arc;

use billing_domain::invoice::holds_card_number;
use billing_domain::payment::{Attempt, AttemptState, Event, Finding, Payment, Reference};
use billing_domain::{Action, ActorId, CancelMode, PaymentId, Proof, Subject};

use crate::billing::Parts;
use crate::payments::{Move, PaymentView};
use crate::steps::StepExt;
use crate::{Actor, Billing, BillingError, Permission};

/// The longest note kept with a finding, in characters.
const NOTE_MAX: usize = 500;

impl Billing {
    /// Records what a person found out about a payment under review, and ends the review. That money moved may also be recorded
    /// after it was recorded that nothing did, also if the payment was sent again since: it is kept as a stray charge.
    ///
    /// `note` says how they know; at most 500 characters are kept, with the reference, in the audit. It must not be
    /// empty, must not name the patient, and is refused if it looks like it holds a card number.
    ///
    /// # Errors
    ///
    /// [`BillingError::NotUnderReview`] if evidence or another person came first.
    pub async fn record_finding(
        &self,
        actor: &Actor,
        payment: PaymentId,
        finding: Finding,
        note: &str,
    ) -> Result<PaymentView, BillingError> {
        let (parts, actor) = (Arc::clone(&self.parts), actor.clone());
        let note = kept_note(note);
        self.tasks
            .run(async move {
                parts.authorise(&actor, Permission::ResolveReview).await?;
                let found = parts.payment_of(actor.dispensary, payment).await?;
                let attempt = attempt_for(&found, &finding).ok_or(BillingError::NotUnderReview)?;
                check_note(&note)?;
                let (finding, told) = checked(finding)?;
                if finding == Finding::NothingMoved && attempt.reference.is_some() {
                    // The invoice is about to be free: a browser left open must not pay it a second time. Where the
                    // processor answers, its word ends the review; where it does not, the person's does.
                    match parts.last_word(&actor.id, found.clone()).await {
                        Ok(ended) if ended.newest().is_some_and(|newest| newest.state.is_resolved()) => {
                            // The person's word stays in the audit beside the processor's.
                            let subject = Subject::Payment(payment);
                            let step = parts
                                .step(actor.dispensary, &actor.id, Action::PaymentFinding, subject)
                                .noting(format!("nothing moved, said when the processor told: {note}"));
                            parts.commit(step).await?;
                            return Ok(PaymentView::of(ended));
                        }
                        Ok(_) => {}
                        Err(error) => {
                            tracing::warn!(%error, %payment, "could not be cancelled before a finding");
                        }
                    }
                }
                let happened = Move {
                    dispensary: actor.dispensary,
                    payment,
                    attempt_no: attempt.no,
                    event: Event::Found(finding),
                    by: actor.id.clone(),
                    account_version: None,
                    note: format!("{told}: {note}"),
                };
                parts.record(happened).await.map(PaymentView::of)
            })
            .await
    }
}

impl Parts {
    /// Ends the payment at the processor if it can be, and looks at it otherwise.
    async fn last_word(&self, by: &ActorId, payment: Payment) -> Result<Payment, BillingError> {
        let Some(attempt) = payment.newest() else { return Ok(payment) };
        let connected = self.pinned(&payment.account).await?;
        if connected.processor.capabilities(&attempt.flow).cancel == CancelMode::AtProcessor {
            self.cancel(by, payment).await
        } else {
            self.settle(by, payment).await
        }
    }
}

/// The attempt a finding is about: the one whose reference it names; otherwise the newest that takes it, those first of which no money
/// is known. An earlier attempt that a person believed dead may have taken money beside the one that followed it.
fn attempt_for<'a>(payment: &'a Payment, finding: &Finding) -> Option<&'a Attempt> {
    let taking = || payment.attempts.iter().rev().filter(|attempt| takes(attempt, finding));
    let is_named = |attempt: &&Attempt| match finding {
        Finding::MoneyMoved { reference } => attempt.reference.as_ref() == Some(reference),
        Finding::NothingMoved => false,
    };
    let is_without_money =
        |attempt: &&Attempt| !payment.strays.iter().any(|stray| stray.attempt_no == attempt.no);
    taking().find(is_named).or_else(|| taking().find(is_without_money)).or_else(|| taking().next())
}

/// Whether a finding may be recorded. That money moved after all may also be found after it was found that nothing did.
fn takes(attempt: &Attempt, finding: &Finding) -> bool {
    match attempt.state {
        AttemptState::NeedsReview(_) => true,
        AttemptState::Dead(Proof::Finding) => matches!(finding, Finding::MoneyMoved { .. }),
        _ => false,
    }
}

/// A finding says how the person knows; the audit is kept for ever, and keeps no card.
pub(crate) fn check_note(note: &str) -> Result<(), BillingError> {
    if note.trim().is_empty() {
        return Err(BillingError::NoteMissing);
    }
    if holds_card_number(note) {
        return Err(BillingError::NoteHoldsCardNumber);
    }
    Ok(())
}

/// The note as it is kept.
pub(crate) fn kept_note(note: &str) -> String {
    note.chars().take(NOTE_MAX).collect()
}

/// The finding with its reference well-formed, and what the audit says of it.
pub(crate) fn checked(finding: Finding) -> Result<(Finding, String), BillingError> {
    Ok(match finding {
        Finding::MoneyMoved { reference } => {
            let reference = Reference::parse(&reference.0)?;
            if could_be_a_card(&reference.0) {
                return Err(BillingError::NoteHoldsCardNumber);
            }
            let told = format!(" as {reference}");
            (Finding::MoneyMoved { reference }, told)
        }
        Finding::NothingMoved => (finding, String::new()),
    })
}

/// Whether a reference is nothing but what could be a card's number. Moneris's reference numbers are such texts too, of 18 digits, which
/// no card has.
fn could_be_a_card(reference: &str) -> bool {
    let digits = reference.bytes().filter(u8::is_ascii_digit).count();
    let has_only_digits = reference.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    has_only_digits && digits != 18 && holds_card_number(reference)
}
