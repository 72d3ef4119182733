//! The facade's shell: what every use case is given, and how it is built. Use cases live in their own rooms.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use billing_credentials::{KeyRing, ProcessorConnector, Seal};
use billing_domain::{Alarm, BillingStore, Clock, Ids, ProcessorId};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::entitlements::{Entitlements, StoredEntitlements};
use crate::sweep::Paces;
use crate::system::{LoggedAlarm, RandomIds, SystemClock};
use crate::tasks::Tasks;
use crate::{BillingConfig, BillingError};

/// How many payments are looked at for notices at the same time, beside the sweep.
const HANDLING_MAX: usize = 16;

/// Patient billing: every use case, one value to hold. Cloning it is cheap and shares everything.
///
/// Every call may be dropped at any await: what may move money goes on by itself and is settled later by
/// [`sweep`](Self::sweep).
#[derive(Clone, Debug)]
pub struct Billing {
    pub(crate) parts: Arc<Parts>,
    pub(crate) tasks: Tasks,
}

/// The ports and rules a use case works with.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn BillingStore>,
    pub(crate) connectors: BTreeMap<ProcessorId, Arc<dyn ProcessorConnector>>,
    pub(crate) seal: Seal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) alarm: Arc<dyn Alarm>,
    pub(crate) entitlements: Arc<dyn Entitlements>,
    pub(crate) config: BillingConfig,
    pub(crate) paces: Paces,
    /// Places for looking into notices as they come in.
    pub(crate) handling: Semaphore,
}

impl Billing {
    /// Starts building; `store` keeps everything, `key_ring` seals the processor keys in it.
    pub fn builder(store: Arc<dyn BillingStore>, key_ring: Arc<dyn KeyRing>) -> BillingBuilder {
        BillingBuilder {
            store,
            key_ring,
            connectors: BTreeMap::new(),
            clock: Arc::new(SystemClock::default()),
            ids: Arc::new(RandomIds),
            alarm: Arc::new(LoggedAlarm),
            entitlements: Arc::new(StoredEntitlements),
            config: BillingConfig::default(),
            runtime: None,
        }
    }

    /// Takes no more calls that write or ask a processor, and waits for those under way; false if `deadline` passed
    /// first. Plain reads still answer.
    pub async fn shutdown(&self, deadline: Duration) -> bool {
        self.tasks.shutdown(deadline).await
    }

    /// Ends everything under way at its next await, as a crash would. For tests of recovery.
    pub fn abort(&self) {
        self.tasks.abort();
    }
}

/// Puts a [`Billing`] together.
#[derive(Debug)]
#[must_use]
pub struct BillingBuilder {
    store: Arc<dyn BillingStore>,
    key_ring: Arc<dyn KeyRing>,
    connectors: BTreeMap<ProcessorId, Arc<dyn ProcessorConnector>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    alarm: Arc<dyn Alarm>,
    entitlements: Arc<dyn Entitlements>,
    config: BillingConfig,
    runtime: Option<Handle>,
}

impl BillingBuilder {
    /// Adds a processor.
    pub fn connector(mut self, connector: Arc<dyn ProcessorConnector>) -> Self {
        self.connectors.insert(connector.processor(), connector);
        self
    }

    /// Tells the time another way.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Makes ids another way.
    pub fn ids(mut self, ids: Arc<dyn Ids>) -> Self {
        self.ids = ids;
        self
    }

    /// Calls people another way.
    pub fn alarm(mut self, alarm: Arc<dyn Alarm>) -> Self {
        self.alarm = alarm;
        self
    }

    /// Asks the host who has what unlocked.
    pub fn entitlements(mut self, entitlements: Arc<dyn Entitlements>) -> Self {
        self.entitlements = entitlements;
        self
    }

    /// Changes the numbers and rules.
    pub fn config(mut self, config: BillingConfig) -> Self {
        self.config = config;
        self
    }

    /// Runs work on this runtime instead of the one `build` is called in.
    pub fn runtime(mut self, runtime: Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// The finished facade.
    ///
    /// # Panics
    ///
    /// When called outside a Tokio runtime without [`runtime`](Self::runtime).
    pub fn build(self) -> Billing {
        let tasks = Tasks::new(self.runtime.unwrap_or_else(Handle::current), self.config.tasks_max);
        let parts = Parts {
            store: self.store,
            connectors: self.connectors,
            seal: Seal::new(self.key_ring),
            clock: self.clock,
            ids: self.ids,
            alarm: self.alarm,
            entitlements: self.entitlements,
            config: self.config,
            paces: Paces::default(),
            handling: Semaphore::new(HANDLING_MAX),
        };
        Billing { parts: Arc::new(parts), tasks }
    }
}

impl Parts {
    pub(crate) fn connector(
        &self,
        processor: &ProcessorId,
    ) -> Result<&Arc<dyn ProcessorConnector>, BillingError> {
        self.connectors.get(processor).ok_or_else(|| BillingError::UnknownProcessor(processor.clone()))
    }
}
