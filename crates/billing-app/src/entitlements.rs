//! The port that tells whether the help centre has unlocked a processor, and its default: what the store keeps.

use std::fmt;

use async_trait::async_trait;
use billing_domain::{Dispensary, ProcessorId};

/// Tells whether a dispensary may save a processor's keys. It gates saving, never using keys already saved.
#[async_trait]
pub trait Entitlements: fmt::Debug + Send + Sync {
    /// Whether `processor` is unlocked for `dispensary`.
    async fn is_unlocked(&self, dispensary: &Dispensary, processor: &ProcessorId) -> bool;
}

/// What [`Billing::unlock_processor`](crate::Billing::unlock_processor) recorded.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoredEntitlements;

#[async_trait]
impl Entitlements for StoredEntitlements {
    async fn is_unlocked(&self, dispensary: &Dispensary, processor: &ProcessorId) -> bool {
        dispensary.unlocked.contains(processor)
    }
}
