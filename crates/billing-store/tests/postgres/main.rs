//! `PostgresStore`, on the server that `BILLING_TEST_POSTGRES` names.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;
mod keeping;
mod opening;
mod proxy;
mod support;
mod together;
mod trouble;
