//! Every SQL statement there is, by name, and how it is run. A test holds each to an index.

use std::sync::LazyLock;

use rusqlite::{CachedStatement, Connection};

use crate::rows::{
    AccountRow, AttemptRow, DispensaryRow, InvoiceRow, NoticeRow, PayableRow, PaymentRow, RefundRow, StepRow,
    StrayRow, TryRow,
};

/// A statement: compiled once per connection.
pub(super) struct Statement(LazyLock<String>);

impl Statement {
    /// The statement, compiled.
    pub(super) fn on<'c>(&self, connection: &'c Connection) -> rusqlite::Result<CachedStatement<'c>> {
        connection.prepare_cached(&self.0)
    }
}

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* pub(super) static $name: Statement = Statement(LazyLock::new(|| $sql.to_owned()));)+

        #[cfg(test)]
        static ALL: &[(&str, &Statement)] = &[$((stringify!($name), &$name)),+];
    };
}

// A plan must not depend on what a host's ANALYZE counted: where two indexes fit, the statement names its own.
statements! {
    // The transaction of a batch, and the savepoint of each step in it.
    BEGIN = "BEGIN IMMEDIATE";
    COMMIT = "COMMIT";
    ROLLBACK = "ROLLBACK";
    SAVEPOINT = "SAVEPOINT step";
    RELEASE = "RELEASE step";
    ROLLBACK_STEP = "ROLLBACK TO step";
    /// A snapshot for reads of more than one statement.
    BEGIN_READ = "BEGIN DEFERRED";

    // What is remembered of a step.
    INSERT_STEP = insert_step();
    SEQ_OF_STEP = "SELECT seq FROM billing_steps WHERE dispensary = ?1 AND step = ?2";

    // What a step requires.
    ACCOUNT_STATE = "SELECT state FROM billing_accounts WHERE dispensary = ?1 AND account = ?2";
    ACCOUNT_KEPT = "SELECT sealed IS NOT NULL FROM billing_accounts WHERE dispensary = ?1 AND account = ?2";
    OPEN_ON_PAYABLE = "SELECT payment FROM billing_attempts INDEXED BY billing_attempts_open
        WHERE dispensary = ?1 AND payable = ?2 AND resolved_at IS NULL";
    PAYABLE_STATE = payable_state();

    // What a step writes.
    INSERT_ACCOUNT = insert("billing_accounts", AccountRow::COLUMNS);
    UPDATE_ACCOUNT = update("billing_accounts", AccountRow::COLUMNS, &["dispensary", "account", "processor"]);
    ERASE_IF_DRAINED = "UPDATE billing_accounts
        SET state = 'erased', state_since = ?3, state_until = NULL, sealed = NULL, due_at = NULL, revision = revision + 1
        WHERE dispensary = ?1 AND account = ?2 AND state = 'draining' AND subscription_state IS NULL AND NOT EXISTS (
            SELECT 1 FROM billing_attempts INDEXED BY billing_attempts_pinned
            WHERE dispensary = ?1 AND account = ?2 AND resolved_at IS NULL)
        AND NOT EXISTS (
            SELECT 1 FROM billing_refunds INDEXED BY billing_refunds_pinned
            WHERE dispensary = ?1 AND account = ?2 AND resolved_at IS NULL)";
    INSERT_ATTEMPT = insert_attempt();
    UPDATE_ATTEMPT = update("billing_attempts", AttemptRow::COLUMNS, &["dispensary", "payment", "no"]);
    UPDATE_OPEN_ATTEMPT = update_open_attempt();
    ATTEMPT_EXISTS = "SELECT 1 FROM billing_attempts WHERE dispensary = ?1 AND payment = ?2 AND no = ?3";
    OPEN_BESIDE = "SELECT o.payment FROM billing_payments p CROSS JOIN billing_attempts o INDEXED BY billing_attempts_open
            ON o.dispensary = ?1 AND o.payable = p.payable AND o.resolved_at IS NULL
        WHERE p.dispensary = ?1 AND p.payment = ?2";
    TRIES_KEPT = "SELECT coalesce(max(place), 0) FROM billing_tries
        WHERE dispensary = ?1 AND payment = ?2 AND no = ?3";
    INSERT_TRY = insert("billing_tries", TryRow::COLUMNS);
    INSERT_DISPENSARY = insert("billing_dispensaries", DispensaryRow::COLUMNS);
    UPDATE_DISPENSARY = update("billing_dispensaries", DispensaryRow::COLUMNS, &["dispensary"]);
    INSERT_INVOICE = insert("billing_invoices", InvoiceRow::COLUMNS);
    UPDATE_INVOICE = update_invoice();
    INVOICE_EXISTS = "SELECT 1 FROM billing_invoices WHERE dispensary = ?1 AND invoice = ?2";
    INSERT_NOTICE = insert_notice();
    UPDATE_NOTICE = format!(
        "{} AND payment = ?5",
        update("billing_notices", NoticeRow::COLUMNS, &["dispensary", "account", "notice", "payment"])
    );
    NOTICE_EXISTS = "SELECT 1 FROM billing_notices WHERE dispensary = ?1 AND account = ?2 AND notice = ?3";
    PAYMENT_OF_ACCOUNT = "SELECT 1 FROM billing_payments
        WHERE dispensary = ?1 AND payment = ?2 AND account = ?3 AND processor = ?4";
    INSERT_PAYABLE = insert("billing_payables", PayableRow::COLUMNS);
    UPDATE_PAYABLE = "UPDATE billing_payables
        SET version = ?3, currency = ?4, total_minor = ?5, paid_elsewhere_minor = ?6, billing_name = ?7
        WHERE dispensary = ?1 AND payable = ?2";
    INSERT_PAYMENT = insert_payment();
    PAYMENT_EXISTS = "SELECT 1 FROM billing_payments WHERE dispensary = ?1 AND payment = ?2";
    ACCOUNT_AT = "SELECT 1 FROM billing_accounts WHERE dispensary = ?1 AND account = ?2 AND processor = ?3";
    INSERT_REFUND = insert_refund();
    UPDATE_REFUND = update_refund();
    REFUND_EXISTS = "SELECT 1 FROM billing_refunds INDEXED BY billing_refunds_id WHERE dispensary = ?1 AND refund = ?2";
    INSERT_STRAY = insert_stray();

    // What is read.
    DISPENSARY = format!("{} WHERE dispensary = ?1", select("billing_dispensaries", DispensaryRow::COLUMNS));
    ACCOUNTS = format!("{} WHERE dispensary = ?1 ORDER BY account", select("billing_accounts", AccountRow::COLUMNS));
    ACCOUNTS_ELSEWHERE = "SELECT dispensary, account FROM billing_accounts
        WHERE processor = ?1 AND external_id = ?2 AND sealed IS NOT NULL ORDER BY dispensary, account";
    INVOICE = format!("{} WHERE dispensary = ?1 AND invoice = ?2", select("billing_invoices", InvoiceRow::COLUMNS));
    INVOICES_BEFORE = format!(
        "{} WHERE dispensary = ?1 AND invoice < ?2 ORDER BY invoice DESC LIMIT ?3",
        select("billing_invoices", InvoiceRow::COLUMNS)
    );
    LAST_NUMBER = "SELECT max(number_sequence) FROM billing_invoices WHERE dispensary = ?1";
    PAYABLE = format!("{} WHERE dispensary = ?1 AND payable = ?2", select("billing_payables", PayableRow::COLUMNS));
    PAYMENT = format!("{} WHERE dispensary = ?1 AND payment = ?2", select("billing_payments", PaymentRow::COLUMNS));
    PAYMENTS_BEFORE = format!(
        "{} WHERE dispensary = ?1 AND payment < ?2 ORDER BY payment DESC LIMIT ?3",
        select("billing_payments", PaymentRow::COLUMNS)
    );
    PAYMENTS_ON = "SELECT payment FROM billing_payments
        WHERE dispensary = ?1 AND payable = ?2 ORDER BY payment DESC LIMIT ?3";
    ATTEMPTS_OF = format!("{} {OF_PAYMENTS}, no", select("billing_attempts", AttemptRow::COLUMNS));
    TRIES_OF = format!("{} {OF_PAYMENTS}, no, place", select("billing_tries", TryRow::COLUMNS));
    STRAYS_OF = format!("{} {OF_PAYMENTS}, stray", select("billing_strays", StrayRow::COLUMNS));
    REFUNDS_OF = format!("{} {OF_PAYMENTS}, refund", select("billing_refunds", RefundRow::COLUMNS));
    OPEN_PAYMENTS = "SELECT payment FROM billing_attempts INDEXED BY billing_attempts_pinned
            WHERE dispensary = ?1 AND account = ?2 AND payment > ?3 AND resolved_at IS NULL
        UNION SELECT payment FROM billing_refunds INDEXED BY billing_refunds_pinned
            WHERE dispensary = ?1 AND account = ?2 AND payment > ?3 AND resolved_at IS NULL
        ORDER BY payment LIMIT ?4";
    PAYMENT_WITH = format!(
        "SELECT payment FROM (
            SELECT payment FROM billing_attempts INDEXED BY billing_attempts_reference
                WHERE dispensary = ?1 AND account = ?2 AND reference = ?4
            UNION ALL SELECT payment FROM billing_attempts INDEXED BY billing_attempts_capture_reference
                WHERE dispensary = ?1 AND account = ?2 AND capture_reference = ?4
            UNION ALL SELECT s.payment FROM billing_strays s INDEXED BY billing_strays_reference
                CROSS JOIN billing_payments p ON p.dispensary = ?1 AND p.payment = s.payment AND p.account = ?2
                WHERE s.dispensary = ?1 AND s.capture_reference = ?4
        ) WHERE {ACCOUNT_IS_AT} ORDER BY payment DESC LIMIT 1"
    );
    NOTICES = format!(
        "{} INDEXED BY billing_notices_unhandled WHERE dispensary = ?1 AND payment = ?2 AND handled_at IS NULL
        ORDER BY received_at, account, notice LIMIT 100",
        select("billing_notices", NoticeRow::COLUMNS)
    );

    // What is due, and who works on it.
    FREE_DUE = free_due();
    LEASE = "INSERT INTO billing_leases (dispensary, account, holder, until) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (dispensary, account) DO UPDATE SET holder = excluded.holder, until = excluded.until";
    RENEW_LEASE = format!(
        "UPDATE billing_leases SET until = ?5 WHERE dispensary = ?1 AND account = ?2 AND holder = ?4 AND {ACCOUNT_IS_AT}"
    );
    END_LEASE =
        format!("DELETE FROM billing_leases WHERE dispensary = ?1 AND account = ?2 AND holder = ?4 AND {ACCOUNT_IS_AT}");
    DUE_ON = due_on();
    NEXT_DUE = "SELECT min(due_at) FROM (
            SELECT min(due_at) AS due_at FROM billing_attempts INDEXED BY billing_attempts_due
                WHERE resolved_at IS NULL AND due_at IS NOT NULL
            UNION ALL SELECT min(due_at) FROM billing_refunds INDEXED BY billing_refunds_due WHERE due_at IS NOT NULL
            UNION ALL SELECT min(due_at) FROM billing_notices INDEXED BY billing_notices_due WHERE due_at IS NOT NULL
            UNION ALL SELECT min(due_at) FROM billing_accounts INDEXED BY billing_accounts_due WHERE due_at IS NOT NULL)";
    STEPS_AFTER = format!(
        "{} WHERE dispensary = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
        select("billing_steps", StepRow::COLUMNS)
    );
    CHANGED_SINCE = "SELECT cursor, dispensary FROM billing_steps WHERE cursor > ?1 ORDER BY cursor LIMIT ?2";
}

/// Pages are ranges of payments, so what belongs to a page is a range as well: one statement, however long the page.
const OF_PAYMENTS: &str = "WHERE dispensary = ?1 AND payment BETWEEN ?2 AND ?3 ORDER BY payment";

/// A payable, and what its attempts, stray charges and refunds in its own currency add up to.
fn payable_state() -> String {
    let columns: Vec<_> = PayableRow::COLUMNS.iter().map(|column| format!("p.{column}")).collect();
    format!(
        "SELECT {},
            (SELECT sum(captured_minor) FROM billing_attempts INDEXED BY billing_attempts_captured
                WHERE dispensary = ?1 AND payable = ?2 AND captured_currency = p.currency AND captured_minor IS NOT NULL),
            (SELECT sum(captured_minor) FROM billing_strays INDEXED BY billing_strays_captured
                WHERE dispensary = ?1 AND payable = ?2 AND captured_currency = p.currency),
            (SELECT sum(refunded_minor) FROM billing_refunds INDEXED BY billing_refunds_succeeded
                WHERE dispensary = ?1 AND payable = ?2 AND currency = p.currency AND refunded_minor IS NOT NULL),
            o.payment, o.amount_minor
        FROM billing_payables p LEFT JOIN billing_attempts o INDEXED BY billing_attempts_open
            ON o.dispensary = ?1 AND o.payable = ?2 AND o.resolved_at IS NULL
        WHERE p.dispensary = ?1 AND p.payable = ?2",
        columns.join(", ")
    )
}

/// Ids lead to an account only under its processor's name.
const ACCOUNT_IS_AT: &str =
    "EXISTS (SELECT 1 FROM billing_accounts WHERE dispensary = ?1 AND account = ?2 AND processor = ?3)";

/// How soon something with several looks wants one: `once` where the one status check of a server-side charge waits.
const URGENCY: &str = "max(once) AS once, coalesce(min(due_at) FILTER (WHERE once), min(due_at)) AS due_at";

/// Every look that is due at `at`, one row each.
fn looks(columns: &str, at: &str, of_one: &str, by: &str) -> String {
    format!(
        "SELECT {columns}, due_at, state IN ('charging', 'unknown') AS once FROM billing_attempts INDEXED BY billing_attempts_{by}
            WHERE {of_one} due_at <= {at} AND due_at IS NOT NULL AND resolved_at IS NULL
        UNION ALL SELECT {columns}, due_at, 0 FROM billing_refunds INDEXED BY billing_refunds_{by}
            WHERE {of_one} due_at <= {at} AND due_at IS NOT NULL
        UNION ALL SELECT {columns}, due_at, 0 FROM billing_notices INDEXED BY billing_notices_{by}
            WHERE {of_one} due_at <= {at} AND due_at IS NOT NULL"
    )
}

/// Of one account's due payments the most urgent.
fn due_on() -> String {
    let looks = looks("payment", "?4", "dispensary = ?1 AND account = ?2 AND", "due_on");
    format!(
        "SELECT payment FROM (SELECT payment, {URGENCY} FROM ({looks}) GROUP BY payment)
        WHERE {ACCOUNT_IS_AT} ORDER BY once DESC, due_at, payment LIMIT ?5"
    )
}

/// Of all accounts with something due the most urgent that nobody else holds.
fn free_due() -> String {
    let looks = looks("dispensary, account", "?2", "", "due");
    format!(
        "SELECT a.dispensary, a.processor, a.account
        FROM (SELECT dispensary, account, {URGENCY} FROM ({looks}
            UNION ALL SELECT dispensary, account, due_at, 0 FROM billing_accounts INDEXED BY billing_accounts_due
                WHERE due_at <= ?2 AND due_at IS NOT NULL) GROUP BY dispensary, account) d
        CROSS JOIN billing_accounts a ON a.dispensary = d.dispensary AND a.account = d.account
        WHERE NOT EXISTS (SELECT 1 FROM billing_leases l WHERE l.dispensary = d.dispensary AND l.account = d.account
            AND l.holder <> ?1 AND l.until > ?2 AND l.until <= ?4)
        ORDER BY d.once DESC, d.due_at, a.dispensary, a.processor, a.account LIMIT ?3"
    )
}

/// Nothing is written unless the payment is pinned to the account.
fn insert_notice() -> String {
    let columns = NoticeRow::COLUMNS;
    format!(
        "INSERT INTO billing_notices ({}) SELECT {} FROM billing_payments
        WHERE dispensary = ?1 AND payment = ?5 AND account = ?2 AND processor = ?4",
        columns.join(", "),
        places(columns.len())
    )
}

fn select(table: &str, columns: &[&str]) -> String {
    format!("SELECT {} FROM {table}", columns.join(", "))
}

fn insert(table: &str, columns: &[&str]) -> String {
    format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), places(columns.len()))
}

/// The step's number is the next one of its dispensary: rows are never deleted, so the largest is the last.
fn insert_step() -> String {
    let next = "(SELECT coalesce(max(seq), 0) + 1 FROM billing_steps WHERE dispensary = ?1)";
    let places: Vec<_> = (1..)
        .zip(StepRow::COLUMNS)
        .map(|(place, column)| if *column == "seq" { next.to_owned() } else { format!("?{place}") })
        .collect();
    format!(
        "INSERT INTO billing_steps ({}) VALUES ({}) ON CONFLICT (dispensary, step) DO NOTHING RETURNING seq",
        StepRow::COLUMNS.join(", "),
        places.join(", ")
    )
}

/// Replaces all but the keys of the row that the new one's revision follows.
fn update(table: &str, columns: &[&str], keys: &[&str]) -> String {
    let place = |name: &str| columns.iter().position(|column| *column == name).map_or(0, |at| at + 1);
    let equals = |name: &&str| format!("{name} = ?{}", place(name));
    let changed: Vec<_> = columns.iter().filter(|column| !keys.contains(column)).map(equals).collect();
    let found: Vec<_> = keys.iter().map(equals).collect();
    let (changed, found, revision) = (changed.join(", "), found.join(" AND "), place("revision"));
    format!("UPDATE {table} SET {changed} WHERE {found} AND revision = ?{revision} - 1")
}

/// As [`update`], of an attempt that is open before and after: what it ended with is not named, so the indexes of open and
/// of captured attempts are not written again.
fn update_open_attempt() -> String {
    let kept = |column: &str| !column.starts_with("capture") && column != "resolved_at";
    let changed: Vec<_> = (1..)
        .zip(AttemptRow::COLUMNS)
        .skip(3)
        .filter(|(_, column)| kept(column))
        .map(|(place, column)| format!("{column} = ?{place}"))
        .collect();
    let revision = AttemptRow::COLUMNS.len();
    format!(
        "UPDATE billing_attempts SET {} WHERE dispensary = ?1 AND payment = ?2 AND no = ?3
            AND revision = ?{revision} - 1 AND resolved_at IS NULL",
        changed.join(", ")
    )
}

/// As [`update`], but an edit counts the version up by any number: the one it was made from comes last.
fn update_invoice() -> String {
    let columns = InvoiceRow::COLUMNS;
    let changed: Vec<_> =
        (1..).zip(columns).skip(2).map(|(place, column)| format!("{column} = ?{place}")).collect();
    let replaced = columns.len() + 1;
    format!(
        "UPDATE billing_invoices SET {} WHERE dispensary = ?1 AND invoice = ?2 AND version = ?{replaced} AND version < ?3",
        changed.join(", ")
    )
}

/// The payment brings what its attempts are indexed by.
fn insert_attempt() -> String {
    let columns = AttemptRow::COLUMNS;
    format!(
        "INSERT INTO billing_attempts ({}, payable, account, amount_minor, currency)
        SELECT {}, payable, account, amount_minor, currency FROM billing_payments WHERE dispensary = ?1 AND payment = ?2",
        columns.join(", "),
        places(columns.len())
    )
}

/// Nothing is written unless the payable and the account exist and the amount is one of the payable's currency.
fn insert_payment() -> String {
    let columns = PaymentRow::COLUMNS;
    format!(
        "INSERT INTO billing_payments ({}) SELECT {} FROM billing_payables p CROSS JOIN billing_accounts a
            ON a.dispensary = ?1 AND a.account = ?5 AND a.processor = ?4
        WHERE p.dispensary = ?1 AND p.payable = ?3 AND p.currency = ?7 AND ?6 > 0",
        columns.join(", "),
        places(columns.len())
    )
}

/// Money known already is left as it is; an id taken by other money is an error.
fn insert_stray() -> String {
    let columns = StrayRow::COLUMNS;
    format!(
        "INSERT INTO billing_strays ({}, payable)
        SELECT {}, payable FROM billing_payments WHERE dispensary = ?1 AND payment = ?2
        ON CONFLICT (dispensary, payment, capture_reference, ifnull(capture_charge, '')) DO NOTHING",
        columns.join(", "),
        places(columns.len())
    )
}

/// The payment brings what its refunds are indexed by.
fn insert_refund() -> String {
    let columns = RefundRow::COLUMNS;
    format!(
        "INSERT INTO billing_refunds ({}, payable, account)
        SELECT {}, payable, account FROM billing_payments WHERE dispensary = ?1 AND payment = ?2",
        columns.join(", "),
        places(columns.len())
    )
}

/// What a refund gives back never changes, so it is not named.
fn update_refund() -> String {
    /// The columns before it are written once.
    const FIRST_THAT_CHANGES: &str = "account_version";
    let columns = RefundRow::COLUMNS;
    let changed: Vec<_> = (1..)
        .zip(columns)
        .skip_while(|(_, column)| **column != FIRST_THAT_CHANGES)
        .map(|(place, column)| format!("{column} = ?{place}"))
        .collect();
    format!(
        "UPDATE billing_refunds SET {} WHERE dispensary = ?1 AND payment = ?2 AND refund = ?3 AND revision = ?{} - 1",
        changed.join(", "),
        columns.len()
    )
}

fn places(count: usize) -> String {
    let places: Vec<_> = (1..=count).map(|place| format!("?{place}")).collect();
    places.join(", ")
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::sqlite::{connection, schema};

    /// The steps of SQLite's plan for a statement, as it words them.
    fn plan(connection: &Connection, sql: &str) -> Vec<String> {
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        explain.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>().unwrap()
    }

    /// These group and sort, and read no more than what is due, open, or under one reference.
    const SORT_A_LITTLE: &[&str] = &["DUE_ON", "FREE_DUE", "OPEN_PAYMENTS", "PAYMENT_WITH"];

    #[test]
    fn no_statement_reads_a_whole_table_or_sorts() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        for (name, statement) in ALL {
            for step in plan(&connection, &statement.0) {
                assert!(!step.starts_with("SCAN billing"), "{name}: {step}");
                let sorts = step.contains("TEMP B-TREE") || step.starts_with("SCAN");
                assert!(!sorts || SORT_A_LITTLE.contains(name), "{name}: {step}");
            }
        }
    }

    #[test]
    fn no_statement_is_compiled_again_at_its_next_use() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        connection::compile_once(&connection).unwrap();
        for (name, statement) in ALL {
            for _ in 0..3 {
                let mut statement = statement.on(&connection).unwrap();
                for place in 1..=statement.parameter_count() {
                    statement.raw_bind_parameter(place, 1).unwrap();
                }
                // Whether it finds or is refused is nothing to this test: it ran.
                let _ = statement.raw_query().next();
                assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{name}");
            }
        }
    }

    #[test]
    fn the_indexes_for_open_attempts_are_used_with_bound_parameters() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        let uses = |statement: &Statement, index: &str| {
            let plan = plan(&connection, &statement.0).join("; ");
            assert!(plan.contains(index), "{plan}");
        };
        uses(&NEXT_DUE, "billing_attempts_due");
        uses(&NEXT_DUE, "billing_refunds_due");
        uses(&OPEN_PAYMENTS, "billing_attempts_pinned");
        uses(&OPEN_PAYMENTS, "billing_refunds_pinned (dispensary=? AND account=? AND payment>?)");
        uses(&DUE_ON, "billing_attempts_due_on (dispensary=? AND account=? AND due_at>? AND due_at<?)");
        uses(&DUE_ON, "billing_refunds_due_on (dispensary=? AND account=? AND due_at>? AND due_at<?)");
        uses(&DUE_ON, "billing_notices_due_on (dispensary=? AND account=? AND due_at>? AND due_at<?)");
        uses(&FREE_DUE, "billing_attempts_due (due_at>? AND due_at<?)");
        uses(&FREE_DUE, "billing_accounts_due (due_at>? AND due_at<?)");
        uses(&PAYMENT_WITH, "billing_attempts_reference (dispensary=? AND account=? AND reference=?)");
        uses(&PAYMENT_WITH, "billing_strays_reference (dispensary=? AND capture_reference=?)");
        uses(&ERASE_IF_DRAINED, "billing_attempts_pinned");
        uses(&ERASE_IF_DRAINED, "billing_refunds_pinned");
        uses(&OPEN_ON_PAYABLE, "billing_attempts_open");
        uses(&OPEN_BESIDE, "billing_attempts_open");
        uses(&PAYABLE_STATE, "billing_attempts_captured");
        uses(&PAYABLE_STATE, "billing_strays_captured");
        uses(&PAYABLE_STATE, "billing_refunds_succeeded");
        uses(&ACCOUNTS_ELSEWHERE, "billing_accounts_external");
        uses(&LAST_NUMBER, "billing_invoices_number");
        uses(&PAYMENTS_ON, "billing_payments_on");
        uses(&INVOICES_BEFORE, "PRIMARY KEY (dispensary=? AND invoice<?)");
    }
}
