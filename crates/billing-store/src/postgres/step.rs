//! One step in its transaction: alone with its dispensary, judged by the domain's rules, written, remembered, committed.
//!
//! Three waits for the server: lock and read; write; commit. A step that meets another one begins again, a few times.

use std::sync::atomic::{AtomicBool, Ordering};

use billing_domain::{Committed, Conflict, Step, StoreError};
use deadpool_postgres::Pool;
use uuid::Uuid;

use super::failure::{Halt, at_commit, halted};
use super::flush::{Change, changes};
use super::loaded::{Loaded, each};
use super::needs::{Found, Needs};
use super::run::{Ask, Row as _};
use super::session::Session;
use super::statements as sql;
use crate::rows::{StepRow, unsigned};

/// How often a step is begun, at most, before the caller hears that the database is busy.
const TRIES_MAX: u32 = 4;

/// Commits a step. `committing` tells, to whoever gives up waiting, whether COMMIT may be under way.
pub(super) async fn commit(
    pool: &Pool,
    step: &Step,
    committing: &AtomicBool,
) -> Result<Committed, StoreError> {
    let mut tries = 1;
    loop {
        match attempt(pool, step, committing).await {
            Err(Halt::Again(met)) if tries < TRIES_MAX => {
                tracing::debug!(%met, tries, "a step begins again");
                tries += 1;
            }
            Err(Halt::Again(met)) => return Err(StoreError::Unavailable(met.into())),
            Err(Halt::Final(answer)) => return Err(answer),
            Ok(committed) => return Ok(committed),
        }
    }
}

async fn attempt(pool: &Pool, step: &Step, committing: &AtomicBool) -> Result<Committed, Halt> {
    committing.store(false, Ordering::Release);
    let row = StepRow::of(step)?;
    let session = Session::begin(pool).await?;
    match apply(&session, step, row).await {
        Ok(Applied::Repeated(seq)) => {
            session.roll_back().await;
            Ok(Committed { seq, repeated: true })
        }
        Ok(Applied::Written(seq)) => {
            committing.store(true, Ordering::Release);
            session.ask(&[Ask::plain(&sql::COMMIT)]).await.map_err(|error| at_commit("step", error))?;
            session.end();
            Ok(Committed { seq, repeated: false })
        }
        Err(halt) => {
            session.roll_back().await;
            Err(halt)
        }
    }
}

enum Applied {
    Repeated(u64),
    Written(u64),
}

async fn apply(session: &Session, step: &Step, mut row: StepRow) -> Result<Applied, Halt> {
    let needs = Needs::of(step);
    let seen = look(session, &row, &needs).await?;
    if let Some(seq) = seen.repeated {
        return Ok(Applied::Repeated(number(seq)?));
    }
    let mut loaded = Loaded::new(needs, seen.found)?;
    step.write_to(&mut loaded)?;
    let changes = changes(step.dispensary, &loaded)?;
    row.seq = seen.last.checked_add(1).ok_or(StoreError::Corrupt("sequence"))?;
    write(session, &changes, &row).await?;
    Ok(Applied::Written(number(row.seq)?))
}

/// What a step finds once it is alone with its dispensary.
struct Seen {
    last: i64,
    repeated: Option<i64>,
    found: Found,
}

/// Begins the transaction, takes the dispensary's counter, and reads what the step is judged by: each statement sees what was
/// committed before it began, and from the counter on nobody else commits for this dispensary.
async fn look(session: &Session, row: &StepRow, needs: &Needs) -> Result<Seen, Halt> {
    let fail = |error| halted(StepRow::WHAT, error);
    let begin = [Ask::plain(&sql::BEGIN)];
    if let Some(seen) = look_once(session, &begin, row, needs).await? {
        return Ok(seen);
    }
    // The dispensary's first step makes its counter; of two first ones, the second waits here for the first.
    session.ask(&[Ask::new(&sql::INSERT_COUNTER, vec![&row.dispensary])]).await.map_err(fail)?;
    let seen = look_once(session, &[], row, needs).await?;
    seen.ok_or(Halt::Final(StoreError::Corrupt("sequence")))
}

async fn look_once(
    session: &Session,
    begin: &[Ask<'_>],
    row: &StepRow,
    needs: &Needs,
) -> Result<Option<Seen>, Halt> {
    let key: (&Uuid, &Uuid) = (&row.dispensary, &row.step);
    let mut asks: Vec<_> = begin.iter().map(|ask| Ask::new(ask.statement, Vec::new())).collect();
    asks.push(Ask::new(&sql::LOCK_COUNTER, vec![key.0]));
    asks.push(Ask::new(&sql::SEQ_OF_STEP, vec![key.0, key.1]));
    let (about, reads): (Vec<_>, Vec<_>) = needs.asks().into_iter().unzip();
    asks.extend(reads);
    let answers = session.ask(&asks).await.map_err(|error| halted(StepRow::WHAT, error))?;
    let mut answers = answers.into_iter().skip(begin.len());
    let mut seq =
        || each::<i64, Vec<_>>(&answers.next().unwrap_or_default(), StepRow::WHAT, |row| row.try_get(0));
    let (counter, repeated) = (seq()?, seq()?);
    let Some(last) = counter.first().copied() else { return Ok(None) };
    Ok(Some(Seen {
        last,
        repeated: repeated.first().copied(),
        found: about.into_iter().zip(answers).collect(),
    }))
}

/// Writes the step's rows and what is remembered of it. Each must be written once: if one is not, somebody else than a step wrote.
async fn write(session: &Session, changes: &[Change], row: &StepRow) -> Result<(), Halt> {
    let mut asks: Vec<_> = changes.iter().map(Change::ask).collect();
    asks.push(Ask::plain(&sql::ANNOUNCE));
    asks.push(Ask::new(&sql::INSERT_STEP, row.values()));
    asks.push(Ask::new(&sql::UPDATE_COUNTER, vec![&row.dispensary, &row.seq]));
    let what = changes.first().map_or(StepRow::WHAT, |change| change.what);
    let answers = session.ask(&asks).await.map_err(|error| halted(what, error))?;
    let names = changes.iter().map(|change| change.what).chain([StepRow::WHAT; 3]);
    match names.zip(answers).find(|(_, answer)| answer.len() != 1) {
        Some((what, _)) => Err(StoreError::Conflict(Conflict::Revision(what)).into()),
        None => Ok(()),
    }
}

fn number(seq: i64) -> Result<u64, StoreError> {
    unsigned(seq).ok_or(StoreError::Corrupt("sequence"))
}
