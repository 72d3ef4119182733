//! Who is measured, and how each is started. What they do is their own.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use super::driver;
use super::floors::{BareHyper, BareReqwest};
use super::ours::Ours;
use super::work::Work;

/// A program that creates `PaymentIntent`s, and the same one counting its allocations if it can.
#[derive(Clone, Debug)]
pub struct Contender {
    /// The table's word for it.
    pub name: &'static str,
    program: PathBuf,
    counted: Option<PathBuf>,
    first: Option<OsString>,
    works: &'static [Work],
}

impl Contender {
    /// One of this workspace; `programs` is where this build's programs are.
    pub fn of_ours(name: &'static str, programs: &Path) -> Self {
        Self {
            name,
            program: programs.join(program("calls-contender")),
            counted: Some(programs.join(program("calls-contender-counted"))),
            first: Some(name.into()),
            // It is one connection, and TLS would be reqwest's work done again.
            works: if name == HYPER { &[Work::HttpCpu] } else { &Work::ALL },
        }
    }

    /// A Rust peer, whose programs are called after it.
    pub fn rust_peer(name: &'static str, programs: &Path) -> Self {
        Self {
            name,
            program: programs.join(program(&format!("peer-calls-{name}"))),
            counted: Some(programs.join(program(&format!("peer-calls-{name}-counted")))),
            first: None,
            works: &Work::ALL,
        }
    }

    /// A peer that an interpreter runs: its allocations are the interpreter's, and not comparable.
    pub fn script(name: &'static str, interpreter: PathBuf, script: &Path) -> Self {
        let first = Some(script.as_os_str().to_owned());
        Self { name, program: interpreter, counted: None, first, works: &Work::ALL }
    }

    /// The program for this work, without the driver's arguments; `None` if it cannot do it.
    pub(super) fn command(&self, work: Work) -> Option<Command> {
        if !self.works.contains(&work) {
            return None;
        }
        let program = if work == Work::Allocations { self.counted.as_ref()? } else { &self.program };
        let mut command = Command::new(program);
        command.args(&self.first);
        Some(command)
    }
}

/// Ours.
pub const OURS: &str = "ours";
/// One client of reqwest, and serde: the floor of most works.
pub const REQWEST: &str = "reqwest";
/// One connection of hyper, and serde: the floor without TLS.
pub const HYPER: &str = "hyper";

/// A program's file name.
pub fn program(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}

/// Runs the contender of this workspace that the first argument names. `allocations` counts those of the whole process so far.
pub fn run_ours(allocations: Option<fn() -> u64>) -> ExitCode {
    match env::args().nth(1).as_deref() {
        Some(OURS) => driver::run::<Ours>(allocations),
        Some(REQWEST) => driver::run::<BareReqwest>(allocations),
        Some(HYPER) => driver::run::<BareHyper>(allocations),
        _ => {
            eprintln!(
                "usage: calls-contender {OURS}|{REQWEST}|{HYPER} <url> <calls> <in flight> <warm-up calls>"
            );
            ExitCode::FAILURE
        }
    }
}
