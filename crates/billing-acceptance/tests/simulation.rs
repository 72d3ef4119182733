//! The simulator itself: the same seed makes the same run, nothing is found in the library, and every seeded bug is found.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::thread;

use billing_acceptance::simulation::{Bug, Fault, Fleet, Setting, Tally, find_bug, run, shrink};

/// Within so many payments every bug is found.
const FOUND_WITHIN: u64 = 3_000;

#[test]
fn the_same_seed_makes_the_same_run_to_the_last_millisecond() {
    let setting = Setting { traced: true, ..Setting::default() };
    for seed in 1..=3 {
        let (one, other) = (run(seed, &setting), run(seed, &setting));
        assert!(one.trace.len() > 100, "seed {seed} tells only {} lines", one.trace.len());
        assert_eq!(one.trace, other.trace, "seed {seed}");
        assert_eq!(one.tally, other.tally, "seed {seed}");
    }
    assert_ne!(run(1, &setting).trace, run(2, &setting).trace);
}

#[test]
fn a_trace_costs_nothing_and_changes_nothing() {
    let traced = run(7, &Setting { traced: true, ..Setting::default() });
    assert_eq!(run(7, &Setting::default()).tally, traced.tally);
}

/// A few hundred payments; `cargo xtask test` runs 20,000 beside this.
#[test]
fn everything_goes_wrong_and_nobody_is_charged_twice_and_nothing_is_lost() {
    let fleet = Fleet::sail(1, 300, 2, &Setting::default(), |_: &Tally| {});
    let found: Vec<_> = fleet.failed.iter().map(|run| (run.seed, run.violation.clone())).collect();
    assert!(found.is_empty(), "{found:?}");
    assert!(fleet.tally.payments >= 300 && fleet.tally.charges > 100, "{:?}", fleet.tally);
    let absent: Vec<_> = Fault::ALL.iter().filter(|fault| !fleet.tally.faults.contains_key(*fault)).collect();
    assert!(absent.len() < Fault::ALL.len() / 4, "in so many payments these faults never came: {absent:?}");
}

#[test]
fn every_seeded_bug_is_found() {
    let found = thread::scope(|scope| {
        let searches = Bug::ALL.iter().map(|bug| scope.spawn(|| (*bug, find_bug(*bug, 1, FOUND_WITHIN))));
        searches.collect::<Vec<_>>().into_iter().map(|search| search.join().unwrap()).collect::<Vec<_>>()
    });
    println!("| bug | found after | at seed | as |\n|---|---|---|---|");
    for (bug, found) in found {
        let (payments, outcome) = found.unwrap_or_else(|| panic!("{} was not found", bug.name()));
        let rule = outcome.violation.unwrap().rule.broken();
        println!("| `{}` | {payments} payments | {} | {rule} |", bug.name(), outcome.seed);
    }
}

#[test]
fn a_failing_run_shrinks_to_one_that_can_be_read() {
    let setting = Setting { bug: Some(Bug::SkipsTheLock), ..Setting::default() };
    let (_, found) = find_bug(Bug::SkipsTheLock, 1, FOUND_WITHIN).unwrap();
    let shrunk = shrink(found.seed, &setting).unwrap();
    assert_eq!(shrunk.outcome.violation.unwrap().rule, found.violation.unwrap().rule);
    assert!(shrunk.outcome.tally.payments < found.tally.payments);
    assert!(shrunk.outcome.trace.len() < 100, "{} lines", shrunk.outcome.trace.len());
}
