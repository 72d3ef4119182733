//! Cargo tools that a step needs: the machine's own if it has one, else a known version below `target`. A missing tool is installed,
//! never skipped: a check that did not run must not look like one that passed.

use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::cargo::{cargo, root};
use crate::step::Step;

/// A cargo subcommand from a crate of its own.
pub(crate) struct Tool {
    /// The crate: `cargo-` and the subcommand.
    pub(crate) name: &'static str,
    /// What installing it is called.
    pub(crate) install: &'static str,
    /// The version installed where there is none. One that is already on the machine is used as it is.
    pub(crate) version: &'static str,
}

impl Tool {
    /// The step that installs it, if that is needed, and how it is called afterwards.
    pub(crate) fn ready(&self) -> (Option<Step>, Command) {
        let subcommand = self.name.trim_start_matches("cargo-");
        let installed = answers(cargo(subcommand).arg("--version"));
        let ours = tools().join("bin").join(format!("{}{EXE_SUFFIX}", self.name));
        let install = (!installed && !ours.exists()).then(|| self.install());
        let mut command = if installed { cargo(subcommand) } else { Command::new(ours) };
        command.current_dir(root());
        (install, command)
    }

    /// Built without optimisation or debug information: a check takes seconds, and the release profile (link-time optimisation over
    /// everything, one codegen unit) would cost minutes that no run gives back.
    fn install(&self) -> Step {
        let mut command = cargo("install --locked --debug");
        command.args([self.name, "--version", self.version, "--root"]).arg(tools());
        Step::new(self.install, command).env("CARGO_PROFILE_DEV_DEBUG", "0")
    }
}

/// Below `target`, so that neither the machine's own tools nor the repository change.
fn tools() -> PathBuf {
    root().join("target").join("tools")
}

fn answers(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
