//! Counter's adapter, held by the published suite; and the suite, held by adapters that are broken on purpose.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod conformance;
mod harness;
mod mutants;
mod payment;
