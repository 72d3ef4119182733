//! An alarm that tests read: it keeps what was raised and calls nobody.

use std::sync::{Mutex, PoisonError};

use billing_domain::{Alarm, Alarming};

/// Keeps every alarm, oldest first.
#[derive(Debug, Default)]
pub struct RecordedAlarms(Mutex<Vec<Alarming>>);

impl RecordedAlarms {
    /// What was raised so far.
    pub fn raised(&self) -> Vec<Alarming> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Alarm for RecordedAlarms {
    fn raise(&self, alarm: &Alarming) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(alarm.clone());
    }
}
