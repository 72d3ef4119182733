//! The Stripe adapter against the fake Stripe: what leaves, what comes back, and what is made of it.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod cancel;
mod canned;
mod conformance;
mod connector;
mod create;
mod endpoint;
mod events;
mod guide;
mod harness;
mod notice_contract;
mod observe;
mod observe_many;
mod refund;
mod refund_certainty;
mod refund_facts;
mod refund_lookup;
mod retries;
mod scan;
mod signature;
