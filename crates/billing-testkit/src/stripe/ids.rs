//! Ids shaped like Stripe's, made from a seed and a counter per kind. Never random, never from the time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::noise::{letter, noise};

/// Makes ids. The same seed and the same order of requests give the same ids.
#[derive(Deserialize, Serialize)]
pub(super) struct IdMaker {
    seed: u64,
    made: BTreeMap<String, u64>,
}

impl IdMaker {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, made: BTreeMap::new() }
    }

    /// An object's id. It embeds the last ten characters of the account's id, as Stripe's do.
    pub(super) fn object(&mut self, prefix: &'static str, account: &str) -> String {
        let number = self.count(prefix);
        let fragment: String = last_ten(account);
        format!("{prefix}_3{}{fragment}{}", digits(number, 5), noise(self.seed, prefix, number, 8))
    }

    /// `kind` names the counter only; the text is `len` letters and digits.
    pub(super) fn text(&mut self, kind: &'static str, len: usize) -> String {
        let number = self.count(kind);
        noise(self.seed, kind, number, len)
    }

    fn count(&mut self, kind: &'static str) -> u64 {
        let made = self.made.entry(kind.to_owned()).or_insert(0);
        *made = made.wrapping_add(1);
        *made
    }
}

fn last_ten(account: &str) -> String {
    let skip = account.chars().count().saturating_sub(10);
    account.chars().skip(skip).collect()
}

/// The last `len` base-62 digits of `number`, so that ids of one kind never repeat.
fn digits(mut number: u64, len: usize) -> String {
    let mut text = vec!['0'; len];
    for place in text.iter_mut().rev() {
        *place = letter(number);
        number /= 62;
    }
    text.into_iter().collect()
}
