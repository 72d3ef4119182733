//! Running the program, and what came of it.

use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Every variable the program reads.
const VARIABLES: [&str; 6] = [
    "BILLING_SEAL_KEYS",
    "MONERIS_API_TOKEN",
    "MONERIS_PROFILE_ID",
    "MONERIS_STORE_ID",
    "STRIPE_PUBLISHABLE_KEY",
    "STRIPE_SECRET_KEY",
];

/// A run that ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn last_line(&self) -> &str {
        self.out.lines().last().unwrap_or_default()
    }

    /// It ended well, and says so last.
    pub(crate) fn assert_paid(&self) {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        assert!(self.last_line().contains(" is paid: "), "{}", self.out);
    }

    /// What it stopped with, without the line breaks.
    pub(crate) fn advice(&self) -> String {
        self.err.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// It stopped with this text, and repeats none of the words.
    pub(crate) fn assert_stopped(&self, why: &str, silent_about: &[&str]) {
        assert_ne!(self.code, 0, "{}", self.out);
        assert!(self.advice().contains(why), "{}", self.err);
        for word in silent_about {
            assert!(!self.out.contains(word) && !self.err.contains(word), "repeats {word}");
        }
    }
}

/// A place of its own for one test's runs.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn data(&self) -> String {
        self.0.path().join("clinic.sqlite").to_str().unwrap().to_owned()
    }

    pub(crate) fn seal_key(&self) -> String {
        format!("{}.seal-key", self.data())
    }

    /// The names of what is here.
    pub(crate) fn files(&self) -> Vec<String> {
        let here = self.0.path().read_dir().unwrap();
        let mut names: Vec<_> = here.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    /// The program, with none of the keys a developer may have in the environment.
    pub(crate) fn command(&self, options: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
        command.args(options).stdin(Stdio::null());
        // What a run leaves behind goes with this place.
        for name in ["TMPDIR", "TMP", "TEMP"] {
            command.env(name, self.0.path());
        }
        for name in VARIABLES {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn run(&self, options: &[&str]) -> Run {
        finish(&mut self.command(options))
    }

    /// On the one database of this place.
    pub(crate) fn run_on_data(&self, options: &[&str]) -> Run {
        let data = self.data();
        self.run(&[&["--data", &data], options].concat())
    }
}

pub(crate) fn finish(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn run(options: &[&str]) -> Run {
    Place::new().run(options)
}

/// Every different text in `out` that begins with `prefix`.
pub(crate) fn ids<'a>(out: &'a str, prefix: &str) -> Vec<&'a str> {
    let words = out.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let mut found: Vec<_> = words.filter(|word| word.starts_with(prefix)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The names of the cards that `--help` lists for a processor.
pub(crate) fn cards_with(processor: &str) -> Vec<String> {
    let help = run(&["--help"]).out;
    let (_, table) = help.split_once(&format!("cards with {processor}:\n")).unwrap();
    let lines = table.lines().take_while(|line| !line.is_empty());
    let names: Vec<_> = lines.filter_map(|line| Some(line.split_whitespace().next()?.to_owned())).collect();
    assert!(names.len() > 10, "{help}");
    names
}
