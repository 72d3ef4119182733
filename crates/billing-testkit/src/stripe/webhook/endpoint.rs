//! `/v1/webhook_endpoints` (<https://docs.stripe.com/api/webhook_endpoints>): made, listed, changed and deleted. Its secret is told
//! once. Never delivers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::error::ApiError;
use super::super::ids::IdMaker;
use super::super::keys::{Caller, Mode};
use super::super::metadata;
use super::super::page::{Listed, Page};
use super::super::params::Fields;
use super::super::state::State;

/// How many an account may have, in each mode (<https://docs.stripe.com/webhooks#register-webhook>).
const MOST: usize = 16;

/// The version of an account that never chose one: an old one, so that nobody relies on it.
const ACCOUNT_VERSION: &str = "2022-08-01";

/// The kinds of events that this fake's clinics may ask for.
const KINDS: &[&str] = &[
    "*",
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.failed",
    "charge.refund.updated",
    "charge.refunded",
    "charge.succeeded",
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "payment_intent.created",
    "payment_intent.partially_funded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.requires_action",
    "payment_intent.succeeded",
    "refund.created",
    "refund.failed",
    "refund.updated",
];

/// One endpoint.
#[derive(Deserialize, Serialize)]
pub(super) struct Endpoint {
    pub(super) id: String,
    pub(super) account: String,
    pub(super) api_version: Option<String>,
    created: i64,
    description: Option<String>,
    pub(super) disabled: bool,
    pub(super) enabled_events: Vec<String>,
    metadata: Map<String, Value>,
    pub(super) mode: Mode,
    /// Oldest first; the last is the newest.
    secrets: Vec<Secret>,
    pub(super) url: String,
}

#[derive(Deserialize, Serialize)]
struct Secret {
    /// From this instant on it signs nothing.
    until: Option<Timestamp>,
    value: String,
}

/// What a new endpoint is asked to be.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) api_version: Option<String>,
    pub(super) description: Option<String>,
    pub(super) enabled_events: Vec<String>,
    pub(super) metadata: Map<String, Value>,
    pub(super) url: String,
}

impl Endpoint {
    pub(super) fn make(asked: Asked, account: &str, mode: Mode, ids: &mut IdMaker, created: i64) -> Self {
        let Asked { api_version, description, enabled_events, metadata, url } = asked;
        Self {
            id: ids.object("we", account),
            account: account.to_owned(),
            api_version,
            created,
            description,
            disabled: false,
            enabled_events,
            metadata,
            mode,
            secrets: vec![Secret { until: None, value: new_secret(ids) }],
            url,
        }
    }

    pub(super) fn is_open_of(&self, account: &str, mode: Mode) -> bool {
        !self.disabled && self.mode == mode && self.account == account
    }

    pub(super) fn wants(&self, kind: &str) -> bool {
        self.enabled_events.iter().any(|wanted| wanted == kind || wanted == "*")
    }

    /// The version of what it is told.
    pub(super) fn version(&self) -> &str {
        self.api_version.as_deref().unwrap_or(ACCOUNT_VERSION)
    }

    /// Every secret that signs now, newest first.
    pub(super) fn secrets(&self, now: Timestamp) -> Vec<String> {
        let signs = |secret: &&Secret| secret.until.is_none_or(|until| now < until);
        self.secrets.iter().rev().filter(signs).map(|secret| secret.value.clone()).collect()
    }

    pub(super) fn newest_secret(&self) -> String {
        self.secrets.last().map(|secret| secret.value.clone()).unwrap_or_default()
    }

    pub(super) fn roll(&mut self, ids: &mut IdMaker, until: Timestamp) -> String {
        for old in &mut self.secrets {
            old.until = Some(old.until.map_or(until, |sooner| sooner.min(until)));
        }
        let value = new_secret(ids);
        self.secrets.push(Secret { until: None, value: value.clone() });
        value
    }

    fn belongs_to(&self, caller: &Caller) -> bool {
        self.account == caller.account && self.mode == caller.mode
    }

    fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "object": "webhook_endpoint",
            "api_version": self.api_version,
            "application": null,
            "created": self.created,
            "description": self.description,
            "enabled_events": self.enabled_events,
            "livemode": self.mode.is_live(),
            "metadata": self.metadata,
            "status": if self.disabled { "disabled" } else { "enabled" },
            "url": self.url,
        })
    }
}

fn new_secret(ids: &mut IdMaker) -> String {
    format!("whsec_{}", ids.text("signing_secret", 32))
}

impl Listed for &Endpoint {
    const NOUN: &'static str = "webhook_endpoint";

    fn created(&self) -> i64 {
        self.created
    }

    fn id(&self) -> &str {
        &self.id
    }
}

pub(in crate::stripe) fn create(
    state: &mut State,
    caller: &Caller,
    params: Map<String, Value>,
) -> Result<Value, ApiError> {
    let mut fields = Fields::new(params);
    fields.refuse_unmodelled(&["connect"])?;
    let url = fields.required("url")?;
    check_address(&url, caller.mode, state.webhooks.any_address)?;
    let enabled_events = read_events(&mut fields)?.ok_or_else(|| fields.missing("enabled_events"))?;
    let api_version = read_version(&mut fields)?;
    let description = fields.short_text("description", 5_000)?;
    let metadata = metadata::read(&mut fields)?;
    fields.finish()?;

    let State { ids, now, webhooks, .. } = state;
    if webhooks.endpoints.iter().filter(|endpoint| endpoint.belongs_to(caller)).count() >= MOST {
        let mode = if caller.mode.is_live() { "" } else { "test " };
        let message = format!("You have reached the maximum of {MOST} {mode}webhook endpoints.");
        return Err(ApiError::invalid(&message).executed());
    }
    let asked = Asked { api_version, description, enabled_events, metadata, url };
    let endpoint = Endpoint::make(asked, &caller.account, caller.mode, ids, now.as_second());
    let mut body = endpoint.shown();
    if let Some(fields) = body.as_object_mut() {
        fields.insert("secret".to_owned(), endpoint.newest_secret().into());
    }
    webhooks.endpoints.push(endpoint);
    Ok(body)
}

pub(in crate::stripe) fn list(
    state: &State,
    caller: &Caller,
    params: Map<String, Value>,
) -> Result<Value, ApiError> {
    let mut fields = Fields::new(params);
    let page = Page::read(&mut fields)?;
    fields.finish()?;
    let own = state.webhooks.endpoints.iter().rev().filter(|endpoint| endpoint.belongs_to(caller));
    let own: Vec<&Endpoint> = own.collect();
    page.cut(&own, "/v1/webhook_endpoints", |endpoint| endpoint.shown())
}

/// The version is not among what can be changed.
pub(in crate::stripe) fn update(
    state: &mut State,
    caller: &Caller,
    id: &str,
    params: Map<String, Value>,
) -> Result<Value, ApiError> {
    let mut fields = Fields::new(params);
    let url = fields.text("url")?;
    if let Some(url) = &url {
        check_address(url, caller.mode, state.webhooks.any_address)?;
    }
    let enabled_events = read_events(&mut fields)?;
    let disabled = fields.boolean("disabled")?;
    let description = fields.short_text("description", 5_000)?;
    fields.refuse_unmodelled(&["metadata"])?;
    fields.finish()?;

    let endpoint = own(state, caller, id)?;
    endpoint.url = url.unwrap_or_else(|| endpoint.url.clone());
    endpoint.enabled_events = enabled_events.unwrap_or_else(|| endpoint.enabled_events.clone());
    endpoint.disabled = disabled.unwrap_or(endpoint.disabled);
    endpoint.description = description.or_else(|| endpoint.description.clone());
    Ok(endpoint.shown())
}

pub(in crate::stripe) fn delete(
    state: &mut State,
    caller: &Caller,
    id: &str,
    params: Map<String, Value>,
) -> Result<Value, ApiError> {
    Fields::new(params).finish()?;
    own(state, caller, id)?;
    state.webhooks.endpoints.retain(|endpoint| endpoint.id != id);
    state.webhooks.forget(id);
    Ok(json!({ "id": id, "object": "webhook_endpoint", "deleted": true }))
}

/// The caller's own endpoint, or Stripe's 404.
fn own<'a>(state: &'a mut State, caller: &Caller, id: &str) -> Result<&'a mut Endpoint, ApiError> {
    let found = state.webhooks.endpoints.iter_mut().find(|one| one.id == id && one.belongs_to(caller));
    found.ok_or_else(|| ApiError::no_such("webhook endpoint", id, "webhook_endpoint", None))
}

fn read_events(fields: &mut Fields) -> Result<Option<Vec<String>>, ApiError> {
    let Some(kinds) = fields.list("enabled_events")? else { return Ok(None) };
    match kinds.iter().find(|kind| !KINDS.contains(&kind.as_str())) {
        None if kinds.is_empty() => {
            Err(ApiError::invalid("Invalid array: it must not be empty").param("enabled_events"))
        }
        None => Ok(Some(kinds)),
        Some(kind) => {
            let message =
                format!("Invalid enabled_events: {kind} is not an event that the fake Stripe knows");
            Err(ApiError::invalid(&message).param("enabled_events"))
        }
    }
}

/// `2026-10-28.endive`, or before 2024 the date alone.
fn read_version(fields: &mut Fields) -> Result<Option<String>, ApiError> {
    let version = fields.text("api_version")?;
    let is_version = |version: &String| {
        let (date, train) = version.split_once('.').unwrap_or((version, "none"));
        let digits = date.bytes().filter(u8::is_ascii_digit).count();
        date.len() == 10 && digits == 8 && !train.is_empty()
    };
    if version.as_ref().is_some_and(|version| !is_version(version)) {
        return Err(ApiError::invalid("Invalid api_version").param("api_version"));
    }
    Ok(version)
}

/// In live mode over TLS only, and nowhere that Stripe could not reach.
fn check_address(url: &str, mode: Mode, any: bool) -> Result<(), ApiError> {
    let refused =
        |why: &str| Err(ApiError::invalid(&format!("Invalid URL: {why}")).code("url_invalid").param("url"));
    let Some((scheme, rest)) = url.split_once("://") else {
        return refused("An explicit scheme (such as https) must be provided.");
    };
    if any {
        return Ok(());
    }
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    match scheme {
        "https" => {}
        "http" if !mode.is_live() => {}
        _ => return refused("In live mode a webhook endpoint must be an HTTPS URL."),
    }
    if host.is_empty() || host == "localhost" || host.starts_with("127.") || host.starts_with('[') {
        return refused("URL must be publicly accessible.");
    }
    Ok(())
}
