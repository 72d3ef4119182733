//! The one encoder of what we send: `application/x-www-form-urlencoded` with Stripe's nested names. It knows no parameter.
//!
//! The same calls always give the same bytes, because Stripe compares them when a request is replayed under its key
//! (<https://docs.stripe.com/api/idempotent_requests>).

use std::fmt::{self, Display, Write};

/// A form in the order its fields were added; the body of a POST or the query of a GET.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub(crate) struct Form(String);

impl Form {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// `name=value`
    pub(crate) fn field(self, name: &str, value: impl Display) -> Self {
        self.pair(name, None, value)
    }

    /// `name[]=value`: one more item of a list.
    pub(crate) fn item(self, name: &str, value: &str) -> Self {
        self.pair(name, Some(""), value)
    }

    /// `name[key]=value`
    pub(crate) fn entry(self, name: &str, key: &str, value: impl Display) -> Self {
        self.pair(name, Some(key), value)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_body(self) -> bytes::Bytes {
        self.0.into()
    }

    fn pair(mut self, name: &str, key: Option<&str>, value: impl Display) -> Self {
        if self.0.is_empty() {
            self.0.reserve(USUAL_BYTES);
        } else {
            self.0.push('&');
        }
        escape_into(&mut self.0, name);
        if let Some(key) = key {
            self.0.push('[');
            escape_into(&mut self.0, key);
            self.0.push(']');
        }
        self.0.push('=');
        // Writing to a String does not fail.
        let _ = write!(Escaped(&mut self.0), "{value}");
        self
    }
}

/// Holds the creation of an intent, the longest form there is, so that it is built in one buffer.
const USUAL_BYTES: usize = 256;

/// What is written to it arrives escaped.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape_into(self.0, text);
        Ok(())
    }
}

/// Everything but letters, digits and `-._~` as `%XX`, which no decoder reads in two ways.
pub(crate) fn escape_into(to: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            to.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(to, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Form;
    use proptest::prelude::*;

    #[test]
    fn names_nest_as_stripe_documents() {
        let form = Form::new().field("amount", 1_050).item("expand", "latest_charge").entry(
            "metadata",
            "payment_id",
            "a b",
        );
        assert_eq!(form.as_str(), "amount=1050&expand[]=latest_charge&metadata[payment_id]=a%20b");
    }

    #[test]
    fn brackets_and_separators_in_a_value_stay_in_the_value() {
        let form = Form::new().field("q", "a[b]=c&d%20+é");
        assert_eq!(form.as_str(), "q=a%5Bb%5D%3Dc%26d%2520%2B%C3%A9");
    }

    /// A decoder small enough to be believed.
    fn decode(form: &str) -> Vec<(String, String)> {
        let text = |escaped: &str| {
            let mut bytes = Vec::new();
            let mut rest = escaped.as_bytes();
            while let [first, after @ ..] = rest {
                rest = after;
                if *first == b'%' {
                    let (hex, after) = rest.split_at(2);
                    bytes.push(u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap());
                    rest = after;
                } else {
                    bytes.push(*first);
                }
            }
            String::from_utf8(bytes).unwrap()
        };
        let pairs = form.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(name, value)| (text(name), text(value)))
            .collect()
    }

    proptest! {
        #[test]
        fn any_values_come_back_as_they_were(pairs in prop::collection::vec(("[a-z_]{1,12}", "\\PC{0,40}"), 0..8)) {
            let build = || pairs.iter().fold(Form::new(), |form, (name, value)| form.entry("metadata", name, value));
            let expected: Vec<_> =
                pairs.iter().map(|(name, value)| (format!("metadata[{name}]"), value.clone())).collect();
            prop_assert_eq!(decode(build().as_str()), expected);
            prop_assert_eq!(build(), build());
            prop_assert!(build().as_str().is_ascii());
        }
    }
}
