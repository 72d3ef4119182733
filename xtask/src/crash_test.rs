//! `cargo xtask crash-test`: hosts killed at random moments, on each database, and our ledger compared with the processors'. It kills
//! nobody itself: `crates/billing-acceptance/src/crash` does.

use std::num::NonZeroU32;
use std::process::ExitCode;

use lexopt::prelude::*;

use crate::cargo::{cargo, scratch};
use crate::postgres;
use crate::report::Report;
use crate::step::Step;

/// Unless a run says otherwise.
const ROUNDS: NonZeroU32 = NonZeroU32::new(50).unwrap();

/// Reads the rest of the command line and does as it says.
pub(crate) fn run_all(arguments: lexopt::Parser) -> ExitCode {
    match Plan::read(arguments) {
        Ok(plan) => plan.carry_out().conclude(),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Database {
    Postgres,
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
                    "postgres" => Database::Postgres,
                    "sqlite" => Database::Sqlite,
                    other => return Err(format!("no database `{other}`: postgres, sqlite").into()),
                }),
                Long("rounds") => plan.rounds = arguments.value()?.parse()?,
                Long("seed") => plan.seed = arguments.value()?.parse()?,
                _ => return Err(argument.unexpected()),
            }
        }
        if plan.databases.is_empty() {
            plan.databases = vec![Database::Sqlite, Database::Postgres];
        }
        Ok(plan)
    }

    /// With a PostgreSQL server beside it where one is needed, ours or a named one: see [`postgres`].
    fn carry_out(&self) -> Report {
        let installed = self.databases.contains(&Database::Postgres).then(postgres::install).flatten();
        let mut outcomes: Vec<_> = installed.into_iter().map(Step::run).collect();
        for database in &self.databases {
            let outcome = match database {
                Database::Postgres => match postgres::Server::start() {
                    Ok(server) => self.kill_hosts("crashes, PostgreSQL", "postgres", server.config()).run(),
                    Err(why) => Step::impossible("crashes, PostgreSQL", why).run(),
                },
                Database::Sqlite => self.kill_hosts("crashes, SQLite", "sqlite", "").run(),
            };
            outcomes.push(outcome);
        }
        Report::new(outcomes)
    }

    fn kill_hosts(&self, name: &'static str, database: &str, server: &str) -> Step {
        let mut command = cargo("run --quiet --package billing-acceptance --bin crash-test --");
        command.args(["--database", database]);
        command.args(["--rounds", &self.rounds.to_string(), "--seed", &self.seed.to_string()]);
        // What it writes goes where everything built goes: a disk, and not what some systems keep of theirs in memory.
        Step::new(name, command).env(postgres::SERVER, server).env("TMPDIR", &scratch()).must_say("kills")
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
        assert_eq!(plan.databases, [Database::Sqlite, Database::Postgres]);
        assert_eq!((plan.rounds.get(), plan.seed), (7, 3));
        let plan = read(&["--database", "postgres"]).expect("a plan");
        assert_eq!(plan.databases, [Database::Postgres]);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for wrong in [&["--database", "other"][..], &["--rounds", "0"], &["--rounds"], &["kill"]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
