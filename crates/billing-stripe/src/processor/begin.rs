//! Creating the `PaymentIntent`, or replaying its creation under the same key. Never confirms it.

use billing_domain::{AmountBound, Begun, Certainty, ChargeOrder, Money, ProcessorErrorKind, SubmitError};

use super::StripeProcessor;
use crate::amount::to_wire;
use crate::api::Endpoint;
use crate::error::{NoReply, Refusal, malformed, not_sent};
use crate::form::Form;

impl StripeProcessor {
    pub(super) async fn create(&self, order: &ChargeOrder) -> Result<Begun, SubmitError> {
        let key = self.key_for(&order.account).map_err(NoReply::into_submit)?;
        let wire = to_wire(order.amount).map_err(|kind| not_sent(kind).into_submit())?;
        let endpoint = Endpoint::fixed("/v1/payment_intents");
        let sent = self.api.post(key, endpoint, creation(order, wire), &order.key.0).await;
        let reply = sent.map_err(NoReply::into_submit)?;
        if !reply.status.is_success() {
            let error = Refusal::of(&reply).into_submit(&reply);
            return Err(name_the_amount(error, order.amount));
        }
        // From here on the intent may exist: an answer that cannot be used leaves that in doubt.
        let in_doubt = |cause| SubmitError { certainty: Certainty::Unknown, stored: reply.stored, cause };
        let intent = reply.intent().map_err(in_doubt)?;
        self.begun(order, key, intent).ok_or_else(|| in_doubt(malformed(&reply)))
    }
}

/// All that leaves for Stripe (<https://docs.stripe.com/api/payment_intents/create>).
///
/// Cards only, by `allowed_payment_method_types`, which excludes `automatic_payment_methods`. Neither a description nor a
/// name nor an address for receipts: in live mode Stripe would mail the patient.
fn creation(order: &ChargeOrder, wire: i64) -> Form {
    Form::new()
        .field("amount", wire)
        .field("currency", order.amount.currency().code().to_ascii_lowercase())
        .item("allowed_payment_method_types", "card")
        .field("capture_method", "automatic")
        .entry("metadata", "payment_id", order.payment)
        .entry("metadata", "invoice_id", order.payable.as_str())
}

/// Stripe's bounds depend on the currency that the account is paid out in, so only Stripe can tell.
fn name_the_amount(mut error: SubmitError, amount: Money) -> SubmitError {
    let bound = match &error.cause.kind {
        ProcessorErrorKind::Rejected(Some(code)) if code == "amount_too_large" => AmountBound::TooLarge,
        ProcessorErrorKind::Rejected(Some(code)) if code == "amount_too_small" => AmountBound::TooSmall,
        _ => return error,
    };
    error.cause.kind = ProcessorErrorKind::AmountRefused { amount, bound };
    error
}
