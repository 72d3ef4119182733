//! The gate before a send: nothing leaves long after it was written down.

use std::time::Duration;

use billing_domain::{Clock, elapsed};
use jiff::Timestamp;

/// The instant taken before a commit, by both clocks: the wall clock catches a paused machine, the monotonic one
/// a wall clock set back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DispatchWindow {
    wall: Timestamp,
    monotonic: Duration,
}

impl DispatchWindow {
    /// Opens before the commit.
    pub(crate) fn open(clock: &dyn Clock) -> Self {
        Self { wall: clock.now(), monotonic: clock.monotonic() }
    }

    /// Whether a send may still leave, asked just before it does.
    pub(crate) fn is_open(&self, clock: &dyn Clock, within: Duration) -> bool {
        elapsed(self.wall, clock.now()) <= within
            && clock.monotonic().saturating_sub(self.monotonic) <= within
    }
}
