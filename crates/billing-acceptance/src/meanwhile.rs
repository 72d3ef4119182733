//! Something else that happens at one moment of a process, once.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use billing_domain::{Action, Step, StoreError};
use billing_transport::{Request, SendError};

use crate::Hook;

/// At which moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The processor answered, and the caller does not know yet.
    AfterSend,
    /// Just before a commit of this kind.
    BeforeCommit(Action),
    /// Just before a request leaves.
    BeforeSend,
}

type Happens = Pin<Box<dyn Future<Output = ()> + Send>>;

/// At one moment of a process, once, something else happens.
pub struct Meanwhile {
    armed: AtomicBool,
    on: When,
    happens: Box<dyn Fn() -> Happens + Send + Sync>,
}

impl Meanwhile {
    /// Happens once it is [armed](Self::arm).
    pub fn new(on: When, happens: impl Fn() -> Happens + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { armed: AtomicBool::new(false), on, happens: Box::new(happens) })
    }

    /// Happens just before the next commit of this kind.
    pub fn before(action: Action, happens: impl Fn() -> Happens + Send + Sync + 'static) -> Arc<Self> {
        let meanwhile = Self::new(When::BeforeCommit(action), happens);
        meanwhile.arm();
        meanwhile
    }

    /// Lets it happen at the next such moment.
    pub fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }

    async fn reach(&self, when: When) {
        if when == self.on && self.armed.swap(false, Ordering::SeqCst) {
            (self.happens)().await;
        }
    }
}

impl fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meanwhile").field("on", &self.on).finish_non_exhaustive()
    }
}

#[async_trait]
impl Hook for Meanwhile {
    async fn before_commit(&self, step: &Step) -> Result<(), StoreError> {
        self.reach(When::BeforeCommit(step.action)).await;
        Ok(())
    }

    async fn before_send(&self, _: &Request) -> Result<(), SendError> {
        self.reach(When::BeforeSend).await;
        Ok(())
    }

    async fn after_send(&self) -> Result<(), SendError> {
        self.reach(When::AfterSend).await;
        Ok(())
    }
}
