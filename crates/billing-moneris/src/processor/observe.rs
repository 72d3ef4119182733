//! What became of a charge: for hosted tokenization the one status check, for Checkout the ticket's receipt. Changes nothing.

use billing_domain::{Begun, ChargeFact, ChargeOrder, ProcessorErrorKind, QueryError, Why};

use super::{FLOW_CHECKOUT, MonerisProcessor, amount};
use crate::checkout::{classify_checkout, decode_checkout, receipt_request};
use crate::classify::{classify_check, refusal_of};
use crate::encode::Transaction;
use crate::error::{NoReply, in_doubt};
use crate::refusal::Reason;

/// Without what was kept for the attempt there is nothing to ask with, and that proves nothing.
const NOTHING_TO_ASK_WITH: ChargeFact = ChargeFact::NoEvidence(Why::NotFound);

impl MonerisProcessor {
    pub(super) async fn look(&self, order: &ChargeOrder) -> Result<ChargeFact, QueryError> {
        if order.flow == FLOW_CHECKOUT {
            return self.look_at_receipt(order).await;
        }
        self.check_status(order).await
    }

    pub(super) async fn reopen(&self, order: &ChargeOrder) -> Result<Begun, QueryError> {
        if order.flow != FLOW_CHECKOUT {
            return self.hand_over_frame(order).map_err(NoReply::into_query);
        }
        let fact = self.look_at_receipt(order).await?;
        // Until its receipt is final the same ticket can be paid; another one would be another charge.
        match (&fact, &order.secret) {
            (ChargeFact::Live { .. } | ChargeFact::NoEvidence(Why::NotFinished), Some(ticket)) => {
                Ok(self.hand_over_ticket(order, ticket.clone()))
            }
            _ => Ok(Begun::Known(fact)),
        }
    }

    /// Asked once, in a window after the charge: the port's caller sees to that. Nothing is asked of a token that was never brought.
    async fn check_status(&self, order: &ChargeOrder) -> Result<ChargeFact, QueryError> {
        if order.secret.is_none() {
            self.store_for(&order.account).map_err(NoReply::into_query)?;
            return Ok(NOTHING_TO_ASK_WITH);
        }
        let amount = amount(order.amount).map_err(NoReply::into_query)?;
        let (store, purchase) = self.purchase_of(order, &amount).map_err(NoReply::into_query)?;
        let answer = self.api.transact(&store, &Transaction::StatusCheck(purchase)).await;
        let receipt = answer.map_err(NoReply::into_query)?;
        if refusal_of(&receipt, &order.key.0) == Some(Reason::Credentials) {
            return Err(in_doubt(ProcessorErrorKind::CredentialsRejected, None).into_query());
        }
        Ok(classify_check(order, &receipt, self.api.config.not_found_is_proof))
    }

    async fn look_at_receipt(&self, order: &ChargeOrder) -> Result<ChargeFact, QueryError> {
        let shop = self.shop(order).map_err(NoReply::into_query)?;
        let Some(ticket) = &order.secret else { return Ok(NOTHING_TO_ASK_WITH) };
        let answer = self.api.ask_checkout(receipt_request(shop, ticket)).await;
        let body = answer.map_err(NoReply::into_query)?;
        let receipt = decode_checkout(&body)
            .map_err(|error| in_doubt(ProcessorErrorKind::Malformed, Some(Box::new(error))).into_query())?;
        if receipt.rejects_credentials() {
            return Err(in_doubt(ProcessorErrorKind::CredentialsRejected, None).into_query());
        }
        Ok(classify_checkout(order, ticket, &receipt, self.api.config.declined_receipt_is_final))
    }
}
