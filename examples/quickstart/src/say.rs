//! Lines for a person at a terminal, at most 100 columns wide. No colour, nothing that moves.

use std::cell::Cell;
use std::fmt::Display;
use std::io::{self, Write as _};

const WIDTH: usize = 100;
/// Where the text beside a label begins.
const TEXT_AT: usize = 25;

/// Tells the story. With `pause` it waits for Enter between the steps.
#[derive(Debug)]
pub(crate) struct Teller {
    /// The number of the newest step.
    at: Cell<u8>,
    out: io::Stdout,
    pause: bool,
}

impl Teller {
    pub(crate) fn new(pause: bool) -> Self {
        Self { at: Cell::new(0), out: io::stdout(), pause }
    }

    /// Opens a numbered step.
    pub(crate) fn step(&self, number: u8, title: impl Display) {
        if self.pause && number > 1 {
            self.plain(format_args!("\n   (press Enter for step {number})"));
            // At the end of the input there is nobody to wait for.
            let _ = io::stdin().read_line(&mut String::new());
        }
        self.at.set(number);
        self.plain(format_args!("\n{number}  {title}"));
    }

    /// Opens the step after the newest one.
    pub(crate) fn next_step(&self, title: impl Display) {
        self.step(self.at.get().saturating_add(1), title);
    }

    /// One sentence or several.
    pub(crate) fn line(&self, text: impl Display) {
        self.plain(wrapped("   ", &text.to_string()));
    }

    /// A value with its name before it.
    pub(crate) fn fact(&self, label: impl Display, text: impl Display) {
        let label = format!("   {label} ");
        self.plain(wrapped(&format!("{label:<TEXT_AT$}"), &text.to_string()));
    }

    /// The text as it is. A reader who left early is no reason to stop in the middle of a payment.
    pub(crate) fn plain(&self, text: impl Display) {
        let _ = writeln!(&self.out, "{text}");
    }
}

/// The text after its start, broken between words; later lines begin where the text began.
pub(crate) fn wrapped(start: &str, text: &str) -> String {
    let indent = start.chars().count();
    let (mut lines, mut at) = (start.to_owned(), indent);
    for (place, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if place > 0 && at + 1 + length > WIDTH {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            at = indent;
        } else if place > 0 {
            lines.push(' ');
            at += 1;
        }
        lines.push_str(word);
        at += length;
    }
    lines.trim_end().to_owned()
}
