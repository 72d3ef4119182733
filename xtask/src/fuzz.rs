//! `cargo xtask fuzz`: random answers for the readers of what processors say, each target for a while, from the seeds in `fuzz/seeds`.
//!
//! No part of `ci`: the seeds themselves are read by ordinary tests. The first run builds everything once more, with the fuzzer's
//! instruments: minutes.

use std::num::NonZeroU32;
use std::path::PathBuf;

use crate::cargo::root;
use crate::step::Step;
use crate::tool::Tool;

const FUZZ: Tool = Tool { name: "cargo-fuzz", install: "install cargo-fuzz", version: "0.13.2" };

/// The targets, in `fuzz/fuzz_targets`.
const TARGETS: [&str; 3] = ["checkout", "gateway", "notice"];

/// For each target, unless a run says otherwise.
pub(crate) const SECONDS: NonZeroU32 = NonZeroU32::new(60).unwrap();

/// Longer than any answer that is read, in bytes.
const LONGEST: u32 = 64 << 10;

pub(crate) fn steps(seconds: NonZeroU32) -> Vec<Step> {
    let mut steps = Vec::new();
    for target in TARGETS {
        let (install, mut command) = FUZZ.ready();
        if steps.is_empty() {
            steps.extend(install);
        }
        // What a run finds stays below `target`; the seeds are read and never written.
        let found = below_target("fuzz-found").join(target);
        if let Err(error) = std::fs::create_dir_all(&found) {
            steps.push(Step::impossible(target, format!("{}: {error}", found.display())));
            continue;
        }
        command.args(["run", target]).arg(found).arg(root().join("fuzz/seeds").join(target));
        command.args(["--", &format!("-max_total_time={seconds}"), &format!("-max_len={LONGEST}")]);
        let step = Step::new(target, command);
        // The fuzzer's instruments are not part of stable Rust; the toolchain has them all the same.
        steps.push(
            step.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", &below_target("fuzz").to_string_lossy()),
        );
    }
    steps
}

fn below_target(name: &str) -> PathBuf {
    root().join("target").join(name)
}

/// Every seed is read by a test of the crate whose reader it is for; this holds the list of targets against the folders.
#[test]
fn every_target_has_its_source_and_its_seeds() {
    let folder = |name: &str| {
        let entries = std::fs::read_dir(root().join("fuzz").join(name)).expect("the folder is there");
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("it can be read").file_name();
        let mut names: Vec<_> = entries.map(|it| name(it).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(folder("seeds"), TARGETS);
    let sources: Vec<_> = TARGETS.iter().map(|target| format!("{target}.rs")).collect();
    assert!(sources.iter().all(|source| folder("fuzz_targets").contains(source)), "{sources:?}");
}
