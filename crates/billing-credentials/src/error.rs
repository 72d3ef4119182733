//! What is wrong with a pasted field, said to the person who pasted it. Never the value: at most a known prefix.

use std::fmt;

/// What is wrong with one pasted field. Its text continues the field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A required field was left empty.
    #[error("is empty")]
    Empty,
    /// It holds a character that no such value has.
    #[error("holds a character that does not belong there: copy it again")]
    ForbiddenCharacter,
    /// A live key, in a deployment for test keys.
    #[error("starts with {prefix}: this installation takes test keys only")]
    LiveKey {
        /// The known prefix.
        prefix: &'static str,
    },
    /// A Stripe organisation key.
    #[error("starts with sk_org: that is an organisation's key; copy the key of the account itself")]
    OrganisationKey,
    /// A publishable key in the field of the secret key.
    #[error("starts with {prefix}: that is the publishable key; are the two keys swapped?")]
    PublishableKey {
        /// The known prefix.
        prefix: &'static str,
    },
    /// One of the stores that Moneris publishes for testing.
    #[error("belongs to a test store that Moneris publishes: use your own store's")]
    PublishedTestStore,
    /// A Stripe restricted key of test mode.
    #[error(
        "starts with rk_test: that is a restricted test key; in the Stripe Dashboard toggle to view live keys"
    )]
    RestrictedTestKey,
    /// A secret or restricted key in the field of the publishable key.
    #[error("starts with {prefix}: that is a secret key; are the two keys swapped?")]
    SecretKey {
        /// The known prefix.
        prefix: &'static str,
    },
    /// A test key, in a deployment for live keys.
    #[error("starts with {prefix}: in the Stripe Dashboard toggle to view live keys")]
    TestKey {
        /// The known prefix.
        prefix: &'static str,
    },
    /// More characters than any such value has.
    #[error("is too long: at most {max} characters")]
    TooLong {
        /// The most characters taken.
        max: usize,
    },
    /// Fewer characters than any such value has; most often the end was not copied.
    #[error("is too short: copy all of it (at least {min} characters)")]
    TooShort {
        /// The fewest characters taken.
        min: usize,
    },
    /// It begins like nothing known.
    #[error("does not start with {expected}")]
    UnknownPrefix {
        /// What it should start with.
        expected: &'static str,
    },
    /// A Stripe webhook signing secret.
    #[error("starts with whsec_: that is a webhook's signing secret, not a key")]
    WebhookSecret,
    /// A space or line break inside.
    #[error("has a space or line break inside: copy it again")]
    Whitespace,
}

/// One wrong field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{field} {error}")]
pub struct FieldError {
    /// The field's name, of [`fields`](crate::fields).
    pub field: &'static str,
    /// What is wrong with it.
    #[source]
    pub error: KeyError,
}

/// Every wrong field of a pane; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldErrors(pub(crate) Vec<FieldError>);

impl FieldErrors {
    /// All of `errors`, or `None` if there are none.
    pub fn new(errors: Vec<FieldError>) -> Option<Self> {
        (!errors.is_empty()).then_some(Self(errors))
    }

    /// The wrong fields, in the order of the pane.
    pub fn iter(&self) -> std::slice::Iter<'_, FieldError> {
        self.0.iter()
    }

    /// What is wrong with the field called `name`, for a form to show beside it.
    pub fn of(&self, name: &str) -> Option<KeyError> {
        self.0.iter().find(|wrong| wrong.field == name).map(|wrong| wrong.error)
    }
}

impl<'a> IntoIterator for &'a FieldErrors {
    type Item = &'a FieldError;
    type IntoIter = std::slice::Iter<'a, FieldError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The wrong fields, separated by semicolons.
impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, wrong) in self.0.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { "; " })?;
            wrong.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for FieldErrors {}

/// The parsed field, or `None` and one more entry in `wrong`.
pub(crate) fn note<T>(
    wrong: &mut Vec<FieldError>,
    field: &'static str,
    parsed: Result<T, KeyError>,
) -> Option<T> {
    parsed.map_err(|error| wrong.push(FieldError { field, error })).ok()
}
