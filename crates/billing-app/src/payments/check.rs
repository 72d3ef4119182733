//! The one status check of a server-side charge: claimed by a commit, then asked, by whichever process gets there first.

use billing_domain::payment::{CheckSlot, Event, Payment};
use billing_domain::{ActorId, ChargeFact, ChargeOrder, CheckId};

use crate::BillingError;
use crate::accounts::Connected;
use crate::billing::Parts;
use crate::payments::Move;
use crate::payments::dispatch::DispatchWindow;

impl Parts {
    /// Claims the check and asks. If somebody else claims it first, nothing is asked here.
    pub(crate) async fn ask_once(&self, by: &ActorId, payment: Payment) -> Result<Payment, BillingError> {
        let Some(attempt_no) = payment.open_attempt().map(|attempt| attempt.no) else { return Ok(payment) };
        // Before the claim: without the keys the question stays unasked, and may be asked once they are back.
        let connected = self.pinned(&payment.account).await?;
        let order = self.order_of(&payment, attempt_no)?;
        let claim = CheckId::new(self.ids.next());
        let window = DispatchWindow::open(&*self.clock);
        let payment = self.act(by, &payment, attempt_no, Event::CheckClaimed(claim)).await?;
        if !has_claimed(&payment, attempt_no, claim) {
            return Ok(payment);
        }
        if !window.is_open(&*self.clock, self.config.dispatch_within) {
            return self.act(by, &payment, attempt_no, Event::CheckGivenBack(claim)).await;
        }
        self.ask(by, &payment, &order, &connected, claim).await
    }

    async fn ask(
        &self,
        by: &ActorId,
        payment: &Payment,
        order: &ChargeOrder,
        connected: &Connected,
        claim: CheckId,
    ) -> Result<Payment, BillingError> {
        let attempt_no = order.attempt_no;
        let error = match connected.processor.observe(order).await {
            Ok(ChargeFact::NoEvidence(why)) => {
                return self.spend(by, payment, attempt_no, format!(": {why:?}")).await;
            }
            Ok(fact) => {
                let payment =
                    self.record_fact(by, payment, attempt_no, fact, connected.record.version).await?;
                // A fact that did not end it leaves nothing more to ask.
                return if has_claimed(&payment, attempt_no, claim) {
                    self.act(by, &payment, attempt_no, Event::CheckSpent).await
                } else {
                    Ok(payment)
                };
            }
            Err(error) => error,
        };
        if error.sent {
            tracing::warn!(%error, payment = %payment.id, "the one status check brought no answer");
            let payment = self.spend(by, payment, attempt_no, ": no answer".to_owned()).await?;
            self.note_trouble(&connected.record, &error.cause.kind).await;
            return Ok(payment);
        }
        self.act(by, payment, attempt_no, Event::CheckGivenBack(claim)).await?;
        Err(self.query_failed(&connected.record, error).await)
    }

    async fn spend(
        &self,
        by: &ActorId,
        payment: &Payment,
        attempt_no: u32,
        note: String,
    ) -> Result<Payment, BillingError> {
        self.record(Move {
            dispensary: payment.dispensary(),
            payment: payment.id,
            attempt_no,
            event: Event::CheckSpent,
            by: by.clone(),
            account_version: None,
            note,
        })
        .await
    }
}

fn has_claimed(payment: &Payment, attempt_no: u32, claim: CheckId) -> bool {
    let check = payment.attempt(attempt_no).filter(|attempt| !attempt.state.is_resolved());
    let check = check.and_then(|attempt| attempt.charge).and_then(|charge| charge.check);
    check.is_some_and(|check| matches!(check.slot, CheckSlot::Claimed { by, .. } if by == claim))
}
