//! Bounded texts that people type: trimmed, without control characters, never a card number. Private ones are not
//! printed by `Debug`, and no error repeats what was typed.

/// Defines a text type that cannot exist unchecked. `$check` is its own rule, run on the trimmed text.
macro_rules! bounded_text {
    ($(#[$meta:meta])* $name:ident, at most $max:literal, checked by $check:expr) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The longest text accepted, in characters, after trimming.
            pub const LENGTH_MAX: usize = $max;

            /// Trims and checks a text. The error does not repeat it.
            pub fn parse(text: &str) -> Result<Self, $crate::invoice::TextError> {
                let text = $crate::invoice::text::within(text, Self::LENGTH_MAX)?;
                $check(text)?;
                Ok(Self(text.to_owned()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::invoice::TextError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::invoice::TextError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}

/// As [`bounded_text`], with a `Debug` that prints the type's name only.
macro_rules! private_text {
    ($(#[$meta:meta])* $name:ident, at most $max:literal, checked by $check:expr) => {
        $crate::invoice::text::bounded_text! { $(#[$meta])* $name, at most $max, checked by $check }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

pub(super) use {bounded_text, private_text};

private_text! {
    /// The host's own id of a patient: opaque, printable ASCII without spaces. Never a name or a health number.
    PatientRef, at most 100, checked by opaque
}

private_text! {
    /// Why an invoice was made void, in a person's words.
    VoidReason, at most 500, checked by no_card_number
}

/// Why a text was refused. It never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// It has a control character, or one that changes the direction of the text around it.
    #[error("the text has an invisible control character")]
    ControlCharacter,
    /// Nothing is left after trimming.
    #[error("the text is empty")]
    Empty,
    /// It has a character that this text cannot have.
    #[error("the text has a character that is not allowed here")]
    ForbiddenCharacter,
    /// It looks like a card number, which must be typed into the processor's own field only.
    #[error("this looks like a card number: type card numbers in the card field only")]
    LooksLikeCardNumber,
    /// It is longer than its bound.
    #[error("the text is longer than {max} characters")]
    TooLong {
        /// The bound, in characters.
        max: usize,
    },
}

/// The trimmed text, if it has 1 to `max` characters and no invisible ones.
pub(super) fn within(text: &str, max: usize) -> Result<&str, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > max {
        return Err(TextError::TooLong { max });
    }
    // Marks that reverse the reading direction can make one invoice read like another.
    let reverses = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.chars().any(|c| c.is_control() || reverses(c)) {
        return Err(TextError::ControlCharacter);
    }
    Ok(text)
}

fn opaque(text: &str) -> Result<(), TextError> {
    if text.chars().all(|c| c.is_ascii_graphic()) { Ok(()) } else { Err(TextError::ForbiddenCharacter) }
}

/// Whether a text holds what looks like a card number: for a text that people type and that has no type of its own.
pub fn holds_card_number(text: &str) -> bool {
    no_card_number(text).is_err()
}

/// Refuses a text with a run of 13 to 19 digits (single spaces or hyphens between them) that passes the Luhn check:
/// the shape of a card number in ISO/IEC 7812-1. Phone numbers, dates and most bar codes pass.
pub(super) fn no_card_number(text: &str) -> Result<(), TextError> {
    let mut run: Vec<u32> = Vec::new();
    let mut after_gap = false;
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            run.push(digit);
            after_gap = false;
        } else if matches!(c, ' ' | '-') && !after_gap {
            after_gap = true;
        } else {
            refuse_card_number(&run)?;
            run.clear();
            after_gap = false;
        }
    }
    refuse_card_number(&run)
}

fn refuse_card_number(digits: &[u32]) -> Result<(), TextError> {
    let luhn: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { *digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    if (13..=19).contains(&digits.len()) && luhn.is_multiple_of(10) {
        return Err(TextError::LooksLikeCardNumber);
    }
    Ok(())
}
