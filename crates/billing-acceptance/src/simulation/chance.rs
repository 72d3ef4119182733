//! Everything that looks like luck in a run, made from its seed. Never from the time or the order of a map.
//!
//! Each decision has a name: where it is made, about what, and how many of the kind there were before. The luck at one place does not
//! change because less happens elsewhere, so a run with fewer people in it still goes the same way, and shrinks.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use super::lock;

/// The seed of one run, and how many decisions were made at each place.
#[derive(Debug)]
pub(super) struct Chance {
    seed: u64,
    made: Mutex<BTreeMap<(&'static str, u64), u64>>,
}

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, made: Mutex::default() }
    }

    /// A stream of luck of somebody's own.
    pub(super) fn stream(&self, whose: &str, number: u64) -> Luck {
        Luck::new(mix(self.seed, &[word(whose), number]))
    }

    /// The luck of the next decision about `subject` at `place`, and its name.
    pub(super) fn at(&self, place: &'static str, subject: u64) -> (Luck, u64) {
        let mut made = lock(&self.made);
        let ordinal = made.entry((place, subject)).or_insert(0);
        *ordinal += 1;
        let name = mix(0, &[word(place), subject, *ordinal]);
        (Luck::new(mix(self.seed, &[name])), name)
    }
}

/// A stream of luck.
#[derive(Debug)]
pub(super) struct Luck(fastrand::Rng);

impl Luck {
    fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// 0 up to `end`, without it.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0.u64(0..end.max(1))
    }

    /// True so many times in a thousand.
    pub(super) fn per_mille(&mut self, times: u64) -> bool {
        self.below(1_000) < times
    }

    /// One of these.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub(super) fn one_of<T: Copy>(&mut self, these: &[T]) -> T {
        these[self.0.usize(0..these.len())]
    }

    /// From one to the other, in milliseconds.
    pub(super) fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let width = u64::try_from(most.saturating_sub(least).as_millis()).unwrap_or(u64::MAX);
        least + Duration::from_millis(self.below(width.saturating_add(1)))
    }

    /// A wait as people wait: mostly short, now and then `most`.
    pub(super) fn patience(&mut self, most: Duration) -> Duration {
        let eighths = [1, 1, 1, 2, 2, 4, 8];
        let longest = most / 8 * self.one_of(&eighths);
        self.between(Duration::from_millis(50), longest)
    }
}

/// A number for a word, the same everywhere.
pub(super) fn word(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Numbers made into one that looks like none of them.
pub(super) fn mix(seed: u64, with: &[u64]) -> u64 {
    with.iter().fold(spread(seed), |sum, number| spread(sum ^ spread(*number)))
}

/// `SplitMix64`'s step.
fn spread(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
