//! Text that looks random and is not: from a seed, a kind and a number. Never random, never from the time.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `len` letters and digits; the same three give the same text.
pub(crate) fn noise(seed: u64, kind: &str, number: u64, len: usize) -> String {
    let kind = kind.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(257).wrapping_add(u64::from(byte)));
    let mut state = mix(mix(seed ^ kind).wrapping_add(number));
    let mut text = String::with_capacity(len);
    for _ in 0..len {
        state = mix(state);
        text.push(letter(state));
    }
    text
}

/// A letter or a digit: `number`'s last in base 62.
pub(crate) fn letter(number: u64) -> char {
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
