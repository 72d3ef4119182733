//! What staff may see of a secret afterwards. There is no way back from it.

/// The secret's known prefix, an ellipsis, and its last four characters if enough others stay hidden.
pub(crate) fn masked(prefix: &str, secret: &str) -> String {
    let hidden = secret.strip_prefix(prefix).unwrap_or(secret);
    let length = hidden.chars().count();
    let tail: String =
        if length < SHOWS_TAIL { String::new() } else { hidden.chars().skip(length - 4).collect() };
    format!("{prefix}…{tail}")
}

/// Four of fewer characters than this would be too large a part of the secret.
const SHOWS_TAIL: usize = 16;

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_masked_secret_shows_its_prefix_and_at_most_four_characters() {
        assert_eq!(masked("sk_live_", "sk_live_0123456789abcdef"), "sk_live_…cdef");
        assert_eq!(masked("", "0123456789abcdefghij"), "…ghij");
    }

    #[test]
    fn a_short_secret_shows_none_of_its_characters() {
        assert_eq!(masked("", "yesguy"), "…");
        assert_eq!(masked("sk_live_", "sk_live_01234567"), "sk_live_…");
    }
}
