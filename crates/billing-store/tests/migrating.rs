//! What former releases wrote is there after the migration, whole.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use billing_domain::payment::{Attempt, AttemptState, Capture, CaptureId, Payment, StrayCharge};
use billing_domain::{AccountRecord, AccountState, BillingStore, Proof, Write};
use billing_store::{OpenError, SqliteOptions, SqliteStore};
use billing_testkit::store::rows;
use jiff::Timestamp;
use refinery::{Migration, Runner};
use rusqlite::Connection;
use tempfile::TempDir;

const FORMER: [(&str, &str); 3] = [
    ("V1__patient_billing", include_str!("../migrations/sqlite/V1__patient_billing.sql")),
    ("V2__payments_on", include_str!("../migrations/sqlite/V2__payments_on.sql")),
    (
        "V3__refunds_and_server_charges",
        include_str!("../migrations/sqlite/V3__refunds_and_server_charges.sql"),
    ),
];

/// A database as the release with this schema version made it, with the rows that such a release could write.
async fn of_release(version: usize) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (path, source) = (folder.path().join("clinic.db"), folder.path().join("source.db"));
    let mut former = Connection::open(&path).unwrap();
    let migrations: Vec<_> =
        FORMER[..version].iter().map(|(name, sql)| Migration::unapplied(name, sql).unwrap()).collect();
    let mut runner = Runner::new(&migrations).set_grouped(true);
    runner.set_migration_table_name("billing_schema_history");
    runner.run(&mut former).unwrap();
    fill(&source).await;
    former.execute("ATTACH ?1 AS source", [source.to_str().unwrap()]).unwrap();
    for table in [
        "dispensaries",
        "accounts",
        "invoices",
        "payables",
        "payments",
        "attempts",
        "tries",
        "strays",
        "steps",
    ] {
        copy(&former, &format!("billing_{table}"));
    }
    (folder, path)
}

/// Every row of a table, in the columns that the former release had.
fn copy(former: &Connection, table: &str) {
    let columns: Vec<String> = former
        .prepare("SELECT name FROM pragma_table_info(?1, 'main')")
        .unwrap()
        .query_map([table], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let columns = columns.join(", ");
    let sql = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM source.{table}");
    assert!(former.execute(&sql, []).unwrap() > 0, "{table}");
}

fn capture(reference: &str, cents: i64) -> Capture {
    Capture { receipt_number: None, ..rows::capture(reference, cents) }
}

/// What former releases knew: a payment taken after a refused card with money that arrived beside it, one that ended, one open.
fn payments() -> [Payment; 3] {
    let account = rows::account_ref(rows::dispensary_id(1), 7);
    let payment = |n, attempt: Attempt, strays: Vec<StrayCharge>| Payment {
        attempts: vec![attempt],
        strays,
        ..rows::payment(n, account.clone(), &format!("i-{n}"), 10_000)
    };
    let mut paid = rows::ended(&rows::attempt(10, 1), AttemptState::Succeeded(capture("pi_10", 10_000)));
    paid.tries = vec![rows::refused_card("ch_1")];
    [
        payment(10, paid, vec![rows::stray(100, capture("pi_late", 500))]),
        payment(11, rows::ended(&rows::attempt(11, 1), AttemptState::Dead(Proof::Canceled)), vec![]),
        payment(12, rows::attempt(12, 1), vec![]),
    ]
}

/// An account that drains. Former releases knew since when, and not until when.
fn draining(until: Timestamp) -> AccountRecord {
    AccountRecord {
        state: AccountState::Draining { since: rows::at(1), until },
        due_at: Some(until),
        ..rows::account(rows::account_ref(rows::dispensary_id(1), 8))
    }
}

async fn fill(path: &Path) {
    SqliteStore::migrate(path).unwrap();
    let store = SqliteStore::open(path, SqliteOptions::default()).unwrap();
    let here = rows::dispensary_id(1);
    let invoice = Write::Invoice { invoice: Box::new(rows::invoice(here, 20)), replaces: None };
    store.commit(rows::opening(1, 1, 7, rows::payable("i-0", 1))).await.unwrap();
    let account = Write::Account(Box::new(draining(rows::at(2))));
    store.commit(rows::step(here, 2, vec![invoice, account])).await.unwrap();
    for (payment, n) in payments().iter().zip([10, 20, 30]) {
        let mut sending = rows::sending(n, payment);
        sending.writes.insert(0, Write::Payable(rows::payable(payment.payable.as_str(), 10_000)));
        store.commit(sending).await.unwrap();
        let attempt = payment.attempts[0].clone();
        if attempt.revision > 1 {
            store.commit(rows::moving(n + 1, payment, attempt)).await.unwrap();
        }
        for stray in &payment.strays {
            let write = Write::StrayCharge { payment: payment.id, stray: Box::new(stray.clone()) };
            store.commit(rows::step(here, n + 2, vec![write])).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_database_of_a_former_release_is_migrated_with_all_it_holds() {
    for version in 1..=FORMER.len() {
        let (_folder, path) = of_release(version).await;
        let found = i64::try_from(version).unwrap();
        let refused = SqliteStore::open(&path, SqliteOptions::default());
        assert!(
            matches!(refused, Err(OpenError::NotMigrated { found: of, needed: 4 }) if of == found),
            "{refused:?}"
        );
        SqliteStore::migrate(&path).unwrap();
        let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
        let here = rows::dispensary_id(1);
        let [taken, ended, open] = payments();
        let newest_first = [open.clone(), ended, taken.clone()];
        assert_eq!(store.payments(here, None, 10).await.unwrap(), newest_first, "version {version}");
        assert_eq!(store.payments_on(here, &taken.payable, 10).await.unwrap(), std::slice::from_ref(&taken));
        let state = store.payable(here, &taken.payable).await.unwrap().unwrap();
        assert_eq!((state.captured, state.refunded), (rows::cad(10_500), rows::cad(0)));
        assert_eq!(store.due_on(&taken.account, rows::at(1_000), 10).await.unwrap(), [open.id]);
        let thirty_days_on = draining(rows::at(1 + 30 * 24 * 60 * 60));
        let accounts = [rows::account(taken.account.clone()), thirty_days_on];
        assert_eq!(store.accounts(here).await.unwrap(), accounts);
        assert_eq!(
            store.invoice(here, rows::invoice(here, 20).id()).await.unwrap(),
            Some(rows::invoice(here, 20))
        );
        assert_eq!(store.audit(here, 0, 100).await.unwrap().len(), 8);
        // And it goes on: what was taken before can be given back now.
        let refund = rows::refund(200, CaptureId::Attempt(1), 10_000);
        assert_eq!(store.commit(rows::refunding(90, &taken, &refund)).await.unwrap().seq, 9);
        let stored = store.payment(here, taken.id).await.unwrap().unwrap();
        assert_eq!(stored, Payment { refunds: vec![refund], ..taken });
    }
}
