//! The database that outlives the processes.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use billing_domain::BillingStore;
use billing_store::tokio_postgres::{Config, NoTls};
use billing_store::{PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};
use billing_testkit::TestDatabase;
use tokio::task::spawn_blocking;

/// How often a host tries to open the database.
const STARTS: u32 = 50;

/// Where the PostgreSQL server is, for the driver and its hosts.
const SERVER: &str = "BILLING_TEST_POSTGRES";

/// How a host is told that a database is on the server, before its name.
const ON_SERVER: &str = "postgres:";

/// Whose database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Product {
    Postgres,
    Sqlite,
}

/// A new database, which goes with the run.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) database: Database,
    on_server: Option<TestDatabase>,
}

impl Product {
    /// What the word names.
    pub(crate) fn named(word: &str) -> Result<Self, String> {
        match word {
            "postgres" => Ok(Self::Postgres),
            "sqlite" => Ok(Self::Sqlite),
            other => Err(format!("no database is called {other}: postgres, sqlite")),
        }
    }
}

impl Made {
    /// Makes it: on the server, or as a file in the folder.
    pub(crate) async fn new(product: Product, folder: &Path) -> Self {
        let made = match product {
            Product::Postgres => {
                let on_server = TestDatabase::fresh().await;
                let name = on_server.config().get_dbname().expect("a database has a name").to_owned();
                Self { database: Database::Postgres(name), on_server: Some(on_server) }
            }
            Product::Sqlite => {
                Self { database: Database::Sqlite(folder.join("billing.sqlite")), on_server: None }
            }
        };
        made.database.migrate().await;
        made
    }

    /// Its product's name.
    pub(crate) fn name(&self) -> &'static str {
        if self.on_server.is_some() { "PostgreSQL" } else { "SQLite" }
    }
}

/// Where the database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    /// By its name on the server.
    Postgres(String),
    Sqlite(PathBuf),
}

impl Database {
    /// As a host is told it.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::Postgres(name) => format!("{ON_SERVER}{name}"),
            Self::Sqlite(path) => path.to_str().expect("the path is text").to_owned(),
        }
    }

    /// What [`address`](Self::address) told.
    pub(crate) fn at(address: &str) -> Self {
        match address.strip_prefix(ON_SERVER) {
            Some(name) => Self::Postgres(name.to_owned()),
            None => Self::Sqlite(address.into()),
        }
    }

    async fn migrate(&self) {
        match self {
            Self::Postgres(name) => PostgresStore::migrate(&config(name), NoTls).await.unwrap(),
            Self::Sqlite(path) => SqliteStore::migrate(path).unwrap(),
        }
    }

    /// With the settings that hosts have: what was committed is on the disk before it is answered. A host that cannot open it, because
    /// others hold it just then, is started again by whatever starts it.
    pub(crate) async fn open(&self) -> Arc<dyn BillingStore> {
        for _ in 0..STARTS {
            match self.try_open().await {
                Ok(store) => return store,
                Err(why) => eprintln!("not opened yet: {why}"),
            }
            // Not the runtime's clock: a story's may stand still meanwhile.
            spawn_blocking(|| thread::sleep(Duration::from_millis(100))).await.unwrap();
        }
        panic!("the database could not be opened");
    }

    async fn try_open(&self) -> Result<Arc<dyn BillingStore>, Box<dyn Error>> {
        Ok(match self {
            Self::Postgres(name) => {
                Arc::new(PostgresStore::open(&config(name), NoTls, PostgresOptions::default()).await?)
            }
            Self::Sqlite(path) => Arc::new(SqliteStore::open(path, SqliteOptions::default())?),
        })
    }
}

fn config(name: &str) -> Config {
    let server = env::var(SERVER).expect("the driver was told where the server is");
    let mut config: Config = server.parse().expect("it says where a server is");
    config.dbname(name);
    config
}
