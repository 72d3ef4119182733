//! The payments in a SQLite file: one table, two statements, as durable as ours. Nothing about Stripe but the intent's id.

use rusqlite::{Connection, Result};

/// The file. Its calls block, which one payment at a time may.
pub(crate) struct Payments(Connection);

impl Payments {
    /// Opens the file, and creates the file and its table if need be.
    pub(crate) fn open(path: &str) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS payment (
                 id TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))),
                 invoice TEXT NOT NULL,
                 cents INTEGER NOT NULL,
                 intent TEXT
             ) STRICT",
        )?;
        Ok(Self(connection))
    }

    /// Writes down that a payment is about to be asked for; answers its id.
    pub(crate) fn begin(&self, invoice: &str, cents: i64) -> Result<String> {
        let insert = "INSERT INTO payment (invoice, cents) VALUES (?1, ?2) RETURNING id";
        self.0.query_one(insert, (invoice, cents), |row| row.get(0))
    }

    /// Writes down what Stripe calls it.
    pub(crate) fn sent(&self, payment: &str, intent: &str) -> Result<()> {
        self.0.execute("UPDATE payment SET intent = ?2 WHERE id = ?1", (payment, intent))?;
        Ok(())
    }
}
