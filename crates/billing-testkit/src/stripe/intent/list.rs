//! `GET /v1/payment_intents`, newest first (<https://docs.stripe.com/api/payment_intents/list>).
//! Never filters by metadata.

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};

use super::super::error::ApiError;
use super::super::keys::Caller;
use super::super::params::Fields;
use super::super::state::State;
use super::Intent;
use super::payload::{self, View};

pub(in crate::stripe) fn list(
    state: &State,
    caller: &Caller,
    params: Map<String, Value>,
) -> Result<Value, ApiError> {
    let mut fields = Fields::new(params);
    let created = read_created(&mut fields)?;
    let limit = read_limit(&mut fields)?;
    let cursor = read_cursor(&mut fields)?;
    let view = View::read(caller, &mut fields, "data.latest_charge")?;
    fields.accept_unused(&["customer", "customer_account"]);
    fields.finish()?;

    let own: Vec<&Intent> = state.intents.iter().rev().filter(|intent| intent.belongs_to(caller)).collect();
    let in_view = match &cursor {
        Cursor::Before(id) => own.get(..place(&own, id, "ending_before")?),
        Cursor::Start => own.get(..),
        Cursor::After(id) => own.get(place(&own, id, "starting_after")? + 1..),
    };
    let wanted: Vec<&Intent> = in_view
        .unwrap_or_default()
        .iter()
        .filter(|intent| created.iter().all(|range| range.contains(&intent.created)))
        .copied()
        .collect();
    let first = match cursor {
        Cursor::Before(_) => wanted.len().saturating_sub(limit),
        Cursor::After(_) | Cursor::Start => 0,
    };
    let page: Vec<Value> =
        wanted.iter().skip(first).take(limit).map(|intent| payload::intent(intent, view)).collect();
    Ok(json!({
        "object": "list",
        "data": page,
        "has_more": wanted.len() > limit,
        "url": "/v1/payment_intents",
    }))
}

enum Cursor {
    After(String),
    Before(String),
    Start,
}

fn read_cursor(fields: &mut Fields) -> Result<Cursor, ApiError> {
    match (fields.text("starting_after")?, fields.text("ending_before")?) {
        (Some(_), Some(_)) => {
            let message = "You may only specify one of these parameters: starting_after, ending_before.";
            Err(ApiError::invalid(message).code("parameters_exclusive").param("starting_after"))
        }
        (Some(id), None) => Ok(Cursor::After(id)),
        (None, Some(id)) => Ok(Cursor::Before(id)),
        (None, None) => Ok(Cursor::Start),
    }
}

fn place(own: &[&Intent], id: &str, param: &str) -> Result<usize, ApiError> {
    own.iter().position(|intent| intent.id == id).ok_or_else(|| {
        let message = format!("No such payment_intent: '{id}'");
        ApiError::invalid(&message).code("resource_missing").param(param)
    })
}

fn read_limit(fields: &mut Fields) -> Result<usize, ApiError> {
    let limit = fields.integer("limit")?.unwrap_or(10);
    usize::try_from(limit).ok().filter(|limit| (1..=100).contains(limit)).ok_or_else(|| {
        let message = "This value must be between 1 and 100.";
        ApiError::invalid(message).code("parameter_invalid_integer").param("limit")
    })
}

/// Every bound as a range of seconds; an exact `created` is a range of one.
fn read_created(fields: &mut Fields) -> Result<Vec<RangeInclusive<i64>>, ApiError> {
    if fields.is_text("created") {
        return Ok(fields.integer("created")?.map(|at| at..=at).into_iter().collect());
    }
    let Some(mut bounds) = fields.nested("created")? else { return Ok(Vec::new()) };
    let mut ranges = Vec::new();
    if let Some(at) = bounds.integer("gt")? {
        ranges.push(at.saturating_add(1)..=i64::MAX);
    }
    if let Some(at) = bounds.integer("gte")? {
        ranges.push(at..=i64::MAX);
    }
    if let Some(at) = bounds.integer("lt")? {
        ranges.push(i64::MIN..=at.saturating_sub(1));
    }
    if let Some(at) = bounds.integer("lte")? {
        ranges.push(i64::MIN..=at);
    }
    bounds.finish()?;
    Ok(ranges)
}
