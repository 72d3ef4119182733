//! The file a fake may be kept in: read when it opens, replaced whole after every change. Never part of a file.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Where a fake's state is kept, and the turn to write it: whoever writes last has the newest state.
pub(crate) struct Keeper {
    /// The formats it reads; it writes the last. A new one begins when an older fake could not read, or would lose, what a newer one
    /// keeps.
    formats: RangeInclusive<u32>,
    path: PathBuf,
    turn: Mutex<()>,
    /// As in "the fake Stripe".
    whose: &'static str,
}

/// Borrows when it writes, owns when it reads.
#[derive(Deserialize, Serialize)]
struct Snapshot<S> {
    format: u32,
    state: S,
}

impl Keeper {
    pub(crate) fn new(path: &Path, whose: &'static str, formats: RangeInclusive<u32>) -> Self {
        Self { formats, path: path.to_owned(), turn: Mutex::new(()), whose }
    }

    /// The state that was kept; None if there is no file yet.
    pub(crate) fn open<S: DeserializeOwned>(&self) -> io::Result<Option<S>> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let snapshot: Snapshot<S> = serde_json::from_slice(&text).map_err(|error| self.damaged(&error))?;
        if !self.formats.contains(&snapshot.format) {
            let (path, whose) = (self.path.display(), self.whose);
            let message = format!("{path} was kept by another version of the fake {whose}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(Some(snapshot.state))
    }

    /// Writes the state down as it is once the turn has come.
    pub(crate) fn keep<S: Serialize>(&self, state: &Mutex<S>) -> io::Result<()> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let text = {
            let state = state.lock().unwrap_or_else(PoisonError::into_inner);
            serde_json::to_vec(&Snapshot { format: *self.formats.end(), state: &*state })?
        };
        self.replace(&text)
    }

    /// Says where the file is wrong and not what it says there, which may be a key.
    fn damaged(&self, error: &serde_json::Error) -> io::Error {
        let (path, whose, line, column) = (self.path.display(), self.whose, error.line(), error.column());
        let message =
            format!("{path} is no state of a fake {whose}: damaged at line {line}, column {column}");
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
