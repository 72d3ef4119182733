//! The guide's table of traps: complete, and every test it names exists.

use std::fs;
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The table's rows: number, trap, guards.
fn traps() -> Vec<(usize, String, String)> {
    let guide = fs::read_to_string(root().join("docs/moneris.md")).unwrap();
    let row = |line: &str| {
        let cells: Vec<_> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        let [number, trap, guards] = cells.as_slice() else { return None };
        Some((number.parse().ok()?, (*trap).to_owned(), (*guards).to_owned()))
    };
    guide.lines().filter_map(row).collect()
}

/// The words of a name.
fn sentence(name: &str) -> String {
    name.replace('_', " ")
}

#[test]
fn every_trap_is_in_the_table_once() {
    let numbers: Vec<_> = traps().into_iter().map(|(number, ..)| number).collect();
    assert_eq!(numbers, (1..=35).collect::<Vec<_>>());
}

#[test]
fn every_test_named_in_the_table_exists() {
    for (number, trap, guards) in traps() {
        for guard in guards.split(", ") {
            let (path, test) =
                guard.trim_matches('`').split_once("::").expect("a guard is a file and a test");
            let source = fs::read_to_string(root().join(path)).unwrap_or_default();
            // A test of the browser's is named by its sentence.
            let found = source.contains(&format!("fn {test}("))
                || source.contains(&format!("(\"{}\"", sentence(test)));
            assert!(found, "{number} ({trap}): there is no {guard}");
        }
    }
}
