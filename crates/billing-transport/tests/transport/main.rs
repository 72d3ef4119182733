//! The crate's promises, each against a server written by hand on loopback or a scripted exchange.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

mod delivery;
mod pool;
mod redaction;
mod retry;
mod server;
