//! Ids shaped like Stripe's, made from a seed and a counter per kind. Never random, never from the time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

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
        format!("{prefix}_3{}{fragment}{}", digits(number, 5), self.noise(prefix, number, 8))
    }

    /// `kind` names the counter only; the text is `len` letters and digits.
    pub(super) fn text(&mut self, kind: &'static str, len: usize) -> String {
        let number = self.count(kind);
        self.noise(kind, number, len)
    }

    fn count(&mut self, kind: &'static str) -> u64 {
        let made = self.made.entry(kind.to_owned()).or_insert(0);
        *made = made.wrapping_add(1);
        *made
    }

    fn noise(&self, kind: &str, number: u64, len: usize) -> String {
        let kind = kind.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(257).wrapping_add(u64::from(byte)));
        let mut state = mix(mix(self.seed ^ kind).wrapping_add(number));
        let mut text = String::with_capacity(len);
        for _ in 0..len {
            state = mix(state);
            text.push(letter(state));
        }
        text
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

fn letter(number: u64) -> char {
    let place = usize::try_from(number % 62).unwrap_or(0);
    char::from(ALPHABET.get(place).copied().unwrap_or(b'0'))
}

/// `SplitMix64`'s step: spreads neighbouring numbers over the whole range.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
