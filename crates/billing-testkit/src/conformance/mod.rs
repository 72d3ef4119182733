//! Conformance suites: plain async functions, one per line of a port's contract. A broken line panics.

pub mod notice;
pub mod processor;
pub mod store;
