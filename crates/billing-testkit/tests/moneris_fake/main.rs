//! The fake Moneris's behaviour, one file per subject. Never an adapter's.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test helper fails the test by panicking")]

mod batch;
mod browser;
mod carriers;
mod checkout;
mod faults;
mod kept;
mod ledger;
mod log;
mod purchase;
mod refund;
mod requests;
mod status_check;
mod support;
mod tokens;
