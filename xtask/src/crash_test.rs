//! `cargo xtask crash-test`: hosts killed at random moments, on each database, and our ledger compared with the processors'. It kills
//! nobody itself: `crates/billing-acceptance/src/crash` does.

use std::num::NonZeroU32;
use std::process::ExitCode;

use lexopt::prelude::*;

use crate::cargo::{cargo, scratch};
use crate::run;
use crate::step::Step;

/// Unless a run says otherwise.
const ROUNDS: NonZeroU32 = NonZeroU32::new(50).unwrap();

/// Reads the rest of the command line and does as it says.
pub(crate) fn run_all(arguments: lexopt::Parser) -> ExitCode {
    match Plan::read(arguments) {
        Ok(plan) => run(plan.steps().into_iter()).conclude(),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Database {
    Sqlite,
}

/// Which databases, how many kills, and from which seed.
#[derive(Debug, Eq, PartialEq)]
struct Plan {
    databases: Vec<Database>,
    rounds: NonZeroU32,
    seed: u64,
}

impl Plan {
    fn read(mut arguments: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut plan = Self { databases: Vec::new(), rounds: ROUNDS, seed: 1 };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("database") => plan.databases.push(match arguments.value()?.string()?.as_str() {
                    "sqlite" => Database::Sqlite,
                    other => return Err(format!("no database `{other}`: sqlite").into()),
                }),
                Long("rounds") => plan.rounds = arguments.value()?.parse()?,
                Long("seed") => plan.seed = arguments.value()?.parse()?,
                _ => return Err(argument.unexpected()),
            }
        }
        if plan.databases.is_empty() {
            plan.databases.push(Database::Sqlite);
        }
        Ok(plan)
    }

    fn steps(&self) -> Vec<Step> {
        self.databases.iter().map(|database| self.step(*database)).collect()
    }

    fn step(&self, database: Database) -> Step {
        let mut command = cargo("run --quiet --package billing-acceptance --bin crash-test --");
        command.args(["--rounds", &self.rounds.to_string(), "--seed", &self.seed.to_string()]);
        match database {
            // Its file goes where everything built goes: a disk, and not what some systems keep of theirs in memory.
            Database::Sqlite => Step::new("crashes, SQLite", command),
        }
        .env("TMPDIR", &scratch())
        .must_say("kills")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Plan, lexopt::Error> {
        Plan::read(lexopt::Parser::from_args(arguments))
    }

    #[test]
    fn both_databases_unless_one_is_named() {
        let plan = read(&["--rounds", "7", "--seed", "3"]).expect("a plan");
        assert_eq!(plan.databases, [Database::Sqlite]);
        assert_eq!((plan.rounds.get(), plan.seed), (7, 3));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for wrong in [&["--database", "other"][..], &["--rounds", "0"], &["--rounds"], &["kill"]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
