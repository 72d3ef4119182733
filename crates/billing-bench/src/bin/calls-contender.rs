//! The contenders of this workspace, timed.

use std::process::ExitCode;

use billing_bench::calls::contenders::run_ours;

fn main() -> ExitCode {
    run_ours(None)
}
