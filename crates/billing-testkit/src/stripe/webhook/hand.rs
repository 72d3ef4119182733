//! Endpoints in the hands of the account's owner, at the Dashboard, and in a test's. Never a request.

use std::time::Duration;

use super::super::FakeStripe;
use super::super::accounts::FakeAccount;
use super::super::keys::Mode;
use super::super::state::State;
use super::endpoint::{Asked, Endpoint};

/// The old secret of a roll may sign for a day (<https://docs.stripe.com/webhooks#roll-endpoint-secrets>).
const ROLLED_SECRET_LIVES: Duration = Duration::from_hours(24);

/// An endpoint as its owner sees it.
#[derive(Clone)]
pub struct EndpointSeen {
    /// The account it is of.
    pub account: String,
    /// The version of what it is told; none for the account's own.
    pub api_version: Option<String>,
    /// Whether it is told anything.
    pub enabled: bool,
    /// What it is told of.
    pub enabled_events: Vec<String>,
    /// `we_…`.
    pub id: String,
    /// Live or test.
    pub mode: Mode,
    /// The newest signing secret.
    pub secret: String,
    /// Where it is.
    pub url: String,
}

impl std::fmt::Debug for EndpointSeen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EndpointSeen")
            .field("id", &self.id)
            .field("url", &self.url)
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

impl FakeAccount {
    /// A new endpoint of `mode` for every kind of event, made by hand, so within no limit. Its id.
    pub fn add_endpoint(&self, mode: Mode, url: &str) -> String {
        self.stripe().change(|State { ids, now, webhooks, .. }| {
            let asked =
                Asked { enabled_events: vec!["*".to_owned()], url: url.to_owned(), ..Asked::default() };
            let endpoint = Endpoint::make(asked, self.id(), mode, ids, now.as_second());
            let id = endpoint.id.clone();
            webhooks.endpoints.push(endpoint);
            id
        })
    }
}

impl FakeStripe {
    /// The endpoints of an account, both modes, oldest first.
    pub fn endpoints(&self, account_id: &str) -> Vec<EndpointSeen> {
        let state = self.state();
        let own = state.webhooks.endpoints.iter().filter(|endpoint| endpoint.account == account_id);
        let seen = |endpoint: &Endpoint| EndpointSeen {
            account: endpoint.account.clone(),
            api_version: endpoint.api_version.clone(),
            enabled: !endpoint.disabled,
            enabled_events: endpoint.enabled_events.clone(),
            id: endpoint.id.clone(),
            mode: endpoint.mode,
            secret: endpoint.newest_secret(),
            url: endpoint.url.clone(),
        };
        own.map(seen).collect()
    }

    /// Deletes an endpoint at the Dashboard. False if there is none.
    pub fn delete_endpoint(&self, endpoint_id: &str) -> bool {
        self.change(|State { webhooks, .. }| {
            let before = webhooks.endpoints.len();
            webhooks.endpoints.retain(|endpoint| endpoint.id != endpoint_id);
            webhooks.forget(endpoint_id);
            webhooks.endpoints.len() < before
        })
    }

    /// Disables an endpoint, as Stripe does after days of failures. False if there is none.
    pub fn disable_endpoint(&self, endpoint_id: &str) -> bool {
        self.change(|State { webhooks, .. }| {
            webhooks.forget(endpoint_id);
            let found = webhooks.endpoints.iter_mut().find(|endpoint| endpoint.id == endpoint_id);
            found.map(|endpoint| endpoint.disabled = true).is_some()
        })
    }

    /// As if an endpoint had been made for this version, which nobody can change afterwards. False if there is none.
    pub fn set_endpoint_version(&self, endpoint_id: &str, version: &str) -> bool {
        self.change(|State { webhooks, .. }| {
            let found = webhooks.endpoints.iter_mut().find(|endpoint| endpoint.id == endpoint_id);
            found.map(|endpoint| endpoint.api_version = Some(version.to_owned())).is_some()
        })
    }

    /// A new signing secret, shown to the owner. The old one signs along for a day on the fake's clock, or not at all. `None` if there is
    /// no such endpoint.
    pub fn roll_endpoint_secret(&self, endpoint_id: &str, keep_old: bool) -> Option<String> {
        self.change(|State { ids, now, webhooks, .. }| {
            let lives = if keep_old { ROLLED_SECRET_LIVES } else { Duration::ZERO };
            let until = now.saturating_add(lives).unwrap_or(*now);
            let endpoint = webhooks.endpoints.iter_mut().find(|endpoint| endpoint.id == endpoint_id)?;
            Some(endpoint.roll(ids, until))
        })
    }

    /// Whether an endpoint may have any address: plain HTTP in live mode, or this machine's. At first it may not.
    pub fn allow_any_endpoint_address(&self, allowed: bool) {
        self.change(|state| state.webhooks.any_address = allowed);
    }
}
