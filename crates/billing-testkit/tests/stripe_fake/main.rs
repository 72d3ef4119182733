//! The fake Stripe's behaviour, one file per subject. Never an adapter's.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test helper fails the test by panicking")]

mod accounts;
mod browser;
mod cancel;
mod cards;
mod carriers;
mod create;
mod faults;
mod http;
mod idempotency;
mod kept;
mod list;
mod log;
mod refund;
mod refund_course;
mod refund_list;
mod refund_trouble;
mod support;
mod webhooks;
