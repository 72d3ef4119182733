//! The project's own commands. `cargo xtask test` runs every test; `lint` every check that runs none; `ci` both.
//!
//! The rules of the house that only a test can hold live here too, as tests: the modules under `cfg(test)`.

mod cargo;
mod deny;
mod report;
mod step;
mod tally;

#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod house;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod links;

use std::process::ExitCode;

use lexopt::prelude::*;

use crate::report::Report;
use crate::step::Step;

const USAGE: &str = "\
usage: cargo xtask <command>

  ci     lint, then test: what must pass before a change is merged
  lint   formatting, clippy, docs, and cargo-deny (installed if missing)
  test   every test, then the quickstart as a smoke test";

fn main() -> ExitCode {
    match command().as_deref() {
        Ok("ci") => run(lint().chain(test())).conclude_tests(),
        Ok("lint") => run(lint()).conclude(),
        Ok("test") => run(test()).conclude_tests(),
        Ok("help") => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        Ok(other) => refuse(&format!("no command `{other}`")),
        Err(error) => refuse(&error.to_string()),
    }
}

/// Every check that runs no test, the quickest first.
fn lint() -> impl Iterator<Item = Step> {
    let docs = cargo::cargo("doc --workspace --no-deps --all-features --locked");
    [
        Step::new("formatting", cargo::cargo("fmt --all --check")),
        Step::new(
            "clippy",
            cargo::cargo("clippy --workspace --all-targets --all-features --locked -- -D warnings"),
        ),
        Step::new("docs", docs).env("RUSTDOCFLAGS", "-D warnings"),
    ]
    .into_iter()
    .chain(deny::steps())
}

/// Everything that runs our code. The tests need nothing but a Rust toolchain and a C compiler: SQLite is built in and every
/// processor is a fake, so there is nothing to install or start. Whatever a later test needs (a PostgreSQL, a browser) is a step
/// here, before the tests: this stays the one command.
fn test() -> impl Iterator<Item = Step> {
    [
        // All features: the ports' mocks are code that hosts use. The quickstart then builds every crate without them.
        Step::new("tests", cargo::cargo("test --workspace --all-targets --all-features --no-fail-fast")),
        Step::new("doc tests", cargo::cargo("test --workspace --doc --all-features --no-fail-fast")),
        Step::new("quickstart", cargo::cargo("run --quiet --package quickstart")).must_say("paid"),
    ]
    .into_iter()
}

/// Runs every step, also after one has failed: one round shows all there is to mend.
fn run(steps: impl Iterator<Item = Step>) -> Report {
    Report::new(steps.map(Step::run).collect())
}

/// The one word given. Options arrive with the first command that needs one.
fn command() -> Result<String, lexopt::Error> {
    let mut arguments = lexopt::Parser::from_env();
    let mut command = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("help") | Short('h') => return Ok("help".to_owned()),
            Value(value) if command.is_none() => command = Some(value.string()?),
            _ => return Err(argument.unexpected()),
        }
    }
    command.ok_or_else(|| "no command given".into())
}

fn refuse(why: &str) -> ExitCode {
    eprintln!("{why}\n\n{USAGE}");
    ExitCode::FAILURE
}
