//! The time of a run: one true time, which is the paused time of its runtime, and the clocks of machines, which may be wrong.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use billing_domain::{Clock, later};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Where every run begins: 2026-11-22, midnight UTC, as the fakes' clocks do.
const BEGINNING: Timestamp = Timestamp::constant(1_795_305_600, 0);

/// The true time.
#[derive(Clone, Copy, Debug)]
pub(super) struct TrueTime(Instant);

impl TrueTime {
    /// It begins now.
    pub(super) fn begin() -> Self {
        Self(Instant::now())
    }

    /// How long the run has lasted.
    pub(super) fn so_far(self) -> Duration {
        self.0.elapsed()
    }

    pub(super) fn now(self) -> Timestamp {
        later(BEGINNING, self.so_far())
    }
}

/// The clock of one machine.
#[derive(Debug)]
pub(super) struct MachineClock {
    time: TrueTime,
    /// How far its time of day is ahead, in milliseconds.
    ahead_ms: AtomicI64,
}

impl MachineClock {
    pub(super) fn new(time: TrueTime, ahead_ms: i64) -> Self {
        Self { time, ahead_ms: AtomicI64::new(ahead_ms) }
    }

    /// Somebody, or a time service, sets its time of day.
    pub(super) fn set_ahead(&self, ahead_ms: i64) {
        self.ahead_ms.store(ahead_ms, Ordering::SeqCst);
    }
}

impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_millis(self.ahead_ms.load(Ordering::SeqCst));
        self.time.now().saturating_add(ahead).unwrap_or(Timestamp::MAX)
    }

    fn monotonic(&self) -> Duration {
        self.time.so_far()
    }
}
