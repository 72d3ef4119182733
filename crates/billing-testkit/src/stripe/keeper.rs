//! What this Stripe writes down, and when. Never how.

use std::io;
use std::ops::RangeInclusive;

use super::FakeStripe;
use super::state::State;

/// Grows when an older fake could not read, or would lose, what a newer one keeps: 2 has refunds, 3 webhooks. What
/// the files of older formats lack has a default.
pub(super) const FORMATS: RangeInclusive<u32> = 1..=3;

impl FakeStripe {
    /// Writes everything down, if this Stripe is kept anywhere.
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
