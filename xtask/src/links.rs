//! Links between the project's own pages: each leads to a file that is there.

use crate::cargo::root;
use crate::house::for_each_file;

/// The targets of a page's links that are files of ours: no address, no anchor on the same page.
fn targets(page: &str) -> impl Iterator<Item = &str> {
    page.split("](").skip(1).filter_map(|rest| {
        let (target, _) = rest.split_once(')')?;
        let (file, _) = target.split_once('#').unwrap_or((target, ""));
        (!file.is_empty() && !file.contains("://")).then_some(file)
    })
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let mut dead = Vec::new();
    for_each_file(&root(), &mut |path, text| {
        if path.extension().is_some_and(|extension| extension == "md") {
            let folder = path.parent().unwrap_or(path);
            let missing = targets(text).filter(|target| !folder.join(target).exists());
            dead.extend(missing.map(|target| format!("{}: {target}", path.display())));
        }
    });
    assert!(dead.is_empty(), "\n{}", dead.join("\n"));
}

#[test]
fn a_link_is_followed_to_its_file() {
    let page = "[a](docs/a.md), [b](b.md#part), [c](#here), [d](https://example.org/d), [not](closed";
    assert_eq!(targets(page).collect::<Vec<_>>(), ["docs/a.md", "b.md"]);
}
