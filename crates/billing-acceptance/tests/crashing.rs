//! Story 40, for real: hosts are killed at random moments while they take payments. Nothing is taken twice and nothing is lost; and the
//! test sees it when something is. `cargo xtask crash-test` does the same for longer.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::process::{Command, Output};

/// The exit code of a run that was judged, and in which something was wrong.
const WRONG: i32 = 1;

fn crash_test(arguments: &str) -> Output {
    let output =
        Command::new(env!("CARGO_BIN_EXE_crash-test")).args(arguments.split_whitespace()).output().unwrap();
    println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    output
}

/// The number before the word in the last line: `306 kills, 1947 payments, …`.
fn count(output: &Output, word: &str) -> u64 {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let line = text.lines().last().expect("the run says what it came to");
    let before = line.split(&format!(" {word}")).next().unwrap();
    before.rsplit(' ').next().unwrap().parse().unwrap()
}

fn hosts_die_on(database: &str) {
    let output = crash_test(&format!("--rounds 10 --seed 40 --database {database}"));
    assert!(output.status.success());
    // One in every round, and every host at the end.
    assert!(count(&output, "kills") >= 12);
    assert!(count(&output, "paid") > 0);
    for word in ["duplicates", "losses", "left open"] {
        assert_eq!(count(&output, word), 0, "{word}");
    }
}

#[test]
fn story_40_hosts_killed_on_one_sqlite_file_lose_nothing_and_charge_and_refund_once_at_most() {
    hosts_die_on("sqlite");
}

#[test]
fn story_40_hosts_killed_on_one_postgresql_server_lose_nothing_and_charge_and_refund_once_at_most() {
    hosts_die_on("postgres");
}

/// Which moments are hit is chance, so several runs may be needed to hit a bad one.
fn is_caught(bug: &str, found_as: &str) -> bool {
    (1..=6).any(|seed| {
        let output = crash_test(&format!("--rounds 12 --hosts 1 --seed {seed} --bug {bug}"));
        output.status.code() == Some(WRONG) && count(&output, found_as) > 0
    })
}

#[test]
fn a_store_that_answers_before_it_has_written_is_caught_by_kills_and_by_nothing_else() {
    let output = crash_test("--rounds 5 --hosts 1 --spare --bug early-answer");
    assert!(output.status.success(), "nobody was killed, so nothing was lost");
    assert!(is_caught("early-answer", "losses"));
}

#[test]
fn a_repetition_under_another_key_is_caught() {
    assert!(is_caught("new-key", "duplicates"));
}
