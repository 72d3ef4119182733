//! `GET /v1/payment_intents`, newest first (<https://docs.stripe.com/api/payment_intents/list>).
//! Never filters by metadata.

use serde_json::{Map, Value};

use super::super::error::ApiError;
use super::super::keys::Caller;
use super::super::page::{Listed, Page};
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
    let page = Page::read(&mut fields)?;
    let view = View::read(caller, &mut fields, "data.latest_charge")?;
    fields.accept_unused(&["customer", "customer_account"]);
    fields.finish()?;

    let mut own = state.intents.newest_first(caller, &page.seconds());
    if page.begins_outside(&own) {
        own = state.intents.newest_first(caller, &(i64::MIN..=i64::MAX));
    }
    if state.lists_behind > 0 {
        let shown_until = state.now.as_second().saturating_sub(state.lists_behind);
        own.retain(|intent| intent.created <= shown_until);
    }
    page.cut(&own, "/v1/payment_intents", |intent| payload::intent(intent, view))
}

impl Listed for &Intent {
    const NOUN: &'static str = "payment_intent";

    fn created(&self) -> i64 {
        self.created
    }

    fn id(&self) -> &str {
        &self.id
    }
}
