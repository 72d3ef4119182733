//! Every moment at which a process can die: before and after each write and each send, counted and chosen.

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use billing_domain::{Step, StoreError};
use billing_transport::Request;
use tokio::sync::Notify;

use crate::Hook;

/// What happens at the chosen moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The process dies: nothing goes on, there or anywhere.
    ProcessDies,
    /// The server drops the request's handler; the process lives.
    HandlerIsDropped,
}

/// Counts moments, and makes one of them the last.
#[derive(Debug)]
pub struct Moments {
    chosen: usize,
    ending: Ending,
    counted: AtomicUsize,
    reached: AtomicBool,
    news: Notify,
}

impl Moments {
    /// Counts and lets everything pass.
    pub fn counting() -> Self {
        Self::ending_at(usize::MAX, Ending::ProcessDies)
    }

    /// Ends at moment `chosen`, from 0.
    pub fn ending_at(chosen: usize, ending: Ending) -> Self {
        let (counted, reached) = (AtomicUsize::new(0), AtomicBool::new(false));
        Self { chosen, ending, counted, reached, news: Notify::new() }
    }

    /// How many moments there were so far.
    pub fn counted(&self) -> usize {
        self.counted.load(Ordering::SeqCst)
    }

    /// Waits for the chosen moment.
    pub async fn reached(&self) {
        while !self.reached.load(Ordering::SeqCst) {
            self.news.notified().await;
        }
    }

    async fn pass(&self) {
        let moment = self.counted.fetch_add(1, Ordering::SeqCst);
        if moment == self.chosen {
            self.reached.store(true, Ordering::SeqCst);
            self.news.notify_one();
            // Lets whoever waits for this moment act on it first.
            tokio::task::yield_now().await;
        }
        if self.ending == Ending::ProcessDies && self.reached.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
    }
}

#[async_trait]
impl Hook for Moments {
    async fn before_commit(&self, _: &Step) -> Result<(), StoreError> {
        self.pass().await;
        Ok(())
    }

    async fn after_commit(&self, _: &Step) {
        self.pass().await;
    }

    async fn before_send(&self, _: &Request) {
        self.pass().await;
    }

    async fn after_send(&self) {
        self.pass().await;
    }
}
