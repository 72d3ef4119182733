//! The steps around cargo-deny: install it if this machine has none, then check the dependency tree against deny.toml.

use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::cargo::{cargo, root};
use crate::step::Step;

/// The version installed where there is none. One that is already on the machine is used as it is.
const VERSION: &str = "0.20.2";

/// A missing tool is installed, never skipped: a check that did not run must not look like one that passed.
pub(crate) fn steps() -> impl Iterator<Item = Step> {
    let installed = answers(cargo("deny --version"));
    let ours = tools().join("bin").join(format!("cargo-deny{EXE_SUFFIX}"));
    let install = (!installed && !ours.exists()).then(install);
    let mut check = if installed { cargo("deny") } else { Command::new(ours) };
    // Not `advisories`: it fetches a database, and whether a change passes must not depend on what was published this morning.
    check.args(["check", "bans", "licenses", "sources"]).current_dir(root());
    install.into_iter().chain([Step::new("cargo-deny", check)])
}

/// Built without optimisation or debug information: a check takes seconds, and the release profile (link-time optimisation over
/// everything, one codegen unit) would cost minutes that no run gives back.
fn install() -> Step {
    let mut command = cargo("install cargo-deny --locked --debug");
    command.args(["--version", VERSION, "--root"]).arg(tools());
    Step::new("install cargo-deny", command).env("CARGO_PROFILE_DEV_DEBUG", "0")
}

/// Below `target`, so that neither the machine's own tools nor the repository change.
fn tools() -> PathBuf {
    root().join("target").join("tools")
}

fn answers(mut command: Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
