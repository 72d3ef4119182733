//! `cargo xtask bench`: builds the benchmarks, gets the peers, and runs both. It measures nothing itself: `crates/billing-bench` does.
//!
//! Everything a peer needs is pinned in `peers` and installed below `target`. None is left out in silence: what is missing is a failure
//! that says what to install, or which word leaves it out.

mod peers;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::process::{Command, ExitCode, Stdio};

use lexopt::prelude::*;

use crate::bench::peers::Peer;
use crate::build_cost;
use crate::cargo::cargo;

/// Reads the rest of the command line and does as it says.
pub(crate) fn run(arguments: &mut lexopt::Parser) -> ExitCode {
    match Plan::read(arguments).map_err(|error| error.to_string()).and_then(|plan| plan.carry_out()) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// What to measure, how often, and beside whom.
#[derive(Debug, Default, Eq, PartialEq)]
struct Plan {
    /// In the order given; none for the usual ones.
    tables: Vec<Table>,
    quick: bool,
    rounds: Option<NonZeroU32>,
    without: Vec<Peer>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Table {
    Build,
    Calls,
    Durable,
}

impl Plan {
    fn read(arguments: &mut lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut plan = Self::default();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("quick") => plan.quick = true,
                Long("rounds") => plan.rounds = Some(arguments.value()?.parse()?),
                Long("without") => {
                    for name in arguments.value()?.string()?.split(',') {
                        plan.without
                            .push(Peer::named(name).ok_or(format!("no peer `{name}`: {}", Peer::names()))?);
                    }
                }
                Value(value) => plan.tables.push(match value.string()?.as_str() {
                    "build" => Table::Build,
                    "calls" => Table::Calls,
                    "durable" => Table::Durable,
                    other => return Err(format!("no table `{other}`: build, calls, durable").into()),
                }),
                _ => return Err(argument.unexpected()),
            }
        }
        Ok(plan)
    }

    fn carry_out(&self) -> Result<ExitCode, String> {
        // The builds take long, and their size changes with every dependency only: they are asked for by name.
        let usual = [Table::Calls, Table::Durable];
        let tables = if self.tables.is_empty() { &usual[..] } else { &self.tables };
        for table in tables {
            match table {
                Table::Build => {
                    let rounds = self.rounds.unwrap_or(build_cost::ROUNDS);
                    let built = build_cost::run(rounds);
                    if built != ExitCode::SUCCESS {
                        return Ok(built);
                    }
                }
                Table::Calls => self.calls()?,
                Table::Durable => self.durable()?,
            }
            println!();
        }
        Ok(ExitCode::SUCCESS)
    }

    fn calls(&self) -> Result<(), String> {
        must(
            "building the benchmarks",
            &mut cargo("build --release --locked --package billing-bench --bins"),
        )?;
        let mut calls = program("calls");
        for peer in Peer::ALL {
            if self.without.contains(&peer) {
                println!("without {}, as asked", peer.name());
            } else {
                calls.args(peer.install()?);
            }
        }
        calls.args(self.rounds());
        if self.quick {
            calls.arg("--quick");
        }
        must("measuring the calls", &mut calls)
    }

    fn durable(&self) -> Result<(), String> {
        let mut durable = program("durable");
        durable.args(self.rounds());
        if self.quick {
            durable.arg("--quick");
        }
        let output = durable.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| format!("measuring durable work: {error}"))?;
        print!("{}", aligned(&String::from_utf8_lossy(&output.stdout)));
        if output.status.success() { Ok(()) } else { Err("measuring durable work failed".to_owned()) }
    }

    fn rounds(&self) -> Vec<OsString> {
        let rounds = self.rounds.map(|rounds| ["--rounds".into(), rounds.to_string().into()]);
        rounds.into_iter().flatten().collect()
    }
}

/// A program of the benchmark, built if need be.
fn program(name: &str) -> Command {
    let mut command = cargo("run --release --quiet --locked --package billing-bench --bin");
    command.args([name, "--"]);
    command
}

/// Runs the command; what it says goes where ours does.
fn must(what: &str, command: &mut Command) -> Result<(), String> {
    match command.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{what} failed")),
        Err(error) => Err(format!("{what}: {error}")),
    }
}

/// The lines `row<TAB>name<TAB>ratio<TAB>goal` as a table, with a mark where a goal is missed; the other lines above it.
fn aligned(said: &str) -> String {
    let mut text = String::new();
    let mut table = format!("{:<64} {:>8}  {:>8}\n", "name", "ratio", "goal");
    for line in said.lines() {
        match line.split('\t').collect::<Vec<_>>()[..] {
            ["row", name, ratio, goal] => {
                let mark = if is_missed(ratio, goal) { "  MISSED" } else { "" };
                // Writing to a String cannot fail.
                let _ = writeln!(table, "{name:<64} {ratio:>8}  {goal:>8}{mark}");
            }
            _ => {
                let _ = writeln!(text, "{}", line.replace('\t', " "));
            }
        }
    }
    format!("{text}\n{table}")
}

/// A goal reads `<=1.000` or `>=1.000`, both with as many places as the ratio has; anything else is no goal.
fn is_missed(ratio: &str, goal: &str) -> bool {
    let thousandths = |text: &str| text.trim().replace('.', "").parse::<u64>().ok();
    match (goal.strip_prefix("<="), goal.strip_prefix(">=")) {
        (Some(most), _) => thousandths(ratio) > thousandths(most),
        (_, Some(least)) => thousandths(ratio) < thousandths(least),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(arguments: &[&str]) -> Result<Plan, String> {
        let mut parser = lexopt::Parser::from_args(arguments);
        Plan::read(&mut parser).map_err(|error| error.to_string())
    }

    #[test]
    fn a_command_line_is_a_plan() {
        let read =
            plan(&["calls", "--rounds", "3", "--quick", "--without", "node,python"]).expect("it is one");
        let without = vec![Peer::Node, Peer::Python];
        let rounds = NonZeroU32::new(3);
        assert_eq!(read, Plan { tables: vec![Table::Calls], quick: true, rounds, without });
        assert_eq!(plan(&[]), Ok(Plan::default()));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for arguments in [&["speed"][..], &["--without", "ruby"], &["--rounds", "0"], &["--fast"]] {
            assert!(plan(arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn rows_are_aligned_and_misses_marked() {
        let text = aligned(
            "note\ttwo\tcores\nrow\tgood\t0.950\t>=0.900\nrow\tbad\t1.300\t<=1.250\nrow\tfree\t9.000\t-\n",
        );
        let lines: Vec<Vec<_>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0], ["note", "two", "cores"]);
        assert_eq!(lines[3], ["good", "0.950", ">=0.900"]);
        assert_eq!(lines[4], ["bad", "1.300", "<=1.250", "MISSED"]);
        assert_eq!(lines[5], ["free", "9.000", "-"]);
    }
}
