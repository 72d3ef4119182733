//! The port on one SQLite file: one thread writes, a few read. No SQL here, and no rule about payments.
//!
//! Callers wait on channels only: no runtime's timers, no runtime's threads.

mod connection;
mod failure;
mod leases;
mod options;
mod reader;
mod reads;
mod run;
mod schema;
mod state;
mod statements;
mod step;
mod threads;
mod writer;
mod writes;

use std::path::Path;

use async_trait::async_trait;
use billing_domain::payment::{Payment, Reference};
use billing_domain::{
    AccountRecord, AccountRef, AuditEntry, BillingStore, Change, Changed, Committed, Dispensary,
    DispensaryId, Invoice, InvoiceId, Lease, LeaseId, Notice, PayableId, PayableState, PaymentId,
    ProcessorId, Step, StoreError,
};
use jiff::Timestamp;

pub use options::{SqliteOptions, Synchronous};
pub(crate) use run::Row;

use self::reader::Readers;
use self::writer::Writer;
use crate::{MigrateError, OpenError};

/// Patient billing in one SQLite file.
///
/// One thread writes. Steps that wait together are committed together, each in a savepoint of its own, with one
/// wait for the disk; every one is answered after that. Reads have their own threads and connections.
///
/// In a step, payables are written first, then what it requires is judged, then the rest is written in order.
/// A step that is dropped while it waits may still be committed.
///
/// # Ending
///
/// Dropping the store waits: steps in the queue are committed, reads nobody waits for are skipped, every connection is
/// closed and every thread has ended. The writer's connection is the last, so that SQLite moves its write-ahead log
/// (the `-wal` file) into the file and removes it: unless somebody else has the database open, the one file is
/// everything then. A kill skips this and loses nothing: the next open reads the log. Until then the two files are one
/// database, and a copy takes both.
///
/// The wait blocks the thread it is on, usually for milliseconds; if another process holds the file, for at most
/// [`SqliteOptions::busy_timeout`] for the reads under way and again for every 256 steps in the queue. Where even that is too long, as on an async runtime
/// that serves others, the last handle is dropped on a thread for blocking work
/// (`spawn_blocking(move || drop(store))`). Dropped on one of its own threads, by what an answer woke, the store waits
/// for the others only.
///
/// Captured money in another currency than its payable's is kept and shown on its payment, and is not part of the
/// payable's sums. Times are kept to the nanosecond, from the year 1678 to 2261.
#[derive(Debug)]
pub struct SqliteStore {
    // Dropped in this order: a connection that only reads cannot empty the write-ahead log, so it must not be the last.
    readers: Readers,
    writer: Writer,
}

impl SqliteStore {
    /// Brings the file's billing tables to this release's schema, creating the file if there is none.
    ///
    /// It blocks. Nothing else calls it: a host decides when its schema changes. Our tables and the history of our
    /// migrations are called `billing_…`; a host's own tables and migrations in the same file are left alone.
    pub fn migrate(path: impl AsRef<Path>) -> Result<(), MigrateError> {
        let path = path.as_ref();
        let file = connection::file(path).ok_or_else(|| MigrateError::NotAFile { path: path.to_owned() })?;
        let mut connection = connection::for_migration(&file)?;
        schema::migrate(&mut connection)
    }

    /// Opens a migrated file and starts the threads. It blocks for as long as that takes.
    ///
    /// The file must be there: [`SqliteStore::migrate`] makes it. Refused unless the connection, asked after it was set up, says that a committed step survives a power cut.
    pub fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, OpenError> {
        let (path, options) = (path.as_ref(), options.bounded());
        let path = connection::file(path).ok_or_else(|| OpenError::NotAFile { path: path.to_owned() })?;
        let first = connection::for_writing(&path, &options)?;
        let readers = Readers::start(&path, &options)?;
        let queue = options.queue;
        let open = move || connection::for_writing(&path, &options);
        let writer = Writer::start(first, open, queue)?;
        Ok(Self { readers, writer })
    }
}

#[async_trait]
impl BillingStore for SqliteStore {
    async fn commit(&self, step: Step) -> Result<Committed, StoreError> {
        let new = |committed: &Committed| !committed.repeated;
        self.writer.write(new, move |connection| step::apply(connection, &step)).await
    }

    async fn dispensary(&self, dispensary: DispensaryId) -> Result<Option<Dispensary>, StoreError> {
        self.readers.look(move |connection| reads::dispensary(connection, dispensary)).await
    }

    async fn accounts(&self, dispensary: DispensaryId) -> Result<Vec<AccountRecord>, StoreError> {
        self.readers.look(move |connection| reads::accounts(connection, dispensary)).await
    }

    async fn accounts_at(
        &self,
        processor: &ProcessorId,
        external_id: &str,
    ) -> Result<Vec<AccountRef>, StoreError> {
        let (processor, external_id) = (processor.clone(), external_id.to_owned());
        self.readers.look(move |connection| reads::accounts_at(connection, &processor, &external_id)).await
    }

    async fn invoice(
        &self,
        dispensary: DispensaryId,
        invoice: InvoiceId,
    ) -> Result<Option<Invoice>, StoreError> {
        self.readers.look(move |connection| reads::invoice(connection, dispensary, invoice)).await
    }

    async fn invoices(
        &self,
        dispensary: DispensaryId,
        before: Option<InvoiceId>,
        limit: u32,
    ) -> Result<Vec<Invoice>, StoreError> {
        self.readers.look(move |connection| reads::invoices(connection, dispensary, before, limit)).await
    }

    async fn next_invoice_number(&self, dispensary: DispensaryId) -> Result<u64, StoreError> {
        self.readers.look(move |connection| reads::next_invoice_number(connection, dispensary)).await
    }

    async fn payable(
        &self,
        dispensary: DispensaryId,
        payable: &PayableId,
    ) -> Result<Option<PayableState>, StoreError> {
        let payable = payable.clone();
        self.readers.look(move |connection| reads::payable(connection, dispensary, &payable)).await
    }

    async fn payment(
        &self,
        dispensary: DispensaryId,
        payment: PaymentId,
    ) -> Result<Option<Payment>, StoreError> {
        self.readers.look(move |connection| reads::payment(connection, dispensary, payment)).await
    }

    async fn payments(
        &self,
        dispensary: DispensaryId,
        before: Option<PaymentId>,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        self.readers.look(move |connection| reads::payments(connection, dispensary, before, limit)).await
    }

    async fn payments_on(
        &self,
        dispensary: DispensaryId,
        payable: &PayableId,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        let payable = payable.clone();
        self.readers.look(move |connection| reads::payments_on(connection, dispensary, &payable, limit)).await
    }

    async fn open_payments(
        &self,
        account: &AccountRef,
        after: Option<PaymentId>,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError> {
        let account = account.clone();
        self.readers.look(move |connection| reads::open_payments(connection, &account, after, limit)).await
    }

    async fn payment_with(
        &self,
        account: &AccountRef,
        reference: &Reference,
    ) -> Result<Option<PaymentId>, StoreError> {
        let (account, reference) = (account.clone(), reference.clone());
        self.readers.look(move |connection| reads::payment_with(connection, &account, &reference)).await
    }

    async fn notices(&self, dispensary: DispensaryId, payment: PaymentId) -> Result<Vec<Notice>, StoreError> {
        self.readers.look(move |connection| reads::notices(connection, dispensary, payment)).await
    }

    async fn lease_due(&self, lease: Lease, limit: u32) -> Result<Vec<AccountRef>, StoreError> {
        let any = |leased: &Vec<_>| !leased.is_empty();
        self.writer.write(any, move |connection| leases::lease_due(connection, lease, limit)).await
    }

    async fn renew_lease(&self, account: &AccountRef, lease: Lease) -> Result<bool, StoreError> {
        let account = account.clone();
        let renewed = |renewed: &bool| *renewed;
        self.writer.write(renewed, move |connection| leases::renew_lease(connection, &account, lease)).await
    }

    async fn end_lease(&self, account: &AccountRef, holder: LeaseId) -> Result<(), StoreError> {
        let account = account.clone();
        let ended = |(): &()| true;
        self.writer.write(ended, move |connection| leases::end_lease(connection, &account, holder)).await
    }

    async fn due_on(
        &self,
        account: &AccountRef,
        at: Timestamp,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError> {
        let account = account.clone();
        self.readers.look(move |connection| reads::due_on(connection, &account, at, limit)).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.readers.look(reads::next_due).await
    }

    async fn audit(
        &self,
        dispensary: DispensaryId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        self.readers.look(move |connection| reads::audit(connection, dispensary, after_seq, limit)).await
    }

    async fn changes(
        &self,
        dispensary: DispensaryId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        self.readers.look(move |connection| reads::changes(connection, dispensary, after_seq, limit)).await
    }

    async fn changed_since(&self, cursor: u64, limit: u32) -> Result<Changed, StoreError> {
        self.readers.look(move |connection| reads::changed_since(connection, cursor, limit)).await
    }
}
