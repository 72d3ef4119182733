//! Stripe's keys as types. A value that exists is well formed and of the mode it was parsed for; no call is made.
//!
//! Stripe documents the prefixes and neither alphabet nor length (<https://docs.stripe.com/keys>), and counts changes of
//! length as compatible (<https://docs.stripe.com/upgrades>): so a prefix, a plain alphabet and generous bounds.

use std::fmt;

use secrecy::SecretString;

use crate::masked::masked;
use crate::secrets::{expose, trim};
use crate::{KeyError, KeyPolicy, Mode};

/// The fewest and most characters of a key.
const LENGTH: std::ops::RangeInclusive<usize> = 16..=255;

/// A publishable key: `pk_live_…`, or `pk_test_…` under [`KeyPolicy::TestOnly`]. Made to be seen by browsers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripePublishableKey(String);

impl StripePublishableKey {
    /// Parses what was pasted; blanks around it are dropped.
    pub fn parse(pasted: &str, policy: KeyPolicy) -> Result<Self, KeyError> {
        let text = trim(pasted);
        let error = match Kind::of(text) {
            Some(Kind::Publishable(mode)) if mode == policy.mode() => {
                return body_of(text).map(|()| Self(text.to_owned()));
            }
            Some(Kind::Publishable(mode)) => wrong_mode(mode, "pk_live_", "pk_test"),
            Some(Kind::Organisation) => KeyError::OrganisationKey,
            Some(Kind::Restricted(mode)) => {
                KeyError::SecretKey { prefix: prefix(mode, "rk_live_", "rk_test") }
            }
            Some(Kind::Secret(mode)) => KeyError::SecretKey { prefix: prefix(mode, "sk_live_", "sk_test") },
            Some(Kind::WebhookSecret) => KeyError::WebhookSecret,
            None => unknown(text, prefix(policy.mode(), "pk_live_", "pk_test_")),
        };
        Err(error)
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it takes real money.
    pub fn mode(&self) -> Mode {
        if self.0.starts_with("pk_live_") { Mode::Live } else { Mode::Test }
    }
}

/// A secret key `sk_live_…` or a restricted key `rk_live_…`; of test mode under [`KeyPolicy::TestOnly`].
#[derive(Clone)]
pub struct StripeSecretKey {
    key: SecretString,
    mode: Mode,
    restricted: bool,
}

impl StripeSecretKey {
    /// Parses what was pasted; blanks around it are dropped.
    pub fn parse(pasted: &SecretString, policy: KeyPolicy) -> Result<Self, KeyError> {
        Self::parse_text(expose(pasted), policy)
    }

    /// Reads a key that was accepted when it was saved, of either mode.
    pub fn from_saved(saved: &SecretString) -> Result<Self, KeyError> {
        let policy = match Kind::of(expose(saved)) {
            Some(Kind::Restricted(Mode::Test) | Kind::Secret(Mode::Test)) => KeyPolicy::TestOnly,
            _ => KeyPolicy::LiveOnly,
        };
        Self::parse(saved, policy)
    }

    pub(crate) fn parse_text(pasted: &str, policy: KeyPolicy) -> Result<Self, KeyError> {
        let text = trim(pasted);
        let well_formed = |mode, restricted| {
            body_of(text).map(|()| Self { key: SecretString::from(text), mode, restricted })
        };
        let error = match Kind::of(text) {
            Some(Kind::Restricted(mode)) if mode == policy.mode() => return well_formed(mode, true),
            Some(Kind::Secret(mode)) if mode == policy.mode() => return well_formed(mode, false),
            Some(Kind::Restricted(Mode::Test)) => KeyError::RestrictedTestKey,
            Some(Kind::Restricted(Mode::Live)) => KeyError::LiveKey { prefix: "rk_live_" },
            Some(Kind::Secret(mode)) => wrong_mode(mode, "sk_live_", "sk_test"),
            Some(Kind::Organisation) => KeyError::OrganisationKey,
            Some(Kind::Publishable(mode)) => {
                KeyError::PublishableKey { prefix: prefix(mode, "pk_live_", "pk_test") }
            }
            Some(Kind::WebhookSecret) => KeyError::WebhookSecret,
            None => unknown(text, prefix(policy.mode(), "sk_live_ or rk_live_", "sk_test_ or rk_test_")),
        };
        Err(error)
    }

    /// The key, to be put into a request.
    pub fn secret(&self) -> &SecretString {
        &self.key
    }

    /// Whether it moves real money.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether it can only do what its owner allowed (`rk_…`).
    pub fn is_restricted(&self) -> bool {
        self.restricted
    }

    /// What staff may see of it afterwards: `sk_live_…abcd`.
    pub fn masked(&self) -> String {
        let prefix = match (self.restricted, self.mode) {
            (false, Mode::Live) => "sk_live_",
            (false, Mode::Test) => "sk_test_",
            (true, Mode::Live) => "rk_live_",
            (true, Mode::Test) => "rk_test_",
        };
        masked(prefix, expose(&self.key))
    }

    /// Whether the two keys look like keys of two accounts.
    ///
    /// Keys of the newer style seem to begin with `5` and the account id's 16 characters; Stripe documents nothing of the
    /// kind. So this is worth a remark and never an error, and it is false whenever a key is of another style.
    pub fn seems_of_another_account(&self, publishable: &StripePublishableKey) -> bool {
        match (account_fragment(expose(&self.key)), account_fragment(publishable.as_str())) {
            (Some(mine), Some(theirs)) => mine != theirs,
            _ => false,
        }
    }
}

/// The masked key.
impl fmt::Debug for StripeSecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StripeSecretKey").field(&self.masked()).finish()
    }
}

/// What a text is, by its prefix. Prefixes are lower case; another case is unknown.
#[derive(Clone, Copy)]
enum Kind {
    Organisation,
    Publishable(Mode),
    Restricted(Mode),
    Secret(Mode),
    WebhookSecret,
}

impl Kind {
    fn of(text: &str) -> Option<Self> {
        const PREFIXES: [(&str, Kind); 8] = [
            ("pk_live_", Kind::Publishable(Mode::Live)),
            ("pk_test", Kind::Publishable(Mode::Test)),
            ("rk_live_", Kind::Restricted(Mode::Live)),
            ("rk_test", Kind::Restricted(Mode::Test)),
            ("sk_live_", Kind::Secret(Mode::Live)),
            ("sk_org", Kind::Organisation),
            ("sk_test", Kind::Secret(Mode::Test)),
            ("whsec_", Kind::WebhookSecret),
        ];
        PREFIXES.iter().find(|(prefix, _)| text.starts_with(prefix)).map(|(_, kind)| *kind)
    }
}

fn prefix(mode: Mode, live: &'static str, test: &'static str) -> &'static str {
    match mode {
        Mode::Live => live,
        Mode::Test => test,
    }
}

fn wrong_mode(mode: Mode, live: &'static str, test: &'static str) -> KeyError {
    match mode {
        Mode::Live => KeyError::LiveKey { prefix: live },
        Mode::Test => KeyError::TestKey { prefix: test },
    }
}

fn unknown(text: &str, expected: &'static str) -> KeyError {
    if text.is_empty() {
        KeyError::Empty
    } else if text.contains(char::is_whitespace) {
        KeyError::Whitespace
    } else {
        KeyError::UnknownPrefix { expected }
    }
}

/// Checks what follows a prefix that is right.
fn body_of(text: &str) -> Result<(), KeyError> {
    if text.contains(char::is_whitespace) {
        Err(KeyError::Whitespace)
    } else if !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        Err(KeyError::ForbiddenCharacter)
    } else if text.len() < *LENGTH.start() {
        Err(KeyError::TooShort { min: *LENGTH.start() })
    } else if text.len() > *LENGTH.end() {
        Err(KeyError::TooLong { max: *LENGTH.end() })
    } else {
        Ok(())
    }
}

/// The part of a newer key that seems to name its account.
fn account_fragment(key: &str) -> Option<&str> {
    let body = key.splitn(3, '_').nth(2).filter(|body| body.starts_with('5') && body.len() > 40)?;
    body.get(..17)
}
