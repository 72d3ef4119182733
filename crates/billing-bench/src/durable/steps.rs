//! One step of the store, beside one bare insert and beside the same rows written by hand. All share one shape of caller.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use billing_domain::payment::{AttemptState, Payment, Reference};
use billing_domain::{AccountRef, Action, BillingStore as _, DispensaryId, Requirement, Step, Write};
use billing_store::SqliteStore;
use billing_testkit::store::rows;

use super::callers::{shares, time};
use super::database::Database;
use super::floor::{self, Floor};
use super::replay::{self, Replay, Table};
use super::report::{Pair, Report};
use super::{Failure, Plan};

/// Measures steps with many in flight, and alone.
pub(super) async fn measure(plan: &Plan, folder: &Path, report: &mut Report) -> Result<(), Failure> {
    let many = Setting { folder, callers: plan.callers, count: plan.callers * plan.steps_each };
    let alone = Setting { folder, callers: 1, count: plan.steps_alone };
    many.compare(
        plan.rounds,
        &format!("{}-in-flight", plan.callers),
        Goals { bare: ">=0.700", same: ">=0.700" },
        report,
    )
    .await?;
    alone.compare(plan.rounds, "alone", Goals { bare: ">=0.850", same: ">=0.850" }, report).await
}

struct Setting<'p> {
    folder: &'p Path,
    callers: usize,
    count: usize,
}

#[derive(Clone, Copy)]
struct Goals {
    bare: &'static str,
    same: &'static str,
}

/// How long the two steps of a payment took, each for all payments.
#[derive(Clone, Copy, Debug)]
struct Times {
    send: Duration,
    hand_over: Duration,
}

/// What the library wrote for each of the two steps.
struct Replays {
    send: Replay,
    hand_over: Replay,
}

impl Setting<'_> {
    async fn compare(
        &self,
        rounds: usize,
        name: &str,
        goals: Goals,
        report: &mut Report,
    ) -> Result<(), Failure> {
        // Not timed: it warms up, and leaves the rows that the floor is to write.
        let (_, replays) = self.ours(report).await?;
        let (mut send, mut hand_over) = ((vec![], vec![]), (vec![], vec![]));
        for _ in 0..rounds {
            let bare = self.bare().await?;
            let (ours, _) = self.ours(report).await?;
            let same = self.same(&replays).await?;
            send.0.push(Pair { ours: ours.send, floor: bare.send });
            send.1.push(Pair { ours: ours.send, floor: same.send });
            hand_over.0.push(Pair { ours: ours.hand_over, floor: bare.hand_over });
            hand_over.1.push(Pair { ours: ours.hand_over, floor: same.hand_over });
        }
        for (step, (bare, same)) in [("send-step", send), ("hand-over-step", hand_over)] {
            report.speed(format!("{step}/{name}/one-bare-insert"), goals.bare, &bare);
            report.speed(format!("{step}/{name}/same-rows"), goals.same, &same);
        }
        Ok(())
    }

    async fn ours(&self, report: &mut Report) -> Result<(Times, Replays), Failure> {
        let database = Database::new(self.folder)?;
        let store = Arc::new(database.store()?);
        store.commit(opening()).await?;
        let connection = database.connect()?;

        let send = self.commit(&store, (0..self.count).map(sending).collect()).await?;
        let read = |name| Table::read(&connection, name);
        let (attempts, steps) = (read("billing_attempts")?, read("billing_steps")?.since(1));
        let before = read("billing_attempts")?;
        let send_rows =
            replay::inserts(vec![read("billing_payables")?, read("billing_payments")?, attempts, steps]);

        let hand_over = self.commit(&store, (0..self.count).map(handing_over).collect()).await?;
        let steps = read("billing_steps")?.since(1 + self.count);
        let hand_over_rows = replay::update_and_insert(&before, &read("billing_attempts")?, steps);

        drop(store);
        report.steps_asked += u64::try_from(1 + 2 * self.count)?;
        report.steps_found += database.steps()?;
        Ok((Times { send, hand_over }, Replays { send: send_rows, hand_over: hand_over_rows }))
    }

    async fn commit(&self, store: &Arc<SqliteStore>, steps: Vec<Step>) -> Result<Duration, Failure> {
        let store = Arc::clone(store);
        let work = move |step| {
            let store = Arc::clone(&store);
            async move { Ok(store.commit(step).await.map(drop)?) }
        };
        time(shares(steps, self.callers), work).await
    }

    async fn same(&self, replays: &Replays) -> Result<Times, Failure> {
        let database = Database::new(self.folder)?;
        let _open = database.connect()?;
        let send = self.replay(&database, &replays.send).await?;
        let hand_over = self.replay(&database, &replays.hand_over).await?;
        Ok(Times { send, hand_over })
    }

    async fn replay(&self, database: &Database, replay: &Replay) -> Result<Duration, Failure> {
        self.floor(database, replay::by_hand(replay.statements.clone()), replay.steps.clone()).await
    }

    /// One insert in place of each step, on one file as well: a log that has grown once is cheaper to write.
    async fn bare(&self) -> Result<Times, Failure> {
        let database = Database::new(self.folder)?;
        let _open = database.connect()?;
        let send = self.floor(&database, floor::one_insert, vec![(); self.count]).await?;
        let hand_over = self.floor(&database, floor::one_insert, vec![(); self.count]).await?;
        Ok(Times { send, hand_over })
    }

    async fn floor<J, P>(&self, database: &Database, prepare: P, jobs: Vec<J>) -> Result<Duration, Failure>
    where
        J: Send + 'static,
        P: for<'c> FnOnce(&'c rusqlite::Connection) -> rusqlite::Result<floor::Apply<'c, J>> + Send + 'static,
    {
        let (floor, thread) = Floor::start(database, prepare)?;
        let work = move |job| {
            let floor = floor.clone();
            async move { floor.commit(job).await }
        };
        let took = time(shares(jobs, self.callers), work).await?;
        tokio::task::spawn_blocking(|| thread.join()).await?.map_err(|_| "the floor's thread panicked")??;
        Ok(took)
    }
}

const DISPENSARY: u128 = 0x0193_0000_0000_7000_8000_0000_0000_0001;
const ACCOUNT: u128 = DISPENSARY + 1;
const FIRST: u128 = 0x0193_0000_0000_7000_8000_0000_1000_0000;

/// The n-th id of a kind: in order, as version 7 makes them.
pub(super) fn id(kind: u128, number: usize) -> u128 {
    FIRST + (kind << 48) + u128::try_from(number).unwrap_or_default()
}

pub(super) fn payable(number: usize) -> String {
    format!("INV-{number:07}")
}

pub(super) fn dispensary() -> DispensaryId {
    rows::dispensary_id(DISPENSARY)
}

pub(super) fn account() -> AccountRef {
    rows::account_ref(dispensary(), ACCOUNT)
}

pub(super) fn payment(number: usize) -> Payment {
    rows::payment(id(0, number), account(), &payable(number), 12_345)
}

pub(super) fn opening() -> Step {
    rows::opening(DISPENSARY, id(1, 0), ACCOUNT, rows::payable("opening", 1))
}

/// The step before a processor is asked, as the library's use case writes it.
pub(super) fn sending(number: usize) -> Step {
    let payment = payment(number);
    let mut step = rows::sending(id(2, number), &payment);
    step.note.push_str("attempt 1 of CAD 123.45 on stripe");
    step.writes.insert(0, Write::Payable(rows::payable(&payable(number), 12_345)));
    step
}

/// The step after a processor answered, as the library's use case writes it.
pub(super) fn handing_over(number: usize) -> Step {
    let payment = payment(number);
    let mut attempt = rows::attempt(id(0, number), 1);
    let reference = format!("pi_3Bench{number:015}");
    attempt.state = AttemptState::AwaitingCardholder;
    attempt.handed_over_at = Some(rows::at(1));
    attempt.due_at = Some(rows::at(600));
    attempt.revision = 2;
    let note = format!("as {reference}");
    attempt.reference = Some(Reference(reference));
    let requires = vec![Requirement::AccountActive(payment.account.account)];
    Step {
        action: Action::PaymentHandedOver,
        note,
        requires,
        ..rows::moving(id(3, number), &payment, attempt)
    }
}
