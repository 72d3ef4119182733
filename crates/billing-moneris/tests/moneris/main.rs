//! The Moneris adapter: what leaves, what comes back, and what is made of it.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod answers;
mod canned;
mod charge;
mod check;
mod checkout;
mod conformance;
mod connector;
mod decode;
mod fake;
mod guide;
mod hand_over;
mod harness;
mod properties;
mod refund;
mod secrets;
mod seeds;
mod table;
