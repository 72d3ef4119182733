//! `PostgresStore`, on the server that `BILLING_TEST_POSTGRES` names.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;
mod support;
