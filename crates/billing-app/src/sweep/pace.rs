//! The pace of the sweep: how many calls it makes to one account within a second, so that the desk has the rest.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use billing_domain::AccountRef;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// One account's pace: within any second at most so many turns.
#[derive(Debug)]
pub(crate) struct Pace {
    per_second: usize,
    /// When the newest turns began, oldest first.
    begun: tokio::sync::Mutex<VecDeque<Instant>>,
}

impl Pace {
    pub(crate) fn new(per_second: u32) -> Self {
        let per_second = usize::try_from(per_second.max(1)).unwrap_or(usize::MAX);
        Self { per_second, begun: tokio::sync::Mutex::default() }
    }

    /// Waits until a call may be made. Whoever asks first is first.
    pub(crate) async fn turn(&self) {
        let mut begun = self.begun.lock().await;
        if begun.len() >= self.per_second {
            if let Some(oldest) = begun.front() {
                tokio::time::sleep_until(*oldest + SECOND).await;
            }
            begun.pop_front();
        }
        begun.push_back(Instant::now());
    }

    /// The same, for several calls.
    pub(crate) async fn turns(&self, calls: usize) {
        for _ in 0..calls {
            self.turn().await;
        }
    }

    fn is_idle(&self) -> bool {
        let begun = self.begun.try_lock();
        begun.is_ok_and(|begun| begun.back().is_none_or(|newest| newest.elapsed() >= SECOND))
    }
}

/// The pace of every account that was called lately: it holds from one sweep of this process to the next.
#[derive(Debug, Default)]
pub(crate) struct Paces(Mutex<HashMap<AccountRef, Arc<Pace>>>);

impl Paces {
    /// The account's pace.
    pub(crate) fn of(&self, account: &AccountRef, per_second: u32) -> Arc<Pace> {
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        paces.retain(|_, pace| Arc::strong_count(pace) > 1 || !pace.is_idle());
        Arc::clone(paces.entry(account.clone()).or_insert_with(|| Arc::new(Pace::new(per_second))))
    }
}
