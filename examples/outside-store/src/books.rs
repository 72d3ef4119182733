//! The tables, and a dispensary's rows inside one write transaction. No rule of billing and no journal.
//!
//! Keys are tuples of UUIDs as numbers, so a range of keys is one dispensary's rows, oldest first.

use billing_domain::invoice::InvoiceNumber;
use billing_domain::payment::{AttemptState, Payment};
use billing_domain::{
    AccountId, AccountRecord, Dispensary, DispensaryId, Invoice, InvoiceId, Notice, NoticeId, Payable,
    PayableId, PaymentId, RefundId, Rows, StoreError, StrayChargeId,
};
use redb::{Key, ReadTransaction, ReadableTable, TableDefinition, TableError, Value, WriteTransaction};
use uuid::Uuid;

use crate::rows::Row;

/// A row's bytes.
type Bytes = &'static [u8];

pub(crate) const DISPENSARIES: TableDefinition<u128, Bytes> = TableDefinition::new("dispensaries");
/// By dispensary and account.
pub(crate) const ACCOUNTS: TableDefinition<(u128, u128), Bytes> = TableDefinition::new("accounts");
/// By dispensary and invoice.
pub(crate) const INVOICES: TableDefinition<(u128, u128), Bytes> = TableDefinition::new("invoices");
/// By dispensary, sequence and prefix: the invoice that has the number.
pub(crate) const NUMBERS: TableDefinition<(u128, u64, &str), u128> = TableDefinition::new("numbers");
/// By dispensary and payable.
pub(crate) const PAYABLES: TableDefinition<(u128, &str), Bytes> = TableDefinition::new("payables");
/// By dispensary and payment; attempts, tries, stray charges and refunds are in the payment's row.
pub(crate) const PAYMENTS: TableDefinition<(u128, u128), Bytes> = TableDefinition::new("payments");
/// By dispensary, payable and payment.
pub(crate) const PAYMENTS_ON: TableDefinition<(u128, &str, u128), ()> = TableDefinition::new("payments_on");
/// By dispensary, account and payment: the open payments.
pub(crate) const OPEN: TableDefinition<(u128, u128, u128), ()> = TableDefinition::new("open");
/// By dispensary, account, payment and what it is for: when something is looked at next, in nanoseconds, and whether the one status
/// check of a server-side charge waits for it. What the account itself wants has the payment 0.
pub(crate) const LOOKS: TableDefinition<(u128, u128, u128, &str), (i128, bool)> =
    TableDefinition::new("looks");
/// By dispensary, account and the processor's id.
pub(crate) const NOTICES: TableDefinition<(u128, u128, &str), Bytes> = TableDefinition::new("notices");
/// By dispensary, payment, time of receipt in nanoseconds, account and the processor's id: what is not handled.
pub(crate) const UNHANDLED: TableDefinition<(u128, u128, i128, u128, &str), ()> =
    TableDefinition::new("unhandled");
/// By dispensary, account, the processor's reference and payment.
pub(crate) const REFERENCES: TableDefinition<(u128, u128, &str, u128), ()> =
    TableDefinition::new("references");
/// By dispensary and refund.
pub(crate) const REFUNDS: TableDefinition<(u128, u128), ()> = TableDefinition::new("refunds");
/// By dispensary and stray charge.
pub(crate) const STRAYS: TableDefinition<(u128, u128), ()> = TableDefinition::new("strays");

/// Either kind of transaction: what can be read of it.
pub(crate) trait Tables {
    /// An opened table.
    fn table<K: Key + 'static, V: Value + 'static>(
        &self,
        name: TableDefinition<'_, K, V>,
    ) -> Result<impl ReadableTable<K, V>, TableError>;

    /// The row under `key`.
    fn row<K: Key + 'static, R: Row>(
        &self,
        table: TableDefinition<'_, K, Bytes>,
        key: K::SelfType<'_>,
    ) -> Result<Option<R>, StoreError> {
        let table = self.table(table).map_err(unavailable)?;
        let found = table.get(key).map_err(unavailable)?;
        found.map(|bytes| R::from_bytes(bytes.value())).transpose()
    }

    /// Every payment on a payable, oldest first.
    fn payments_on(&self, dispensary: DispensaryId, payable: &PayableId) -> Result<Vec<Payment>, StoreError> {
        let (here, payable) = (dispensary.uuid().as_u128(), payable.as_str());
        let index = self.table(PAYMENTS_ON).map_err(unavailable)?;
        let mut payments = Vec::new();
        for entry in index.range((here, payable, 0)..=(here, payable, u128::MAX)).map_err(unavailable)? {
            let (_, _, id) = entry.map_err(unavailable)?.0.value();
            payments.extend(self.row::<_, Payment>(PAYMENTS, (here, id))?);
        }
        Ok(payments)
    }
}

impl Tables for ReadTransaction {
    fn table<K: Key + 'static, V: Value + 'static>(
        &self,
        name: TableDefinition<'_, K, V>,
    ) -> Result<impl ReadableTable<K, V>, TableError> {
        self.open_table(name)
    }
}

impl Tables for WriteTransaction {
    fn table<K: Key + 'static, V: Value + 'static>(
        &self,
        name: TableDefinition<'_, K, V>,
    ) -> Result<impl ReadableTable<K, V>, TableError> {
        self.open_table(name)
    }
}

/// Nothing was written: the file cannot be read or written.
pub(crate) fn unavailable(error: impl Into<redb::Error>) -> StoreError {
    StoreError::Unavailable(Box::new(error.into()))
}

/// Puts one entry into a table.
pub(crate) fn put<K: Key + 'static, V: Value + 'static>(
    transaction: &WriteTransaction,
    table: TableDefinition<'_, K, V>,
    key: K::SelfType<'_>,
    value: V::SelfType<'_>,
) -> Result<(), StoreError> {
    transaction.open_table(table).map_err(unavailable)?.insert(key, value).map_err(unavailable)?;
    Ok(())
}

fn take_out<K: Key + 'static, V: Value + 'static>(
    transaction: &WriteTransaction,
    table: TableDefinition<'_, K, V>,
    key: K::SelfType<'_>,
) -> Result<(), StoreError> {
    transaction.open_table(table).map_err(unavailable)?.remove(key).map_err(unavailable)?;
    Ok(())
}

/// Puts an entry, or takes it out if there is none.
fn set<K: Key + 'static, V: Value + 'static>(
    transaction: &WriteTransaction,
    table: TableDefinition<'_, K, V>,
    key: K::SelfType<'_>,
    value: Option<V::SelfType<'_>>,
) -> Result<(), StoreError> {
    match value {
        Some(value) => put(transaction, table, key, value),
        None => take_out(transaction, table, key),
    }
}

/// One dispensary's rows inside a write transaction.
pub(crate) struct Books<'t> {
    transaction: &'t WriteTransaction,
    here: DispensaryId,
}

impl<'t> Books<'t> {
    pub(crate) fn new(transaction: &'t WriteTransaction, here: DispensaryId) -> Self {
        Self { transaction, here }
    }

    fn key(&self, id: Uuid) -> (u128, u128) {
        (self.here.uuid().as_u128(), id.as_u128())
    }
}

impl Rows for Books<'_> {
    fn dispensary(&self) -> Result<Option<Dispensary>, StoreError> {
        self.transaction.row(DISPENSARIES, self.here.uuid().as_u128())
    }

    fn account(&self, account: AccountId) -> Result<Option<AccountRecord>, StoreError> {
        self.transaction.row(ACCOUNTS, self.key(account.uuid()))
    }

    fn invoice(&self, invoice: InvoiceId) -> Result<Option<Invoice>, StoreError> {
        self.transaction.row(INVOICES, self.key(invoice.uuid()))
    }

    fn invoice_numbered(&self, number: &InvoiceNumber) -> Result<Option<InvoiceId>, StoreError> {
        let numbers = self.transaction.table(NUMBERS).map_err(unavailable)?;
        let key = (self.here.uuid().as_u128(), number.sequence(), number.prefix());
        let found = numbers.get(key).map_err(unavailable)?;
        Ok(found.map(|id| InvoiceId::new(Uuid::from_u128(id.value()))))
    }

    fn payable(&self, payable: &PayableId) -> Result<Option<Payable>, StoreError> {
        self.transaction.row(PAYABLES, (self.here.uuid().as_u128(), payable.as_str()))
    }

    fn payment(&self, payment: PaymentId) -> Result<Option<Payment>, StoreError> {
        self.transaction.row(PAYMENTS, self.key(payment.uuid()))
    }

    fn payments_on(&self, payable: &PayableId) -> Result<Vec<Payment>, StoreError> {
        self.transaction.payments_on(self.here, payable)
    }

    fn is_open_on(&self, account: AccountId) -> Result<bool, StoreError> {
        let open = self.transaction.table(OPEN).map_err(unavailable)?;
        let (here, account) = self.key(account.uuid());
        let mut pinned = open.range((here, account, 0)..=(here, account, u128::MAX)).map_err(unavailable)?;
        pinned.next().transpose().map(|first| first.is_some()).map_err(unavailable)
    }

    fn notice(&self, account: AccountId, notice: &NoticeId) -> Result<Option<Notice>, StoreError> {
        let (here, account) = self.key(account.uuid());
        self.transaction.row(NOTICES, (here, account, notice.as_str()))
    }

    fn has_refund(&self, refund: RefundId) -> Result<bool, StoreError> {
        let refunds = self.transaction.table(REFUNDS).map_err(unavailable)?;
        let found = refunds.get(self.key(refund.uuid())).map_err(unavailable)?;
        Ok(found.is_some())
    }

    fn has_stray(&self, stray: StrayChargeId) -> Result<bool, StoreError> {
        let strays = self.transaction.table(STRAYS).map_err(unavailable)?;
        let found = strays.get(self.key(stray.uuid())).map_err(unavailable)?;
        Ok(found.is_some())
    }

    fn put_dispensary(&mut self, dispensary: &Dispensary) -> Result<(), StoreError> {
        let bytes = dispensary.to_bytes()?;
        put(self.transaction, DISPENSARIES, self.here.uuid().as_u128(), bytes.as_slice())
    }

    fn put_account(&mut self, account: &AccountRecord) -> Result<(), StoreError> {
        let (here, id) = self.key(account.account.account.uuid());
        let look = account.due_at.map(|due_at| (due_at.as_nanosecond(), false));
        set(self.transaction, LOOKS, (here, id, 0, ACCOUNT_ITSELF), look)?;
        put(self.transaction, ACCOUNTS, (here, id), account.to_bytes()?.as_slice())
    }

    fn put_invoice(&mut self, invoice: &Invoice) -> Result<(), StoreError> {
        let (here, id) = self.key(invoice.id().uuid());
        if let Some(before) = self.invoice(invoice.id())?
            && let Some(number) = before.number()
        {
            take_out(self.transaction, NUMBERS, (here, number.sequence(), number.prefix()))?;
        }
        if let Some(number) = invoice.number() {
            put(self.transaction, NUMBERS, (here, number.sequence(), number.prefix()), id)?;
        }
        put(self.transaction, INVOICES, (here, id), invoice.to_bytes()?.as_slice())
    }

    fn put_payable(&mut self, payable: &Payable) -> Result<(), StoreError> {
        let key = (self.here.uuid().as_u128(), payable.id.as_str());
        put(self.transaction, PAYABLES, key, payable.to_bytes()?.as_slice())
    }

    fn put_notice(&mut self, notice: &Notice) -> Result<(), StoreError> {
        let (here, account) = self.key(notice.account.account.uuid());
        let (payment, id) = (notice.payment.uuid().as_u128(), notice.id.as_str());
        if let Some(before) = self.notice(notice.account.account, &notice.id)? {
            let received_at = before.received_at.as_nanosecond();
            take_out(self.transaction, UNHANDLED, (here, payment, received_at, account, id))?;
        }
        if notice.handled_at.is_none() {
            let received_at = notice.received_at.as_nanosecond();
            put(self.transaction, UNHANDLED, (here, payment, received_at, account, id), ())?;
        }
        let look = notice.due_at.map(|due_at| (due_at.as_nanosecond(), false));
        set(self.transaction, LOOKS, (here, account, payment, &format!("notice {id}")), look)?;
        put(self.transaction, NOTICES, (here, account, id), notice.to_bytes()?.as_slice())
    }

    fn put_payment(&mut self, payment: &Payment) -> Result<(), StoreError> {
        let (here, id) = self.key(payment.id.uuid());
        let account = payment.account.account.uuid().as_u128();
        set(self.transaction, OPEN, (here, account, id), payment.is_open().then_some(()))?;
        let attempt = payment.open_attempt().and_then(|attempt| {
            let is_awaited = matches!(attempt.state, AttemptState::Charging | AttemptState::Unknown);
            Some((attempt.due_at?.as_nanosecond(), is_awaited))
        });
        set(self.transaction, LOOKS, (here, account, id, ATTEMPT), attempt)?;
        for refund in &payment.refunds {
            let look = refund.due_at.map(|due_at| (due_at.as_nanosecond(), false));
            set(self.transaction, LOOKS, (here, account, id, &format!("{REFUND}{}", refund.id)), look)?;
            put(self.transaction, REFUNDS, self.key(refund.id.uuid()), ())?;
        }
        for stray in &payment.strays {
            put(self.transaction, STRAYS, self.key(stray.id.uuid()), ())?;
        }
        // A reference once given stays: an attempt's is written once, and so is what was captured.
        let attempts = payment.attempts.iter().filter_map(|attempt| attempt.reference.as_ref());
        let captures = payment.captures().map(|(_, capture)| &capture.reference);
        for reference in attempts.chain(captures) {
            put(self.transaction, REFERENCES, (here, account, reference.0.as_str(), id), ())?;
        }
        put(self.transaction, PAYMENTS_ON, (here, payment.payable.as_str(), id), ())?;
        put(self.transaction, PAYMENTS, (here, id), payment.to_bytes()?.as_slice())
    }
}

/// What a look is for, in its key.
pub(crate) const ACCOUNT_ITSELF: &str = "account";
pub(crate) const ATTEMPT: &str = "attempt";
pub(crate) const REFUND: &str = "refund ";
