//! Fakes and conformance suites for patient billing: a stateful Stripe and a stateful Moneris, each over HTTP or in
//! process, a store in memory, a clock and an alarm that tests hold in their hands. For tests only: this crate may hold test
//! card numbers.

mod alarms;
mod carriage;
mod clock;
pub mod conformance;
mod keeper;
mod luhn;
pub mod moneris;
mod noise;
mod page;
#[cfg(feature = "postgres")]
mod postgres;
pub mod store;
pub mod stripe;

pub use alarms::RecordedAlarms;
pub use clock::TestClock;
#[cfg(feature = "postgres")]
pub use postgres::TestDatabase;
