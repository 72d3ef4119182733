//! The port: one write transaction for each step, one read transaction for each read. No rule of billing.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use billing_domain::payment::{Payment, Reference};
use billing_domain::{
    AccountRecord, AccountRef, AuditEntry, BillingStore, Change, Changed, Committed, Dispensary,
    DispensaryId, Invoice, InvoiceId, Lease, LeaseId, Notice, PayableId, PayableState, PaymentId,
    ProcessorId, Step, StoreError,
};
use jiff::Timestamp;
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use uuid::Uuid;

use crate::books::{
    ACCOUNTS, Books, DISPENSARIES, INVOICES, LOOKS, NOTICES, NUMBERS, OPEN, PAYABLES, PAYMENTS, PAYMENTS_ON,
    REFERENCES, REFUNDS, STRAYS, Tables, UNHANDLED, put, unavailable,
};
use crate::due::{self, LEASES};
use crate::rows::Row;

/// By dispensary and step: the number under which it was committed.
const STEPS: TableDefinition<(u128, u128), u64> = TableDefinition::new("steps");
/// By dispensary and number: the audit row, which the outbox tells without its note.
const AUDIT: TableDefinition<(u128, u64), &[u8]> = TableDefinition::new("audit");
/// Every step of every dispensary in the order of their commits, from 0.
const ORDER: TableDefinition<u64, u128> = TableDefinition::new("order");

/// Everything in one redb file. Cloning it shares the file; the last clone closes it.
#[derive(Clone)]
pub struct RedbStore {
    file: Arc<Database>,
}

impl RedbStore {
    /// Opens the file, or makes it. A file that another process has open is [`StoreError::Unavailable`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let file = Database::create(path).map_err(unavailable)?;
        let transaction = file.begin_write().map_err(unavailable)?;
        make_tables(&transaction).map_err(unavailable)?;
        transaction.commit().map_err(unavailable)?;
        Ok(Self { file: Arc::new(file) })
    }

    /// Works on the file where blocking is allowed.
    async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        let file = Arc::clone(&self.file);
        let answer = tokio::task::spawn_blocking(move || work(&file));
        answer.await.map_err(|ended| StoreError::InDoubt(ended.into()))?
    }

    /// Runs a look at the file where blocking is allowed.
    async fn read<R: Send + 'static>(
        &self,
        look: impl FnOnce(&ReadTransaction) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        let file = Arc::clone(&self.file);
        let answer = tokio::task::spawn_blocking(move || {
            let transaction = file.begin_read().map_err(unavailable)?;
            look(&transaction)
        });
        answer.await.map_err(|ended| StoreError::Unavailable(ended.into()))?
    }
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStore").finish_non_exhaustive()
    }
}

/// All tables, so that a read of an empty file finds empty tables.
fn make_tables(transaction: &WriteTransaction) -> Result<(), redb::TableError> {
    transaction.open_table(DISPENSARIES)?;
    transaction.open_table(ACCOUNTS)?;
    transaction.open_table(INVOICES)?;
    transaction.open_table(NUMBERS)?;
    transaction.open_table(PAYABLES)?;
    transaction.open_table(PAYMENTS)?;
    transaction.open_table(PAYMENTS_ON)?;
    transaction.open_table(OPEN)?;
    transaction.open_table(LOOKS)?;
    transaction.open_table(LEASES)?;
    transaction.open_table(NOTICES)?;
    transaction.open_table(UNHANDLED)?;
    transaction.open_table(REFERENCES)?;
    transaction.open_table(REFUNDS)?;
    transaction.open_table(STRAYS)?;
    transaction.open_table(STEPS)?;
    transaction.open_table(AUDIT)?;
    transaction.open_table(ORDER)?;
    Ok(())
}

/// One step, whole or not at all. Whatever returns before `commit` drops the transaction, and redb rolls it back.
fn commit(file: &Database, step: Step) -> Result<Committed, StoreError> {
    let transaction = file.begin_write().map_err(unavailable)?;
    let name = (step.dispensary.uuid().as_u128(), step.id.uuid().as_u128());
    if let Some(seq) = number_of(&transaction, name)? {
        return Ok(Committed { seq, repeated: true });
    }
    step.write_to(&mut Books::new(&transaction, step.dispensary))?;
    let seq = remember(&transaction, name, step)?;
    // `Ok` means that fsync returned (redb's `Durability::Immediate`, the default). Any error here may have come after the
    // bytes that count were written: only the same step, committed again, can tell.
    transaction.commit().map_err(|error| StoreError::InDoubt(Box::new(error)))?;
    Ok(Committed { seq, repeated: false })
}

fn number_of(transaction: &WriteTransaction, name: (u128, u128)) -> Result<Option<u64>, StoreError> {
    let steps = transaction.table(STEPS).map_err(unavailable)?;
    let found = steps.get(name).map_err(unavailable)?;
    Ok(found.map(|seq| seq.value()))
}

/// The step's audit row, its place in the order of all steps, and its name.
fn remember(transaction: &WriteTransaction, name: (u128, u128), step: Step) -> Result<u64, StoreError> {
    let here = step.dispensary.uuid().as_u128();
    let seq = {
        let audit = transaction.table(AUDIT).map_err(unavailable)?;
        let mut newest_first = audit.range((here, 0)..=(here, u64::MAX)).map_err(unavailable)?.rev();
        newest_first.next().transpose().map_err(unavailable)?.map_or(1, |(key, _)| key.value().1 + 1)
    };
    let place = {
        let order = transaction.table(ORDER).map_err(unavailable)?;
        order.last().map_err(unavailable)?.map_or(0, |(key, _)| key.value() + 1)
    };
    let Step { id, dispensary, at, by, action, subject, note, .. } = step;
    let entry = AuditEntry { step: id, seq, dispensary, at, by, action, subject, note };
    put(transaction, AUDIT, (here, seq), entry.to_bytes()?.as_slice())?;
    put(transaction, ORDER, place, here)?;
    put(transaction, STEPS, name, seq)?;
    Ok(seq)
}

#[async_trait]
impl BillingStore for RedbStore {
    async fn commit(&self, step: Step) -> Result<Committed, StoreError> {
        let file = Arc::clone(&self.file);
        // A thread of its own: a caller that is dropped meanwhile leaves the commit to end by itself.
        let answer = tokio::task::spawn_blocking(move || commit(&file, step));
        answer.await.map_err(|ended| StoreError::InDoubt(ended.into()))?
    }

    async fn dispensary(&self, dispensary: DispensaryId) -> Result<Option<Dispensary>, StoreError> {
        self.read(move |tables| tables.row(DISPENSARIES, dispensary.uuid().as_u128())).await
    }

    async fn accounts(&self, dispensary: DispensaryId) -> Result<Vec<AccountRecord>, StoreError> {
        let here = dispensary.uuid().as_u128();
        self.read(move |tables| {
            let accounts = tables.table(ACCOUNTS).map_err(unavailable)?;
            collect(accounts.range((here, 0)..=(here, u128::MAX)).map_err(unavailable)?)
        })
        .await
    }

    /// Looks through every account: asked when keys are saved or shown, of a file with one clinic's worth of them.
    async fn accounts_at(
        &self,
        processor: &ProcessorId,
        external_id: &str,
    ) -> Result<Vec<AccountRef>, StoreError> {
        let (processor, external_id) = (processor.clone(), external_id.to_owned());
        self.read(move |tables| {
            let accounts = tables.table(ACCOUNTS).map_err(unavailable)?;
            let all: Vec<AccountRecord> = collect(accounts.iter().map_err(unavailable)?)?;
            let known_there = all.into_iter().filter(|record| {
                record.account.processor == processor
                    && record.external_id.as_ref() == Some(&external_id)
                    && record.sealed.is_some()
            });
            Ok(known_there.map(|record| record.account).collect())
        })
        .await
    }

    async fn invoice(
        &self,
        dispensary: DispensaryId,
        invoice: InvoiceId,
    ) -> Result<Option<Invoice>, StoreError> {
        let key = (dispensary.uuid().as_u128(), invoice.uuid().as_u128());
        self.read(move |tables| tables.row(INVOICES, key)).await
    }

    async fn invoices(
        &self,
        dispensary: DispensaryId,
        before: Option<InvoiceId>,
        limit: u32,
    ) -> Result<Vec<Invoice>, StoreError> {
        let older = older_than(dispensary, before.map(InvoiceId::uuid));
        self.read(move |tables| {
            let invoices = tables.table(INVOICES).map_err(unavailable)?;
            let newest_first = invoices.range(older).map_err(unavailable)?.rev();
            collect(newest_first.take(page(limit, 100)))
        })
        .await
    }

    async fn next_invoice_number(&self, dispensary: DispensaryId) -> Result<u64, StoreError> {
        let here = dispensary.uuid().as_u128();
        self.read(move |tables| {
            let numbers = tables.table(NUMBERS).map_err(unavailable)?;
            let mut last = numbers.range((here, 0, "")..(here, u64::MAX, "")).map_err(unavailable)?.rev();
            let last = last.next().transpose().map_err(unavailable)?;
            Ok(last.map_or(0, |(number, _)| number.value().1) + 1)
        })
        .await
    }

    async fn payable(
        &self,
        dispensary: DispensaryId,
        payable: &PayableId,
    ) -> Result<Option<PayableState>, StoreError> {
        let payable = payable.clone();
        self.read(move |tables| {
            let figures = tables.row(PAYABLES, (dispensary.uuid().as_u128(), payable.as_str()))?;
            let Some(figures) = figures else { return Ok(None) };
            let state = PayableState::of(figures, &tables.payments_on(dispensary, &payable)?);
            state.map(Some).map_err(|_| StoreError::Corrupt("payable"))
        })
        .await
    }

    async fn payment(
        &self,
        dispensary: DispensaryId,
        payment: PaymentId,
    ) -> Result<Option<Payment>, StoreError> {
        let key = (dispensary.uuid().as_u128(), payment.uuid().as_u128());
        self.read(move |tables| tables.row(PAYMENTS, key)).await
    }

    async fn payments(
        &self,
        dispensary: DispensaryId,
        before: Option<PaymentId>,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        let older = older_than(dispensary, before.map(PaymentId::uuid));
        self.read(move |tables| {
            let payments = tables.table(PAYMENTS).map_err(unavailable)?;
            let newest_first = payments.range(older).map_err(unavailable)?.rev();
            collect(newest_first.take(page(limit, 100)))
        })
        .await
    }

    async fn payments_on(
        &self,
        dispensary: DispensaryId,
        payable: &PayableId,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        let payable = payable.clone();
        self.read(move |tables| {
            let mut payments = tables.payments_on(dispensary, &payable)?;
            payments.reverse();
            payments.truncate(page(limit, 100));
            Ok(payments)
        })
        .await
    }

    async fn open_payments(
        &self,
        account: &AccountRef,
        after: Option<PaymentId>,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError> {
        let account = account.clone();
        let (here, id) = (account.dispensary.uuid().as_u128(), account.account.uuid().as_u128());
        let after = after.map_or(Bound::Included((here, id, 0)), |after| {
            Bound::Excluded((here, id, after.uuid().as_u128()))
        });
        self.read(move |tables| {
            let record: Option<AccountRecord> = tables.row(ACCOUNTS, (here, id))?;
            if record.is_none_or(|record| record.account != account) {
                return Ok(Vec::new());
            }
            let open = tables.table(OPEN).map_err(unavailable)?;
            let pinned = open.range((after, Bound::Included((here, id, u128::MAX)))).map_err(unavailable)?;
            let mut payments = Vec::new();
            for entry in pinned.take(page(limit, 100)) {
                let (_, _, id) = entry.map_err(unavailable)?.0.value();
                payments.push(PaymentId::new(Uuid::from_u128(id)));
            }
            Ok(payments)
        })
        .await
    }

    async fn payment_with(
        &self,
        account: &AccountRef,
        reference: &Reference,
    ) -> Result<Option<PaymentId>, StoreError> {
        let (account, reference) = (account.clone(), reference.clone());
        let (here, id) = (account.dispensary.uuid().as_u128(), account.account.uuid().as_u128());
        self.read(move |tables| {
            let record: Option<AccountRecord> = tables.row(ACCOUNTS, (here, id))?;
            if record.is_none_or(|record| record.account != account) {
                return Ok(None);
            }
            let known = tables.table(REFERENCES).map_err(unavailable)?;
            let named = (here, id, reference.0.as_str(), 0)..=(here, id, reference.0.as_str(), u128::MAX);
            let newest = known.range(named).map_err(unavailable)?.next_back();
            let newest = newest.transpose().map_err(unavailable)?;
            Ok(newest.map(|(key, _)| PaymentId::new(Uuid::from_u128(key.value().3))))
        })
        .await
    }

    async fn notices(&self, dispensary: DispensaryId, payment: PaymentId) -> Result<Vec<Notice>, StoreError> {
        let (here, payment) = (dispensary.uuid().as_u128(), payment.uuid().as_u128());
        self.read(move |tables| {
            let unhandled = tables.table(UNHANDLED).map_err(unavailable)?;
            let of_it = unhandled.range((here, payment, i128::MIN, 0, "")..).map_err(unavailable)?;
            let mut notices = Vec::new();
            for entry in of_it.take(100) {
                let (key, _) = entry.map_err(unavailable)?;
                let (of, about, _, account, id) = key.value();
                if (of, about) != (here, payment) {
                    break;
                }
                notices.extend(tables.row::<_, Notice>(NOTICES, (here, account, id))?);
            }
            Ok(notices)
        })
        .await
    }

    async fn lease_due(&self, lease: Lease, limit: u32) -> Result<Vec<AccountRef>, StoreError> {
        self.run(move |file| due::lease_due(file, lease, page(limit, 100))).await
    }

    async fn renew_lease(&self, account: &AccountRef, lease: Lease) -> Result<bool, StoreError> {
        let account = account.clone();
        self.run(move |file| due::renew_lease(file, &account, lease)).await
    }

    async fn end_lease(&self, account: &AccountRef, holder: LeaseId) -> Result<(), StoreError> {
        let account = account.clone();
        self.run(move |file| due::end_lease(file, &account, holder)).await
    }

    async fn due_on(
        &self,
        account: &AccountRef,
        at: Timestamp,
        limit: u32,
    ) -> Result<Vec<PaymentId>, StoreError> {
        let account = account.clone();
        self.run(move |file| due::due_on(file, &account, at, page(limit, 1_000))).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.run(due::next_due).await
    }

    async fn audit(
        &self,
        dispensary: DispensaryId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let here = dispensary.uuid().as_u128();
        self.read(move |tables| {
            let audit = tables.table(AUDIT).map_err(unavailable)?;
            let unread = (Bound::Excluded((here, after_seq)), Bound::Included((here, u64::MAX)));
            if after_seq == u64::MAX {
                return Ok(Vec::new());
            }
            collect(audit.range(unread).map_err(unavailable)?.take(page(limit, 1_000)))
        })
        .await
    }

    async fn changes(
        &self,
        dispensary: DispensaryId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        let told = |entry: AuditEntry| {
            let AuditEntry { seq, dispensary, at, action, subject, .. } = entry;
            Change { seq, dispensary, at, action, subject }
        };
        Ok(self.audit(dispensary, after_seq, limit).await?.into_iter().map(told).collect())
    }

    async fn changed_since(&self, cursor: u64, limit: u32) -> Result<Changed, StoreError> {
        self.read(move |tables| {
            let order = tables.table(ORDER).map_err(unavailable)?;
            let mut changed = Changed { dispensaries: Vec::new(), cursor };
            let mut named = BTreeSet::new();
            for change in order.range(cursor..).map_err(unavailable)?.take(page(limit, 1_000)) {
                let (place, dispensary) = change.map_err(unavailable)?;
                named.insert(dispensary.value());
                changed.cursor = place.value() + 1;
            }
            changed.dispensaries =
                named.into_iter().map(|id| DispensaryId::new(Uuid::from_u128(id))).collect();
            Ok(changed)
        })
        .await
    }
}

/// A dispensary's rows that are older than `before`, or all of them.
fn older_than(dispensary: DispensaryId, before: Option<Uuid>) -> impl RangeBounds<(u128, u128)> {
    let here = dispensary.uuid().as_u128();
    let end =
        before.map_or(Bound::Included((here, u128::MAX)), |before| Bound::Excluded((here, before.as_u128())));
    (Bound::Included((here, 0)), end)
}

/// The rows of a range, in its order.
fn collect<'t, K: redb::Key + 'static, R: Row>(
    range: impl Iterator<
        Item = Result<(redb::AccessGuard<'t, K>, redb::AccessGuard<'t, &'static [u8]>), redb::StorageError>,
    >,
) -> Result<Vec<R>, StoreError> {
    range.map(|entry| R::from_bytes(entry.map_err(unavailable)?.1.value())).collect()
}

/// A page's size, within its bounds.
fn page(limit: u32, max: u32) -> usize {
    usize::try_from(limit.clamp(1, max)).unwrap_or(usize::MAX)
}
