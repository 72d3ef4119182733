//! Billing Settings: two panes, Moneris and Stripe. Read, save, check, remove, drain, erase, unlock, each in its own room.

mod account_schedule;
mod drain_keys;
mod erase;
mod pane;
mod placement;
mod read;
mod remove;
mod renew;
mod reseal;
mod save;
mod subscription;
mod unlock;
mod upkeep;
mod wind_up;

pub use erase::Erased;
pub use pane::{BillingSettings, DrainingAccount, NoticesOnPane, Pane, PaneState, SavedAccount};
pub use read::ServedBy;
pub use remove::Removed;
pub use save::{SaveKeys, Saved, Warning};
