//! Single values as columns: ids, times, counts, JSON and words. `None` is a value that cannot be kept or read.

use billing_domain::{Currency, Money};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::{DeserializeOwned, IntoDeserializer};
use uuid::Uuid;

/// An id's column: 16 bytes.
pub(crate) type Id = Uuid;

/// Nanoseconds since 1970 in UTC. The ends of time are the ends of the range; between the year 2262 and the end
/// of time, and before 1677, there is nothing to keep.
pub(crate) fn nanos(at: Timestamp) -> Option<i64> {
    if at == Timestamp::MAX {
        return Some(i64::MAX);
    }
    if at == Timestamp::MIN {
        return Some(i64::MIN);
    }
    i64::try_from(at.as_nanosecond()).ok().filter(|nanos| !matches!(*nanos, i64::MIN | i64::MAX))
}

/// The other way.
pub(crate) fn timestamp(nanos: i64) -> Option<Timestamp> {
    match nanos {
        i64::MAX => Some(Timestamp::MAX),
        i64::MIN => Some(Timestamp::MIN),
        nanos => Timestamp::from_nanosecond(nanos.into()).ok(),
    }
}

/// A time that may be absent. The outer `None` is a failure.
#[expect(clippy::option_option, reason = "absent is one thing, impossible another")]
pub(crate) fn nanos_opt(at: Option<Timestamp>) -> Option<Option<i64>> {
    at.map_or(Some(None), |at| nanos(at).map(Some))
}

/// The other way.
#[expect(clippy::option_option, reason = "absent is one thing, impossible another")]
pub(crate) fn timestamp_opt(nanos: Option<i64>) -> Option<Option<Timestamp>> {
    nanos.map_or(Some(None), |nanos| timestamp(nanos).map(Some))
}

/// A count as a signed column.
pub(crate) fn signed(count: u64) -> Option<i64> {
    i64::try_from(count).ok()
}

/// The other way.
pub(crate) fn unsigned(column: i64) -> Option<u64> {
    u64::try_from(column).ok()
}

/// An amount from its two columns.
pub(crate) fn money(minor: i64, currency: &str) -> Option<Money> {
    Some(Money::new(minor, currency.parse::<Currency>().ok()?))
}

/// A value that is never searched, as JSON text.
pub(crate) fn json<T: Serialize>(value: &T) -> Option<String> {
    serde_json::to_string(value).ok()
}

/// The other way.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// A value that may be absent. The outer `None` is a failure.
#[expect(clippy::option_option, reason = "absent is one thing, impossible another")]
pub(crate) fn json_opt<T: Serialize>(value: Option<&T>) -> Option<Option<String>> {
    value.map_or(Some(None), |value| json(value).map(Some))
}

/// The other way.
#[expect(clippy::option_option, reason = "absent is one thing, impossible another")]
pub(crate) fn from_json_opt<T: DeserializeOwned>(text: Option<&str>) -> Option<Option<T>> {
    text.map_or(Some(None), |text| from_json(text).map(Some))
}

/// The one word an enum without fields is serialised as.
pub(crate) fn word<T: Serialize>(value: &T) -> Option<String> {
    match serde_json::to_value(value).ok()? {
        serde_json::Value::String(word) => Some(word),
        _ => None,
    }
}

/// The other way.
pub(crate) fn from_word<T: DeserializeOwned>(word: &str) -> Option<T> {
    let deserializer: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        word.into_deserializer();
    T::deserialize(deserializer).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use billing_domain::Certainty;

    #[test]
    fn times_keep_every_nanosecond_and_the_ends_of_time() {
        let odd = Timestamp::new(1_800_000_000, 123_456_789).unwrap();
        for at in [odd, Timestamp::UNIX_EPOCH, Timestamp::MAX, Timestamp::MIN] {
            assert_eq!(nanos(at).and_then(timestamp), Some(at));
        }
    }

    #[test]
    fn a_time_that_does_not_fit_is_refused_not_moved() {
        let in_2300 = Timestamp::new(10_413_792_000, 0).unwrap();
        assert_eq!(nanos(in_2300), None);
    }

    #[test]
    fn words_come_back() {
        for certainty in [Certainty::NotSent, Certainty::Refused, Certainty::Unknown] {
            assert_eq!(word(&certainty).and_then(|word| from_word(&word)), Some(certainty));
        }
        assert_eq!(from_word::<Certainty>("perhaps"), None);
    }
}
