//! A sweep's hold on an account, so that others do not do the same work.

use jiff::Timestamp;

use crate::LeaseId;

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
