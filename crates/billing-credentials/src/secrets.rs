//! Named secrets in memory: what was pasted and what was opened. Shown nowhere, wiped when dropped.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// What staff pasted into a pane, by field name. Wiped on drop.
///
/// ```
/// use billing_credentials::{Submitted, fields};
///
/// let pasted = Submitted::from_iter([(fields::STORE_ID, "abc12345"), (fields::API_TOKEN, "not shown")]);
/// assert_eq!(format!("{pasted:?}"), r#"Submitted {"api_token", "store_id"}"#);
/// ```
#[derive(Clone, Default)]
pub struct Submitted(BTreeMap<String, SecretString>);

impl Submitted {
    /// What was pasted into the field called `name`, as it was pasted.
    pub fn field(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name)
    }

    /// What was pasted into the field, without the blanks around it; empty if there is nothing.
    pub(crate) fn trimmed(&self, name: &str) -> &str {
        self.field(name).map_or("", |value| trim(expose(value)))
    }
}

/// The secret fields of an account, by field name. Wiped on drop.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, SecretString>);

impl Secrets {
    /// The secret called `name`.
    pub fn secret(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name)
    }

    /// Every secret with its name, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.0.iter().map(|(name, secret)| (name.as_str(), secret))
    }
}

macro_rules! named_secrets {
    ($($name:ident),+) => {$(
        impl<K: Into<String>, V: Into<SecretString>> FromIterator<(K, V)> for $name {
            fn from_iter<I: IntoIterator<Item = (K, V)>>(fields: I) -> Self {
                Self(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
            }
        }

        /// The names only.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), " "))?;
                f.debug_set().entries(self.0.keys()).finish()
            }
        }
    )+};
}

named_secrets!(Secrets, Submitted);

/// Without what a copied line brings along: blanks, line breaks, and the marks that no eye sees.
pub(crate) fn trim(pasted: &str) -> &str {
    pasted.trim_matches(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}' | '\u{feff}'))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where this crate reads a secret: to parse or seal it"
)]
pub(crate) fn expose(secret: &SecretString) -> &str {
    secret.expose_secret()
}
