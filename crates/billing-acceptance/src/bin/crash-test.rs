//! Kills hosts and compares ledgers: see `billing_acceptance::crash`. `cargo xtask crash-test` runs it.

use std::process::ExitCode;

fn main() -> ExitCode {
    billing_acceptance::crash::main()
}
