//! Who may use whom: the layer table of docs/architecture.md, held against what the manifests declare and what cargo would build.
//!
//! `deny.toml` guards the same layers from the other side: which crate may hold which door to the outside.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

use crate::cargo::{cargo, root};

/// What a crate of ours may use of ours. What its tests may use is another matter: see [`NO_TESTKIT`].
enum May {
    /// It composes the others: an example, the acceptance tests, the tooling.
    Anything,
    Only(&'static [&'static str]),
}

/// The layer table. A new crate gets a row before it gets a dependency.
const LAYERS: &[(&str, May)] = &[
    ("billing-acceptance", May::Anything),
    ("billing-app", May::Only(&["billing-credentials", "billing-domain"])),
    ("billing-bench", May::Anything),
    ("billing-credentials", May::Only(&["billing-domain"])),
    ("billing-domain", May::Only(&[])),
    ("billing-moneris", May::Only(&["billing-credentials", "billing-domain", "billing-transport"])),
    ("billing-store", May::Only(&["billing-domain"])),
    ("billing-stripe", May::Only(&["billing-credentials", "billing-domain", "billing-transport"])),
    ("billing-testkit", May::Only(&["billing-credentials", "billing-domain", "billing-transport"])),
    ("billing-transport", May::Only(&[])),
    ("clinic", May::Anything),
    ("outside-processor", May::Only(&["billing-credentials", "billing-domain"])),
    ("outside-store", May::Only(&["billing-domain"])),
    ("quickstart", May::Anything),
    ("xtask", May::Anything),
];

/// What a crate must not reach, through however many others: the core stays free of I/O, and the use cases free of adapters.
const OUT_OF_REACH: &[(&str, &[&str])] = &[
    (
        "billing-app",
        &[
            "billing-moneris",
            "billing-store",
            "billing-stripe",
            "billing-transport",
            "reqwest",
            "rusqlite",
            "tokio-postgres",
        ],
    ),
    ("billing-domain", &["reqwest", "rusqlite", "serde_json", "tokio", "tokio-postgres"]),
];

/// The crates that the testkit is built on: tested with it, they would meet a second build of themselves, whose types do not fit.
const NO_TESTKIT: &[&str] = &["billing-credentials", "billing-domain", "billing-transport"];

/// A crate of this workspace and what its manifest names, optional dependencies included.
struct Member {
    name: String,
    /// What ends up in a host's build.
    uses: BTreeSet<String>,
    tests_use: BTreeSet<String>,
}

impl From<&Package> for Member {
    fn from(package: &Package) -> Self {
        let (tests_use, uses): (Vec<_>, Vec<_>) =
            package.dependencies.iter().partition(|it| it.kind == DependencyKind::Development);
        let names = |dependencies: Vec<&cargo_metadata::Dependency>| {
            dependencies.into_iter().map(|it| it.name.clone()).collect()
        };
        Self { name: package.name.to_string(), uses: names(uses), tests_use: names(tests_use) }
    }
}

/// What is wrong between the crates of the workspace, one sentence each.
fn misuses(members: &[Member]) -> Vec<String> {
    members.iter().flat_map(|member| misuses_of(member, members)).collect()
}

fn misuses_of(member: &Member, members: &[Member]) -> Vec<String> {
    let name = member.name.as_str();
    let Some((_, may)) = LAYERS.iter().find(|(layer, _)| *layer == name) else {
        return vec![format!("{name} has no row in the layer table")];
    };
    let is_ours = |used: &str| members.iter().any(|it| it.name == used);
    let is_allowed = |used: &str| match may {
        May::Anything => true,
        May::Only(allowed) => allowed.contains(&used),
    };
    let mut wrong: Vec<_> = member
        .uses
        .iter()
        .filter(|used| is_ours(used) && !is_allowed(used))
        .map(|used| format!("{name} may not use {used}"))
        .collect();
    if NO_TESTKIT.contains(&name) && member.tests_use.contains("billing-testkit") {
        wrong.push(format!("{name} may not test itself with billing-testkit"));
    }
    wrong
}

/// Which of the crates out of its reach this one reaches.
fn overreach(forbidden: &[&str], reached: &BTreeSet<String>) -> Vec<String> {
    forbidden.iter().map(ToString::to_string).filter(|it| reached.contains(it)).collect()
}

fn members() -> Vec<Member> {
    let mut command = MetadataCommand::new();
    let metadata = command.manifest_path(root().join("Cargo.toml")).no_deps().exec();
    metadata.expect("cargo reads the manifests").workspace_packages().into_iter().map(Member::from).collect()
}

/// Every crate that a host which asks for this one builds, with all its features and on any system. Asked of `cargo tree`, because
/// `cargo metadata` also follows optional dependencies that a feature merely mentions (`serde_json?/std`) and nobody builds.
fn reach(name: &str) -> BTreeSet<String> {
    let output = cargo("tree --all-features --target all --edges normal,build --prefix none --package")
        .arg(name)
        .output()
        .expect("cargo can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    tree.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn every_crate_uses_only_the_layers_below_it() {
    let members = members();
    assert_eq!(members.len(), LAYERS.len(), "the layer table has one row for each crate of the workspace");
    let wrong = misuses(&members);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_core_reaches_no_io_and_the_use_cases_reach_no_adapter() {
    for (name, forbidden) in OUT_OF_REACH {
        assert_eq!(overreach(forbidden, &reach(name)), Vec::<String>::new(), "{name} must not reach these");
    }
}

/// Guards the tests above against manifests and trees read wrongly: these edges make the product.
#[test]
fn what_must_be_there_is_seen() {
    let members = members();
    let store = members.iter().find(|it| it.name == "billing-store").expect("the store is a crate");
    assert!(store.uses.contains("billing-domain") && store.tests_use.contains("billing-testkit"));
    assert!(reach("billing-stripe").contains("reqwest"), "through billing-transport");
}

mod made_up {
    use super::*;

    fn member(name: &str, uses: &[&str], tests_use: &[&str]) -> Member {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Member { name: name.to_owned(), uses: names(uses), tests_use: names(tests_use) }
    }

    #[test]
    fn using_a_lower_layer_is_fine() {
        let fine = [
            member("billing-domain", &["serde"], &[]),
            member("billing-stripe", &["billing-domain", "serde_json"], &["billing-testkit"]),
        ];
        assert_eq!(misuses(&fine), Vec::<String>::new());
    }

    #[test]
    fn using_a_higher_layer_is_named() {
        let upwards = [member("billing-app", &[], &[]), member("billing-domain", &["billing-app"], &[])];
        assert_eq!(misuses(&upwards), ["billing-domain may not use billing-app"]);
    }

    #[test]
    fn a_crate_without_a_row_is_named() {
        assert_eq!(
            misuses(&[member("billing-novel", &[], &[])]),
            ["billing-novel has no row in the layer table"]
        );
    }

    #[test]
    fn the_ground_of_the_testkit_may_not_be_tested_with_it() {
        let circular = [member("billing-domain", &[], &["billing-testkit"])];
        assert_eq!(misuses(&circular), ["billing-domain may not test itself with billing-testkit"]);
    }

    #[test]
    fn reaching_too_far_is_named() {
        let reached = BTreeSet::from(["serde", "tokio"].map(str::to_owned));
        assert_eq!(overreach(&["reqwest", "tokio"], &reached), ["tokio"]);
    }
}
