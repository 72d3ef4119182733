//! `GET /v1/refunds`, newest first (<https://docs.stripe.com/api/refunds/list>). Never filters by metadata.

use serde_json::{Map, Value};

use super::super::error::ApiError;
use super::super::intent::Intent;
use super::super::keys::Caller;
use super::super::page::{Listed, Page};
use super::super::params::Fields;
use super::super::state::State;
use super::{Refund, payload};

pub(in crate::stripe) fn list(
    state: &mut State,
    caller: &Caller,
    params: Map<String, Value>,
) -> Result<Value, ApiError> {
    let mut fields = Fields::new(params);
    let page = Page::read(&mut fields)?;
    let charge_id = fields.text("charge")?;
    let intent_id = fields.text("payment_intent")?;
    fields.refuse_unmodelled(&["expand"])?;
    fields.finish()?;
    // An empty list would say that nothing was refunded; what is asked about does not exist.
    if let Some(id) = &charge_id {
        state.intents.own_with_charge(caller, id)?;
    }
    if let Some(id) = &intent_id {
        state.intents.own(caller, id)?;
    }

    let mut own: Vec<Made<'_>> = state
        .intents
        .iter()
        .filter(|intent| intent.belongs_to(caller))
        .filter(|intent| intent_id.as_ref().is_none_or(|id| intent.id == *id))
        .flat_map(|intent| intent.refunds.iter().map(move |refund| Made { intent, refund }))
        .filter(|made| charge_id.as_ref().is_none_or(|id| made.refund.charge == *id))
        .collect();
    // Ids of one kind count up, so that two of one second keep their order.
    own.sort_by(|one, other| other.refund.id.cmp(&one.refund.id));
    page.cut(&own, "/v1/refunds", |made| payload::refund(made.intent, made.refund))
}

/// A refund with the intent that has it.
struct Made<'a> {
    intent: &'a Intent,
    refund: &'a Refund,
}

impl Listed for Made<'_> {
    const NOUN: &'static str = "refund";

    fn created(&self) -> i64 {
        self.refund.created
    }

    fn id(&self) -> &str {
        &self.refund.id
    }
}
