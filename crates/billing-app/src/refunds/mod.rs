//! Giving money back: asking for a refund, watching it, and a person's finding. Each in its own room.

mod ask;
mod finding;
mod record;
mod schedule;
mod watch;

pub use ask::{RefundRequest, RefundView};
pub(crate) use watch::is_under_way;
