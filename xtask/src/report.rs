//! What a run came to: a line per step, the number of tests, and the exit code.

use std::fmt::Write as _;
use std::process::ExitCode;

use crate::step::Outcome;
use crate::tally::Tally;

/// The outcomes of a run, in order.
pub(crate) struct Report {
    outcomes: Vec<Outcome>,
}

impl Report {
    pub(crate) fn new(outcomes: Vec<Outcome>) -> Self {
        Self { outcomes }
    }

    /// Ends a run without tests.
    pub(crate) fn conclude(&self) -> ExitCode {
        print!("\n{}", self.steps());
        exit_code(self.all_passed())
    }

    /// Ends a run with tests. The count closes the output, alone on its line. A run of no tests at all has failed.
    pub(crate) fn conclude_tests(&self) -> ExitCode {
        let tally = self.tally();
        if tally == Tally::default() {
            eprintln!("\nno test ran");
        }
        print!("\n{}", self.steps());
        println!("\n{} passed, {} failed", tally.passed, tally.failed);
        exit_code(self.all_passed() && tally.passed > 0)
    }

    fn all_passed(&self) -> bool {
        self.outcomes.iter().all(|outcome| outcome.passed)
    }

    /// The tests that the runners counted. A step that failed without a failing test (it did not build, a test binary crashed, the
    /// smoke test was silent) counts as one failure: "0 failed" is never the last word of a failed run.
    fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for outcome in &self.outcomes {
            tally += outcome.tests;
            if !outcome.passed && outcome.tests.failed == 0 {
                tally.failed += 1;
            }
        }
        tally
    }

    fn steps(&self) -> String {
        self.outcomes.iter().fold(String::new(), |mut text, outcome| {
            let verdict = if outcome.passed { "ok" } else { "FAILED" };
            let seconds = format!("{:.1?}", outcome.took);
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{:<20} {verdict:<6} {seconds:>8}", outcome.name);
            text
        })
    }
}

fn exit_code(passed: bool) -> ExitCode {
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn outcome(passed: bool, tests: (u32, u32)) -> Outcome {
        let (passed_tests, failed) = tests;
        let tests = Tally { passed: passed_tests, failed };
        Outcome { name: "tests", passed, took: Duration::from_millis(1_500), tests }
    }

    fn report(outcomes: impl Into<Vec<Outcome>>) -> Report {
        Report::new(outcomes.into())
    }

    #[test]
    fn passes_only_when_every_step_and_at_least_one_test_did() {
        let pass = |report: Report| report.conclude_tests() == ExitCode::SUCCESS;
        assert!(pass(report([outcome(true, (3, 0)), outcome(true, (0, 0))])));
        assert!(!pass(report([outcome(true, (3, 0)), outcome(false, (0, 0))])));
        assert!(!pass(report([outcome(true, (0, 0))])), "no test ran");
    }

    #[test]
    fn counts_a_failed_step_that_names_no_test() {
        let report = report([outcome(false, (7, 2)), outcome(false, (0, 0))]);
        assert_eq!(report.tally(), Tally { passed: 7, failed: 3 });
    }

    #[test]
    fn shows_each_step_with_its_verdict_and_time() {
        let report = report([outcome(true, (1, 0)), outcome(false, (0, 1))]);
        assert_eq!(
            report.steps(),
            "tests                ok         1.5s\ntests                FAILED     1.5s\n"
        );
    }
}
