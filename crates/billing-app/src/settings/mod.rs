//! Billing Settings: two panes, Moneris and Stripe. Read, save, check, remove, unlock, each in its own room.

mod pane;
mod placement;
mod read;
mod remove;
mod reseal;
mod save;
mod unlock;

pub use pane::{BillingSettings, DrainingAccount, Pane, PaneState, SavedAccount};
pub use read::ServedBy;
pub use remove::Removed;
pub use save::{SaveKeys, Saved, Warning};
