//! Webhooks: who listens to which events, and what is still to be delivered to whom. Never sends anything by itself.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::intent::Intent;
use super::intent::charge::Maker;
use super::keys::Mode;
use super::reply::pretty;

mod change;
mod deliverer;
mod delivery;
pub(super) mod endpoint;
mod event;
mod hand;

pub use deliverer::Deliverer;
pub use delivery::Delivery;
pub use hand::EndpointSeen;

use change::{Change, Glance};
use endpoint::Endpoint;

/// Every endpoint, and what is to be delivered. A file from before webhooks has neither.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Webhooks {
    any_address: bool,
    /// Rings when there is something to deliver.
    #[serde(skip)]
    bell: Arc<Notify>,
    endpoints: Vec<Endpoint>,
    queue: Vec<Queued>,
}

/// One event for one endpoint, until it is delivered.
#[derive(Deserialize, Serialize)]
struct Queued {
    body: String,
    endpoint: String,
    event: String,
    kind: String,
    #[serde(skip)]
    not_before: Option<Instant>,
    tries: u32,
}

impl Webhooks {
    /// What an intent is like before something happens to it. `None` if nobody listens: then nothing is looked at or written.
    pub(super) fn before(&self, intent: &Intent) -> Option<Glance> {
        self.listens(&intent.account, intent.mode).then(|| Glance::of(intent))
    }

    /// Something may have happened: each change is an event for everybody who listens to its kind.
    pub(super) fn after(&mut self, before: Option<Glance>, intent: &Intent, maker: &mut Maker<'_>) {
        let Some(before) = before else { return };
        self.publish(&before.changes(intent), intent, maker);
    }

    pub(super) fn created(&mut self, intent: &Intent, maker: &mut Maker<'_>) {
        if self.listens(&intent.account, intent.mode) {
            self.publish(&[Change::CREATED], intent, maker);
        }
    }

    fn listens(&self, account: &str, mode: Mode) -> bool {
        self.endpoints.iter().any(|endpoint| endpoint.is_open_of(account, mode))
    }

    fn publish(&mut self, changes: &[Change], intent: &Intent, maker: &mut Maker<'_>) {
        let Self { bell, endpoints, queue, .. } = self;
        for change in changes {
            let wants = |endpoint: &&Endpoint| {
                endpoint.is_open_of(&intent.account, intent.mode) && endpoint.wants(change.kind)
            };
            let listeners: Vec<_> = endpoints.iter().filter(wants).collect();
            if listeners.is_empty() {
                continue;
            }
            let id = maker.ids.object("evt", &intent.account);
            for endpoint in &listeners {
                let body: Value =
                    event::event(&id, change, intent, endpoint.version(), maker.now, listeners.len());
                queue.push(Queued {
                    body: pretty(&body),
                    endpoint: endpoint.id.clone(),
                    event: id.clone(),
                    kind: change.kind.to_owned(),
                    not_before: None,
                    tries: 0,
                });
            }
            bell.notify_one();
        }
    }

    /// The endpoint is gone or closed: what waits for it is not delivered.
    fn forget(&mut self, endpoint: &str) {
        self.queue.retain(|queued| queued.endpoint != endpoint);
    }
}
