//! A migrated database with a store on it, somebody else's connection to it, and commits that are held up. No test.

use std::time::Duration;

use billing_store::tokio_postgres::{Client, Config, NoTls};
use billing_store::{PostgresOptions, PostgresStore};
use billing_testkit::TestDatabase;

/// A migrated database. It goes when it is dropped, whoever is connected to it.
pub(crate) async fn migrated() -> TestDatabase {
    let database = TestDatabase::fresh().await;
    PostgresStore::migrate(&database.config(), NoTls).await.unwrap();
    database
}

pub(crate) async fn open(config: &Config) -> PostgresStore {
    PostgresStore::open(config, NoTls, PostgresOptions::default()).await.unwrap()
}

/// Somebody else than the store.
pub(crate) async fn outsider(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// From now on a step whose note is `hold` waits inside its COMMIT, with everything written, while somebody has the lock 42.
pub(crate) async fn hold_commits(database: &TestDatabase) -> Client {
    database
        .run(
            "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END $$;
             CREATE CONSTRAINT TRIGGER held AFTER INSERT ON billing_steps DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW WHEN (NEW.note = 'hold') EXECUTE FUNCTION hold();",
        )
        .await;
    let holder = outsider(&database.config()).await;
    holder.batch_execute("SELECT pg_advisory_lock(42)").await.unwrap();
    holder
}

pub(crate) async fn let_go(holder: &Client) {
    holder.batch_execute("SELECT pg_advisory_unlock(42)").await.unwrap();
}

/// The session of the database that waits for a lock, as soon as there is one.
pub(crate) async fn waiting(outsider: &Client) -> i32 {
    let sql =
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..6_000 {
        if let Some(row) = outsider.query_opt(sql, &[]).await.unwrap() {
            return row.get(0);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody waited for a lock");
}
