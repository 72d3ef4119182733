//! The command line: of the test, and of the hosts that it starts.

use std::num::NonZeroU32;
use std::path::PathBuf;

use lexopt::prelude::*;

use super::bug::Bug;
use super::host::Setting;
use crate::database::{Database, Product};

/// The word that makes the program a host.
pub(crate) const HOST: &str = "host";

/// What is asked of the program.
#[derive(Debug)]
pub(crate) enum Asked {
    Host(Setting),
    Test(Plan),
}

/// How the hosts are killed.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) bug: Option<Bug>,
    pub(crate) hosts: usize,
    pub(crate) product: Product,
    pub(crate) rounds: u32,
    pub(crate) seed: u64,
    /// Nobody is killed: what is wrong then was not found by the kills.
    pub(crate) spare: bool,
}

pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Asked, lexopt::Error> {
    let (mut bug, mut clock, mut database, mut moneris, mut stripe) = (None, None, None, None, None);
    let (mut hosts, mut is_host, mut rounds, mut seed, mut spare) = (None, false, None, None, false);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("bug") => bug = Some(bug_named(&parser.value()?.string()?)?),
            Long("clock") => clock = Some(PathBuf::from(parser.value()?)),
            Long("database") => database = Some(parser.value()?.string()?),
            Long("hosts") => hosts = Some(parser.value()?.parse::<NonZeroU32>()?),
            Long("moneris") => moneris = Some(parser.value()?.string()?),
            Long("rounds") => rounds = Some(parser.value()?.parse::<NonZeroU32>()?),
            Long("seed") => seed = Some(parser.value()?.parse::<u64>()?),
            Long("spare") => spare = true,
            Long("stripe") => stripe = Some(parser.value()?.string()?),
            Value(word) if word == HOST => is_host = true,
            _ => return Err(argument.unexpected()),
        }
    }
    if is_host {
        let setting = Setting {
            bug,
            clock: clock.ok_or("a host needs --clock")?,
            database: Database::at(&database.ok_or("a host needs --database")?),
            moneris: moneris.ok_or("a host needs --moneris")?,
            stripe: stripe.ok_or("a host needs --stripe")?,
        };
        return Ok(Asked::Host(setting));
    }
    let product = database.as_deref().map_or(Ok(Product::Sqlite), Product::named)?;
    // One of them writes to a file at a time; a server takes more.
    let usual = if product == Product::Postgres { 3 } else { 2 };
    let hosts =
        hosts.map_or(Ok(usual), |hosts| usize::try_from(hosts.get())).map_err(|error| error.to_string())?;
    Ok(Asked::Test(Plan {
        bug,
        hosts,
        product,
        rounds: rounds.map_or(50, NonZeroU32::get),
        seed: seed.unwrap_or(1),
        spare,
    }))
}

fn bug_named(word: &str) -> Result<Bug, String> {
    Bug::named(word).ok_or_else(|| format!("no bug is called {word}: {}", Bug::ALL.map(Bug::word).join(", ")))
}
