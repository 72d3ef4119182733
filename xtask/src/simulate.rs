//! `cargo xtask simulate`: builds the simulator for speed and hands the rest of the command line over. It simulates nothing itself:
//! `crates/billing-acceptance` does (docs/reliability.md).

use std::ffi::OsString;
use std::process::ExitCode;

use crate::cargo::cargo;
use crate::step::Step;

/// In a profile of its own: much faster than a test's build, and sooner built than a release.
const SIMULATE: &str =
    "run --quiet --profile simulation --locked --package billing-acceptance --bin simulate --";

/// As many payments as every change is tested with.
const SLICE: &str = "--payments 20000";

/// The part of the simulation that every change passes.
pub(crate) fn slice() -> Step {
    Step::new("simulation", cargo(&format!("{SIMULATE} {SLICE}"))).must_say("duplicates")
}

/// Runs the simulator with these arguments.
pub(crate) fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let mut command = cargo(SIMULATE);
    match command.args(arguments).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the simulator could not be started: {error}");
            ExitCode::FAILURE
        }
    }
}
