//! One look at one payment of an account: what the processor says of it is recorded, and what was abandoned is ended.

use billing_domain::payment::{Attempt, AttemptState, Event, Payment, Review};
use billing_domain::refund::Refund;
use billing_domain::{ActorId, CancelMode, later};
use jiff::Timestamp;

use super::account::{AccountSweep, Found};
use super::list::Told;
use super::silences;
use crate::BillingError;
use crate::payments::calls_to_settle;

impl AccountSweep {
    /// One look at one payment, and the payment as it is afterwards. What a list told of it is recorded and not asked for again.
    pub(super) async fn look_at(&self, found: Found, told: Option<Told>) -> Found {
        let by = ActorId::system();
        let mut payment = found?;
        let Some(attempt) = payment.newest() else { return Ok(payment) };
        if attempt.state == AttemptState::Sending && self.parts.clock.now() >= attempt.begin_deadline {
            return self.parts.act(&by, &payment, attempt.no, Event::Superseded).await;
        }
        let was_told = told.is_some();
        if let Some(Told { attempt_no, fact, account_version }) = told {
            payment = self.parts.record_fact(&by, &payment, attempt_no, fact, account_version).await?;
        }
        if self.is_silent() {
            return Ok(payment);
        }
        let looked_at = self.ask_about(&by, payment, was_told).await;
        if looked_at.as_ref().is_err_and(silences) {
            self.fall_silent();
        }
        looked_at
    }

    async fn ask_about(&self, by: &ActorId, payment: Payment, was_told: bool) -> Found {
        let payment = self.parts.handle_notices(by, payment).await?;
        let payment = if was_told {
            self.give_up_if_abandoned(by, payment).await?
        } else {
            self.look_at_attempt(by, payment).await?
        };
        self.look_at_refunds(by, payment).await
    }

    async fn look_at_attempt(&self, by: &ActorId, payment: Payment) -> Found {
        let now = self.parts.clock.now();
        let is_due = |attempt: &&Attempt| attempt.due_at.is_none_or(|due_at| due_at <= now);
        let due = payment.open_attempt().filter(is_due).map(|attempt| attempt.no);
        // Otherwise it is the payment's refunds or notices that are due.
        let Some(attempt_no) = due else { return Ok(payment) };
        self.pace.turns(calls_to_settle(&payment, now)).await;
        match self.parts.settle(by, payment.clone()).await {
            Err(BillingError::CredentialsMissing { .. }) => {
                self.parts.act(by, &payment, attempt_no, Event::KeysErased).await
            }
            Ok(settled) => self.give_up_if_abandoned(by, settled).await,
            failed => failed,
        }
    }

    async fn look_at_refunds(&self, by: &ActorId, mut payment: Payment) -> Found {
        let now = self.parts.clock.now();
        let is_due = |refund: &&Refund| refund.due_at.is_some_and(|due_at| due_at <= now);
        let due: Vec<_> = payment.refunds.iter().filter(is_due).map(|refund| refund.id).collect();
        for refund in due {
            self.pace.turn().await;
            payment = self.parts.watch_refund(by, &payment, refund).await?;
        }
        Ok(payment)
    }

    /// Ends what was handed over long ago and still waits for a card: by never charging it, at the processor, or, where neither
    /// is possible, by calling a person.
    async fn give_up_if_abandoned(&self, by: &ActorId, payment: Payment) -> Found {
        let Some(attempt) = payment.open_attempt().filter(|attempt| waits_for_a_card(&attempt.state)) else {
            return Ok(payment);
        };
        let (parts, config) = (&self.parts, &self.parts.config);
        let handed_over = attempt.handed_over_at.unwrap_or(Timestamp::MAX);
        let is_over = |limit| later(handed_over, limit) <= parts.clock.now();
        let is_abandoned = is_over(config.abandon_after);
        if attempt.charge.is_some() {
            return if is_abandoned { parts.cancel(by, payment).await } else { Ok(payment) };
        }
        if !is_abandoned && !is_over(config.ticket_limit) {
            return Ok(payment);
        }
        let connected = parts.pinned(&payment.account).await?;
        match connected.processor.capabilities(&attempt.flow).cancel {
            CancelMode::AtProcessor if is_abandoned => {
                self.pace.turn().await;
                parts.cancel(by, payment).await
            }
            CancelMode::Impossible if attempt.state == AttemptState::AwaitingCardholder => {
                parts.act(by, &payment, attempt.no, Event::TicketLimit).await
            }
            _ => Ok(payment),
        }
    }
}

/// Whether the cardholder may still be at it as far as anyone knows. Of two reviews too: nobody could tell for days, or without the keys.
fn waits_for_a_card(state: &AttemptState) -> bool {
    use AttemptState as S;
    matches!(state, S::AwaitingCardholder | S::NeedsReview(Review::KeysErased | Review::Overdue))
}
