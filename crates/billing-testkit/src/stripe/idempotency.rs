//! Results kept per idempotency key (<https://docs.stripe.com/api/idempotent_requests>).
//! Never decides what is worth keeping.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::error::ApiError;
use super::keys::Mode;

const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);
const LONGEST_KEY: usize = 255;

/// Whose key it is. API keys are not in it: a rolled key finds the results of the old one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub(super) struct Scope {
    pub(super) account: String,
    pub(super) mode: Mode,
    pub(super) key: String,
}

/// What was asked under the key; a second request must ask the same.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) params: Value,
}

/// The first request's answer.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Kept {
    pub(super) body: String,
    pub(super) request_id: String,
    pub(super) status: u16,
}

/// Every key in use.
#[derive(Default, Deserialize)]
#[serde(from = "Vec<(Scope, Entry)>")]
pub(super) struct Idempotency {
    entries: BTreeMap<Scope, Entry>,
}

#[derive(Deserialize, Serialize)]
struct Entry {
    asked: Asked,
    first_used: Timestamp,
    /// None while the first request is still running.
    kept: Option<Kept>,
}

impl Idempotency {
    /// Reserves the key for a first request (`None`), or gives the answer that a repeat gets.
    pub(super) fn admit(
        &mut self,
        scope: &Scope,
        asked: &Asked,
        now: Timestamp,
    ) -> Result<Option<Kept>, ApiError> {
        if scope.key.chars().count() > LONGEST_KEY {
            let message = format!("Idempotency keys are at most {LONGEST_KEY} characters long.");
            return Err(ApiError::invalid(&message));
        }
        self.forget_old(scope, now);
        let Some(entry) = self.entries.get(scope) else {
            let entry = Entry { asked: asked.clone(), first_used: now, kept: None };
            self.entries.insert(scope.clone(), entry);
            return Ok(None);
        };
        match &entry.kept {
            None => Err(ApiError::idempotency_in_use()),
            Some(_) if entry.asked != *asked => Err(ApiError::idempotency_mismatch(&scope.key)),
            Some(kept) => Ok(Some(kept.clone())),
        }
    }

    pub(super) fn keep(&mut self, scope: &Scope, kept: Kept) {
        if let Some(entry) = self.entries.get_mut(scope) {
            entry.kept = Some(kept);
        }
    }

    /// Nothing was executed: the key is as good as new.
    pub(super) fn release(&mut self, scope: &Scope) {
        self.entries.remove(scope);
    }

    fn forget_old(&mut self, scope: &Scope, now: Timestamp) {
        let old = |entry: &Entry| entry.kept.is_some() && now.duration_since(entry.first_used) >= KEPT_FOR;
        if self.entries.get(scope).is_some_and(old) {
            self.entries.remove(scope);
        }
    }
}

impl Entry {
    /// What is still running will not finish after a restart, and a browser's request has a card in it.
    fn outlives_the_process(&self) -> bool {
        self.kept.is_some() && self.asked.params.get("payment_method_data").is_none()
    }
}

impl From<Vec<(Scope, Entry)>> for Idempotency {
    fn from(entries: Vec<(Scope, Entry)>) -> Self {
        Self { entries: entries.into_iter().collect() }
    }
}

/// A list of pairs: JSON has no maps by struct.
impl Serialize for Idempotency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.entries.iter().filter(|(_, entry)| entry.outlives_the_process()))
    }
}
