//! Ending the `PaymentIntent`. Money already taken is the answer, not an error; nothing is refunded.

use billing_domain::payment::Reference;
use billing_domain::{Certainty, ChargeFact, ChargeOrder, ProcessorErrorKind, SubmitError, Why};

use super::StripeProcessor;
use crate::api::Endpoint;
use crate::convert::fact;
use crate::error::{NoReply, Refusal, not_sent};
use crate::form::Form;

impl StripeProcessor {
    /// Each try has a key of its own: a refusal is stored under its key and would be replayed for a day
    /// (<https://docs.stripe.com/api/idempotent_requests>).
    pub(super) async fn abandon(&self, order: &ChargeOrder, try_no: u32) -> Result<ChargeFact, SubmitError> {
        let key = self.key_for(&order.account).map_err(NoReply::into_submit)?;
        let Some(Reference(id)) = &order.reference else {
            return Err(not_sent(ProcessorErrorKind::Unsupported).into_submit());
        };
        let endpoint = Endpoint::of("/v1/payment_intents/{id}/cancel", id);
        let form = Form::new().field("cancellation_reason", "abandoned").item("expand", "latest_charge");
        let try_key = format!("{}-cancel-{try_no}", order.key.0);
        let reply = self.api.post(key, endpoint, form, &try_key).await.map_err(NoReply::into_submit)?;
        if reply.status.is_success() {
            let in_doubt = |cause| SubmitError { certainty: Certainty::Unknown, stored: reply.stored, cause };
            return Ok(fact(order, key.mode(), &reply.intent().map_err(in_doubt)?));
        }
        let refusal = Refusal::of(&reply);
        if refusal.is_not_found() {
            return Ok(ChargeFact::NoEvidence(Why::NotFound));
        }
        if !refusal.is_unexpected_state() {
            return Err(refusal.into_submit(&reply));
        }
        // It has succeeded, is being processed or is canceled already: the intent itself says which.
        let refused = refusal.into_submit(&reply);
        self.look(order).await.map_err(|unread| SubmitError { cause: unread.cause, ..refused })
    }
}
