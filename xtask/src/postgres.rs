//! A PostgreSQL server for the tests: a cluster of its own in a folder that goes with it, reached by a socket in that folder.
//!
//! Where `BILLING_TEST_POSTGRES` names a server already, that one is used. Nothing is skipped: without a server the tests that need one
//! fail, and the step here says what to install.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::step::Step;

/// The variable in which the tests look for a server.
pub(crate) const SERVER: &str = "BILLING_TEST_POSTGRES";

/// Where Debian keeps the server's programs, one folder for each version; they are on no path.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The user Debian makes for it. PostgreSQL refuses to run as root.
const USER: &str = "postgres";

const WHAT_TO_INSTALL: &str = "the store's tests need PostgreSQL 15 or newer: install it (initdb and postgres on the path, or as Debian \
                               has them), or name a server of which everything may be lost in BILLING_TEST_POSTGRES. As root on Debian \
                               it is installed for you.";

/// What the tests are told, and the server behind it if it is ours. It ends when this is dropped, also after a panic.
pub(crate) struct Server {
    config: String,
    // Ends with this.
    _ours: Option<Cluster>,
}

struct Cluster {
    folder: PathBuf,
    server: Child,
}

impl Server {
    /// How the tests reach it.
    pub(crate) fn config(&self) -> &str {
        &self.config
    }

    /// Starts one, unless one is named.
    pub(crate) fn start() -> Result<Self, String> {
        if let Some(config) = named() {
            return Ok(Self { config, _ours: None });
        }
        let programs = programs().ok_or(WHAT_TO_INSTALL)?;
        let folder = make_folder().map_err(|error| format!("no folder for PostgreSQL: {error}"))?;
        let data = folder.join("data");
        let mut initdb = as_user(&programs.join("initdb"));
        initdb
            .args([
                "--auth=trust",
                "--username=postgres",
                "--no-locale",
                "--encoding=UTF8",
                "--no-sync",
                "-D",
            ])
            .arg(&data);
        let made = initdb.current_dir(&folder).stdout(Stdio::null()).status();
        if !made.is_ok_and(|status| status.success()) {
            let _ = fs::remove_dir_all(&folder);
            return Err("initdb failed: what it said stands above".to_owned());
        }
        // Everything that keeps a commit stays as it is by default: the tests are about that. No port: the socket is enough.
        let mut postgres = as_user(&programs.join("postgres"));
        postgres.arg("-D").arg(&data).arg("-k").arg(&folder);
        postgres.args([
            "-c",
            "listen_addresses=",
            "-c",
            "max_connections=500",
            "-c",
            "logging_collector=off",
        ]);
        let log = fs::File::create(folder.join("log"))
            .map_err(|error| format!("no log for PostgreSQL: {error}"))?;
        let started =
            postgres.current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        let server = started.map_err(|error| format!("PostgreSQL does not start: {error}"))?;
        let config = format!("host={} user=postgres dbname=postgres", folder.display());
        let mut cluster = Cluster { folder, server };
        cluster.wait()?;
        Ok(Self { config, _ours: Some(cluster) })
    }
}

impl Cluster {
    /// Waits until the server listens: the socket is there, and its lock file says that it is ready.
    fn wait(&mut self) -> Result<(), String> {
        for _ in 0..600 {
            let state =
                fs::read_to_string(self.folder.join("data").join("postmaster.pid")).unwrap_or_default();
            if state.lines().any(|line| line.trim() == "ready") {
                return Ok(());
            }
            if self.server.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            sleep(Duration::from_millis(100));
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(format!("PostgreSQL does not start:\n{log}"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // As itself or as root, so that a signal reaches it; nothing in it is worth waiting for.
        let _ = Command::new("kill").args(["-QUIT", &self.server.id().to_string()]).status();
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The step that installs the server's packages where there are none and we may.
pub(crate) fn install() -> Option<Step> {
    if named().is_some() || programs().is_some() {
        return None;
    }
    let mut command = Command::new("sh");
    // The package would start a server of its own, which nobody asked for.
    command.args([
        "-c",
        "apt-get update && apt-get install --yes --no-install-recommends postgresql-common \
         && sed -i 's/^#*create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf \
         && apt-get install --yes --no-install-recommends postgresql",
    ]);
    Some(Step::new("install PostgreSQL", command).env("DEBIAN_FRONTEND", "noninteractive"))
}

fn named() -> Option<String> {
    env::var(SERVER).ok().filter(|config| !config.is_empty())
}

/// The folder with the server's programs: on the path, or the newest of Debian's.
fn programs() -> Option<PathBuf> {
    let has_them = |folder: &PathBuf| ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file());
    let on_path = env::var_os("PATH").and_then(|path| env::split_paths(&path).find(has_them));
    let newest = || {
        let versions = fs::read_dir(DEBIAN).ok()?.flatten().map(|entry| entry.path());
        let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
        let (_, newest) = versions.filter_map(|path| Some((number(&path)?, path))).max()?;
        Some(newest.join("bin")).filter(has_them)
    };
    on_path.or_else(newest)
}

/// A program, not as root: as the user whom the package made, and ended with us however we end.
fn as_user(program: &Path) -> Command {
    // A link on the path hides where the program finds its own files.
    let program = fs::canonicalize(program).unwrap_or_else(|_| program.to_owned());
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", USER, "--regid", USER, "--clear-groups", "--pdeathsig", "QUIT", "--"])
        .arg(program);
    command
}

/// A folder of the user's own. In memory where there is such a place: every test waits for many commits.
fn make_folder() -> std::io::Result<PathBuf> {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { env::temp_dir() };
    let folder = place.join(format!("billing-postgres-{}", std::process::id()));
    fs::create_dir(&folder)?;
    if is_root() {
        let owned = Command::new("chown").arg(USER).arg(&folder).status()?;
        if !owned.success() {
            fs::remove_dir(&folder)?;
            return Err(std::io::Error::other(format!("there is no user called {USER}")));
        }
    }
    Ok(folder)
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_ours_is_there_until_it_is_dropped() {
        let server = Server::start().expect("a server starts, or one is named");
        if let Some(named) = named() {
            assert_eq!(server.config(), named);
            return;
        }
        let folder =
            server.config().split(['=', ' ']).nth(1).map(PathBuf::from).expect("the host comes first");
        assert!(folder.join(".s.PGSQL.5432").exists());
        drop(server);
        assert!(!folder.exists());
    }
}
