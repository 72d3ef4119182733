//! Counting tests: reads the lines in which a test runner sums up, Rust's one line per binary and Node's one line per outcome.

use std::ops::AddAssign;

/// How many tests passed and failed. What Rust ignores is neither; what Node was told to skip, or did not get to, has failed: a
/// browser test has no reason not to run.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

impl Tally {
    /// Reads `test result: ok. 3 passed; 1 failed; 0 ignored; …`, and Node's `# pass 3` and its kind; any other line is none.
    pub(crate) fn read(line: &str) -> Option<Self> {
        if let Some(counts) = line.strip_prefix("test result: ") {
            return Some(Self { passed: count(counts, "passed")?, failed: count(counts, "failed")? });
        }
        let (outcome, number) = line.strip_prefix("# ")?.split_once(' ')?;
        let number = number.parse().ok()?;
        match outcome {
            "pass" => Some(Self { passed: number, failed: 0 }),
            "cancelled" | "fail" | "skipped" | "todo" => Some(Self { passed: 0, failed: number }),
            _ => None,
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// The number in front of the word.
fn count(counts: &str, word: &str) -> Option<u32> {
    let (before, _) = counts.split_once(&format!(" {word};"))?;
    before.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_up_what_the_runner_says() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test money::adds ... ok",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ] {
            tally += Tally::read(line).unwrap_or_default();
        }
        assert_eq!(tally, Tally { passed: 15, failed: 2 });
    }

    #[test]
    fn sums_up_what_node_says() {
        let mut tally = Tally::default();
        for line in [
            "ok 1 - pays",
            "# tests 15",
            "# suites 2",
            "# pass 9",
            "# fail 3",
            "# cancelled 1",
            "# skipped 1",
            "# todo 1",
            "# duration_ms 1200.5",
        ] {
            tally += Tally::read(line).unwrap_or_default();
        }
        assert_eq!(tally, Tally { passed: 9, failed: 6 });
    }

    #[test]
    fn other_lines_count_nothing() {
        for line in [
            "",
            "test result: ",
            "test result: ok.",
            "12 passed; 0 failed;",
            "test result: ok. x passed; 0 failed;",
            "# pass",
            "# pass of the mountain",
            "# fail -1",
            "    # pass 3",
        ] {
            assert_eq!(Tally::read(line), None, "{line}");
        }
    }
}
