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
    INSERT_STRAY = insert("billing_strays", StrayRow::COLUMNS, "payable");

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
            SELECT s.payment FROM billing_strays s
                JOIN billing_payments p ON p.dispensary = $1 AND p.payment = s.payment AND p.account = $2
            WHERE s.dispensary = $1 AND s.capture_reference = $4
        ) known WHERE {ACCOUNT_IS_AT} ORDER BY payment DESC LIMIT 1"
    );
    NOTICES = format!(
        "{} WHERE dispensary = $1 AND payment = $2 AND handled_at IS NULL ORDER BY received_at, account, notice LIMIT 100",
        select("billing_notices", NoticeRow::COLUMNS)
    );
    DUE_ON = due_on();
    RENEW_LEASE = format!(
        "UPDATE billing_leases SET until = $5 WHERE dispensary = $1 AND account = $2 AND holder = $4
            AND {ACCOUNT_IS_AT} RETURNING 1"
    );
    END_LEASE = format!(
        "DELETE FROM billing_leases WHERE dispensary = $1 AND account = $2 AND holder = $4 AND {ACCOUNT_IS_AT}"
    );
    STEPS_AFTER = format!(
        "{} WHERE dispensary = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        select("billing_steps", StepRow::COLUMNS)
    );

    // What is asked across dispensaries, and so across shards.
    ACCOUNTS_ELSEWHERE = "SELECT dispensary, account FROM billing_accounts
        WHERE processor = $1 AND external_id = $2 AND sealed IS NOT NULL ORDER BY dispensary, account";
    LEASE_DUE = lease_due();
    NEXT_DUE = "SELECT min(due_at) FROM (
            (SELECT due_at FROM billing_attempts WHERE resolved_at IS NULL AND due_at IS NOT NULL ORDER BY due_at LIMIT 1)
            UNION ALL
            (SELECT due_at FROM billing_refunds WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1)
            UNION ALL
            (SELECT due_at FROM billing_notices WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1)
            UNION ALL
            (SELECT due_at FROM billing_accounts WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1)
        ) looks";
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
            WHERE {of_one} due_at <= {at} AND due_at IS NOT NULL
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
                AND l.holder <> $1 AND l.until > $2 AND l.until <= $5)
            ORDER BY d.once DESC, d.due_at, a.dispensary, a.processor, a.account LIMIT $4
            FOR NO KEY UPDATE OF a SKIP LOCKED
        ), taken AS (
            INSERT INTO billing_leases (dispensary, account, holder, until)
                SELECT dispensary, account, $1, $3 FROM free
            ON CONFLICT (dispensary, account) DO UPDATE SET holder = excluded.holder, until = excluded.until
                WHERE billing_leases.holder = excluded.holder OR billing_leases.until <= $2 OR billing_leases.until > $5
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

#[cfg(test)]
mod tests {
    use billing_testkit::TestDatabase;
    use tokio_postgres::NoTls;

    use super::*;
    use crate::PostgresStore;
    use crate::postgres::connection;

    /// The plan that serves every value of the parameters, where a table that can be read by an index is.
    async fn plan(client: &tokio_postgres::Client, sql: &str) -> String {
        client.batch_execute(&format!("PREPARE this AS {sql}")).await.unwrap();
        let count = (1..=99).rev().find(|place| sql.contains(&format!("${place}"))).unwrap_or(0);
        let nulls = vec!["NULL"; count].join(", ");
        let execute = if count == 0 { "this".to_owned() } else { format!("this({nulls})") };
        let lines = client.query(&format!("EXPLAIN (COSTS OFF) EXECUTE {execute}"), &[]).await.unwrap();
        client.batch_execute("DEALLOCATE this").await.unwrap();
        lines.iter().map(|line| line.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
    }

    async fn planner(database: &TestDatabase) -> tokio_postgres::Client {
        PostgresStore::migrate(&database.config(), NoTls).await.unwrap();
        let client = connection::connect(&database.config(), NoTls).await.unwrap();
        client
            .batch_execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_bitmapscan = off")
            .await
            .unwrap();
        client
    }

    #[tokio::test]
    async fn no_statement_reads_a_whole_table() {
        let database = TestDatabase::fresh().await;
        let client = planner(&database).await;
        let of_payments = WHOLES.iter().flat_map(|(name, whole)| {
            [whole.payments, whole.attempts, whole.tries, whole.strays, whole.refunds].map(|one| (*name, one))
        });
        for (name, statement) in ALL.iter().map(|(name, statement)| (*name, *statement)).chain(of_payments) {
            if ["BEGIN", "COMMIT", "ROLLBACK"].iter().any(|word| statement.text().starts_with(word)) {
                continue;
            }
            let plan = plan(&client, statement.text()).await;
            // The sequence is a table of one row.
            let reads_all = plan
                .lines()
                .any(|line| line.contains("Seq Scan on billing_") && !line.contains("billing_cursor"));
            assert!(!reads_all, "{name}:\n{plan}");
        }
    }

    #[tokio::test]
    async fn the_indexes_for_what_is_open_and_due_are_used() {
        let database = TestDatabase::fresh().await;
        let client = planner(&database).await;
        // Of empty tables every index is as good as another.
        client.batch_execute(include_str!("many_rows.sql")).await.unwrap();
        for (statement, indexes) in [
            (&ACCOUNTS_ELSEWHERE, vec!["billing_accounts_external"]),
            (&CHANGED_SINCE, vec!["billing_steps_cursor"]),
            (&DUE_ON, vec!["billing_attempts_due_on", "billing_refunds_due_on", "billing_notices_due_on"]),
            (&LAST_NUMBER, vec!["billing_invoices_number"]),
            (
                &LEASE_DUE,
                vec![
                    "billing_attempts_due ",
                    "billing_refunds_due ",
                    "billing_notices_due ",
                    "billing_accounts_due ",
                ],
            ),
            (
                &NEXT_DUE,
                vec![
                    "billing_attempts_due ",
                    "billing_refunds_due ",
                    "billing_notices_due ",
                    "billing_accounts_due ",
                ],
            ),
            (&NOTICES, vec!["billing_notices_unhandled"]),
            (&OPEN_PAYMENTS, vec!["billing_attempts_pinned", "billing_refunds_pinned"]),
            (
                &PAYMENT_WITH,
                vec![
                    "billing_attempts_reference",
                    "billing_attempts_capture_reference",
                    "billing_strays_reference",
                ],
            ),
            (PAYMENTS_ON.payments, vec!["billing_payments_on"]),
            (PAYMENTS_OF_STEP.refunds, vec!["billing_payments_on"]),
        ] {
            let plan = plan(&client, statement.text()).await;
            for index in indexes {
                assert!(plan.contains(&format!("using {index}")), "{index}:\n{plan}");
            }
        }
    }
}
