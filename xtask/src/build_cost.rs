//! What a host pays to build us: clean release builds of `peers/ours` and of its twin on async-stripe, side by side in one run.
//!
//! It measures and judges nothing: docs/performance.md says what the numbers mean. Whole numbers only: milliseconds, bytes, and ratios
//! in thousandths.

use std::env::consts::{ARCH, EXE_SUFFIX, OS};
use std::fmt::{self, Write as _};
use std::num::NonZeroU32;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;
use std::{fs, io, thread};

use crate::cargo::{cargo, root};

/// How many rounds without `--rounds`: the fewest with a median that one bad round cannot move.
pub(crate) const ROUNDS: NonZeroU32 = NonZeroU32::new(3).unwrap();

/// The goal is half of async-stripe's time. In seconds it would be a goal for the machine.
const BUILD_TIME_GOAL: u64 = 500;

/// The size that a host's program should stay below: 8 MB.
const SIZE_GOAL_BYTES: u64 = 8_000_000;

const OURS: &str = "peer-ours";
const PEER: &str = "peer-async-stripe";

/// Builds both programs once per round, in turn and from nothing, and prints the medians.
pub(crate) fn run(rounds: NonZeroU32) -> ExitCode {
    match measure(rounds) {
        Ok((ours, peer)) => {
            let cores = thread::available_parallelism().map_or(1, usize::from);
            println!("{OS} {ARCH}, {cores} cores, medians of {rounds} rounds\n");
            print!("{}\n{}", table(&ours, &peer), ratios(&ours, &peer));
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn measure(rounds: NonZeroU32) -> Result<(Cost, Cost), Failure> {
    // The network is not measured. Not `--locked`: what a change to our crates has added belongs into the peers' lock file as well.
    output("cargo fetch", &mut peers("fetch"))?;
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for round in 1..=rounds.get() {
        for (package, costs) in [(OURS, &mut ours), (PEER, &mut peer)] {
            eprintln!("round {round} of {rounds}: {package}");
            costs.push(build(package)?);
        }
    }
    Ok((Cost::median(&ours), Cost::median(&peer)))
}

/// What one clean release build of a program cost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Cost {
    millis: u64,
    crates: u64,
    bytes: u64,
}

impl Cost {
    /// The median of each figure by itself; all zero for no build at all.
    fn median(costs: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> u64| median(costs.iter().map(figure).collect());
        Self { millis: of(|it| it.millis), crates: of(|it| it.crates), bytes: of(|it| it.bytes) }
    }
}

/// Builds in a directory of its own that is removed before: nothing that this machine has built already counts.
fn build(package: &'static str) -> Result<Cost, Failure> {
    let target = root().join("target").join("build-cost").join(package);
    match fs::remove_dir_all(&target) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Failure::Io("removing the last build", error));
        }
        _ => {}
    }
    let mut command = peers("build --release --locked --offline");
    command.args(["--package", package, "--target-dir"]).arg(&target);
    // A compiler cache would answer from earlier builds.
    command.env("RUSTC_WRAPPER", "").env("RUSTC_WORKSPACE_WRAPPER", "");

    let started = Instant::now();
    let said = output(package, &mut command)?;
    let took = started.elapsed();

    let program = target.join("release").join(format!("{package}{EXE_SUFFIX}"));
    let size = fs::metadata(program).map_err(|error| Failure::Io("reading the program's size", error))?;
    Ok(Cost {
        millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        crates: crates_compiled(&said),
        bytes: size.len(),
    })
}

/// A cargo command on the peers' workspace that reports in lines.
fn peers(arguments: &str) -> Command {
    let mut command = cargo(arguments);
    command.arg("--manifest-path").arg(root().join("peers").join("Cargo.toml"));
    command.env("CARGO_TERM_COLOR", "never").env("CARGO_TERM_PROGRESS_WHEN", "never");
    command.env("CARGO_TERM_QUIET", "false");
    command
}

/// Runs the command and answers what it reported on its standard error, where cargo reports; shows it only if it failed.
fn output(name: &'static str, command: &mut Command) -> Result<String, Failure> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| Failure::Io(name, error))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    eprint!("{said}");
    Err(Failure::Cargo(name))
}

/// Cargo names each package once as it begins to build it, macros and build scripts' needs included.
fn crates_compiled(said: &str) -> u64 {
    let compiling = said.lines().filter(|line| line.trim_start().starts_with("Compiling "));
    u64::try_from(compiling.count()).unwrap_or(u64::MAX)
}

/// The one in the middle; of two in the middle, the mean.
fn median(mut figures: Vec<u64>) -> u64 {
    figures.sort_unstable();
    let upper = figures.len() / 2;
    let lower = if figures.len().is_multiple_of(2) { upper.saturating_sub(1) } else { upper };
    match (figures.get(lower), figures.get(upper)) {
        (Some(low), Some(high)) => low.midpoint(*high),
        _ => 0,
    }
}

fn table(ours: &Cost, peer: &Cost) -> String {
    let mut text = format!("{:<20} {:>8} {:>7} {:>12}\n", "program", "seconds", "crates", "bytes");
    for (program, cost) in [(OURS, ours), (PEER, peer)] {
        let seconds = format!("{}.{}", cost.millis / 1_000, cost.millis % 1_000 / 100);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{program:<20} {seconds:>8} {:>7} {:>12}", cost.crates, cost.bytes);
    }
    text
}

fn ratios(ours: &Cost, peer: &Cost) -> String {
    let mut text = format!("{:<20} {:>8} {:>7}\n", "name", "ratio", "goal");
    for (name, ratio, goal) in [
        ("build-time/peer", PerMille::of(ours.millis, peer.millis), Some(PerMille(BUILD_TIME_GOAL))),
        ("crates/peer", PerMille::of(ours.crates, peer.crates), None),
        ("size/peer", PerMille::of(ours.bytes, peer.bytes), None),
        ("size/8-MB", PerMille::of(ours.bytes, SIZE_GOAL_BYTES), Some(PerMille(1_000))),
    ] {
        let goal = goal.map_or_else(|| "-".to_owned(), |goal| goal.to_string());
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:<20} {:>8} {goal:>7}", ratio.to_string());
    }
    text
}

/// A ratio in thousandths, rounded down.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct PerMille(u64);

impl PerMille {
    /// Of nothing at all, the ratio is as large as can be: never one that meets a goal.
    fn of(part: u64, whole: u64) -> Self {
        Self(part.saturating_mul(1_000).checked_div(whole).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for PerMille {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1_000, self.0 % 1_000)
    }
}

/// Why there is no measurement.
#[derive(Debug)]
enum Failure {
    /// Cargo ran, and failed at this.
    Cargo(&'static str),
    /// This could not be done on this machine.
    Io(&'static str, io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cargo(what) => write!(f, "cargo failed: {what}"),
            Self::Io(what, error) => write!(f, "{what}: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: Cost = Cost { millis: 140_289, crates: 150, bytes: 6_000_000 };
    const PEER: Cost = Cost { millis: 310_000, crates: 88, bytes: 21_300_000 };

    #[test]
    fn counts_what_cargo_compiled_and_nothing_else() {
        let said = "   Compiling libc v0.2.1\n   Compiling serde v1.0.229\nwarning: Compiling is fun\n    \
                    Finished `release` profile [optimized] target(s) in 2m 20s\n";
        assert_eq!(crates_compiled(said), 2);
        assert_eq!(crates_compiled(""), 0);
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![9]), 9);
        assert_eq!(median(vec![300, 1, 20]), 20);
        assert_eq!(median(vec![40, 10, 20, 1_000]), 30);
        assert_eq!(median(Vec::new()), 0);
    }

    #[test]
    fn each_figure_has_its_own_median() {
        let slow_and_small = Cost { millis: 900_000, crates: 150, bytes: 1 };
        let quick_and_large = Cost { millis: 1, crates: 150, bytes: 9_000_000 };
        assert_eq!(Cost::median(&[slow_and_small, OURS, quick_and_large]), OURS);
    }

    #[test]
    fn a_ratio_has_three_places_and_is_never_too_good_to_be_true() {
        assert_eq!(PerMille::of(154, 308).to_string(), "0.500");
        assert_eq!(PerMille::of(10_005, 10_000).to_string(), "1.000");
        assert!(PerMille::of(1, 0).0 > BUILD_TIME_GOAL);
    }

    #[test]
    fn prints_a_table_and_then_name_ratio_and_goal() {
        assert_eq!(
            table(&OURS, &PEER),
            "program               seconds  crates        bytes\n\
             peer-ours               140.2     150      6000000\n\
             peer-async-stripe       310.0      88     21300000\n"
        );
        assert_eq!(
            ratios(&OURS, &PEER),
            "name                    ratio    goal\n\
             build-time/peer         0.452   0.500\n\
             crates/peer             1.704       -\n\
             size/peer               0.281       -\n\
             size/8-MB               0.750   1.000\n"
        );
    }

    /// Otherwise the table would compare settings of the compiler.
    #[test]
    fn the_peers_are_built_with_our_release_profile() {
        let profile = |manifest: &str| -> Vec<String> {
            let text = fs::read_to_string(root().join(manifest)).expect("the manifest is there");
            let section = text.lines().skip_while(|line| *line != "[profile.release]").skip(1);
            section.take_while(|line| !line.is_empty()).map(str::to_owned).collect()
        };
        assert!(!profile("Cargo.toml").is_empty());
        for peers in ["peers/Cargo.toml", "peers/calls_kasapay/Cargo.toml"] {
            assert_eq!(profile("Cargo.toml"), profile(peers), "{peers}");
        }
    }
}
