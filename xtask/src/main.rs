//! The project's own commands. `cargo xtask test` runs every test; `lint` every check that runs none; `ci` both; `build-cost` measures.
//!
//! The rules of the house that only a test can hold live here too, as tests: the modules under `cfg(test)`.

mod bench;
mod browser;
mod build_cost;
mod cargo;
mod crash_test;
mod deny;
mod fuzz;
mod postgres;
mod report;
mod simulate;
mod step;
mod stories;
mod tally;
mod tool;

#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod house;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod links;

use std::env;
use std::num::NonZeroU32;
use std::process::ExitCode;

use lexopt::prelude::*;

use crate::report::Report;
use crate::step::Step;

const USAGE: &str = "\
usage: cargo xtask <command>

  bench [calls] [durable] [build] [--rounds N] [--quick] [--without async-stripe,kasapay,node,python]
         how fast and how small, beside others: the tables of docs/performance.md (default calls and durable, 5 rounds)
  build-cost [--rounds N]
         clean release builds of a minimal host, ours and a peer's, side by side (minutes; default 3 rounds)
  ci     lint, then test: what must pass before a change is merged
  crash-test [--rounds N] [--seed S] [--database sqlite|postgres]
         kills hosts at random moments while they take payments, and compares ledgers (default 50 rounds on each database)
  fuzz [--seconds N]
         random answers for the readers of what processors say (default 60 s for each; installs cargo-fuzz if missing)
  lint   formatting, clippy, docs, and cargo-deny (installed if missing)
  simulate [--payments N] [--from SEED] [--threads N] [--bug NAME] | --seed N [--bug NAME] [--whole] | --bugs
         made-up clinics in which everything goes wrong, from seeds: docs/reliability.md (default 20,000 payments)
  test   every test, the stories about crashes once more on each database, the quickstart's two stories as a smoke test,
         20,000 simulated payments, then the clinic in a browser";

fn main() -> ExitCode {
    if env::args_os().skip(1).any(|argument| argument == "--help" || argument == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    // The commands with a command line of their own.
    let mut arguments = lexopt::Parser::from_args(env::args_os().skip(2));
    match env::args_os().nth(1) {
        Some(command) if command == "bench" => return bench::run(&mut arguments),
        Some(command) if command == "crash-test" => return crash_test::run_all(arguments),
        Some(command) if command == "simulate" => return simulate::run(env::args_os().skip(2)),
        _ => {}
    }
    let Asked { command, rounds, seconds } = match asked() {
        Ok(asked) => asked,
        Err(error) => return refuse(&error.to_string()),
    };
    match (command.as_str(), rounds, seconds) {
        ("build-cost", rounds, None) => build_cost::run(rounds.unwrap_or(build_cost::ROUNDS)),
        ("fuzz", None, seconds) => run(fuzz::steps(seconds.unwrap_or(fuzz::SECONDS)).into_iter()).conclude(),
        (_, Some(_), _) => refuse("only `build-cost` has rounds"),
        (_, _, Some(_)) => refuse("only `fuzz` has seconds"),
        ("ci", ..) => run_tests(lint()).conclude_tests(),
        ("lint", ..) => run(lint()).conclude(),
        ("test", ..) => run_tests(std::iter::empty()).conclude_tests(),
        ("help", ..) => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        (other, ..) => refuse(&format!("no command `{other}`")),
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

/// Everything that runs our code. The Rust tests need a toolchain, a C compiler and a PostgreSQL server: SQLite is built in and every
/// processor is a fake. The server is started here, and what it and the browser tests need is installed where that can be done: this
/// stays the one command.
fn test(postgres: &str) -> impl Iterator<Item = Step> + use<> {
    let [stories_on_sqlite, stories_on_postgres] = stories::on_each_database(postgres);
    let tests = cargo::cargo("test --workspace --all-targets --all-features --no-fail-fast");
    [
        // All features: the ports' mocks are code that hosts use. The quickstart then builds every crate without them.
        Step::new("tests", tests).env(postgres::SERVER, postgres),
        stories_on_sqlite,
        stories_on_postgres,
        Step::new("doc tests", cargo::cargo("test --workspace --doc --all-features --no-fail-fast")),
        quickstart("quickstart", "run --quiet --package quickstart"),
        quickstart("quickstart with Moneris", "run --quiet --package quickstart -- --processor moneris"),
        simulate::slice(),
    ]
    .into_iter()
    .chain(browser::steps())
}

/// One story of the quickstart, which ends with a paid invoice.
fn quickstart(name: &'static str, arguments: &str) -> Step {
    // Keys that a developer has exported are not this story's: empty counts as unset.
    let keys = [
        "BILLING_SEAL_KEYS",
        "MONERIS_API_TOKEN",
        "MONERIS_PROFILE_ID",
        "MONERIS_STORE_ID",
        "STRIPE_PUBLISHABLE_KEY",
        "STRIPE_SECRET_KEY",
    ];
    let story =
        keys.into_iter().fold(Step::new(name, cargo::cargo(arguments)), |step, key| step.env(key, ""));
    // Its database goes where everything built goes, not into the system's own folder.
    story.env("TMPDIR", &cargo::scratch()).must_say("paid")
}

/// Runs some steps and then the tests, with a PostgreSQL server beside them that ends with the last one.
fn run_tests(before: impl Iterator<Item = Step>) -> Report {
    let mut outcomes: Vec<_> = before.chain(postgres::install()).map(Step::run).collect();
    let server = postgres::Server::start();
    // Without a server everything else still runs, and the tests that need one fail.
    if let Err(why) = &server {
        outcomes.push(Step::impossible("PostgreSQL", why.clone()).run());
    }
    let config = server.as_ref().map(postgres::Server::config).unwrap_or_default();
    outcomes.extend(test(config).map(Step::run));
    Report::new(outcomes)
}

/// Runs every step, also after one has failed: one round shows all there is to mend.
fn run(steps: impl Iterator<Item = Step>) -> Report {
    Report::new(steps.map(Step::run).collect())
}

/// The one word given, and how much of it.
struct Asked {
    command: String,
    rounds: Option<NonZeroU32>,
    seconds: Option<NonZeroU32>,
}

fn asked() -> Result<Asked, lexopt::Error> {
    let mut arguments = lexopt::Parser::from_env();
    let (mut command, mut rounds, mut seconds) = (None, None, None);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("rounds") => rounds = Some(arguments.value()?.parse()?),
            Long("seconds") => seconds = Some(arguments.value()?.parse()?),
            Value(value) if command.is_none() => command = Some(value.string()?),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Asked { command: command.ok_or("no command given")?, rounds, seconds })
}

fn refuse(why: &str) -> ExitCode {
    eprintln!("{why}\n\n{USAGE}");
    ExitCode::FAILURE
}
