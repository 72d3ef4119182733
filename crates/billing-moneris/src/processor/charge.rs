//! Charging the token that the browser brought: one send, never repeated.

use billing_domain::{ChargeFact, ChargeOrder, ProcessorErrorKind, SubmitError};

use super::{FLOW_HOSTED_TOKENIZATION, MonerisProcessor, amount, cust_id, is_token, order_id};
use crate::classify::{classify, refusal_of};
use crate::encode::{Purchase, Store, Transaction};
use crate::error::{NoReply, not_sent, refused};

impl MonerisProcessor {
    /// What was clearly not passed on is an error, with the reason for staff; everything else that could be read is a fact.
    pub(super) async fn purchase(&self, order: &ChargeOrder) -> Result<ChargeFact, SubmitError> {
        let amount = amount(order.amount).map_err(NoReply::into_submit)?;
        let (store, purchase) = self.purchase_of(order, &amount).map_err(NoReply::into_submit)?;
        let answer = self.api.transact(&store, &Transaction::Purchase(purchase)).await;
        let receipt = answer.map_err(NoReply::into_submit)?;
        match refusal_of(&receipt, &order.key.0) {
            Some(reason) => Err(refused(reason.kind())),
            None => Ok(classify(order, &receipt)),
        }
    }

    /// The charge, or the question about it: the very same values make both.
    pub(super) fn purchase_of<'a>(
        &'a self,
        order: &'a ChargeOrder,
        amount: &'a str,
    ) -> Result<(Store<'a>, Purchase<'a>), NoReply> {
        let store = self.store_for(&order.account)?;
        if order.flow != FLOW_HOSTED_TOKENIZATION {
            return Err(not_sent(ProcessorErrorKind::Unsupported));
        }
        let order_id = order_id(&order.key)?;
        let token = order.secret.as_ref().filter(|token| is_token(token));
        let token = token.ok_or_else(|| not_sent(ProcessorErrorKind::GrantMalformed))?;
        Ok((store, Purchase { token, order_id, cust_id: cust_id(&order.payable), amount }))
    }
}
