//! Placeholder.

pub mod conformance;
pub mod store;
pub mod stripe;
