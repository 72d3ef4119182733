//! The database that outlives the processes.

use std::error::Error;
use std::future::ready;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use billing_domain::BillingStore;
use billing_store::{SqliteOptions, SqliteStore};
use tokio::time::sleep;

/// How often a host tries to open the database.
const STARTS: u32 = 50;

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
        ready(()).await;
    }

    /// With the settings that hosts have: what was committed is on the disk before it is answered. A host that cannot open it, because
    /// another holds it just then, is started again by whatever starts it.
    pub(crate) async fn open(&self) -> Arc<dyn BillingStore> {
        for _ in 0..STARTS {
            match self.try_open().await {
                Ok(store) => return store,
                Err(why) => eprintln!("not opened yet: {why}"),
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("{} could not be opened", self.name());
    }

    async fn try_open(&self) -> Result<Arc<dyn BillingStore>, Box<dyn Error>> {
        match self {
            Self::Sqlite(path) => {
                ready(()).await;
                Ok(Arc::new(SqliteStore::open(path, SqliteOptions::default())?))
            }
        }
    }
}
