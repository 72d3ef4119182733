//! The simulator from a command line: many runs, or one run with its trace. `cargo xtask simulate` calls it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a program")]

use std::process::ExitCode;
use std::sync::Mutex;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use billing_acceptance::simulation::{Bug, Fleet, Outcome, Rule, Setting, Tally, find_bug, run, shrink};
use lexopt::prelude::*;

const USAGE: &str = "\
usage: simulate [--payments N] [--from SEED] [--threads N] [--bug NAME]
         run after run until so many payments were made (default 20,000, from seed 1, a thread for each processor)
       simulate --seed N [--bug NAME] [--whole]
         one run, told: shrunk to what it needs to fail if it does, unless --whole
       simulate --bugs [--payments N]
         every seeded bug, and after how many payments it is found (default at most 100,000 for each)";

/// What the command line asks for.
#[derive(Debug, Default)]
struct Asked {
    bug: Option<Bug>,
    bugs: bool,
    from: Option<u64>,
    payments: Option<u64>,
    seed: Option<u64>,
    threads: Option<usize>,
    whole: bool,
}

impl Asked {
    fn read() -> Result<Self, lexopt::Error> {
        let mut arguments = lexopt::Parser::from_env();
        let mut asked = Self::default();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("bug") => {
                    let name = arguments.value()?.string()?;
                    let names = Bug::ALL.iter().map(|bug| bug.name()).collect::<Vec<_>>().join(", ");
                    asked.bug = Some(Bug::named(&name).ok_or(format!("no bug `{name}`: {names}"))?);
                }
                Long("bugs") => asked.bugs = true,
                Long("from") => asked.from = Some(arguments.value()?.parse()?),
                Long("payments") => asked.payments = Some(arguments.value()?.parse()?),
                Long("seed") => asked.seed = Some(arguments.value()?.parse()?),
                Long("threads") => asked.threads = Some(arguments.value()?.parse()?),
                Long("whole") => asked.whole = true,
                _ => return Err(argument.unexpected()),
            }
        }
        Ok(asked)
    }
}

fn main() -> ExitCode {
    let asked = match Asked::read() {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    let is_well = match asked.seed {
        Some(seed) => tell(seed, &asked),
        None if asked.bugs => find_bugs(&asked),
        None => sail(&asked),
    };
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One run and how it went.
fn tell(seed: u64, asked: &Asked) -> bool {
    let setting = Setting { bug: asked.bug, traced: true, ..Setting::default() };
    if !asked.whole
        && let Some(shrunk) = shrink(seed, &setting)
    {
        print_trace(&shrunk.outcome);
        let (invoices, faults) = (shrunk.without.invoices.len(), shrunk.without.faults.len());
        println!("left out: {invoices} invoices and {faults} faults, found by {} runs", shrunk.tried);
        return false;
    }
    let outcome = run(seed, &setting);
    print_trace(&outcome);
    println!("{} payments, {} charges", outcome.tally.payments, outcome.tally.charges);
    outcome.violation.is_none()
}

fn print_trace(outcome: &Outcome) {
    for line in &outcome.trace {
        println!("{line}");
    }
    match &outcome.violation {
        Some(violation) => println!("\nseed {}: {violation}", outcome.seed),
        None => println!("\nseed {}: nothing wrong", outcome.seed),
    }
}

/// Many runs, their sum, and the first that failed as small as it can be made.
fn sail(asked: &Asked) -> bool {
    let threads = asked.threads.or(available_parallelism().ok().map(usize::from)).unwrap_or(1);
    let (first, payments) = (asked.from.unwrap_or(1), asked.payments.unwrap_or(20_000));
    let setting = Setting { bug: asked.bug, ..Setting::default() };
    let began = Instant::now();
    let last_told = Mutex::new(began);
    let fleet = Fleet::sail(first, payments, threads, &setting, |so_far: &Tally| {
        if let Ok(mut last) = last_told.try_lock()
            && last.elapsed() > Duration::from_secs(30)
        {
            *last = Instant::now();
            eprintln!("{} payments after {} s", so_far.payments, began.elapsed().as_secs());
        }
    });
    let took = began.elapsed();
    print_summary(&fleet, took, threads);
    if let Some(failed) = fleet.failed.first() {
        println!("\nthe first that failed, as small as it can be made:\n");
        if let Some(shrunk) = shrink(failed.seed, &setting) {
            print_trace(&shrunk.outcome);
        }
    }
    fleet.failed.is_empty()
}

fn print_summary(fleet: &Fleet, took: Duration, threads: usize) {
    let Fleet { tally, seeds: (first, end), failed } = fleet;
    let broken = |rules: &[Rule]| {
        let of_it = |outcome: &&Outcome| {
            outcome.violation.as_ref().is_some_and(|violation| rules.contains(&violation.rule))
        };
        failed.iter().filter(of_it).count()
    };
    let twice =
        broken(&[Rule::ChargedTwice, Rule::InvoiceOvercharged, Rule::ObjectMadeTwice, Rule::RefundedTwice]);
    let lost = broken(&[Rule::LedgersDiffer]);
    let unresolved = broken(&[Rule::KeysErasedEarly, Rule::Restless, Rule::Unresolved]);
    let others = broken(&[Rule::NoticeForged, Rule::NoticeTakenTwice, Rule::Panicked, Rule::WrongAccount]);
    println!("seeds        {first} to {}", end.saturating_sub(1));
    println!("runs         {}", tally.runs);
    println!("payments     {} in {} s on {threads} threads", tally.payments, took.as_secs());
    println!("charges      {}", tally.charges);
    println!("given back   {} of them, in part or whole", tally.refunds);
    println!("sends        {}, writes {}, notices {}", tally.sends, tally.commits, tally.notices);
    println!("duplicates   {twice}");
    println!("losses       {lost}");
    println!("unresolved   {unresolved}");
    println!("other        {others} (wrong account, a notice forged or taken twice, a panic)");
    let people: u64 = tally.for_a_person.values().sum();
    println!("\nfor a person, where the processor cannot tell: {people}");
    for (why, times) in &tally.for_a_person {
        println!("  {times:>9}  {why}");
    }
    let faults: u64 = tally.faults.values().sum();
    println!("\nfaults injected: {faults}");
    for (fault, times) in &tally.faults {
        println!("  {times:>9}  {}", fault.name());
    }
    for outcome in failed.iter().take(20) {
        let Some(violation) = &outcome.violation else { continue };
        println!("\nseed {}: {violation}\n  replay: cargo xtask simulate --seed {0}", outcome.seed);
    }
}

/// The table of the seeded bugs.
fn find_bugs(asked: &Asked) -> bool {
    let limit = asked.payments.unwrap_or(100_000);
    let first = asked.from.unwrap_or(1);
    println!("| bug | found after | at seed | as |\n|---|---|---|---|");
    let mut all_found = true;
    for bug in Bug::ALL {
        match find_bug(*bug, first, limit) {
            Some((payments, Outcome { seed, violation: Some(violation), .. })) => {
                println!("| `{}` | {payments} payments | {seed} | {} |", bug.name(), violation.rule.broken());
            }
            _ => {
                println!("| `{}` | not within {limit} | – | – |", bug.name());
                all_found = false;
            }
        }
    }
    all_found
}
