//! Reading the `PaymentIntent`: a retrieve is consistent, so it is the only question asked. Changes nothing.

use billing_credentials::StripeSecretKey;
use billing_domain::payment::Reference;
use billing_domain::{Begun, ChargeFact, ChargeOrder, QueryError, Why};

use super::StripeProcessor;
use crate::api::{Endpoint, Reply};
use crate::convert::fact;
use crate::error::{NoReply, Refusal, malformed};
use crate::form::Form;

/// An order without a reference, or one that this account does not know: neither proves anything.
const NOT_FOUND: ChargeFact = ChargeFact::NoEvidence(Why::NotFound);

impl StripeProcessor {
    pub(super) async fn look(&self, order: &ChargeOrder) -> Result<ChargeFact, QueryError> {
        let key = self.key_for(&order.account).map_err(NoReply::into_query)?;
        let Some(reply) = self.retrieve(key, order.reference.as_ref()).await? else { return Ok(NOT_FOUND) };
        let intent = reply.intent().map_err(|cause| QueryError { sent: true, cause })?;
        Ok(fact(order, key.mode(), &intent))
    }

    pub(super) async fn reopen(&self, order: &ChargeOrder) -> Result<Begun, QueryError> {
        let key = self.key_for(&order.account).map_err(NoReply::into_query)?;
        let Some(reply) = self.retrieve(key, order.reference.as_ref()).await? else {
            return Ok(Begun::Known(NOT_FOUND));
        };
        let unreadable = |cause| QueryError { sent: true, cause };
        let intent = reply.intent().map_err(unreadable)?;
        self.begun(order, key, intent).ok_or_else(|| unreadable(malformed(&reply)))
    }

    /// The answer that holds the intent; `None` if there is none to ask for or Stripe knows none.
    async fn retrieve(
        &self,
        key: &StripeSecretKey,
        reference: Option<&Reference>,
    ) -> Result<Option<Reply>, QueryError> {
        let Some(Reference(id)) = reference else { return Ok(None) };
        let endpoint = Endpoint::of("/v1/payment_intents/{id}", id);
        let query = Form::new().item("expand", "latest_charge");
        let reply = self.api.get(key, endpoint, &query).await.map_err(NoReply::into_query)?;
        if reply.status.is_success() {
            return Ok(Some(reply));
        }
        let refusal = Refusal::of(&reply);
        if refusal.is_not_found() { Ok(None) } else { Err(refusal.into_query()) }
    }
}
