//! One step of a run: a command, its output shown as it comes, and what came of it.

use std::io::{self, BufRead as _, BufReader};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::tally::Tally;

/// A command with a name for the summary.
pub(crate) struct Step {
    name: &'static str,
    /// Or why it cannot even be started.
    command: Result<Command, String>,
    must_say: Option<&'static str>,
}

/// What came of a step.
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) passed: bool,
    pub(crate) took: Duration,
    /// The tests that the command itself counted; none if it is no test runner.
    pub(crate) tests: Tally,
}

impl Step {
    pub(crate) fn new(name: &'static str, command: Command) -> Self {
        Self { name, command: Ok(command), must_say: None }
    }

    /// A step that this machine cannot take: it fails and says what to do. What did not run must not look like what passed.
    pub(crate) fn impossible(name: &'static str, why: impl Into<String>) -> Self {
        Self { name, command: Err(why.into()), must_say: None }
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        if let Ok(command) = &mut self.command {
            command.env(name, value);
        }
        self
    }

    /// The step passes only if a line of its output has this word: exit code 0 alone proves that nothing happened badly, not that
    /// anything happened.
    pub(crate) fn must_say(mut self, word: &'static str) -> Self {
        self.must_say = Some(word);
        self
    }

    pub(crate) fn run(mut self) -> Outcome {
        eprintln!("\n=== {}", self.name);
        let started = Instant::now();
        let mut tests = Tally::default();
        let mut said = self.must_say.is_none();
        let listen = |line: &str| {
            println!("{line}");
            tests += Tally::read(line).unwrap_or_default();
            said |= self.must_say.is_some_and(|word| has_word(line, word));
        };
        let status = match &mut self.command {
            Ok(command) => stream(command, listen).map_err(|error| error.to_string()),
            Err(why) => Err(why.clone()),
        };
        if let Err(why) = &status {
            eprintln!("could not be run: {why}");
        }
        // A runner may count a test as failed and still exit well: Node does so for a skipped one.
        let succeeded = status.is_ok_and(|status| status.success()) && tests.failed == 0;
        if let (true, false, Some(word)) = (succeeded, said, self.must_say) {
            eprintln!("exited well, but no line of its output says `{word}`");
        }
        Outcome { name: self.name, passed: succeeded && said, took: started.elapsed(), tests }
    }
}

/// Runs the command to its end and hands over each line of its standard output; its standard error goes straight to ours.
fn stream(command: &mut Command, mut each: impl FnMut(&str)) -> io::Result<ExitStatus> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    if let Some(stdout) = child.stdout.take() {
        // Split on bytes: a test may print what is not UTF-8, and that is no reason to stop listening.
        for line in BufReader::new(stdout).split(b'\n') {
            each(String::from_utf8_lossy(&line?).trim_end());
        }
    }
    child.wait()
}

/// Whole words only: "unpaid" does not say "paid".
fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric()).any(|said| said == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo::cargo;

    #[test]
    fn a_step_passes_when_its_command_does() {
        assert!(Step::new("version", cargo("--version")).run().passed);
        let mut nonsense = cargo("no-such-command");
        nonsense.stderr(Stdio::null());
        assert!(!Step::new("nonsense", nonsense).run().passed);
        assert!(!Step::new("missing", Command::new("no-such-program-anywhere")).run().passed);
        assert!(!Step::impossible("never", "install it").env("A", "b").run().passed);
    }

    #[test]
    fn a_step_that_must_say_a_word_fails_in_silence() {
        assert!(Step::new("version", cargo("--version")).must_say("cargo").run().passed);
        assert!(!Step::new("version", cargo("--version")).must_say("paid").run().passed);
    }

    #[test]
    fn a_step_whose_runner_counts_a_failure_has_failed_however_it_exits() {
        let prints = |line: &str| {
            let mut command = Command::new("echo");
            command.arg(line);
            Step::new("runner", command).run()
        };
        assert!(prints("# pass 2").passed);
        assert!(!prints("# skipped 1").passed);
    }

    #[test]
    fn part_of_a_word_is_not_the_word() {
        assert!(has_word("invoice 7: paid.", "paid"));
        assert!(!has_word("invoice 7: unpaid", "paid"));
    }
}
