//! The file a fake may be kept in: read when it opens, replaced whole after every change. Never part of a file.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::FakeStripe;
use super::state::State;

/// Grows when an older fake could not read, or would lose, what a newer one keeps. 2 has refunds.
const FORMAT: u32 = 2;

/// The oldest that this fake still reads: what its files lack has a default.
const OLDEST_FORMAT: u32 = 1;

/// Where the state is kept, and the turn to write it: whoever writes last has the newest state.
pub(super) struct Keeper {
    path: PathBuf,
    turn: Mutex<()>,
}

/// Borrows when it writes, owns when it reads.
#[derive(Deserialize, Serialize)]
struct Snapshot<S> {
    format: u32,
    state: S,
}

impl Keeper {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), turn: Mutex::new(()) }
    }

    /// The state that was kept; None if there is no file yet.
    pub(super) fn open(&self) -> io::Result<Option<State>> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let snapshot: Snapshot<State> =
            serde_json::from_slice(&text).map_err(|error| self.damaged(&error))?;
        if !(OLDEST_FORMAT..=FORMAT).contains(&snapshot.format) {
            let message = format!("{} was kept by another version of the fake Stripe", self.path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(Some(snapshot.state))
    }

    /// Says where the file is wrong and not what it says there, which may be a key.
    fn damaged(&self, error: &serde_json::Error) -> io::Error {
        let (path, line, column) = (self.path.display(), error.line(), error.column());
        let message = format!("{path} is no state of a fake Stripe: damaged at line {line}, column {column}");
        io::Error::new(io::ErrorKind::InvalidData, message)
    }

    fn replace(&self, text: &[u8]) -> io::Result<()> {
        let mut beside = OsString::from(&self.path);
        beside.push(".new");
        let mut file = File::create(&beside)?;
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(beside, &self.path)
    }
}

impl FakeStripe {
    /// Writes everything down, if this Stripe is kept anywhere.
    pub(super) fn keep(&self) -> io::Result<()> {
        let Some(keeper) = &self.keeper else { return Ok(()) };
        let _turn = keeper.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let text = serde_json::to_vec(&Snapshot { format: FORMAT, state: &*self.state() })?;
        keeper.replace(&text)
    }

    /// A change by hand. If it cannot be written down, the next request tries again and answers 500 if it cannot either.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state());
        drop(self.keep());
        changed
    }
}
