//! How fast durable work is, beside the least that could do it: each goal is a ratio of two times from one run, measured in turn.
//!
//! A floor is SQLite driven by hand, with the same durability and none of what the library is for. No HTTP call is measured here.

mod callers;
mod database;
mod floor;
mod pages;
mod plan;
mod replay;
mod report;
mod sending;
mod steps;

use std::error::Error;
use std::path::Path;

pub use plan::Plan;
pub use report::{Report, Row};

/// Whatever went wrong: a run with a failed step is none.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Measures everything on files in `folder`, which are removed afterwards.
pub async fn run(plan: &Plan, folder: &Path) -> Result<Report, Failure> {
    let mut report = Report::default();
    report.note(format!("{} rounds; files on {}", plan.rounds, database::filesystem(folder)));
    steps::measure(plan, folder, &mut report).await?;
    sending::measure(plan, folder, &mut report).await?;
    pages::measure(plan, folder, &mut report).await?;
    report.note(
        "not measured yet: the store on PostgreSQL, and a sweep that asks for many payments at once"
            .to_owned(),
    );
    Ok(report)
}
