//! One call's connection. Whatever ends a call early closes it, so that no half of a transaction is left for the next one.

use billing_domain::StoreError;
use deadpool_postgres::{Object, Pool};

use super::failure::Said;
use super::run::{Answer, Ask, ask};
use super::statements as sql;

/// A connection taken from the pool. It goes back only when the call says that nothing is under way on it.
#[derive(Debug)]
pub(super) struct Session {
    connection: Option<Object>,
}

impl Session {
    /// Waits for a connection. The wait is bounded by the call's own time.
    pub(super) async fn begin(pool: &Pool) -> Result<Self, StoreError> {
        let taken = pool.get().await;
        let connection =
            taken.map_err(|error| StoreError::Unavailable(Said::NoConnection(error.to_string()).into()))?;
        Ok(Self { connection: Some(connection) })
    }

    /// Sends all statements and waits once.
    pub(super) async fn ask(&self, asks: &[Ask<'_>]) -> Result<Vec<Answer>, tokio_postgres::Error> {
        match &self.connection {
            Some(connection) => ask(connection, asks).await,
            None => Ok(Vec::new()), // only after `end`, which takes the session
        }
    }

    /// Nothing is under way: the connection serves the next call.
    pub(super) fn end(mut self) {
        drop(self.connection.take());
    }

    /// Undoes the transaction. If that fails the connection is closed, which does the same.
    pub(super) async fn roll_back(self) {
        if self.ask(&[Ask::plain(&sql::ROLLBACK)]).await.is_ok() {
            self.end();
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A client that is dropped ends its connection once what was sent is through.
        if let Some(connection) = self.connection.take() {
            drop(Object::take(connection));
        }
    }
}
