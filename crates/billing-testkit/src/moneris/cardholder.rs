//! The cardholder at a page that embeds the tokenization frame, without a browser. Never a store's credentials.

use std::fmt;

use jiff::tz::TimeZone;

use super::FakeMoneris;
use super::cards::Card;
use super::tokens::Typed;

/// A person in front of a frame that asks for number, expiry date and security code.
#[derive(Clone)]
pub struct Cardholder {
    cvd: String,
    expiry: Option<String>,
    fake: FakeMoneris,
    profile_id: String,
    source: Option<String>,
}

impl fmt::Debug for Cardholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cardholder").field("profile_id", &self.profile_id).finish_non_exhaustive()
    }
}

impl Cardholder {
    pub(super) fn new(fake: FakeMoneris, profile_id: &str) -> Self {
        Self { cvd: "314".to_owned(), expiry: None, fake, profile_id: profile_id.to_owned(), source: None }
    }

    /// The page around the frame is of this origin. Without it, a profile that names one answers 942.
    #[must_use]
    pub fn at(self, origin: impl Into<String>) -> Self {
        Self { source: Some(origin.into()), ..self }
    }

    /// Types this security code; otherwise a good one.
    #[must_use]
    pub fn typing_cvd(self, cvd: impl Into<String>) -> Self {
        Self { cvd: cvd.into(), ..self }
    }

    /// Types this expiry date, `mmyy`; otherwise one to come.
    #[must_use]
    pub fn typing_expiry(self, expiry: impl Into<String>) -> Self {
        Self { expiry: Some(expiry.into()), ..self }
    }

    /// Types the card and lets the page ask for a token.
    ///
    /// # Errors
    ///
    /// Every code the frame answers with, such as 943.
    pub fn tokenize(&self, card: Card) -> Result<String, Vec<&'static str>> {
        let expiry = self.expiry.clone().unwrap_or_else(|| expiry_to_come(&self.fake));
        self.fake.tokenize(&Typed {
            cvd: Some(self.cvd.clone()),
            expiry: Some(expiry),
            number: card.number.to_owned(),
            profile_id: self.profile_id.clone(),
            source: self.source.clone(),
        })
    }
}

/// December in three years.
pub(super) fn expiry_to_come(fake: &FakeMoneris) -> String {
    let year = fake.now().to_zoned(TimeZone::UTC).year();
    format!("12{:02}", (year + 3) % 100)
}

impl FakeMoneris {
    /// What the frame does when the page asks, a fault included.
    pub(super) fn tokenize(&self, typed: &Typed) -> Result<String, Vec<&'static str>> {
        let refused = self.state().faults.take("tokenize").token_refused();
        match refused {
            Some(codes) => Err(codes.to_vec()),
            None => self.change(|state| state.tokenize(typed)),
        }
    }
}
