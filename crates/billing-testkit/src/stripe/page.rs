//! One page of a list: how long, from where, of which time. Never knows what is listed.

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::error::ApiError;
use super::params::Fields;

/// What a list can be walked by.
pub(super) trait Listed {
    /// What Stripe calls it in an error.
    const NOUN: &'static str;

    fn created(&self) -> i64;
    fn id(&self) -> &str;
}

/// The parameters that every list has.
pub(super) struct Page {
    created: Vec<RangeInclusive<i64>>,
    cursor: Cursor,
    limit: usize,
}

impl Page {
    pub(super) fn read(fields: &mut Fields) -> Result<Self, ApiError> {
        let created = read_created(fields)?;
        let limit = read_limit(fields)?;
        let cursor = read_cursor(fields)?;
        Ok(Self { created, cursor, limit })
    }

    /// The seconds that every bound allows.
    pub(super) fn seconds(&self) -> RangeInclusive<i64> {
        let start = self.created.iter().map(RangeInclusive::start).max().copied();
        let end = self.created.iter().map(RangeInclusive::end).min().copied();
        start.unwrap_or(i64::MIN)..=end.unwrap_or(i64::MAX)
    }

    /// Whether the page begins at something that is not in `own`.
    pub(super) fn begins_outside<T: Listed>(&self, own: &[T]) -> bool {
        match &self.cursor {
            Cursor::After(id) | Cursor::Before(id) => own.iter().all(|one| one.id() != id),
            Cursor::Start => false,
        }
    }

    /// The page out of `own`, which is newest first and what this caller may see.
    pub(super) fn cut<T: Listed>(
        &self,
        own: &[T],
        url: &str,
        show: impl Fn(&T) -> Value,
    ) -> Result<Value, ApiError> {
        let in_view = match &self.cursor {
            Cursor::Before(id) => own.get(..place(own, id, "ending_before")?),
            Cursor::Start => own.get(..),
            Cursor::After(id) => own.get(place(own, id, "starting_after")? + 1..),
        };
        let created = |one: &&T| self.created.iter().all(|range| range.contains(&one.created()));
        let wanted: Vec<&T> = in_view.unwrap_or_default().iter().filter(created).collect();
        let first = match self.cursor {
            Cursor::Before(_) => wanted.len().saturating_sub(self.limit),
            Cursor::After(_) | Cursor::Start => 0,
        };
        let page: Vec<Value> = wanted.iter().skip(first).take(self.limit).map(|one| show(one)).collect();
        Ok(json!({ "object": "list", "data": page, "has_more": wanted.len() > self.limit, "url": url }))
    }
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

fn place<T: Listed>(own: &[T], id: &str, param: &str) -> Result<usize, ApiError> {
    own.iter().position(|one| one.id() == id).ok_or_else(|| {
        let message = format!("No such {}: '{id}'", T::NOUN);
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
