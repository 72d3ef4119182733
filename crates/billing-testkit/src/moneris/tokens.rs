//! Temporary tokens of hosted tokenization: how a card becomes one, and when one can be charged. Never a card's number.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::batch::eastern;
use super::cards::KnownCard;
use super::readings::TokenReuse;
use super::state::State;
use crate::luhn::passes_luhn;

/// A token is live for fifteen minutes.
const LIVES: Duration = Duration::from_mins(15);

/// What the fake keeps of a token.
#[derive(Deserialize, Serialize)]
pub(super) struct Token {
    pub(super) card: KnownCard,
    expires_at: Timestamp,
    /// Whether the frame asked for the expiry date.
    pub(super) holds_expiry: bool,
    store: String,
    used: bool,
}

/// What was typed into the frame, and who asked. No text is kept.
pub(super) struct Typed {
    /// None if the frame does not ask for it.
    pub(super) cvd: Option<String>,
    /// `mmyy`; None if the frame does not ask for it.
    pub(super) expiry: Option<String>,
    pub(super) number: String,
    pub(super) profile_id: String,
    /// The origin of the page around the frame; None if nobody can say.
    pub(super) source: Option<String>,
}

impl State {
    /// A new token for what was typed, or every code that says what is wrong with it.
    pub(super) fn tokenize(&mut self, typed: &Typed) -> Result<String, Vec<&'static str>> {
        let store = self.store_behind(typed).map_err(|code| vec![code])?;
        let wrong = card_faults(&typed.number, typed.expiry.as_deref(), typed.cvd.as_deref(), self.now);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let key = self.ids.data_key();
        let token = Token {
            card: KnownCard::of(&typed.number),
            expires_at: self.now.saturating_add(LIVES).unwrap_or(Timestamp::MAX),
            holds_expiry: typed.expiry.is_some(),
            store,
            used: false,
        };
        self.tokens.insert(key.clone(), token);
        Ok(key)
    }

    /// A token that this store can charge now. None if it is another's, too old, used, or never was.
    pub(super) fn live_token(&self, store: &str, data_key: &str) -> Option<&Token> {
        let usable = |token: &&Token| {
            let fresh = !token.used || self.readings.token_reuse == TokenReuse::Allowed;
            token.store == store && fresh && self.now < token.expires_at
        };
        self.tokens.get(data_key).filter(usable)
    }

    pub(super) fn use_token(&mut self, data_key: &str) {
        if let Some(token) = self.tokens.get_mut(data_key) {
            token.used = true;
        }
    }

    /// The profile's store. 940 is no profile at all, 942 an unknown one, or a page that may not embed its frame.
    fn store_behind(&self, typed: &Typed) -> Result<String, &'static str> {
        if !typed.profile_id.starts_with("ht") {
            return Err("940");
        }
        let own = |profile: &Option<String>| profile.as_deref() == Some(typed.profile_id.as_str());
        let store = self.stores.values().find(|store| own(&store.spec.profile_id)).ok_or("942")?;
        match &store.spec.source_origin {
            Some(allowed) if typed.source.as_ref() != Some(allowed) => Err("942"),
            _ => Ok(store.spec.store_id.clone()),
        }
    }
}

/// Every code that says what is wrong with a card as it was typed.
pub(super) fn card_faults(
    number: &str,
    expiry: Option<&str>,
    cvd: Option<&str>,
    now: Timestamp,
) -> Vec<&'static str> {
    let mut wrong = Vec::new();
    if !passes_luhn(number) {
        wrong.push("943");
    }
    if expiry.is_some_and(|expiry| !is_to_come(expiry, now)) {
        wrong.push("944");
    }
    if cvd.is_some_and(|cvd| !matches!(cvd.len(), 3 | 4) || !is_digits(cvd)) {
        wrong.push("945");
    }
    wrong
}

/// Whether `mmyy` is this month or a later one.
fn is_to_come(expiry: &str, now: Timestamp) -> bool {
    let number = |from: usize| expiry.get(from..from + 2).and_then(|part| part.parse::<i16>().ok());
    let (Some(month), Some(year)) = (number(0), number(2)) else { return false };
    let today = eastern(now).date();
    let now = (today.year() - 2000, i16::from(today.month()));
    expiry.len() == 4 && is_digits(expiry) && (1..=12).contains(&month) && (year, month) >= now
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[test]
fn an_expiry_date_is_four_digits_and_not_past() {
    let now = "2026-11-22T00:00:00Z".parse().unwrap();
    let good = ["1126", "1226", "0127", "0130"];
    let bad = ["1026", "1225", "1326", "0027", "11/6", "112", "11266", ""];
    assert!(good.iter().all(|expiry| is_to_come(expiry, now)));
    assert!(bad.iter().all(|expiry| !is_to_come(expiry, now)));
}
