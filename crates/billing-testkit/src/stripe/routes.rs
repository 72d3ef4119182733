//! Which endpoint a method and a path name, who may call it, and the call itself. A new endpoint starts here.

use serde_json::{Map, Value};

use super::accounts;
use super::error::ApiError;
use super::intent::{cancel, confirm, create, list, retrieve};
use super::keys::{Caller, Permission};
use super::refund;
use super::state::State;
use super::webhook::endpoint;

/// One endpoint, with the id its path names.
pub(super) enum Operation {
    Account,
    Balance,
    CancelIntent(String),
    ConfirmIntent(String),
    CreateIntent,
    CreateRefund,
    CreateWebhook,
    DeleteWebhook(String),
    ListIntents,
    ListRefunds,
    ListWebhooks,
    RetrieveIntent(String),
    RetrieveRefund(String),
    UpdateWebhook(String),
}

impl Operation {
    pub(super) fn find(method: &str, path: &str) -> Result<Self, ApiError> {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (method, segments.as_slice()) {
            ("DELETE", ["v1", "webhook_endpoints", id]) => Ok(Self::DeleteWebhook((*id).to_owned())),
            ("GET", ["v1", "account"]) => Ok(Self::Account),
            ("GET", ["v1", "balance"]) => Ok(Self::Balance),
            ("GET", ["v1", "payment_intents"]) => Ok(Self::ListIntents),
            ("GET", ["v1", "payment_intents", id]) => Ok(Self::RetrieveIntent((*id).to_owned())),
            ("GET", ["v1", "refunds"]) => Ok(Self::ListRefunds),
            ("GET", ["v1", "refunds", id]) => Ok(Self::RetrieveRefund((*id).to_owned())),
            ("GET", ["v1", "webhook_endpoints"]) => Ok(Self::ListWebhooks),
            ("POST", ["v1", "payment_intents"]) => Ok(Self::CreateIntent),
            ("POST", ["v1", "payment_intents", id, "cancel"]) => Ok(Self::CancelIntent((*id).to_owned())),
            ("POST", ["v1", "payment_intents", id, "confirm"]) => Ok(Self::ConfirmIntent((*id).to_owned())),
            ("POST", ["v1", "refunds"]) => Ok(Self::CreateRefund),
            ("POST", ["v1", "webhook_endpoints"]) => Ok(Self::CreateWebhook),
            ("POST", ["v1", "webhook_endpoints", id]) => Ok(Self::UpdateWebhook((*id).to_owned())),
            _ => Err(ApiError::no_such_url(method, path)),
        }
    }

    pub(super) fn permission(&self) -> Permission {
        match self {
            Self::Account => Permission::AccountRead,
            Self::Balance => Permission::BalanceRead,
            Self::CancelIntent(_) | Self::ConfirmIntent(_) | Self::CreateIntent => {
                Permission::PaymentIntentWrite
            }
            Self::CreateRefund => Permission::RefundWrite,
            Self::CreateWebhook | Self::DeleteWebhook(_) | Self::UpdateWebhook(_) => Permission::WebhookWrite,
            Self::ListIntents | Self::RetrieveIntent(_) => Permission::PaymentIntentRead,
            Self::ListRefunds | Self::RetrieveRefund(_) => Permission::RefundRead,
            Self::ListWebhooks => Permission::WebhookRead,
        }
    }

    /// A publishable key may look at and confirm the one intent whose client secret it shows.
    pub(super) fn is_open_to_browsers(&self) -> bool {
        matches!(self, Self::ConfirmIntent(_) | Self::RetrieveIntent(_))
    }

    pub(super) fn run(
        &self,
        state: &mut State,
        caller: &Caller,
        params: Map<String, Value>,
    ) -> Result<Value, ApiError> {
        match self {
            Self::Account => accounts::retrieve(state, caller, params),
            Self::Balance => accounts::balance(state, caller, params),
            Self::CancelIntent(id) => cancel::cancel(state, caller, id, params),
            Self::ConfirmIntent(id) => confirm::confirm(state, caller, id, params),
            Self::CreateIntent => create::create(state, caller, params),
            Self::CreateRefund => refund::create::create(state, caller, params),
            Self::CreateWebhook => endpoint::create(state, caller, params),
            Self::DeleteWebhook(id) => endpoint::delete(state, caller, id, params),
            Self::ListIntents => list::list(state, caller, params),
            Self::ListRefunds => refund::list::list(state, caller, params),
            Self::ListWebhooks => endpoint::list(state, caller, params),
            Self::RetrieveIntent(id) => retrieve::retrieve(state, caller, id, params),
            Self::RetrieveRefund(id) => refund::retrieve::retrieve(state, caller, id, params),
            Self::UpdateWebhook(id) => endpoint::update(state, caller, id, params),
        }
    }
}
