//! Counting tests: reads the line in which Rust's test runner sums up one binary.

use std::ops::AddAssign;

/// How many tests passed and failed. Ignored ones are neither.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

impl Tally {
    /// Reads `test result: ok. 3 passed; 1 failed; 0 ignored; …`; any other line is none.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let counts = line.strip_prefix("test result: ")?;
        Some(Self { passed: count(counts, "passed")?, failed: count(counts, "failed")? })
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
    fn other_lines_count_nothing() {
        for line in [
            "",
            "test result: ",
            "test result: ok.",
            "12 passed; 0 failed;",
            "test result: ok. x passed; 0 failed;",
        ] {
            assert_eq!(Tally::read(line), None, "{line}");
        }
    }
}
