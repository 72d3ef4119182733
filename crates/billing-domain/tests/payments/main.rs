//! Payments and refunds: their tables row by row, their sums, and their laws under permutation and repetition.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod refund_sums;
mod refunds;
mod samples;
mod server_charges;
mod transitions;
