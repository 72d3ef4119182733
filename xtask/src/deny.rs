//! The steps around cargo-deny: install it if this machine has none, then check the dependency tree against deny.toml.

use crate::step::Step;
use crate::tool::Tool;

const DENY: Tool = Tool { name: "cargo-deny", install: "install cargo-deny", version: "0.20.2" };

pub(crate) fn steps() -> impl Iterator<Item = Step> {
    let (install, mut check) = DENY.ready();
    // Not `advisories`: it fetches a database, and whether a change passes must not depend on what was published this morning.
    check.args(["check", "bans", "licenses", "sources"]);
    install.into_iter().chain([Step::new("cargo-deny", check)])
}
