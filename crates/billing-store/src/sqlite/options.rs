//! What a host may choose about a SQLite store. Nothing here is trusted: what counts is read back at open.

use std::time::Duration;

/// How a SQLite store works. The defaults suit a clinic and a whole city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    /// How long a step or a read waits for another process's lock on the file: at most 10 s. Default 1 s.
    pub busy_timeout: Duration,
    /// How many steps, and how many reads, may wait for their turn (1 to 65,536); more are refused as
    /// `Unavailable`. Default 1,024.
    pub queue: usize,
    /// How many threads read, each with a connection of its own (1 to 64). Default 2.
    pub readers: usize,
    /// How hard a commit waits for the disk. Less than [`Synchronous::Full`] is refused at open.
    pub synchronous: Synchronous,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            busy_timeout: Duration::from_secs(1),
            queue: 1_024,
            readers: 2,
            synchronous: Synchronous::Full,
        }
    }
}

impl SqliteOptions {
    /// The same, within the bounds of every field.
    pub(super) fn bounded(self) -> Self {
        Self {
            busy_timeout: self.busy_timeout.min(Duration::from_secs(10)),
            queue: self.queue.clamp(1, 65_536),
            readers: self.readers.clamp(1, 64),
            synchronous: self.synchronous,
        }
    }
}

/// SQLite's `synchronous` (<https://www.sqlite.org/pragma.html#pragma_synchronous>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// As full, and the directory is synced as well.
    Extra,
    /// A commit is on the disk before it is answered.
    Full,
    /// A commit may be lost on power loss. Refused.
    Normal,
    /// A power loss may destroy the database. Refused.
    Off,
}

impl Synchronous {
    /// The number SQLite knows it by; it grows with safety.
    pub(super) const fn level(self) -> i64 {
        match self {
            Self::Extra => 3,
            Self::Full => 2,
            Self::Normal => 1,
            Self::Off => 0,
        }
    }
}
