//! `cargo xtask simulate`: builds the simulator for speed and hands the rest of the command line over. It simulates nothing itself:
//! `crates/billing-acceptance` does (docs/reliability.md).

use std::ffi::OsString;
use std::process::ExitCode;

use crate::cargo::cargo;

/// Runs the simulator with these arguments.
pub(crate) fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let mut command = cargo("run --quiet --profile simulation --locked --package billing-acceptance --bin simulate --");
    match command.args(arguments).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the simulator could not be started: {error}");
            ExitCode::FAILURE
        }
    }
}
