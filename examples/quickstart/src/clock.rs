//! The story's clock: the system's, and how far the story moved it ahead. A host has no such thing; it waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use billing_app::SystemClock;
use billing_domain::{Clock, later};
use jiff::Timestamp;

/// A clock that can be moved ahead, so that nobody has to sit and wait.
#[derive(Debug, Default)]
pub(crate) struct StoryClock {
    ahead_seconds: AtomicU64,
    system: SystemClock,
}

impl StoryClock {
    /// Moves it ahead, in whole seconds.
    pub(crate) fn advance(&self, by: Duration) {
        self.ahead_seconds.fetch_add(by.as_secs(), Ordering::Relaxed);
    }

    fn ahead(&self) -> Duration {
        Duration::from_secs(self.ahead_seconds.load(Ordering::Relaxed))
    }
}

impl Clock for StoryClock {
    fn now(&self) -> Timestamp {
        later(self.system.now(), self.ahead())
    }

    fn monotonic(&self) -> Duration {
        self.system.monotonic().saturating_add(self.ahead())
    }
}
