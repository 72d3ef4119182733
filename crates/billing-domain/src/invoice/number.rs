//! The number people know an invoice by: a dispensary's own sequence, with a prefix if it likes. Never reused.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An invoice number of one dispensary: an optional prefix and a sequence from 1. Kept and shown as one text,
/// `OUT-1042` or `1042`.
///
/// The prefix has 1 to 12 characters of `A-Z 0-9 / -` and does not end in a digit, so that the text has one reading.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InvoiceNumber {
    prefix: String,
    sequence: u64,
}

impl InvoiceNumber {
    /// The longest prefix, in characters.
    pub const PREFIX_LENGTH_MAX: usize = 12;
    /// The last number of a sequence.
    pub const SEQUENCE_MAX: u64 = 999_999_999_999;

    /// A number; an empty prefix is none.
    ///
    /// ```
    /// use billing_domain::invoice::InvoiceNumber;
    /// let number = InvoiceNumber::new("OUT-", 1042).unwrap();
    /// assert_eq!(number.to_string(), "OUT-1042");
    /// assert_eq!("OUT-1042".parse(), Ok(number));
    /// ```
    pub fn new(prefix: &str, sequence: u64) -> Result<Self, InvalidInvoiceNumber> {
        let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '/' | '-');
        let ambiguous = prefix.ends_with(|c: char| c.is_ascii_digit());
        let prefix_fits =
            prefix.len() <= Self::PREFIX_LENGTH_MAX && prefix.chars().all(allowed) && !ambiguous;
        if !prefix_fits || !(1..=Self::SEQUENCE_MAX).contains(&sequence) {
            return Err(InvalidInvoiceNumber);
        }
        Ok(Self { prefix: prefix.to_owned(), sequence })
    }

    /// The prefix, empty if there is none.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The place in the dispensary's sequence, from 1.
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }
}

impl fmt::Display for InvoiceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.prefix, self.sequence)
    }
}

impl FromStr for InvoiceNumber {
    type Err = InvalidInvoiceNumber;

    fn from_str(text: &str) -> Result<Self, InvalidInvoiceNumber> {
        let prefix = text.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = text.strip_prefix(prefix).unwrap_or_default();
        let sequence = digits.parse().map_err(|_| InvalidInvoiceNumber)?;
        let number = Self::new(prefix, sequence)?;
        // `007` would be a second spelling of `7`.
        if digits.starts_with('0') { Err(InvalidInvoiceNumber) } else { Ok(number) }
    }
}

impl TryFrom<String> for InvoiceNumber {
    type Error = InvalidInvoiceNumber;

    fn try_from(text: String) -> Result<Self, InvalidInvoiceNumber> {
        text.parse()
    }
}

impl From<InvoiceNumber> for String {
    fn from(number: InvoiceNumber) -> Self {
        number.to_string()
    }
}

/// A text or a pair that is not an invoice number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid invoice number")]
pub struct InvalidInvoiceNumber;
