//! One time of day for many processes: the machine's, and how far a file says it is moved. Whoever replaces the file moves the time for
//! everybody at once, as if everything had stood still meanwhile.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use billing_domain::Clock;
use jiff::{SignedDuration, Timestamp};

/// Where the time of every run starts, as the fakes' clocks do: 2026-11-22, midnight UTC.
const START: Timestamp = Timestamp::constant(1_795_305_600, 0);

/// Reads the time.
#[derive(Debug)]
pub(crate) struct SharedClock {
    file: PathBuf,
    started: Instant,
    moved_at_start: SignedDuration,
}

impl SharedClock {
    pub(crate) fn new(file: PathBuf) -> Self {
        let moved_at_start = moved(&file);
        Self { file, started: Instant::now(), moved_at_start }
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        Timestamp::now() + moved(&self.file)
    }

    fn monotonic(&self) -> Duration {
        let moved_since = moved(&self.file) - self.moved_at_start;
        self.started.elapsed() + moved_since.unsigned_abs()
    }
}

/// Moves the time; there is one in a run.
#[derive(Debug)]
pub(crate) struct Hands {
    file: PathBuf,
    moved: Mutex<SignedDuration>,
}

impl Hands {
    /// Makes the file, so that it is [`START`] now.
    pub(crate) fn new(file: &Path) -> Self {
        let hands = Self { file: file.to_owned(), moved: Mutex::new(Timestamp::now().duration_until(START)) };
        hands.advance(Duration::ZERO);
        hands
    }

    /// Moves the time ahead.
    pub(crate) fn advance(&self, by: Duration) {
        let mut moved = self.moved.lock().unwrap();
        *moved += SignedDuration::try_from(by).unwrap();
        // Beside it and then in its place: nobody reads half a number.
        let beside = self.file.with_extension("new");
        fs::write(&beside, moved.as_millis().to_string()).unwrap();
        fs::rename(beside, &self.file).unwrap();
    }
}

fn moved(file: &Path) -> SignedDuration {
    let text = fs::read_to_string(file).expect("the file with the time is there");
    SignedDuration::from_millis(text.parse().expect("the file with the time holds milliseconds"))
}
