//! `cargo xtask simulate`: builds the simulator for speed and hands the rest of the command line over. It simulates nothing itself:
//! `crates/billing-acceptance` does (docs/reliability.md).

use std::env;
use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::cargo::{cargo, root};
use crate::step::Step;

/// In a profile of its own: much faster than a test's build, and sooner built than a release.
const SIMULATE: &str =
    "run --quiet --profile simulation --locked --package billing-acceptance --bin simulate --";

/// As many payments as every change is tested with.
const SLICE: [&str; 2] = ["--payments", "20000"];

/// The part of the simulation that every change passes, by the program as the tests have built it: to build it for speed would take
/// longer than it saves.
pub(crate) fn slice() -> Step {
    // Cargo puts every program of one profile beside the others, so it is beside this one.
    let built =
        env::current_exe().map(|xtask| xtask.with_file_name(format!("simulate{}", env::consts::EXE_SUFFIX)));
    match built {
        Ok(simulator) => {
            let mut command = Command::new(simulator);
            command.args(SLICE).current_dir(root());
            Step::new("simulation", command).must_say("duplicates")
        }
        Err(why) => {
            Step::impossible("simulation", format!("where the simulator was built is not known: {why}"))
        }
    }
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
