//! Finishing what is open on an account that was just removed, while its keys are still good. Bounded: the sweep does the rest.

use billing_domain::payment::{AttemptState, Event, Payment};
use billing_domain::{AccountRef, ActorId, CancelMode, PaymentId};

use crate::BillingError;
use crate::billing::Parts;
use crate::payments::calls_to_settle;
use crate::sweep::{LOOKING_FOR, Pace, silences};

impl Parts {
    /// Settles what is open on the account, at most a page and for some seconds, and cancels what still waits for a card. It stops
    /// when the processor does not answer. Nothing depends on it: what it leaves open, the sweep finishes.
    pub(crate) async fn wind_up(&self, by: &ActorId, account: &AccountRef) -> Result<(), BillingError> {
        let began = self.clock.monotonic();
        let pace = self.paces.of(account, self.config.sweep_calls_per_second);
        for id in self.store.open_payments(account, None, self.config.page).await? {
            if self.clock.monotonic().saturating_sub(began) > LOOKING_FOR {
                break;
            }
            if let Err(error) = self.wind_up_payment(by, account, id, &pace).await {
                tracing::warn!(%error, payment = %id, "a payment of a removed account stays open");
                if silences(&error) {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn wind_up_payment(
        &self,
        by: &ActorId,
        account: &AccountRef,
        id: PaymentId,
        pace: &Pace,
    ) -> Result<(), BillingError> {
        let payment = self.payment_of(account.dispensary, id).await?;
        pace.turns(calls_to_settle(&payment, self.clock.now())).await;
        let payment = self.settle(by, payment).await?;
        let payment = self.cancel_if_waiting(by, payment, pace).await?;
        let open = payment.refunds.iter().filter(|refund| !refund.state.is_resolved());
        for refund in open.map(|refund| refund.id).collect::<Vec<_>>() {
            pace.turn().await;
            self.watch_refund(by, &payment, refund).await?;
        }
        Ok(())
    }

    /// What waits for a card is cancelled at the processor, which tells if it was paid after all; or never charged. What cannot
    /// be ended, or is being worked on, goes on.
    async fn cancel_if_waiting(
        &self,
        by: &ActorId,
        payment: Payment,
        pace: &Pace,
    ) -> Result<Payment, BillingError> {
        let waits = |state: &AttemptState| *state == AttemptState::AwaitingCardholder;
        let Some(attempt) = payment.open_attempt().filter(|attempt| waits(&attempt.state)) else {
            return Ok(payment);
        };
        if attempt.charge.is_none() {
            let connected = self.pinned(&payment.account).await?;
            if connected.processor.capabilities(&attempt.flow).cancel != CancelMode::AtProcessor {
                return Ok(payment);
            }
            pace.turn().await;
        }
        self.cancel(by, payment).await
    }

    /// Ends every submission on `account` that was not handed over. The account's new state already keeps them
    /// from being handed over; this frees their invoices at once, and the sweep does it if this process dies.
    pub(crate) async fn withdraw_unsent(
        &self,
        by: &ActorId,
        account: &AccountRef,
    ) -> Result<(), BillingError> {
        let mut after = None;
        loop {
            let page = self.store.open_payments(account, after, self.config.page).await?;
            let Some(last) = page.last().copied() else { return Ok(()) };
            for id in page {
                let payment = self.payment_of(account.dispensary, id).await?;
                if let Some(attempt) = payment.newest().filter(|newest| newest.state == AttemptState::Sending)
                {
                    self.act(by, &payment, attempt.no, Event::Superseded).await?;
                }
            }
            after = Some(last);
        }
    }
}
