//! A clock that tests turn. It stands still until it is told to move.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use billing_domain::{Clock, later};
use jiff::Timestamp;

/// Where every test clock starts: 2026-11-22, midnight UTC, as the fakes' clocks do.
const START: Timestamp = Timestamp::constant(1_795_305_600, 0);

/// A clock that stands still until it is told to move.
#[derive(Debug)]
pub struct TestClock {
    hands: Mutex<Hands>,
}

#[derive(Clone, Copy, Debug)]
struct Hands {
    wall: Timestamp,
    monotonic: Duration,
}

impl Default for TestClock {
    fn default() -> Self {
        Self { hands: Mutex::new(Hands { wall: START, monotonic: Duration::ZERO }) }
    }
}

impl TestClock {
    /// Time goes by.
    pub fn advance(&self, by: Duration) {
        let mut hands = self.hands();
        hands.wall = later(hands.wall, by);
        hands.monotonic = hands.monotonic.saturating_add(by);
    }

    /// Someone sets the time of day; no time goes by.
    pub fn set_wall(&self, wall: Timestamp) {
        self.hands().wall = wall;
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.hands().wall
    }

    fn monotonic(&self) -> Duration {
        self.hands().monotonic
    }
}
