//! Moneris's credentials as types. A value that exists is well formed; Moneris is not asked.
//!
//! Lengths: a store id has at most 10 characters, an API token at most 20
//! (<https://developer.moneris.com/livedemo/gw_eca/connection>). Live and test credentials look alike; only the stores that
//! Moneris publishes for testing can be told apart.

use std::fmt;

use secrecy::SecretString;

use crate::masked::masked;
use crate::secrets::{expose, trim};
use crate::{KeyError, KeyPolicy};

/// The test stores that Moneris publishes, shared by everybody.
const PUBLISHED_STORES: [&str; 6] = ["moneris", "store1", "store2", "store3", "store4", "store5"];

/// Their API tokens.
const PUBLISHED_TOKENS: [&str; 2] = ["hurgle", "yesguy"];

macro_rules! public_ids {
    ($($(#[$doc:meta])* $name:ident = $parse:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// Parses what was pasted; blanks around it are dropped.
            pub fn parse(pasted: &str, policy: KeyPolicy) -> Result<Self, KeyError> {
                let text = trim(pasted);
                $parse(text, policy).map(|()| Self(text.to_owned()))
            }

            /// The id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    )+};
}

public_ids! {
    /// The id of a Moneris Checkout configuration: `chkt` and 1 to 60 letters or digits.
    CheckoutId = check_checkout,
    /// The id of a hosted-tokenization profile: `ht` and 1 to 62 letters or digits.
    HostedTokenizationProfileId = check_profile,
    /// A store id: 1 to 10 letters or digits.
    StoreId = check_store,
}

impl StoreId {
    /// Whether it is one of the test stores that Moneris publishes.
    pub fn is_published_test_store(&self) -> bool {
        is_published_store(&self.0)
    }
}

/// The API token of a store: 1 to 20 visible ASCII characters.
#[derive(Clone)]
pub struct ApiToken(SecretString);

impl ApiToken {
    /// Parses what was pasted; blanks around it are dropped.
    pub fn parse(pasted: &SecretString, policy: KeyPolicy) -> Result<Self, KeyError> {
        Self::parse_text(expose(pasted), policy)
    }

    pub(crate) fn parse_text(pasted: &str, policy: KeyPolicy) -> Result<Self, KeyError> {
        let text = trim(pasted);
        check(text, 20, char::is_ascii_graphic)?;
        if policy == KeyPolicy::LiveOnly
            && PUBLISHED_TOKENS.iter().any(|known| known.eq_ignore_ascii_case(text))
        {
            return Err(KeyError::PublishedTestStore);
        }
        Ok(Self(SecretString::from(text)))
    }

    /// The token, to be put into a request.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// What staff may see of it afterwards: `…abcd`, or `…` if it is short.
    pub fn masked(&self) -> String {
        masked("", expose(&self.0))
    }
}

/// The masked token.
impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ApiToken").field(&self.masked()).finish()
    }
}

fn check_store(text: &str, policy: KeyPolicy) -> Result<(), KeyError> {
    check(text, 10, char::is_ascii_alphanumeric)?;
    if policy == KeyPolicy::LiveOnly && is_published_store(text) {
        return Err(KeyError::PublishedTestStore);
    }
    Ok(())
}

fn is_published_store(text: &str) -> bool {
    PUBLISHED_STORES.iter().any(|known| known.eq_ignore_ascii_case(text))
}

fn check_profile(text: &str, _: KeyPolicy) -> Result<(), KeyError> {
    check_prefixed(text, "ht")
}

fn check_checkout(text: &str, _: KeyPolicy) -> Result<(), KeyError> {
    check_prefixed(text, "chkt")
}

fn check_prefixed(text: &str, prefix: &'static str) -> Result<(), KeyError> {
    check(text, 64, char::is_ascii_alphanumeric)?;
    match text.strip_prefix(prefix) {
        None => Err(KeyError::UnknownPrefix { expected: prefix }),
        Some("") => Err(KeyError::TooShort { min: prefix.len() + 1 }),
        Some(_) => Ok(()),
    }
}

fn check(text: &str, max: usize, allowed: fn(&char) -> bool) -> Result<(), KeyError> {
    if text.is_empty() {
        Err(KeyError::Empty)
    } else if text.contains(char::is_whitespace) {
        Err(KeyError::Whitespace)
    } else if !text.chars().all(|c| allowed(&c)) {
        Err(KeyError::ForbiddenCharacter)
    } else if text.len() > max {
        Err(KeyError::TooLong { max })
    } else {
        Ok(())
    }
}
