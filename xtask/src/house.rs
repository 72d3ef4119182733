//! The rules of the house that can be read off a file: held against every file of the repository.
//!
//! Style that needs judgement is in CONTRIBUTING.md; what the compiler or clippy can hold is in `[workspace.lints]`.

use std::fs;
use std::path::Path;

use crate::cargo::root;

/// Longer than this, a file is about more than one thing.
const LINES_MAX: usize = 600;

/// A line of somebody's machine, or an address that changes with the mirror in use, says nothing to the next reader.
/// Spelled in pieces, so that this file passes its own test.
const FOREIGN: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
    concat!("artif", "actory"),
    concat!("crates", ".io"),
];

/// Names that could hold a card (fields, arguments) if something published had them. The words for the labels of the payment
/// window (`CardNumber`) are variants, which hold nothing.
const CARD_FIELDS: &[&str] = &["card_number", "cvc", "cvd", "cvv", "exp_month", "exp_year", "expiry", "pan"];

/// The same as types.
const CARD_TYPES: &[&str] = &["CardExpiry", "CardNumber", "Cvc", "Cvd", "Cvv", "Expiry", "Pan"];

/// What is wrong with a file, one sentence each. `path` is relative to the root, with `/` on every system.
fn violations(path: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if is_rust(path) && !text.starts_with("//!") {
        wrong.push(format!("{path}: does not begin with `//!` and what lives here"));
    }
    if is_rust(path) && text.lines().count() > LINES_MAX {
        wrong.push(format!("{path}: has over {LINES_MAX} lines; is it one room or several?"));
    }
    for (line, number) in text.lines().zip(1..) {
        wrong.extend(
            FOREIGN
                .iter()
                .filter(|word| line.contains(**word))
                .map(|word| format!("{path}:{number}: says `{word}`")),
        );
        if is_published_source(path) && could_hold_a_card(line) {
            wrong.push(format!("{path}:{number}: could hold card data: {}", line.trim()));
        }
    }
    wrong
}

/// What a host links. The testkit plays the processor and its cardholders, so it alone knows test card numbers.
fn is_published_source(path: &str) -> bool {
    is_rust(path)
        && path.starts_with("crates/")
        && path.contains("/src/")
        && !path.starts_with("crates/billing-testkit/")
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "rs")
}

/// A field or argument (`cvc: String`) or a type (`struct Cvc`) by a card's name. Comments hold nothing.
fn could_hold_a_card(line: &str) -> bool {
    let code = line.split_once("//").map_or(line, |(code, _)| code);
    let field = code.match_indices(':').any(|(at, _)| {
        let (before, after) = code.split_at(at);
        let path = after.starts_with("::") || before.ends_with(':');
        !path && CARD_FIELDS.contains(&last_word(before.trim_end()))
    });
    let declares = |keyword: &str| {
        let (_, name) = code.split_once(keyword)?;
        Some(CARD_TYPES.contains(&first_word(name)))
    };
    field
        || ["struct ", "enum ", "type ", "union "].into_iter().any(|keyword| declares(keyword) == Some(true))
}

fn last_word(text: &str) -> &str {
    text.rsplit(|c: char| !is_word(c)).next().unwrap_or_default()
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !is_word(c)).next().unwrap_or_default()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Calls `each` with every text file below the directory. What is built or installed, and what git keeps, is not ours to judge; the
/// lock file is cargo's own.
pub(crate) fn for_each_file(directory: &Path, each: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(directory).expect("a directory of the repository can be read") {
        let path = entry.expect("an entry of the repository can be read").path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            if name != "target" && name != ".git" && name != "node_modules" {
                for_each_file(&path, each);
            }
        } else if name != "Cargo.lock"
            && let Ok(text) = fs::read_to_string(&path)
        {
            each(&path, &text);
        }
    }
}

#[test]
fn every_file_keeps_the_rules_of_the_house() {
    let root = root();
    let (mut files, mut wrong) = (0, Vec::new());
    for_each_file(&root, &mut |path, text| {
        let relative = path.strip_prefix(&root).unwrap_or(path).to_string_lossy().replace('\\', "/");
        files += 1;
        wrong.extend(violations(&relative, text));
    });
    assert!(files > 20, "only {files} files seen: is this the repository?");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

mod made_up {
    use super::*;

    const SOURCE: &str = "crates/billing-domain/src/made_up.rs";

    fn is_wrong(path: &str, text: &str) -> bool {
        !violations(path, text).is_empty()
    }

    #[test]
    fn a_good_file_is_fine() {
        assert_eq!(violations(SOURCE, "//! A room.\n\nstruct Money { cents: i64 }\n"), Vec::<String>::new());
        assert_eq!(violations("README.md", "# Billing\n"), Vec::<String>::new());
    }

    #[test]
    fn a_rust_file_says_what_lives_there() {
        assert!(is_wrong(SOURCE, "struct Money;\n"));
        assert!(!is_wrong("Cargo.toml", "[package]\n"));
    }

    #[test]
    fn a_rust_file_ends_in_time() {
        assert!(!is_wrong(SOURCE, &format!("//! Long.\n{}", "\n".repeat(LINES_MAX - 1))));
        assert!(is_wrong(SOURCE, &format!("//! Too long.\n{}", "\n".repeat(LINES_MAX))));
    }

    #[test]
    fn nothing_of_one_machine_stays() {
        for word in FOREIGN {
            assert!(is_wrong("README.md", &format!("see {word}somewhere\n")), "{word}");
        }
    }

    #[test]
    fn nothing_published_can_hold_a_card() {
        for line in [
            "    card_number: String,",
            "    pub cvc : Cvc3,",
            "fn charge(amount: Money, pan: &str) {}",
            "pub struct CardNumber(String);",
            "let card = Card { expiry: 1226 };",
        ] {
            let text = format!("//! A room.\n{line}\n");
            assert!(is_wrong(SOURCE, &text), "{line}");
            assert!(!is_wrong("crates/billing-testkit/src/made_up.rs", &text), "{line}");
            assert!(!is_wrong("crates/billing-stripe/tests/made_up.rs", &text), "{line}");
        }
    }

    #[test]
    fn naming_a_card_is_not_holding_one() {
        for line in [
            "    CardNumber,",
            "    WindowField::CardNumber => \"Card number\",",
            "// cvc: never here",
            "    span: Span,",
            "    use pan::Something;",
            "    expires_at: Timestamp,",
        ] {
            assert!(!is_wrong(SOURCE, &format!("//! A room.\n{line}\n")), "{line}");
        }
    }
}
