//! The peers that make calls beside us: where each is pinned, and how it gets ready below `target`.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::must;
use crate::cargo::{cargo, root};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Peer {
    AsyncStripe,
    Kasapay,
    Node,
    Python,
}

impl Peer {
    pub(super) const ALL: [Self; 4] = [Self::AsyncStripe, Self::Kasapay, Self::Node, Self::Python];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AsyncStripe => "async-stripe",
            Self::Kasapay => "kasapay",
            Self::Node => "node",
            Self::Python => "python",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|peer| peer.name() == name)
    }

    pub(super) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// Builds or installs it as pinned; answers how the benchmark is told of it.
    pub(super) fn install(self) -> Result<Vec<OsString>, String> {
        let flag = OsString::from(format!("--{}", self.name()));
        match self {
            Self::AsyncStripe => Ok(vec![flag, rust("Cargo.toml", "peer-calls-async-stripe")?.into()]),
            Self::Kasapay => Ok(vec![flag, rust("calls_kasapay/Cargo.toml", "peer-calls-kasapay")?.into()]),
            Self::Node => Ok(vec![flag, node()?.into()]),
            Self::Python => {
                let (interpreter, script) = python()?;
                Ok(vec![flag, interpreter.into(), script.into()])
            }
        }
    }
}

/// The directory of its programs.
fn rust(manifest: &str, package: &str) -> Result<PathBuf, String> {
    let target = room(package);
    let mut command = cargo("build --release --locked --package");
    command.arg(package).arg("--manifest-path").arg(peers().join(manifest)).arg("--target-dir").arg(&target);
    must(&format!("building {package} (or leave it out, see --without)"), &mut command)?;
    Ok(target.join("release"))
}

/// Its script, with its packages beside it: Node looks for them there and nowhere else.
fn node() -> Result<PathBuf, String> {
    let room = room("peer-calls-node");
    let copied = fs::create_dir_all(&room).and_then(|()| {
        ["calls.js", "package.json", "package-lock.json"]
            .into_iter()
            .try_for_each(|file| fs::copy(peers().join("node").join(file), room.join(file)).map(drop))
    });
    copied.map_err(|error| format!("copying peers/node: {error}"))?;
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]).current_dir(&room);
    must("npm ci", &mut npm).map_err(|failure| {
        format!("{failure}\nstripe-node needs Node 20 or newer and npm (Debian: apt-get install nodejs npm); or: --without node")
    })?;
    Ok(room.join("calls.js"))
}

/// An interpreter that has its packages, and its script.
fn python() -> Result<(PathBuf, PathBuf), String> {
    let room = room("peer-calls-python");
    let interpreter = room.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let mut venv = Command::new(if cfg!(windows) { "python" } else { "python3" });
    venv.args(["-m", "venv"]).arg(&room);
    let mut pip = Command::new(&interpreter);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--requirement",
    ]);
    pip.arg(peers().join("python").join("requirements.txt"));
    must("python3 -m venv", &mut venv).and_then(|()| must("pip install", &mut pip)).map_err(|failure| {
        format!("{failure}\nstripe-python needs Python 3 with venv (Debian: apt-get install python3-venv); or: --without python")
    })?;
    Ok((interpreter, peers().join("python").join("calls.py")))
}

fn peers() -> PathBuf {
    root().join("peers")
}

/// Where a peer is built or installed.
fn room(name: &str) -> PathBuf {
    root().join("target").join("bench").join(name)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use cargo_metadata::{DependencyKind, MetadataCommand};

    use super::*;

    /// What the lock file says that this package depends on.
    fn locked<'a>(lock: &'a str, package: &str) -> Option<BTreeSet<&'a str>> {
        let name = format!("name = \"{package}\"\n");
        let entry = lock.split("[[package]]\n").find(|entry| entry.starts_with(&name))?;
        let dependencies = entry.lines().filter_map(|line| line.strip_prefix(" \"")?.strip_suffix("\","));
        // A name that is there in two versions is followed by the one meant.
        Some(dependencies.filter_map(|dependency| dependency.split(' ').next()).collect())
    }

    /// The optional dependencies that a crate has unless it is asked not to: what its default features name.
    fn by_default(features: &BTreeMap<String, Vec<String>>) -> BTreeSet<&str> {
        let mut on = vec!["default"];
        let mut dependencies = BTreeSet::new();
        while let Some(feature) = on.pop() {
            for named in features.get(feature).into_iter().flatten() {
                match named.strip_prefix("dep:") {
                    Some(dependency) => drop(dependencies.insert(dependency)),
                    None => on.push(named),
                }
            }
        }
        dependencies
    }

    #[test]
    fn a_default_feature_brings_what_it_names() {
        let feature =
            |name: &str, names: &[&str]| (name.to_owned(), names.iter().map(ToString::to_string).collect());
        let features =
            [feature("default", &["one"]), feature("one", &["dep:a", "b/c"]), feature("two", &["dep:d"])];
        assert_eq!(by_default(&features.into()), BTreeSet::from(["a"]));
    }

    /// Otherwise `--locked` would stop the next benchmark, long after the change that made it so.
    #[test]
    fn the_peers_lock_file_knows_what_our_crates_depend_on() {
        let lock = fs::read_to_string(peers().join("Cargo.lock")).expect("the lock file is there");
        let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec();
        let metadata = metadata.expect("cargo reads the manifests");
        let mut compared = 0;
        for package in metadata.workspace_packages() {
            let Some(locked) = locked(&lock, &package.name) else { continue };
            let by_default = by_default(&package.features);
            let needed = package.dependencies.iter().filter(|it| {
                it.kind != DependencyKind::Development
                    && (!it.optional || by_default.contains(it.name.as_str()))
            });
            let needed: BTreeSet<_> = needed.map(|it| it.name.as_str()).collect();
            assert_eq!(locked, needed, "{}: cargo update --workspace in peers mends it", package.name);
            compared += 1;
        }
        assert!(compared >= 6, "only {compared} of our crates are in it");
    }

    #[test]
    fn a_lock_files_entry_is_read_as_cargo_writes_it() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\ndependencies = [\n \"b\",\n \"c 2.0.1\",\n]\n\n\
                    [[package]]\nname = \"b\"\nversion = \"1.0.0\"\n";
        assert_eq!(locked(lock, "a"), Some(BTreeSet::from(["b", "c"])));
        assert_eq!(locked(lock, "b"), Some(BTreeSet::new()));
        assert_eq!(locked(lock, "d"), None);
    }
}
