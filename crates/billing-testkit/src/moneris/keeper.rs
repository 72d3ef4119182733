//! What this Moneris writes down, and when. Never how.

use std::io;
use std::ops::RangeInclusive;

use super::FakeMoneris;
use super::state::State;

/// Changes when an older fake could not read what a newer one keeps.
pub(super) const FORMATS: RangeInclusive<u32> = 1..=1;

impl FakeMoneris {
    /// Writes everything down, if this Moneris is kept anywhere.
    pub(super) fn keep(&self) -> io::Result<()> {
        self.keeper.as_ref().map_or(Ok(()), |keeper| keeper.keep(&self.state))
    }

    /// A change by hand. If it cannot be written down, the next request tries again and answers 500 if it cannot either.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state());
        drop(self.keep());
        changed
    }
}
