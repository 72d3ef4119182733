//! `POST /v1/payment_intents/{id}/cancel` (<https://docs.stripe.com/api/payment_intents/cancel>). Never refunds.

use serde_json::{Map, Value};

use super::super::error::ApiError;
use super::super::keys::Caller;
use super::super::params::Fields;
use super::super::state::State;
use super::Status;
use super::charge::Maker;
use super::payload::{self, View};

const REASONS: &[&str] = &["abandoned", "duplicate", "fraudulent", "requested_by_customer"];

pub(in crate::stripe) fn cancel(
    state: &mut State,
    caller: &Caller,
    id: &str,
    params: Map<String, Value>,
) -> Result<Value, ApiError> {
    let mut fields = Fields::new(params);
    let reason = fields.one_of("cancellation_reason", REASONS)?;
    let view = View::read(caller, &mut fields, "latest_charge")?;
    fields.finish()?;
    let State { cancel_while_processing, ids, intents, now, webhooks, .. } = state;
    let mut maker = Maker { ids, now: now.as_second() };
    let intent = intents.own(caller, id)?;
    let allowed = match intent.status {
        Status::Canceled | Status::Succeeded => false,
        Status::Processing => *cancel_while_processing,
        Status::RequiresAction | Status::RequiresCapture | Status::RequiresPaymentMethod => true,
    };
    if !allowed {
        let message = format!(
            "You cannot cancel this PaymentIntent because it has a status of {}. Only a PaymentIntent with one of \
             the following statuses may be canceled: requires_payment_method, requires_capture, \
             requires_confirmation, requires_action, processing.",
            intent.status.word()
        );
        return Err(intent.unexpected_state(caller, &message));
    }
    let before = webhooks.before(intent);
    intent.status = Status::Canceled;
    intent.canceled_at = Some(maker.now);
    intent.cancellation_reason = reason.map(str::to_owned);
    intent.next_action = None;
    intent.waiting = None;
    webhooks.after(before, intent, &mut maker);
    Ok(payload::intent(intent, view))
}
