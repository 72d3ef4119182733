//! The database that outlives the processes.

use std::path::PathBuf;
use std::sync::Arc;

use billing_domain::BillingStore;
use billing_store::{SqliteOptions, SqliteStore};

/// Which database, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite(PathBuf),
}

impl Database {
    /// Its product's name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
        }
    }

    /// As a host is told it.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::Sqlite(path) => path.to_str().expect("the path is text").to_owned(),
        }
    }

    /// What [`address`](Self::address) told.
    pub(crate) fn at(address: &str) -> Self {
        Self::Sqlite(address.into())
    }

    pub(crate) async fn migrate(&self) {
        match self {
            Self::Sqlite(path) => SqliteStore::migrate(path).unwrap(),
        }
        std::future::ready(()).await;
    }

    /// With the settings that hosts have: what was committed is on the disk before it is answered.
    pub(crate) async fn open(&self) -> Arc<dyn BillingStore> {
        std::future::ready(()).await;
        match self {
            Self::Sqlite(path) => Arc::new(SqliteStore::open(path, SqliteOptions::default()).unwrap()),
        }
    }
}
