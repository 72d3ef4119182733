//! The port on a PostgreSQL server: a pool of connections, a deadline for every call. No SQL here, and no rule about payments.

mod connection;
mod failure;
mod flush;
mod leases;
mod loaded;
mod needs;
mod options;
mod reads;
mod run;
mod schema;
mod session;
mod statements;
mod step;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use billing_domain::payment::{Payment, Reference};
use billing_domain::{
    AccountRecord, AccountRef, AuditEntry, BillingStore, Change, Changed, Committed, Dispensary,
    DispensaryId, Invoice, InvoiceId, Lease, LeaseId, Notice, PayableId, PayableState, PaymentId,
    ProcessorId, Step, StoreError,
};
use deadpool_postgres::Pool;
use jiff::Timestamp;
use tokio::time::timeout;
use tokio_postgres::Config;

pub use connection::Connector;
pub use options::PostgresOptions;
pub(crate) use run::{Row, Value};

use self::failure::Said;
use crate::{MigrateError, OpenError};

/// Patient billing in a PostgreSQL database, version 15 or newer, shared by as many processes as there are.
///
/// Every step is one transaction. It takes its dispensary's counter first, so that the steps of one dispensary follow one
/// another, whichever process they come from, and steps of different dispensaries do not meet. What it may do is decided by the
/// domain's own rules ([`Step::write_to`]); unique indexes and triggers hold the most important of them once more.
///
/// A step that met another one (a serialization failure, a deadlock, a lock that was not given in time) begins again, a few
/// times. A connection lost during COMMIT leaves the step [`StoreError::InDoubt`]; lost before, nothing was written. Every call
/// ends within [`PostgresOptions::call_timeout`], whatever the server or the network does.
///
/// It needs a tokio runtime with I/O and time. It keeps prepared statements and settings on its connections, so a pooler between
/// it and the server has to pool sessions, not transactions.
///
/// Times are kept to the nanosecond, from the year 1678 to 2261. A text with a NUL character cannot be kept: `Corrupt`.
pub struct PostgresStore {
    pool: Pool,
    call_timeout: Duration,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Brings the database's billing tables to this release's schema.
    ///
    /// Nothing else calls it: a host decides when its schema changes. Our tables and the history of our migrations are called
    /// `billing_…` and are made in the first schema of the connection's search path; a host's own are left alone.
    pub async fn migrate(config: &Config, tls: impl Connector) -> Result<(), MigrateError> {
        let connected = connection::connect(config, tls).await;
        let mut client = connected.map_err(|error| MigrateError::Unreachable(error.into()))?;
        schema::migrate(&mut client).await
    }

    /// Opens a migrated database.
    ///
    /// Refused unless the connection, asked after it was made, says that a committed step survives a power cut (`fsync`,
    /// `full_page_writes`, and `synchronous_commit` at least `on`), and unless TLS is demanded of a server on another machine.
    /// Every later connection is asked again.
    pub async fn open(
        config: &Config,
        tls: impl Connector,
        options: PostgresOptions,
    ) -> Result<Self, OpenError> {
        let options = options.bounded();
        let opening = connection::pool(config, tls, &options);
        let pool = timeout(options.call_timeout, opening).await;
        let pool = pool.unwrap_or_else(|_| Err(connection::unreachable(Said::Late)))?;
        Ok(Self { pool, call_timeout: options.call_timeout })
    }

    /// A read, or whatever else leaves nothing in doubt, within the time of a call.
    async fn in_time<T>(&self, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        timeout(self.call_timeout, call)
            .await
            .unwrap_or_else(|_| Err(StoreError::Unavailable(Said::Late.into())))
    }
}

#[async_trait]
impl BillingStore for PostgresStore {
    async fn commit(&self, step: Step) -> Result<Committed, StoreError> {
        let committing = AtomicBool::new(false);
        match timeout(self.call_timeout, step::commit(&self.pool, &step, &committing)).await {
            Ok(answer) => answer,
            Err(_) if committing.load(Ordering::Acquire) => Err(StoreError::InDoubt(Said::Late.into())),
            Err(_) => Err(StoreError::Unavailable(Said::Late.into())),
        }
    }

    async fn dispensary(&self, dispensary: DispensaryId) -> Result<Option<Dispensary>, StoreError> {
        self.in_time(reads::dispensary(&self.pool, dispensary)).await
    }

    async fn accounts(&self, dispensary: DispensaryId) -> Result<Vec<AccountRecord>, StoreError> {
        self.in_time(reads::accounts(&self.pool, dispensary)).await
    }

    async fn accounts_at(
        &self,
        processor: &ProcessorId,
        external_id: &str,
    ) -> Result<Vec<AccountRef>, StoreError> {
        self.in_time(reads::accounts_at(&self.pool, processor, external_id)).await
    }

    async fn invoice(
        &self,
        dispensary: DispensaryId,
        invoice: InvoiceId,
    ) -> Result<Option<Invoice>, StoreError> {
        self.in_time(reads::invoice(&self.pool, dispensary, invoice)).await
    }

    async fn invoices(
        &self,
        dispensary: DispensaryId,
        before: Option<InvoiceId>,
        limit: u32,
    ) -> Result<Vec<Invoice>, StoreError> {
        self.in_time(reads::invoices(&self.pool, dispensary, before, limit)).await
    }

    async fn next_invoice_number(&self, dispensary: DispensaryId) -> Result<u64, StoreError> {
        self.in_time(reads::next_invoice_number(&self.pool, dispensary)).await
    }

    async fn payable(
        &self,
        dispensary: DispensaryId,
        payable: &PayableId,
    ) -> Result<Option<PayableState>, StoreError> {
        self.in_time(reads::payable(&self.pool, dispensary, payable)).await
    }

    async fn payment(
        &self,
        dispensary: DispensaryId,
        payment: PaymentId,
    ) -> Result<Option<Payment>, StoreError> {
        self.in_time(reads::payment(&self.pool, dispensary, payment)).await
    }

    async fn payments(
        &self,
        dispensary: DispensaryId,
        before: Option<PaymentId>,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        self.in_time(reads::payments(&self.pool, dispensary, before, limit)).await
    }

    async fn payments_on(
        &self,
        dispensary: DispensaryId,
        payable: &PayableId,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        self.in_time(reads::payments_on(&self.pool, dispensary, payable, limit)).await
    }

    async fn open_payments(
        &self,
        account: &AccountRef,
        after: Option<PaymentId>,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError> {
        self.in_time(reads::open_payments(&self.pool, account, after, limit)).await
    }

    async fn payment_with(
        &self,
        account: &AccountRef,
        reference: &Reference,
    ) -> Result<Option<PaymentId>, StoreError> {
        self.in_time(reads::payment_with(&self.pool, account, reference)).await
    }

    async fn notices(&self, dispensary: DispensaryId, payment: PaymentId) -> Result<Vec<Notice>, StoreError> {
        self.in_time(reads::notices(&self.pool, dispensary, payment)).await
    }

    async fn lease_due(&self, lease: Lease, limit: u32) -> Result<Vec<AccountRef>, StoreError> {
        self.in_time(leases::lease_due(&self.pool, lease, limit)).await
    }

    async fn renew_lease(&self, account: &AccountRef, lease: Lease) -> Result<bool, StoreError> {
        self.in_time(leases::renew_lease(&self.pool, account, lease)).await
    }

    async fn end_lease(&self, account: &AccountRef, holder: LeaseId) -> Result<(), StoreError> {
        self.in_time(leases::end_lease(&self.pool, account, holder)).await
    }

    async fn due_on(
        &self,
        account: &AccountRef,
        at: Timestamp,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError> {
        self.in_time(reads::due_on(&self.pool, account, at, limit)).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.in_time(reads::next_due(&self.pool)).await
    }

    async fn audit(
        &self,
        dispensary: DispensaryId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        self.in_time(reads::audit(&self.pool, dispensary, after_seq, limit)).await
    }

    async fn changes(
        &self,
        dispensary: DispensaryId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        self.in_time(reads::changes(&self.pool, dispensary, after_seq, limit)).await
    }

    async fn changed_since(&self, cursor: u64, limit: u32) -> Result<Changed, StoreError> {
        self.in_time(reads::changed_since(&self.pool, cursor, limit)).await
    }
}
