//! Every moment at which something can go wrong: before and after each write and each send, counted and chosen.

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use billing_domain::{Step, StoreError};
use billing_transport::{Delivery, Request, SendError, SendErrorKind};
use tokio::sync::Notify;

use crate::Hook;

/// What happens at the chosen moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// What was on its way is lost, once: a request or its answer, a write or its answer. Nothing tells which.
    AnswerIsLost,
    /// The server drops the request's handler; the process lives.
    HandlerIsDropped,
    /// The process dies: nothing goes on, there or anywhere.
    ProcessDies,
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

    /// Waits for the chosen moment, if it ends the story.
    pub async fn reached(&self) {
        while self.ending == Ending::AnswerIsLost || !self.reached.load(Ordering::SeqCst) {
            self.news.notified().await;
        }
    }

    /// Whether what is on its way at this moment is lost.
    async fn pass(&self) -> bool {
        let moment = self.counted.fetch_add(1, Ordering::SeqCst);
        let is_chosen = moment == self.chosen;
        if self.ending == Ending::AnswerIsLost {
            return is_chosen;
        }
        if is_chosen {
            self.reached.store(true, Ordering::SeqCst);
            self.news.notify_one();
            // Lets whoever waits for this moment act on it first.
            tokio::task::yield_now().await;
        }
        if self.ending == Ending::ProcessDies && self.reached.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
        false
    }

    async fn pass_send(&self) -> Result<(), SendError> {
        let lost = SendError::new(SendErrorKind::Interrupted, Delivery::MaybeSent);
        if self.pass().await { Err(lost) } else { Ok(()) }
    }

    async fn pass_commit(&self) -> Result<(), StoreError> {
        if self.pass().await { Err(StoreError::InDoubt("the answer was lost".into())) } else { Ok(()) }
    }
}

#[async_trait]
impl Hook for Moments {
    async fn before_commit(&self, _: &Step) -> Result<(), StoreError> {
        self.pass_commit().await
    }

    async fn after_commit(&self, _: &Step) -> Result<(), StoreError> {
        self.pass_commit().await
    }

    async fn before_send(&self, _: &Request) -> Result<(), SendError> {
        self.pass_send().await
    }

    async fn after_send(&self) -> Result<(), SendError> {
        self.pass_send().await
    }
}
