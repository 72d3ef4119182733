//! Giving money back: the way its plan says, under the charge's own order id, sent once.

use billing_domain::payment::Capture;
use billing_domain::refund::RefundFailure;
use billing_domain::{
    AmountBound, Money, ProcessorErrorKind, QueryError, RefundFact, RefundOrder, RefundPlan, SubmitError,
};
use jiff::Timestamp;

use super::{MonerisProcessor, amount, order_id};
use crate::amount::to_wire;
use crate::batch_day;
use crate::classify::refusal_of;
use crate::classify_refund::{charge_of, classify_refund};
use crate::encode::{Store, Transaction};
use crate::error::{NoReply, in_doubt, not_sent, refused};
use crate::refusal::Reason;

/// Reversal or refund, or why neither: no more can go back than was taken.
pub(super) fn plan(
    capture: &Capture,
    given_back: Money,
    amount: Money,
    at: Timestamp,
) -> Result<RefundPlan, ProcessorErrorKind> {
    to_wire(amount)?;
    let total = given_back.checked_add(amount).and_then(|total| total.compare(capture.amount));
    if given_back.minor() < 0 || total.is_ok_and(std::cmp::Ordering::is_gt) {
        return Err(ProcessorErrorKind::AmountRefused { amount, bound: AmountBound::TooLarge });
    }
    if total.is_err() {
        return Err(ProcessorErrorKind::AmountRefused { amount, bound: AmountBound::Currency });
    }
    Ok(batch_day::plan(capture, given_back, amount, at))
}

impl MonerisProcessor {
    /// A lost answer stays lost: the order id is shared with the charge, so nothing can be asked about the refund alone, and a second
    /// send could give the money back again.
    pub(super) async fn give_back(&self, order: &RefundOrder) -> Result<RefundFact, SubmitError> {
        let amount = amount(order.amount).map_err(NoReply::into_submit)?;
        let (store, transaction) = self.return_of(order, &amount).map_err(NoReply::into_submit)?;
        let answer = self.api.transact(&store, &transaction).await;
        let receipt = answer.map_err(NoReply::into_submit)?;
        match classify_refund(order, &receipt) {
            RefundFact::Failed { reason: RefundFailure::Refused, .. } => {
                let reason = refusal_of(&receipt, &order.charge_key.0);
                Err(refused(reason.map_or(ProcessorErrorKind::Rejected(None), Reason::kind)))
            }
            RefundFact::NoEvidence(_) => Err(in_doubt(ProcessorErrorKind::Unavailable, None).into_submit()),
            fact => Ok(fact),
        }
    }

    fn return_of<'a>(
        &'a self,
        order: &'a RefundOrder,
        amount: &'a str,
    ) -> Result<(Store<'a>, Transaction<'a>), NoReply> {
        let store = self.store_for(&order.account)?;
        let (order_id, charge) = (order_id(&order.charge_key)?, charge_of(order));
        let transaction = match order.plan {
            RefundPlan::Refund => Transaction::Refund { order_id, amount, charge },
            // It has no amount on the wire: asked for less, it would give back everything.
            RefundPlan::Reversal if order.amount == order.capture.amount => {
                Transaction::Reversal { order_id, charge }
            }
            _ => return Err(not_sent(ProcessorErrorKind::Unsupported)),
        };
        Ok((store, transaction))
    }

    pub(super) fn look_at_refund() -> Result<RefundFact, QueryError> {
        Err(not_sent(ProcessorErrorKind::Unsupported).into_query())
    }
}
