//! Lists read from large files, beside the bare statements that find the same rows and beside the plain ways to find them.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use billing_domain::payment::AttemptState;
use billing_domain::{BillingStore as _, Step};
use billing_store::SqliteStore;
use billing_testkit::store::rows;
use jiff::Timestamp;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Params, params};

use super::database::Database;
use super::replay::Table;
use super::report::{Pair, Report};
use super::{Failure, Plan, steps};

/// Of so many stored payments one is open; the others are paid.
const OPEN_EVERY: u64 = 10;

/// Measures every list over every number of stored payments.
pub(super) async fn measure(plan: &Plan, folder: &Path, report: &mut Report) -> Result<(), Failure> {
    let mut clinics = Vec::new();
    for stored in &plan.stored {
        clinics.push(Clinic::new(folder, *stored).await?);
    }
    for list in [List::Newest, List::Due, List::Open] {
        let mut rounds: Vec<Vec<Times>> = Vec::new();
        for _ in 0..plan.rounds {
            let mut round = Vec::new();
            for clinic in &clinics {
                round.push(clinic.read(list, plan.pages).await?);
            }
            rounds.push(round);
        }
        for (at, clinic) in clinics.iter().enumerate() {
            tell(list, at, clinic.stored, &rounds, report);
        }
    }
    Ok(())
}

fn tell(list: List, at: usize, stored: u64, rounds: &[Vec<Times>], report: &mut Report) {
    let pairs = |pair: fn(&Times, &Times) -> Pair| -> Vec<Pair> {
        rounds.iter().filter_map(|round| Some(pair(round.first()?, round.get(at)?))).collect()
    };
    let name = format!("{}/{stored}", list.name());
    report.cost(
        format!("{name}/bare-statements"),
        "<=2.000",
        &pairs(|_, this| Pair { ours: this.ours, floor: this.floor }),
    );
    if at > 0 {
        let of_fewest = pairs(|fewest, this| Pair { ours: this.ours, floor: fewest.ours });
        report.cost(format!("{name}/the-fewest"), "<=1.250", &of_fewest);
    }
    report.cost(
        format!("{name}/{}-beside-bare-statements", list.plain_way()),
        "-",
        &pairs(|_, this| Pair { ours: this.plain, floor: this.floor }),
    );
}

#[derive(Clone, Copy, Debug)]
enum List {
    /// The 50 newest payments of a dispensary, each with its attempts.
    Newest,
    /// The 100 attempts that are due longest.
    Due,
    /// The 100 oldest open payments of an account.
    Open,
}

/// One page's time, by each of the ways.
#[derive(Clone, Copy, Debug)]
struct Times {
    ours: Duration,
    floor: Duration,
    plain: Duration,
}

/// A file with many payments of one dispensary.
struct Clinic {
    stored: u64,
    store: Arc<SqliteStore>,
    connection: Connection,
    // Removed after both have closed it.
    _database: Database,
}

impl Clinic {
    async fn new(folder: &Path, stored: u64) -> Result<Self, Failure> {
        let database = Database::new(folder)?;
        let store = Arc::new(database.store()?);
        for step in [steps::opening(), steps::sending(0), paid(0), steps::sending(1), steps::handing_over(1)]
        {
            store.commit(step).await?;
        }
        let mut connection = database.connect()?;
        multiply(&mut connection, stored)?;
        Ok(Self { stored, store, connection, _database: database })
    }

    async fn read(&self, list: List, pages: usize) -> Result<Times, Failure> {
        let store = Arc::clone(&self.store);
        let ours = tokio::spawn(async move {
            let began = Instant::now();
            for _ in 0..pages {
                list.read(&store).await?;
            }
            Ok::<_, Failure>(began.elapsed())
        });
        let ours = ours.await??;
        let floor = list.bare(&self.connection, pages)?;
        // As slow as it is said to be: a few are enough.
        let few = pages.div_ceil(20);
        let plain = list.plain(&self.connection, self.stored, few)?;
        let each = |took: Duration, pages: usize| took / u32::try_from(pages).unwrap_or(u32::MAX).max(1);
        Ok(Times { ours: each(ours, pages), floor: each(floor, pages), plain: each(plain, few) })
    }
}

impl List {
    fn name(self) -> &'static str {
        match self {
            Self::Due => "100-longest-due",
            Self::Newest => "newest-50",
            Self::Open => "100-oldest-open",
        }
    }

    fn plain_way(self) -> &'static str {
        match self {
            Self::Due | Self::Open => "scan",
            Self::Newest => "offset",
        }
    }

    async fn read(self, store: &SqliteStore) -> Result<(), Failure> {
        let found = match self {
            Self::Due => store.due_on(&steps::account(), Timestamp::MAX, 100).await?.len(),
            Self::Newest => store.payments(steps::dispensary(), None, 50).await?.len(),
            Self::Open => store.open_payments(&steps::account(), None, 100).await?.len(),
        };
        // The smallest file of a smoke test has fewer open ones.
        if found >= 20 { Ok(()) } else { Err(format!("{} has only {found}", self.name()).into()) }
    }

    fn bare(self, connection: &Connection, pages: usize) -> rusqlite::Result<Duration> {
        let here = steps::dispensary().uuid().into_bytes();
        let account = steps::account().account.uuid().into_bytes();
        match self {
            Self::Due => {
                let mut due = connection.prepare(
                    "SELECT due_at, dispensary, payment FROM billing_attempts INDEXED BY billing_attempts_due
                    WHERE due_at <= ?1 AND resolved_at IS NULL ORDER BY due_at LIMIT 100",
                )?;
                time(pages, || touch(&mut due, [i64::MAX]))
            }
            Self::Newest => {
                let mut payments = connection.prepare(
                    "SELECT * FROM billing_payments WHERE dispensary = ?1 ORDER BY payment DESC LIMIT 50",
                )?;
                let mut attempts = connection.prepare(
                    "SELECT * FROM billing_attempts WHERE dispensary = ?1 ORDER BY payment DESC LIMIT 50",
                )?;
                time(pages, || {
                    touch(&mut payments, [here])?;
                    touch(&mut attempts, [here])
                })
            }
            Self::Open => {
                let mut open = connection.prepare(
                    "SELECT payment FROM billing_attempts INDEXED BY billing_attempts_pinned
                    WHERE dispensary = ?1 AND account = ?2 AND resolved_at IS NULL ORDER BY payment LIMIT 100",
                )?;
                time(pages, || touch(&mut open, params![here, account]))
            }
        }
    }

    /// What one would write first.
    fn plain(self, connection: &Connection, stored: u64, pages: usize) -> rusqlite::Result<Duration> {
        let here = steps::dispensary().uuid().into_bytes();
        match self {
            Self::Newest => {
                let mut last_page = connection.prepare(
                    "SELECT * FROM billing_payments WHERE dispensary = ?1 ORDER BY payment DESC LIMIT 50 OFFSET ?2",
                )?;
                time(pages, || {
                    touch(&mut last_page, params![here, i64::try_from(stored).unwrap_or(i64::MAX) - 50])
                })
            }
            Self::Due | Self::Open => {
                let mut scan = connection.prepare(
                    "SELECT due_at, dispensary, payment FROM billing_attempts NOT INDEXED
                    WHERE state IN ('awaiting_cardholder', 'charging', 'processing', 'sending', 'unknown')
                    ORDER BY due_at LIMIT 100",
                )?;
                time(pages, || touch(&mut scan, []))
            }
        }
    }
}

fn time(times: usize, mut work: impl FnMut() -> rusqlite::Result<()>) -> rusqlite::Result<Duration> {
    let began = Instant::now();
    for _ in 0..times {
        work()?;
    }
    Ok(began.elapsed())
}

/// Reads every column of every row found, and keeps none.
fn touch(statement: &mut rusqlite::Statement<'_>, params: impl Params) -> rusqlite::Result<()> {
    let columns = statement.column_count();
    let mut rows = statement.query(params)?;
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            let value: ValueRef<'_> = row.get_ref(column)?;
            std::hint::black_box(value);
        }
    }
    Ok(())
}

/// The step that ends a payment with its money.
fn paid(number: usize) -> Step {
    let payment = steps::payment(number);
    let first = rows::attempt(payment.id.uuid().as_u128(), 1);
    let ended = rows::ended(&first, AttemptState::Succeeded(rows::capture("pi_3Bench", 12_345)));
    rows::moving(steps::id(4, number), &payment, ended)
}

/// Copies the paid payment and the open one until so many are stored. Only the speed of reading is measured: nothing
/// here waits for the disk.
fn multiply(connection: &mut Connection, stored: u64) -> Result<(), Failure> {
    connection.pragma_update(None, "synchronous", "OFF")?;
    let transaction = connection.transaction()?;
    for name in ["billing_payables", "billing_payments", "billing_attempts"] {
        let table = Table::read(&transaction, name)?;
        let mut insert = transaction.prepare(&table.insert())?;
        let last_two =
            |number: u64| table.rows.iter().rev().nth(usize::from(!number.is_multiple_of(OPEN_EVERY)));
        for number in 2..stored {
            let mut row = last_two(number).ok_or("no rows to copy")?.clone();
            let at = usize::try_from(number)?;
            table.set(&mut row, "payment", Value::Blob(steps::payment(at).id.uuid().as_bytes().to_vec()));
            table.set(&mut row, "payable", Value::Text(steps::payable(at)));
            if number % OPEN_EVERY == 0 {
                table.set(&mut row, "due_at", Value::Integer(i64::try_from(number)? * 1_000_000));
            }
            insert.execute(rusqlite::params_from_iter(row))?;
        }
    }
    transaction.commit()?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}
