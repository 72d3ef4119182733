//! The port for time, and sums of times that cannot overflow.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Tells the time. A host uses the system's clock; tests and simulations turn their own.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time of day in UTC. It may jump.
    fn now(&self) -> Timestamp;

    /// Time since an arbitrary instant. It never goes back, and counts while the process is stopped if it can.
    fn monotonic(&self) -> Duration;
}

/// `at` plus `by`, or the end of time.
#[must_use]
pub fn later(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| at.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}

/// How long after `earlier` it is at `now`; nothing if it is before.
#[must_use]
pub fn elapsed(earlier: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(earlier)).unwrap_or(Duration::ZERO)
}
