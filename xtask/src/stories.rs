//! The stories about crashes, races and draining once more on each database: by themselves most of them keep their books in memory.

use crate::cargo::{cargo, scratch};
use crate::postgres;
use crate::step::Step;

/// Beside the acceptance crate's other stories. Everything is selected as when every test runs, so nothing is built again.
const STORIES: &str = "test --workspace --all-features --no-fail-fast --test draining --test dying --test edges \
                       --test failing_later --test giving_back --test meeting --test notices --test races \
                       --test sweeping";

/// In which the stories find the database's name.
const DATABASE: &str = "BILLING_STORIES_ON";

/// On each database; `postgres` says where a server is.
pub(crate) fn on_each_database(postgres: &str) -> [Step; 2] {
    [on("stories on SQLite", "sqlite", postgres), on("stories on PostgreSQL", "postgres", postgres)]
}

fn on(name: &'static str, database: &str, postgres: &str) -> Step {
    Step::new(name, cargo(STORIES))
        .env(DATABASE, database)
        .env(postgres::SERVER, postgres)
        .env("TMPDIR", &scratch())
}
