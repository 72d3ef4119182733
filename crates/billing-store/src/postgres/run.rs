//! Running statements: several at once on one connection, in their order, with one wait for all. No SQL of its own.

use std::future::poll_fn;
use std::task::Poll;

use deadpool_postgres::Client;
use tokio_postgres::types::ToSql;

use super::statements::Statement;

/// A column's value on its way to the database.
pub(crate) type Value<'a> = &'a (dyn ToSql + Sync);

/// A row of [`crate::rows`] as PostgreSQL reads and binds it.
pub(crate) trait Row {
    /// The row's columns, in order.
    fn read(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error>
    where
        Self: Sized;
    /// The row's columns as the first parameters, in order.
    fn values(&self) -> Vec<Value<'_>>;
}

/// A statement with its parameters.
pub(super) struct Ask<'a> {
    pub(super) statement: &'static Statement,
    pub(super) values: Vec<Value<'a>>,
}

impl<'a> Ask<'a> {
    pub(super) fn new(statement: &'static Statement, values: Vec<Value<'a>>) -> Self {
        Self { statement, values }
    }

    /// A statement without parameters.
    pub(super) fn plain(statement: &'static Statement) -> Self {
        Self::new(statement, Vec::new())
    }
}

/// What one statement answered.
pub(super) type Answer = Vec<tokio_postgres::Row>;

/// Sends all statements and waits once. The server runs them in their order; the first that failed is the error.
pub(super) async fn ask(client: &Client, asks: &[Ask<'_>]) -> Result<Vec<Answer>, tokio_postgres::Error> {
    let mut prepared = Vec::with_capacity(asks.len());
    for ask in asks {
        // Known to the connection from its second use on: no wait.
        prepared.push(client.prepare_cached(ask.statement.text()).await?);
    }
    let sent = asks.iter().zip(&prepared).map(|(ask, statement)| client.query(statement, &ask.values));
    in_order(sent).await.into_iter().collect()
}

/// Polls every future in order until all are done. A query is sent when it is first polled, so they go out in this order.
async fn in_order<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(move |context| {
        let mut pending = false;
        for (future, done) in &mut waiting {
            if done.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(output) => *done = Some(output),
                    Poll::Pending => pending = true,
                }
            }
        }
        if pending {
            Poll::Pending
        } else {
            Poll::Ready(waiting.drain(..).filter_map(|(_, done)| done).collect())
        }
    })
    .await
}
