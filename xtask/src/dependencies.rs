//! docs/dependencies.md against the manifests: a direct dependency has a row with its reasons, and a row is a direct dependency.

use std::collections::BTreeSet;
use std::fs;

use cargo_metadata::MetadataCommand;

use crate::cargo::root;

/// The crates named in the first column of the page's tables.
fn explained(page: &str) -> BTreeSet<&str> {
    page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(name, _)| name).collect()
}

#[test]
fn every_direct_dependency_is_explained() {
    let page = fs::read_to_string(root().join("docs/dependencies.md")).expect("the page is there");
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec();
    let metadata = metadata.expect("cargo reads the manifests");
    // Ours have a path; the page is about the world outside.
    let packages = metadata.workspace_packages();
    let outside = packages.iter().flat_map(|package| &package.dependencies).filter(|it| it.path.is_none());
    let used: BTreeSet<_> = outside.map(|it| it.name.as_str()).collect();
    let explained = explained(&page);
    assert_eq!(&used - &explained, BTreeSet::new(), "used, but not explained");
    assert_eq!(&explained - &used, BTreeSet::new(), "explained, but not used");
}

#[test]
fn only_the_first_column_names_a_dependency() {
    let page = "| crate | why |\n|---|---|\n| `http` | not `hyper` |\n\nText about `ureq`.\n";
    assert_eq!(explained(page), BTreeSet::from(["http"]));
}
