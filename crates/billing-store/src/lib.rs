//! The [`BillingStore`](billing_domain::BillingStore) port on an embedded SQLite file: durable, or not opened at all.
//!
//! ```no_run
//! use billing_store::{SqliteOptions, SqliteStore};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! SqliteStore::migrate("clinic.db")?; // once per release, by whoever may change the schema
//! let store = SqliteStore::open("clinic.db", SqliteOptions::default())?;
//! # Ok(())
//! # }
//! ```
//!
//! The file may be the host's own: every table, index and trigger is called `billing_…`, and the history of our
//! migrations has a table of its own.

mod error;
mod rows;
mod sqlite;

pub use error::{MigrateError, OpenError};
pub use sqlite::{SqliteOptions, SqliteStore, Synchronous};
