//! `POST /v1/refunds` (<https://docs.stripe.com/api/refunds/create>). Never gives back more than was taken.

use serde_json::{Map, Value};

use super::super::cards::RefundAct;
use super::super::error::ApiError;
use super::super::intent::charge::{Charge, ChargeStatus, Maker};
use super::super::intent::{Intent, Intents};
use super::super::keys::Caller;
use super::super::metadata;
use super::super::params::Fields;
use super::super::state::State;
use super::{Progress, Refund, RefundOutcome, Wait, payload};

const REASONS: &[&str] = &["duplicate", "fraudulent", "requested_by_customer"];

const UNMODELLED: &[&str] =
    &["currency", "customer", "expand", "origin", "refund_application_fee", "reverse_transfer"];

/// Why [`Card::REFUND_FAILS`](super::super::Card::REFUND_FAILS) does.
const CARD_GONE: RefundOutcome = RefundOutcome::Failed("expired_or_canceled_card");

pub(in crate::stripe) fn create(
    state: &mut State,
    caller: &Caller,
    params: Map<String, Value>,
) -> Result<Value, ApiError> {
    let mut fields = Fields::new(params);
    fields.refuse_unmodelled(UNMODELLED)?;
    let target = Target::read(&mut fields)?;
    let asked = read_amount(&mut fields)?;
    let reason = fields.one_of("reason", REASONS)?;
    let metadata = metadata::read(&mut fields)?;
    fields.accept_unused(&["instructions_email"]);
    fields.finish()?;

    let State { balance_short, ids, intents, now, webhooks, .. } = state;
    let intent = target.find(intents, caller)?;
    let charge = refundable(intent, &target)?;
    let amount = allowed(intent, charge, asked)?;
    let act = charge.card.card.refund;
    let progress = match act {
        _ if *balance_short => Progress::Pending(Wait::InsufficientFunds),
        RefundAct::FailAfterwards | RefundAct::Succeed => Progress::Succeeded,
        RefundAct::Pend => Progress::Pending(Wait::Processing),
    };
    let mut maker = Maker { ids, now: now.as_second() };
    let refund = Refund {
        id: maker.ids.object("re", &caller.account),
        amount,
        metadata,
        balance_transaction: (!*balance_short).then(|| maker.ids.object("txn", &caller.account)),
        charge: charge.id.clone(),
        created: maker.now,
        reason: reason.map(str::to_owned),
        progress,
    };
    let body = payload::refund(intent, &refund);
    let fails = act == RefundAct::FailAfterwards && refund.has_succeeded();
    let before = webhooks.before(intent);
    intent.refunds.push(refund);
    webhooks.after(before, intent, &mut maker);
    if fails {
        let before = webhooks.before(intent);
        if let Some(refund) = intent.refunds.last_mut() {
            refund.finish(CARD_GONE, &caller.account, &mut maker);
        }
        webhooks.after(before, intent, &mut maker);
    }
    Ok(body)
}

/// What the caller names.
enum Target {
    Charge(String),
    Intent(String),
}

impl Target {
    fn read(fields: &mut Fields) -> Result<Self, ApiError> {
        match (fields.text("charge")?, fields.text("payment_intent")?) {
            (Some(_), Some(_)) => {
                let message = "You may only specify one of these parameters: charge, payment_intent.";
                Err(ApiError::invalid(message).code("parameters_exclusive").param("charge"))
            }
            (Some(id), None) => Ok(Self::Charge(id)),
            (None, Some(id)) => Ok(Self::Intent(id)),
            (None, None) => {
                let message = "One of the following params should be provided for this request: payment_intent \
                               or charge.";
                Err(ApiError::invalid(message))
            }
        }
    }

    fn find<'a>(&self, intents: &'a mut Intents, caller: &Caller) -> Result<&'a mut Intent, ApiError> {
        match self {
            Self::Charge(id) => intents.own_with_charge(caller, id),
            Self::Intent(id) => intents.own(caller, id),
        }
    }

    fn names(&self, charge: &Charge) -> bool {
        match self {
            Self::Charge(id) => charge.id == *id,
            Self::Intent(_) => true,
        }
    }
}

fn read_amount(fields: &mut Fields) -> Result<Option<i64>, ApiError> {
    let amount = fields.integer("amount")?;
    if amount.is_some_and(|amount| amount < 1) {
        let message = "This value must be greater than or equal to 1.";
        return Err(ApiError::invalid(message).code("parameter_invalid_integer").param("amount"));
    }
    Ok(amount)
}

/// The charge that took the money, unless it took none or the bank has it back.
fn refundable<'a>(intent: &'a Intent, target: &Target) -> Result<&'a Charge, ApiError> {
    let id = &intent.id;
    let approved = |charge: &&Charge| charge.status == ChargeStatus::Succeeded && target.names(charge);
    let Some(charge) = intent.charges.iter().find(approved) else {
        let message = format!("This PaymentIntent ({id}) does not have a successful charge to refund.");
        return Err(ApiError::invalid(&message).executed());
    };
    if !charge.captured {
        let message = format!(
            "This uncaptured Charge was created by a PaymentIntent ({id}). Cancel the PaymentIntent to reverse the \
             authorization instead of refunding the Charge."
        );
        return Err(ApiError::invalid(&message).executed());
    }
    if charge.dispute.is_some() {
        let message = format!("Charge {} has been charged back; cannot issue a refund.", charge.id);
        return Err(ApiError::invalid(&message).code("charge_disputed").executed());
    }
    Ok(charge)
}

/// What was asked, or everything that is left.
fn allowed(intent: &Intent, charge: &Charge, asked: Option<i64>) -> Result<i64, ApiError> {
    let left = charge.amount - intent.refunded_of(&charge.id);
    if left < 1 {
        let message = format!("Charge {} has already been refunded.", charge.id);
        return Err(ApiError::invalid(&message).code("charge_already_refunded").executed());
    }
    let amount = asked.unwrap_or(left);
    if amount > left {
        let currency = &intent.currency;
        let message = format!(
            "Refund amount ({amount} {currency}) is greater than unrefunded amount on charge ({left} {currency}), \
             both in the smallest unit"
        );
        return Err(ApiError::invalid(&message).param("amount").executed());
    }
    Ok(amount)
}
