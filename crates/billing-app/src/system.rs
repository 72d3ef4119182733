//! The ports' ordinary implementations: the system's clock, time-ordered ids, alarms into the log.

use std::time::{Duration, Instant};

use billing_domain::{Alarm, Alarming, Clock, Ids};
use jiff::Timestamp;
use uuid::Uuid;

/// The system's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    started: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}

/// Time-ordered random UUIDs (version 7).
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// Alarms as error events of `tracing`. A host that pages people supplies its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoggedAlarm;

impl Alarm for LoggedAlarm {
    fn raise(&self, alarm: &Alarming) {
        tracing::error!(?alarm, "billing needs a person");
    }
}
