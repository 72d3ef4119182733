//! How a cargo command is started: the same cargo that runs us, in the workspace's root.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A cargo command, its arguments written as on the command line.
pub(crate) fn cargo(arguments: &str) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments.split_whitespace()).current_dir(root());
    command
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// A folder for what a step leaves behind, below `target`. If it cannot be made, the step that needs it says so.
pub(crate) fn scratch() -> String {
    let scratch = root().join("target").join("scratch");
    let _ = std::fs::create_dir_all(&scratch);
    scratch.to_string_lossy().into_owned()
}
