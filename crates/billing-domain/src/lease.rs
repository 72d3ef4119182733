//! A sweep's hold on an account, so that others do not do the same work.

use jiff::Timestamp;

use crate::{LeaseId, elapsed, later};

/// A hold on accounts for a short while. It guards no money, steps do: it saves calls, and lapses by itself when its holder dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Who holds.
    pub holder: LeaseId,
    /// Now.
    pub at: Timestamp,
    /// When it lapses.
    pub until: Timestamp,
}

impl Lease {
    /// Whether another's hold until `until` keeps this holder away.
    pub fn respects(&self, until: Timestamp) -> bool {
        until > self.at && until <= self.latest_respected()
    }

    /// The latest end of a hold that is respected: twice as far away as this one's own, because clocks differ. What would last longer
    /// was taken by a clock that ran far ahead; its holder may have died, and nobody would look at the account until the others'
    /// clocks have come as far.
    pub fn latest_respected(&self) -> Timestamp {
        later(self.at, elapsed(self.at, self.until).saturating_mul(2))
    }
}
