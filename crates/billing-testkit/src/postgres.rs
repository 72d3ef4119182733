//! Databases for tests on a PostgreSQL server: one for each test, gone afterwards. The server is somebody else's to start.

use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fmt, process, thread};

use tokio_postgres::{Config, NoTls};

/// The variable that says where the server is, as a URL or as `host=… user=…`.
const SERVER: &str = "BILLING_TEST_POSTGRES";

/// An empty database of its own on the server that `BILLING_TEST_POSTGRES` names; dropped with this.
pub struct TestDatabase {
    server: Config,
    name: String,
}

impl fmt::Debug for TestDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestDatabase").field("name", &self.name).finish_non_exhaustive()
    }
}

impl TestDatabase {
    /// Makes the database.
    ///
    /// # Panics
    ///
    /// Without a server: a test that could not run has not passed.
    pub async fn fresh() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let server = server();
        let name = format!("billing_test_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        run(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        run(&server, &format!("CREATE DATABASE {name} TEMPLATE template0")).await;
        Self { server, name }
    }

    /// How it is reached. What a test adds to it is the test's.
    pub fn config(&self) -> Config {
        let mut config = self.server.clone();
        config.dbname(&self.name);
        config
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs SQL in it, as somebody other than the store.
    ///
    /// # Panics
    ///
    /// If the server refuses it.
    pub async fn run(&self, sql: &str) {
        run(&self.config(), sql).await;
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, sql) = (self.server.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        // On a thread of its own: this may be the end of a test inside a runtime.
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(run(&server, &sql)))
        });
        // What is left when this fails goes with the server.
        let _ = dropped.join();
    }
}

fn server() -> Config {
    let server = env::var(SERVER).unwrap_or_default();
    assert!(
        !server.is_empty(),
        "this test needs a PostgreSQL server: run `cargo xtask test`, which starts one, or name one in {SERVER}"
    );
    server.parse().unwrap_or_else(|error| panic!("{SERVER} does not say where a server is: {error}"))
}

async fn run(database: &Config, sql: &str) {
    let (client, connection) = database.connect(NoTls).await.unwrap_or_else(|error| {
        panic!("the PostgreSQL server of {SERVER} cannot be reached: {error}");
    });
    let keep = tokio::spawn(connection);
    let done = client.batch_execute(sql).await;
    drop(client);
    let _ = keep.await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}
