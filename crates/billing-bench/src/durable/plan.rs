//! How much is measured. No measuring.

/// How much is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How often each pair is measured, in turn; the medians are reported.
    pub rounds: usize,
    /// How many callers commit at once, each waiting for its own answer before it goes on.
    pub callers: usize,
    /// How many payments each of them opens in one round of steps.
    pub steps_each: usize,
    /// How many payments one caller alone opens in one round.
    pub steps_alone: usize,
    /// How many requests each caller sends in one round.
    pub sends_each: usize,
    /// How many payments are stored when lists are read, one database each.
    pub stored: Vec<u64>,
    /// How many pages are read in one round.
    pub pages: usize,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            rounds: 9,
            callers: 32,
            steps_each: 100,
            steps_alone: 300,
            sends_each: 50,
            stored: vec![10_000, 100_000],
            pages: 100,
        }
    }
}

impl Plan {
    /// Everything once and little of it: proves that the benchmark runs, and says nothing about speed.
    pub fn smoke() -> Self {
        Self {
            rounds: 1,
            callers: 2,
            steps_each: 3,
            steps_alone: 3,
            sends_each: 3,
            stored: vec![200, 400],
            pages: 2,
        }
    }

    /// The same, and lists over a million payments as well.
    #[must_use]
    pub fn large(mut self) -> Self {
        self.stored.push(1_000_000);
        self
    }
}
