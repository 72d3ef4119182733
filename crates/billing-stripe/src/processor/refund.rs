//! Giving money back, or replaying that under the same key; and looking at what came of it. Never more than the order says.

use billing_credentials::StripeSecretKey;
use billing_domain::payment::{Capture, Reference};
use billing_domain::{
    Certainty, Money, ProcessorErrorKind, QueryError, RefundFact, RefundOrder, RefundPlan, SubmitError, Why,
};

use super::StripeProcessor;
use crate::amount::to_wire;
use crate::api::Endpoint;
use crate::error::{NoReply, Refusal, not_sent};
use crate::form::Form;
use crate::refund_fact::{is_ours, refund_fact};
use crate::wire::{List, Refund};

/// A refund without a reference that no list shows, or one that this account does not know: neither proves anything.
const NOT_FOUND: RefundFact = RefundFact::NoEvidence(Why::NotFound);

/// How many pages of one charge's refunds are read at most, 100 to a page. A charge has a handful.
const PAGES_MAX: u32 = 10;

/// Stripe has one way, whatever the hour; whether it takes the card's money out of an open batch is its own affair.
///
/// How much is left is not judged here: only the store, with the payment locked, and Stripe itself can.
pub(super) fn plan(capture: &Capture, amount: Money) -> Result<RefundPlan, ProcessorErrorKind> {
    if amount.currency() != capture.amount.currency() {
        return Err(ProcessorErrorKind::Unsupported);
    }
    to_wire(amount).map(|_| RefundPlan::Refund)
}

impl StripeProcessor {
    /// A success says that Stripe has taken the refund on, and what it says of it is read like any look at it: a refund that is
    /// pending has given nothing back yet, and one that succeeded may still fail
    /// (<https://docs.stripe.com/refunds#failed-refunds>).
    pub(super) async fn give_back(&self, order: &RefundOrder) -> Result<RefundFact, SubmitError> {
        let key = self.key_for(&order.account).map_err(NoReply::into_submit)?;
        if order.plan != RefundPlan::Refund {
            return Err(not_sent(ProcessorErrorKind::Unsupported).into_submit());
        }
        let wire = to_wire(order.amount).map_err(|kind| not_sent(kind).into_submit())?;
        let endpoint = Endpoint::fixed("/v1/refunds");
        let sent = self.api.post(key, endpoint, creation(order, wire), &order.key.0).await;
        let reply = sent.map_err(NoReply::into_submit)?;
        if !reply.status.is_success() {
            return Err(Refusal::of(&reply).into_submit(&reply));
        }
        // From here on the refund may exist: an answer that cannot be used leaves that in doubt.
        let in_doubt = |cause| SubmitError { certainty: Certainty::Unknown, stored: reply.stored, cause };
        Ok(refund_fact(order, &reply.refund().map_err(in_doubt)?))
    }

    pub(super) async fn look_at_refund(&self, order: &RefundOrder) -> Result<RefundFact, QueryError> {
        let key = self.key_for(&order.account).map_err(NoReply::into_query)?;
        let Some(Reference(id)) = &order.reference else { return self.find_refund(key, order).await };
        let endpoint = Endpoint::of("/v1/refunds/{id}", id);
        let reply = self.api.get(key, endpoint, &Form::new()).await.map_err(NoReply::into_query)?;
        if !reply.status.is_success() {
            let refusal = Refusal::of(&reply);
            if !refusal.is_not_found() {
                return Err(refusal.into_query());
            }
            // The id that we know is none of Stripe's, so ours has to find it.
            return self.find_refund(key, &RefundOrder { reference: None, ..order.clone() }).await;
        }
        let refund = reply.refund().map_err(|cause| QueryError { sent: true, cause })?;
        Ok(refund_fact(order, &refund))
    }

    /// Looks through the refunds of the charge for the one with our id (<https://docs.stripe.com/api/refunds/list>). That it is not
    /// among them proves nothing: our request may still be on its way.
    async fn find_refund(
        &self,
        key: &StripeSecretKey,
        order: &RefundOrder,
    ) -> Result<RefundFact, QueryError> {
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let (name, id) = of_what(&order.capture);
            let mut query = Form::new().field(name, id).field("limit", 100);
            if let Some(after) = &after {
                query = query.field("starting_after", after);
            }
            let endpoint = Endpoint::fixed("/v1/refunds");
            let reply = self.api.get(key, endpoint, &query).await.map_err(NoReply::into_query)?;
            if !reply.status.is_success() {
                let refusal = Refusal::of(&reply);
                return if refusal.is_not_found() { Ok(NOT_FOUND) } else { Err(refusal.into_query()) };
            }
            let page: List<Refund<'_>> = reply.read().map_err(|cause| QueryError { sent: true, cause })?;
            if let Some(ours) = page.data.iter().find(|refund| is_ours(order, refund)) {
                return Ok(refund_fact(order, ours));
            }
            let last = page.data.last().filter(|_| page.has_more);
            let Some(last) = last else { break };
            after = Some(last.id.as_str().to_owned());
        }
        Ok(NOT_FOUND)
    }
}

/// All that leaves for Stripe (<https://docs.stripe.com/api/refunds/create>). No reason: `fraudulent` would put the cardholder on
/// block lists, and the others tell nobody anything.
fn creation(order: &RefundOrder, wire: i64) -> Form {
    let (name, id) = of_what(&order.capture);
    Form::new().field("amount", wire).entry("metadata", "refund_id", order.refund).field(name, id)
}

/// What is refunded: the intent. It has one successful charge at most, so it names the money as exactly as the charge's id does,
/// and unlike that it is known from the first send on: a replay is the same bytes. Only a person who looked the money up may have
/// written down the charge instead.
fn of_what(capture: &Capture) -> (&'static str, &str) {
    let Reference(id) = &capture.reference;
    if id.starts_with("ch_") { ("charge", id) } else { ("payment_intent", id) }
}
