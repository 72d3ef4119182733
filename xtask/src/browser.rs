//! The steps around the browser tests of `examples/clinic/browser`: get a browser and Node if this machine has none, then run them.
//!
//! None of it is ever skipped: where something is missing and cannot be installed, the step fails and says what to install.

use std::env;
use std::ffi::OsString;
use std::iter;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::{cargo, root};
use crate::step::Step;

/// The variable that names another browser of Chromium's kind.
const CHROMIUM: &str = "CHROMIUM";

/// What Chromium is called on a path.
const BROWSERS: &[&str] =
    &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome.exe", "msedge.exe"];

/// Where macOS keeps it, which is on no path.
const MAC_BROWSERS: &[&str] = &[
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const WHAT_TO_INSTALL: &str = "the browser tests need Chromium (or Chrome: name it in the variable CHROMIUM), Node 20 or newer, \
                               and npm. Install them, then run this again. As root on Debian they are installed for you.";

pub(crate) fn steps() -> impl Iterator<Item = Step> {
    // Looked for again after the installing step, which is why each is made only when its turn comes.
    let install = iter::once_with(install).flatten();
    let packages = iter::once_with(|| npm("ci").map_or_else(|| impossible("browser packages"), packages));
    let clinic = Step::new("build the clinic", cargo("build --quiet --package clinic"));
    let tests = iter::once_with(|| tests().unwrap_or_else(|| impossible("browser")));
    install.chain(packages).chain([clinic]).chain(tests)
}

/// What this machine lacks, installed as Debian's packages if we may.
fn install() -> Option<Step> {
    let lacking = [
        (browser().is_none(), "chromium"),
        (find(&["node", "node.exe"]).is_none(), "nodejs"),
        (npm("").is_none(), "npm"),
    ];
    let lacking: Vec<_> =
        lacking.into_iter().filter(|(lacks, _)| *lacks).map(|(_, package)| package).collect();
    // apt-get itself says so if we are not root; what is still missing then is said by the steps that need it.
    let apt = find(&["apt-get"]).filter(|_| !lacking.is_empty())?;
    let mut command = Command::new("sh");
    command
        .args(["-c", r#""$0" update && "$0" install --yes --no-install-recommends "$@""#])
        .arg(apt)
        .args(lacking);
    Some(Step::new("install browser", command).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// The two packages the tests use, as the lock file has them.
fn packages(mut npm: Command) -> Step {
    npm.current_dir(folder());
    // The browser is this machine's: no package is to bring its own.
    Step::new("browser packages", npm).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
}

fn tests() -> Option<Step> {
    let mut node = Command::new(find(&["node", "node.exe"])?);
    node.args(["--test", "--test-concurrency=2", "--test-reporter=tap"])
        .current_dir(folder())
        .env(CHROMIUM, browser()?);
    // Cargo puts every program of one profile beside the others, so it is beside this one.
    let clinic = env::current_exe().ok()?.with_file_name(format!("clinic{}", env::consts::EXE_SUFFIX));
    node.env("CLINIC", clinic);
    Some(Step::new("browser", node))
}

fn impossible(name: &'static str) -> Step {
    Step::impossible(name, WHAT_TO_INSTALL)
}

fn folder() -> PathBuf {
    root().join("examples").join("clinic").join("browser")
}

fn browser() -> Option<OsString> {
    let named = env::var_os(CHROMIUM).filter(|name| !name.is_empty());
    let on_mac = || MAC_BROWSERS.iter().find(|path| Path::new(path).is_file()).map(Into::into);
    named.or_else(|| find(BROWSERS).map(Into::into)).or_else(on_mac)
}

fn npm(argument: &str) -> Option<Command> {
    let mut command = Command::new(find(&["npm", "npm.cmd"])?);
    command.arg(argument);
    Some(command)
}

/// The first of the programs that is on the path.
fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders: Vec<_> = env::split_paths(&path).collect();
    let places = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.into_iter().find(|place| place.is_file())
}
