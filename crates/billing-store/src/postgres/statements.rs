//! Every SQL statement there is, by name. A test holds each to an index.

use std::sync::LazyLock;

use crate::rows::{
    AccountRow, AttemptRow, DispensaryRow, InvoiceRow, NoticeRow, PayableRow, PaymentRow, RefundRow, StepRow,
    StrayRow, TryRow,
};

/// A statement: prepared once per connection.
#[derive(Debug)]
pub(super) struct Statement(LazyLock<String>);

impl Statement {
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

/// The statements that read the same payments with all that belongs to them.
pub(super) struct Whole {
    pub(super) payments: &'static Statement,
    pub(super) attempts: &'static Statement,
    pub(super) tries: &'static Statement,
    pub(super) strays: &'static Statement,
    pub(super) refunds: &'static Statement,
}

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* pub(super) static $name: Statement = Statement(LazyLock::new(|| $sql.to_owned()));)+

        #[cfg(test)]
        pub(super) static ALL: &[(&str, &Statement)] = &[$((stringify!($name), &$name)),+];
    };
}

macro_rules! wholes {
    ($($(#[$doc:meta])* $name:ident = $which:expr;)+) => {
        $($(#[$doc])* pub(super) static $name: Whole = {
            static PAYMENTS: Statement = Statement(LazyLock::new(|| of_payments("billing_payments", PaymentRow::COLUMNS, $which, "payment")));
            static ATTEMPTS: Statement = Statement(LazyLock::new(|| of_payments("billing_attempts", AttemptRow::COLUMNS, $which, "payment, no")));
            static TRIES: Statement = Statement(LazyLock::new(|| of_payments("billing_tries", TryRow::COLUMNS, $which, "payment, no, place")));
            static STRAYS: Statement = Statement(LazyLock::new(|| of_payments("billing_strays", StrayRow::COLUMNS, $which, "payment, stray")));
            static REFUNDS: Statement = Statement(LazyLock::new(|| of_payments("billing_refunds", RefundRow::COLUMNS, $which, "payment, refund")));
            Whole { payments: &PAYMENTS, attempts: &ATTEMPTS, tries: &TRIES, strays: &STRAYS, refunds: &REFUNDS }
        };)+

        #[cfg(test)]
        pub(super) static WHOLES: &[(&str, &Whole)] = &[$((stringify!($name), &$name)),+];
    };
}

statements! {
    // The transaction of a step, and the snapshot of a read that is more than one statement.
    BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
    BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    COMMIT = "COMMIT";
    ROLLBACK = "ROLLBACK";

    // What is remembered of a step. Whoever has the counter is alone with the dispensary until the transaction ends.
    LOCK_COUNTER = "SELECT seq FROM billing_counters WHERE dispensary = $1 FOR UPDATE";
    INSERT_COUNTER = "INSERT INTO billing_counters (dispensary, seq) VALUES ($1, 0) ON CONFLICT DO NOTHING";
    UPDATE_COUNTER = "UPDATE billing_counters SET seq = $2 WHERE dispensary = $1 AND seq + 1 = $2 RETURNING 1";
    SEQ_OF_STEP = "SELECT seq FROM billing_steps WHERE dispensary = $1 AND step = $2";
    /// Tells everybody that a cursor above the bound is about to be taken and not yet to be seen.
    ANNOUNCE = format!("SELECT pg_advisory_xact_lock_shared({} | (last_value - 1)) FROM billing_cursor", cursor_locks());
    INSERT_STEP = insert("billing_steps", StepRow::COLUMNS, "");

    // What a step is judged by.
    DISPENSARY = format!("{} WHERE dispensary = $1", select("billing_dispensaries", DispensaryRow::COLUMNS));
    ACCOUNTS_NAMED = format!("{} WHERE dispensary = $1 AND account = ANY($2)", select("billing_accounts", AccountRow::COLUMNS));
    INVOICES_NAMED = format!("{} WHERE dispensary = $1 AND invoice = ANY($2)", select("billing_invoices", InvoiceRow::COLUMNS));
    NUMBERS_TAKEN = "SELECT number_prefix, number_sequence, invoice FROM billing_invoices
        WHERE dispensary = $1 AND (number_sequence, number_prefix) IN (SELECT * FROM unnest($2::bigint[], $3::text[]))";
    PAYABLES_NAMED = format!("{} WHERE dispensary = $1 AND payable = ANY($2)", select("billing_payables", PayableRow::COLUMNS));
    OPEN_ON_ACCOUNT = format!("SELECT payment FROM ({}) open LIMIT $3", open_on("payment"));
    NOTICES_NAMED = format!(
        "{} WHERE dispensary = $1 AND (account, notice) IN (SELECT * FROM unnest($2::uuid[], $3::text[]))",
        select("billing_notices", NoticeRow::COLUMNS)
    );
    REFUNDS_NAMED = "SELECT refund FROM billing_refunds WHERE dispensary = $1 AND refund = ANY($2)";
    STRAYS_NAMED = "SELECT stray FROM billing_strays WHERE dispensary = $1 AND stray = ANY($2)";

    // What a step writes.
    INSERT_ACCOUNT = insert("billing_accounts", AccountRow::COLUMNS, "");
    UPDATE_ACCOUNT = update("billing_accounts", AccountRow::COLUMNS, &["dispensary", "account"], "revision");
    INSERT_ATTEMPT = insert("billing_attempts", AttemptRow::COLUMNS, "payable, account, amount_minor, currency");
    UPDATE_ATTEMPT = update("billing_attempts", AttemptRow::COLUMNS, &["dispensary", "payment", "no"], "revision");
    INSERT_TRY = insert("billing_tries", TryRow::COLUMNS, "");
    INSERT_DISPENSARY = insert("billing_dispensaries", DispensaryRow::COLUMNS, "");
    UPDATE_DISPENSARY = update("billing_dispensaries", DispensaryRow::COLUMNS, &["dispensary"], "revision");
    INSERT_INVOICE = insert("billing_invoices", InvoiceRow::COLUMNS, "");
    UPDATE_INVOICE = update("billing_invoices", InvoiceRow::COLUMNS, &["dispensary", "invoice"], "version");
    INSERT_NOTICE = insert("billing_notices", NoticeRow::COLUMNS, "");
    UPDATE_NOTICE = update("billing_notices", NoticeRow::COLUMNS, &["dispensary", "account", "notice"], "revision");
    INSERT_PAYABLE = insert("billing_payables", PayableRow::COLUMNS, "");
    UPDATE_PAYABLE = update("billing_payables", PayableRow::COLUMNS, &["dispensary", "payable"], "version");
    INSERT_PAYMENT = insert("billing_payments", PaymentRow::COLUMNS, "");
    INSERT_REFUND = insert("billing_refunds", RefundRow::COLUMNS, "payable, account");
    UPDATE_REFUND = update("billing_refunds", RefundRow::COLUMNS, &["dispensary", "payment", "refund"], "revision");
    INSERT_STRAY = insert("billing_strays", StrayRow::COLUMNS, "payable, account");

    // What is read.
    ACCOUNTS = format!("{} WHERE dispensary = $1 ORDER BY account", select("billing_accounts", AccountRow::COLUMNS));
    INVOICE = format!("{} WHERE dispensary = $1 AND invoice = $2", select("billing_invoices", InvoiceRow::COLUMNS));
    INVOICES_UP_TO = format!(
        "{} WHERE dispensary = $1 AND invoice <= $2 ORDER BY invoice DESC LIMIT $3",
        select("billing_invoices", InvoiceRow::COLUMNS)
    );
    LAST_NUMBER = "SELECT max(number_sequence) FROM billing_invoices WHERE dispensary = $1";
    PAYABLE = format!("{} WHERE dispensary = $1 AND payable = $2", select("billing_payables", PayableRow::COLUMNS));
    OPEN_PAYMENTS = format!(
        "SELECT payment FROM ({}) open WHERE payment >= $4 AND {ACCOUNT_IS_AT} ORDER BY payment LIMIT $5",
        open_on("payment")
    );
    PAYMENT_WITH = format!(
        "SELECT payment FROM (
            SELECT payment FROM billing_attempts WHERE dispensary = $1 AND account = $2 AND reference = $4
            UNION ALL
            SELECT payment FROM billing_attempts WHERE dispensary = $1 AND account = $2 AND capture_reference = $4
            UNION ALL
            SELECT payment FROM billing_strays WHERE dispensary = $1 AND account = $2 AND capture_reference = $4
        ) known WHERE {ACCOUNT_IS_AT} ORDER BY payment DESC LIMIT 1"
    );
    NOTICES = format!(
        "{} WHERE dispensary = $1 AND payment = $2 AND handled_at IS NULL ORDER BY received_at, account, notice LIMIT 100",
        select("billing_notices", NoticeRow::COLUMNS)
    );
    DUE_ON = due_on();
    STEPS_AFTER = format!(
        "{} WHERE dispensary = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        select("billing_steps", StepRow::COLUMNS)
    );

    // What is asked across dispensaries, and so across shards.
    ACCOUNTS_ELSEWHERE = "SELECT dispensary, account FROM billing_accounts
        WHERE processor = $1 AND external_id = $2 AND sealed IS NOT NULL ORDER BY dispensary, account";
    LEASE_DUE = lease_due();
    RENEW_LEASE = "UPDATE billing_leases SET until = $5 WHERE dispensary = $1 AND account = $2 AND holder = $4
        AND EXISTS (SELECT 1 FROM billing_accounts WHERE dispensary = $1 AND account = $2 AND processor = $3) RETURNING 1";
    END_LEASE = "DELETE FROM billing_leases WHERE dispensary = $1 AND account = $2 AND holder = $4
        AND EXISTS (SELECT 1 FROM billing_accounts WHERE dispensary = $1 AND account = $2 AND processor = $3)";
    NEXT_DUE = "SELECT min(due_at) FROM (
            (SELECT due_at FROM billing_attempts WHERE resolved_at IS NULL AND due_at IS NOT NULL ORDER BY due_at LIMIT 1)
            UNION ALL
            (SELECT due_at FROM billing_refunds WHERE resolved_at IS NULL AND due_at IS NOT NULL ORDER BY due_at LIMIT 1)
            UNION ALL
            (SELECT due_at FROM billing_notices WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1)
            UNION ALL
            (SELECT due_at FROM billing_accounts WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1)
        ) looks";
    /// A page of open looks in the order of their times, from a place on.
    DUE_FROM = "SELECT due_at, dispensary, payment FROM (
            SELECT due_at, dispensary, payment FROM billing_attempts
                WHERE due_at >= $1 AND resolved_at IS NULL AND due_at IS NOT NULL
            UNION ALL
            SELECT due_at, dispensary, payment FROM billing_refunds
                WHERE due_at >= $1 AND resolved_at IS NULL AND due_at IS NOT NULL
        ) looks WHERE (due_at, dispensary, payment) > ($1, $2, $3) ORDER BY due_at, dispensary, payment LIMIT $4";
    LAST_CURSOR = "SELECT last_value FROM billing_cursor";
    /// The largest cursor below every announced one.
    ANNOUNCED = format!(
        "SELECT min(((classid::bigint << 32) | objid::bigint) - {}) FROM pg_locks
        WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = {CURSOR_LOCKS}
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        cursor_locks()
    );
    CHANGED_SINCE = "SELECT cursor, dispensary FROM billing_steps WHERE cursor > $1 ORDER BY cursor LIMIT $2";
}

wholes! {
    ONE_PAYMENT = "payment = $2";
    PAYMENTS_UP_TO = "payment IN (SELECT payment FROM billing_payments
        WHERE dispensary = $1 AND payment <= $2 ORDER BY payment DESC LIMIT $3)";
    PAYMENTS_ON = "payment IN (SELECT payment FROM billing_payments
        WHERE dispensary = $1 AND payable = $2 ORDER BY payment DESC LIMIT $3)";
    /// Every payment on a payable: what its figures are made of.
    PAYMENTS_OF_PAYABLE = "payment IN (SELECT payment FROM billing_payments WHERE dispensary = $1 AND payable = $2)";
    /// Every payment on the payables of a step: those it names, and those of the payments it names.
    PAYMENTS_OF_STEP = "payment IN (
        SELECT payment FROM billing_payments WHERE dispensary = $1 AND payable = ANY($3)
        UNION
        SELECT beside.payment FROM billing_payments named
            JOIN billing_payments beside ON beside.dispensary = $1 AND beside.payable = named.payable
        WHERE named.dispensary = $1 AND named.payment = ANY($2))";
}

/// The upper 16 bits of the advisory locks under which cursors are announced; the others are the bound.
const CURSOR_LOCKS: i64 = 0x6269;

/// The same as the upper bits of a lock's number.
fn cursor_locks() -> i64 {
    CURSOR_LOCKS << 48
}

/// The number of the advisory lock that a migration holds.
pub(super) fn migration_lock() -> i64 {
    cursor_locks() | 0xffff_ffff_ffff
}

/// Ids lead to an account only under its processor's name.
const ACCOUNT_IS_AT: &str =
    "EXISTS (SELECT 1 FROM billing_accounts WHERE dispensary = $1 AND account = $2 AND processor = $3)";

/// What is unresolved on an account, each payment once.
fn open_on(column: &str) -> String {
    format!(
        "SELECT {column} FROM billing_attempts WHERE dispensary = $1 AND account = $2 AND resolved_at IS NULL
        UNION SELECT {column} FROM billing_refunds WHERE dispensary = $1 AND account = $2 AND resolved_at IS NULL"
    )
}

/// Everything due at `at`, one row for each look, with `once` where the one status check of a server-side charge waits.
fn looks(columns: &str, at: &str, of_one: &str) -> String {
    format!(
        "SELECT {columns}, due_at, state IN ('charging', 'unknown') AS once FROM billing_attempts
            WHERE {of_one} due_at <= {at} AND due_at IS NOT NULL AND resolved_at IS NULL
        UNION ALL SELECT {columns}, due_at, false FROM billing_refunds
            WHERE {of_one} due_at <= {at} AND due_at IS NOT NULL AND resolved_at IS NULL
        UNION ALL SELECT {columns}, due_at, false FROM billing_notices
            WHERE {of_one} due_at <= {at} AND due_at IS NOT NULL"
    )
}

/// How soon something with several looks wants one.
const URGENCY: &str =
    "bool_or(once) AS once, coalesce(min(due_at) FILTER (WHERE once), min(due_at)) AS due_at";

fn due_on() -> String {
    let looks = looks("payment", "$4", "dispensary = $1 AND account = $2 AND");
    format!(
        "SELECT payment FROM (SELECT payment, {URGENCY} FROM ({looks}) looks GROUP BY payment) due
        WHERE {ACCOUNT_IS_AT} ORDER BY once DESC, due_at, payment LIMIT $5"
    )
}

/// Whoever is first locks the account's row and writes the lease; another passes over it. One who looked before the lease was
/// written finds it when writing its own.
fn lease_due() -> String {
    let looks = looks("dispensary, account", "$2", "");
    let order = "once DESC, due_at, dispensary, processor, account";
    format!(
        "WITH due AS (
            SELECT dispensary, account, {URGENCY} FROM ({looks}
                UNION ALL SELECT dispensary, account, due_at, false FROM billing_accounts
                    WHERE due_at <= $2 AND due_at IS NOT NULL) looks
            GROUP BY dispensary, account
        ), free AS (
            SELECT a.dispensary, a.processor, a.account, d.once, d.due_at
            FROM due d JOIN billing_accounts a ON a.dispensary = d.dispensary AND a.account = d.account
            WHERE NOT EXISTS (SELECT 1 FROM billing_leases l WHERE l.dispensary = a.dispensary AND l.account = a.account
                AND l.holder <> $1 AND l.until > $2)
            ORDER BY d.once DESC, d.due_at, a.dispensary, a.processor, a.account LIMIT $4
            FOR NO KEY UPDATE OF a SKIP LOCKED
        ), taken AS (
            INSERT INTO billing_leases (dispensary, account, holder, until)
                SELECT dispensary, account, $1, $3 FROM free
            ON CONFLICT (dispensary, account) DO UPDATE SET holder = excluded.holder, until = excluded.until
                WHERE billing_leases.holder = excluded.holder OR billing_leases.until <= $2
            RETURNING dispensary, account
        )
        SELECT dispensary, processor, account FROM free JOIN taken USING (dispensary, account) ORDER BY {order}"
    )
}

fn of_payments(table: &str, columns: &[&str], which: &str, order: &str) -> String {
    format!("{} WHERE dispensary = $1 AND {which} ORDER BY {order}", select(table, columns))
}

fn select(table: &str, columns: &[&str]) -> String {
    format!("SELECT {} FROM {table}", columns.join(", "))
}

/// Adds a row; `copied` columns come from its payment.
fn insert(table: &str, columns: &[&str], copied: &str) -> String {
    let places: Vec<_> = (1..=columns.len()).map(|place| format!("${place}")).collect();
    let (columns, places) = (columns.join(", "), places.join(", "));
    if copied.is_empty() {
        return format!("INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING 1");
    }
    format!(
        "INSERT INTO {table} ({columns}, {copied})
        SELECT {places}, {copied} FROM billing_payments WHERE dispensary = $1 AND payment = $2 RETURNING 1"
    )
}

/// Replaces all but the keys of a row that is still the one that was read: its revision comes last.
fn update(table: &str, columns: &[&str], keys: &[&str], revision: &str) -> String {
    let place = |name: &str| columns.iter().position(|column| *column == name).map_or(0, |at| at + 1);
    let equals = |name: &&str| format!("{name} = ${}", place(name));
    let changed: Vec<_> = columns.iter().filter(|column| !keys.contains(column)).map(equals).collect();
    let found: Vec<_> = keys.iter().map(equals).collect();
    let (changed, found, last) = (changed.join(", "), found.join(" AND "), columns.len() + 1);
    format!("UPDATE {table} SET {changed} WHERE {found} AND {revision} = ${last} RETURNING 1")
}
