//! Why the gateway did not pass a transaction on: its sentence, turned into a short word of ours. Pure. The sentence itself goes nowhere.

use billing_domain::ProcessorErrorKind;

/// What a sentence about a transaction that was not passed on says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sentence {
    /// The order id was used before: what that did, it does not say.
    Duplicate,
    /// It is no sentence that is known for a no: it may have happened after all.
    InDoubt,
    /// It is a no, and this is why.
    No(Reason),
}

/// Why Moneris said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Credentials,
    /// In one word of ours, for staff.
    Request(&'static str),
}

impl Reason {
    pub(crate) fn kind(self) -> ProcessorErrorKind {
        match self {
            Self::Credentials => ProcessorErrorKind::CredentialsRejected,
            Self::Request(word) => ProcessorErrorKind::Rejected(Some(word.to_owned())),
        }
    }
}

/// Words of a machine that is not well. They are seen in no answer that we know; if one comes beside a known word, it is not believed
/// to be a no all the same.
const IN_DOUBT: [&str; 13] = [
    "communication",
    "connect",
    "global error",
    "internal error",
    "no answer",
    "no response",
    "not available",
    "system error",
    "time out",
    "timed out",
    "timeout",
    "try again",
    "unavailable",
];

/// Other words for a duplicate, in a sentence about the order id.
const USED_BEFORE: [&str; 3] = ["already", "exists", "unique"];

/// What each part of a sentence is about, the first that fits. "No Pre-auth corresponds to the store Id …" is not about the store.
const ABOUT: [(&str, Reason); 15] = [
    ("corresponds to", Reason::Request("no_matching_transaction")),
    ("not found", Reason::Request("not_found")),
    ("no such", Reason::Request("not_found")),
    ("api token", Reason::Credentials),
    ("api_token", Reason::Credentials),
    ("data key", Reason::Request("data_key")),
    ("data_key", Reason::Request("data_key")),
    ("amount", Reason::Request("amount")),
    ("order id", Reason::Request("order_id")),
    ("order_id", Reason::Request("order_id")),
    ("store id", Reason::Credentials),
    ("store_id", Reason::Credentials),
    ("not permitted", Reason::Request("not_permitted")),
    ("batch", Reason::Request("batch")),
    ("invalid", Reason::Request("invalid")),
];

/// Reads a sentence, given in lower case. One that speaks of nothing known leaves it in doubt: taken for a no it would let a second
/// charge follow one that was made.
pub(crate) fn read(sentence: &str) -> Sentence {
    let sentence = &sentence.replace('-', " ");
    let says = |words: &[&str]| words.iter().any(|words| sentence.contains(words));
    if says(&["duplicate"]) || (says(&["order id", "order_id"]) && says(&USED_BEFORE)) {
        return Sentence::Duplicate;
    }
    if says(&IN_DOUBT) {
        return Sentence::InDoubt;
    }
    let about = ABOUT.iter().find(|(words, _)| sentence.contains(words));
    about.map_or(Sentence::InDoubt, |(_, reason)| Sentence::No(*reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_known_sentence_is_read() {
        for (sentence, expected) in [
            ("the transaction was not sent to the host because of a duplicate order id", Sentence::Duplicate),
            ("api token mismatch", Sentence::No(Reason::Credentials)),
            (
                "no pre-auth corresponds to the store id and order id and transaction id entered",
                Sentence::No(Reason::Request("no_matching_transaction")),
            ),
            ("invalid data key", Sentence::No(Reason::Request("data_key"))),
            ("invalid expiry date", Sentence::No(Reason::Request("invalid"))),
            ("the batch is closed", Sentence::No(Reason::Request("batch"))),
            ("something new", Sentence::InDoubt),
            ("transaction timed out", Sentence::InDoubt),
            ("global error receipt", Sentence::InDoubt),
        ] {
            assert_eq!(read(sentence), expected, "{sentence}");
        }
    }

    #[test]
    fn a_sentence_about_a_machine_or_an_earlier_use_is_no_refusal_however_it_is_spelled() {
        for sentence in [
            "read timed-out",
            "time-out at the host",
            "connection reset by the host",
            "unable to connect to the issuer",
            "no response from the host",
            "the host is not available",
            "service unavailable, try again",
        ] {
            assert_eq!(read(sentence), Sentence::InDoubt, "{sentence}");
        }
        for sentence in ["order id already used", "the order-id exists", "order_id must be unique"] {
            assert_eq!(read(sentence), Sentence::Duplicate, "{sentence}");
        }
    }

    #[test]
    fn nothing_of_a_sentence_is_passed_on() {
        let Sentence::No(reason) = read("invalid amount for order 4242 of ann lee") else { panic!() };
        assert_eq!(reason.kind(), ProcessorErrorKind::Rejected(Some("amount".to_owned())));
    }
}
