//! Work that outlives the request that asked for it: a server that drops a handler drops no payment.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::BillingError;

/// The tasks under way, bound to the runtime given at build and capped.
#[derive(Clone, Debug)]
pub(crate) struct Tasks {
    runtime: Handle,
    cap: usize,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    closing: Notify,
    ended: Notify,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    next: u64,
    waiting: usize,
    /// In the order they began, so that an abort ends them in that order.
    running: BTreeMap<u64, Option<AbortHandle>>,
}

impl Tasks {
    pub(crate) fn new(runtime: Handle, cap: usize) -> Self {
        Self { runtime, cap, shared: Arc::default() }
    }

    /// Runs `work` to its end, whether or not the returned future is.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, BillingError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, BillingError>> + Send + 'static,
    {
        let ticket = self.admit()?;
        let number = ticket.number;
        let task = self.runtime.spawn(async move {
            let _ticket = ticket;
            work.await
        });
        if let Some(slot) = self.shared.lock().running.get_mut(&number) {
            *slot = Some(task.abort_handle());
        }
        task.await.unwrap_or_else(|failure| {
            if failure.is_panic() {
                tracing::error!(%failure, "a part of billing panicked");
                return Err(BillingError::Panicked);
            }
            Err(BillingError::ShuttingDown)
        })
    }

    /// Runs `work` after `wait`, if there is room then and nothing was shut down; a shutdown drops it at once. Nobody waits for it, and
    /// nothing may depend on it.
    pub(crate) fn later<F>(&self, wait: Duration, work: F)
    where
        F: Future<Output = Result<(), BillingError>> + Send + 'static,
    {
        let Some(place) = Waiting::take(&self.shared, self.cap) else { return };
        let tasks = self.clone();
        self.runtime.spawn(async move {
            if tokio::time::timeout(wait, tasks.closed()).await.is_ok() {
                return;
            }
            drop(place);
            if let Err(error) = tasks.run(work).await {
                tracing::warn!(%error, "what was put off could not be done; the sweep will");
            }
        });
    }

    /// Until nothing more is taken.
    async fn closed(&self) {
        let closing = self.shared.closing.notified();
        if !self.shared.lock().closed {
            closing.await;
        }
    }

    fn admit(&self) -> Result<Ticket, BillingError> {
        let mut state = self.shared.lock();
        if state.closed {
            return Err(BillingError::ShuttingDown);
        }
        if state.running.len() >= self.cap {
            return Err(BillingError::Busy);
        }
        let number = state.next;
        state.next = state.next.wrapping_add(1);
        state.running.insert(number, None);
        Ok(Ticket { number, shared: Arc::clone(&self.shared) })
    }

    /// Takes no more work and waits for what is under way; false if `deadline` passed first.
    pub(crate) async fn shutdown(&self, deadline: Duration) -> bool {
        self.shared.lock().closed = true;
        self.shared.closing.notify_waiters();
        let drained = async {
            loop {
                let ended = self.shared.ended.notified();
                if self.shared.lock().running.is_empty() {
                    return;
                }
                ended.await;
            }
        };
        tokio::time::timeout(deadline, drained).await.is_ok()
    }

    /// Ends everything at its next await, as a crash would.
    pub(crate) fn abort(&self) {
        let mut state = self.shared.lock();
        state.closed = true;
        let handles: Vec<_> = state.running.values().flatten().cloned().collect();
        drop(state);
        self.shared.closing.notify_waiters();
        handles.iter().for_each(AbortHandle::abort);
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among what is put off, given back when its time comes.
struct Waiting(Arc<Shared>);

impl Waiting {
    fn take(shared: &Arc<Shared>, cap: usize) -> Option<Self> {
        let mut state = shared.lock();
        if state.closed || state.waiting >= cap {
            return None;
        }
        state.waiting += 1;
        Some(Self(Arc::clone(shared)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.waiting = state.waiting.saturating_sub(1);
    }
}

/// A place among the running tasks, given back when the task ends, however it ends.
struct Ticket {
    number: u64,
    shared: Arc<Shared>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.shared.lock().running.remove(&self.number);
        self.shared.ended.notify_waiters();
    }
}
