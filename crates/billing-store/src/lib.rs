//! The [`BillingStore`](billing_domain::BillingStore) port on a database: durable, or not opened at all.
//!
//! One embedded SQLite file (feature `sqlite`, on by default):
//!
//! ```no_run
//! # #[cfg(feature = "sqlite")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use billing_store::{SqliteOptions, SqliteStore};
//!
//! SqliteStore::migrate("clinic.db")?; // once per release, by whoever may change the schema
//! let store = SqliteStore::open("clinic.db", SqliteOptions::default())?;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "sqlite"))]
//! # fn main() {}
//! ```
//!
//! Or a PostgreSQL server that many processes share (feature `postgres`):
//!
//! ```no_run
//! # #[cfg(feature = "postgres")]
//! # async fn open() -> Result<(), Box<dyn std::error::Error>> {
//! use billing_store::tokio_postgres::NoTls;
//! use billing_store::{PostgresOptions, PostgresStore};
//!
//! let config = "postgres://billing@localhost/clinic".parse()?;
//! PostgresStore::migrate(&config, NoTls).await?;
//! let store = PostgresStore::open(&config, NoTls, PostgresOptions::default()).await?;
//! # Ok(())
//! # }
//! # fn main() {}
//! ```
//!
//! TLS to PostgreSQL is the host's to bring: any connector of tokio-postgres will do, such as `tokio-postgres-rustls`.
//!
//! The database may be the host's own: every table, index and trigger is called `billing_…`, and the history of our
//! migrations has a table of its own.

mod error;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod rows;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use error::{MigrateError, OpenError};
#[cfg(feature = "postgres")]
pub use postgres::{Connector, PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteStore, Synchronous};
/// The driver, in the version whose `Config` and connectors fit [`PostgresStore`].
#[cfg(feature = "postgres")]
pub use tokio_postgres;
