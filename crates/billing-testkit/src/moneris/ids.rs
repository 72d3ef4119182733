//! Ids shaped like Moneris's, made from a seed and a counter per kind. Never random.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::noise::noise;

/// Makes ids. The same seed and the same order of requests give the same ids.
#[derive(Deserialize, Serialize)]
pub(super) struct IdMaker {
    made: BTreeMap<String, u64>,
    seed: u64,
}

impl IdMaker {
    pub(super) fn new(seed: u64) -> Self {
        Self { made: BTreeMap::new(), seed }
    }

    /// Six characters, as a bank gives with an approval.
    pub(super) fn auth_code(&mut self) -> String {
        self.text("auth_code", 6).to_ascii_uppercase()
    }

    /// The temporary token of hosted tokenization: 28 characters.
    pub(super) fn data_key(&mut self) -> String {
        format!("ot-{}", self.text("data_key", 25))
    }

    /// A Checkout ticket: the second it was made in, then 30 characters.
    pub(super) fn ticket(&mut self, now: Timestamp) -> String {
        format!("{}{}", now.as_second(), self.text("ticket", 30))
    }

    /// `kind` names the counter; the text is `len` letters and digits.
    fn text(&mut self, kind: &str, len: usize) -> String {
        let made = self.made.entry(kind.to_owned()).or_insert(0);
        *made = made.wrapping_add(1);
        noise(self.seed, kind, *made, len)
    }
}
